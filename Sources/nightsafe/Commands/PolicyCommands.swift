import ArgumentParser
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy

struct PolicyGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Check, show and approve the policy.",
    subcommands: [PolicyCheck.self, PolicyShow.self, PolicyApprove.self])
}

struct PolicyCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check the policy file, and whether the owner has approved it.")
  @OptionGroup var repository: RepositoryOptions
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    guard let file = try repository.readPolicy() else {
      throw Failure(.usage, "this needs --policy FILE")
    }
    let sets = try DataSets(try repository.open())
    try sets.check(file.policy.dataSets)
    if !json { Terminal.print("\(file.path): in order, \(file.policy.dataSets.count) data sets") }
    let differences = PolicyComparison.differences(sets)
    if json {
      JSON.print([
        ("policy", .text(file.path)), ("approved", .flag(differences.isEmpty)),
        ("differences", .list(differences.map { .text($0) })),
      ])
    }
    guard differences.isEmpty else {
      throw Failure(
        .rotationRefused,
        "it differs from what the owner has approved: "
          + differences.joined(separator: "; "), hint: "nightsafe policy approve")
    }
    if !json { Terminal.print("it is what the owner has approved") }
  }
}

struct PolicyShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what the owner has approved, from the log.")
  @OptionGroup var repository: RepositoryOptions
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let state = open.session.logState
    let now = Times.clock().unix
    for set in state.dataSets.keys.sorted() {
      let pending = state.pendingPolicies(of: set, at: now)
      for policy in [state.policy(of: set, at: now)].compactMap({ $0 }) + pending {
        tell(set, policy, isPending: policy.what.effective > now)
      }
    }
  }

  private func tell(_ set: SetID, _ policy: Said<Predicate.Policy>, isPending: Bool) {
    let retention = BackupPolicy.Retention(policy.what.retention)
    if json {
      JSON.print(
        [
          ("set", .text(set.hex)), ("logNumber", .number(Int64(policy.number))),
          ("pending", .flag(isPending)), ("effective", .number(policy.what.effective)),
          ("protection", .text(policy.what.protection.rawValue)),
          ("deduplicate", .text(policy.what.deduplication.rawValue)),
          ("outerLimitDays", .number(Int64(retention.outerLimitDays))),
        ] + RetentionKey.allCases.map { ($0.rawValue, .number(Int64(retention[$0]))) })
      return
    }
    Terminal.print(
      "\(set)  log entry \(policy.number)"
        + (isPending ? ", in force from \(Times.utc(policy.what.effective))" : ""))
    for key in retention.keysInUse where retention[key] != 0 {
      Terminal.print("  \(key.rawValue) \(retention[key])")
    }
    Terminal.print(
      "  protection \(policy.what.protection.rawValue), deduplicate "
        + "\(policy.what.deduplication.rawValue), outer limit \(retention.outerLimitDays) days")
  }
}

struct PolicyApprove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Approve the policy file as the owner; make data sets that are new in it.",
    discussion: """
      What shortens retention names how many snapshots it will remove, and takes effect after 7 days.
      """)
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Flag(help: "Say what would be approved; change nothing.")
  var dryRun = false

  func run() throws {
    let open = try repository.open()
    guard let file = open.policy else { throw Failure(.usage, "this needs --policy FILE") }
    let owner = try key.open()
    let state = open.session.logState
    guard state.roles(of: owner.keyID).contains(.owner) else {
      throw Failure(.key, "this key is not the owner's")
    }
    let now = Times.clock()
    var sets: [String: SetID] = [:]
    for (set, opened) in try open.session.openSets(with: owner) {
      // Beside a destroyed one there may be a new one of its name.
      if sets[opened.secret.name] != nil, state.isDestroyed(set, at: now) { continue }
      sets[opened.secret.name] = set
    }
    var drafts: [Draft] = []
    var newSets: [SetID] = []
    var changes: [JSON] = []
    for dataSet in file.policy.dataSets {
      let known = sets[dataSet.name] ?? DestroyedNames(file).set(named: dataSet.name)
      if let known, state.isDestroyed(known, at: now) {
        throw Failure(
          .usage, "the policy names the data set \(dataSet.name), which its owner has destroyed",
          hint: "take it out of the file, or give a new data set another name; nothing was signed")
      }
      guard let set = sets[dataSet.name] else {
        changes.append(tellNew(dataSet))
        guard !dryRun else { continue }
        let made = try make(dataSet, file.policy, open, owner, now)
        drafts += made.drafts
        newSets.append(made.set)
        continue
      }
      guard let approval = approval(dataSet, set, file.policy, state, now) else { continue }
      changes.append(tell(dataSet, approval))
      drafts.append(Draft(.policy(approval.policy)))
    }
    drafts += dryRun ? [] : regrants(state, newSets)
    let members: [(String, JSON)] = [("changes", .list(changes)), ("dryRun", .flag(dryRun))]
    guard !dryRun, !drafts.isEmpty else {
      if out.json {
        out.tell(nil, members)
      } else if changes.isEmpty {
        Terminal.print("nothing to approve: the log says the same")
      }
      return
    }
    try out.say(drafts, open, by: owner, members)
  }

  private func make(
    _ dataSet: Policy.DataSet, _ policy: Policy, _ open: OpenRepository, _ owner: KeyPair,
    _ now: LogTime
  ) throws -> (set: SetID, drafts: [Draft]) {
    let state = open.session.logState
    return try RepositoryOwner.makeDataSet(
      NewDataSet(
        name: dataSet.name, retention: dataSet.retention,
        protection: PolicyStatements.protection(policy.protection),
        deduplication: PolicyStatements.deduplication(dataSet.deduplication)),
      in: open.session, restorers: state.keys(holding: .restorer).map(\.publicKey),
      writers: state.keys(holding: .writer).map(\.publicKey), effective: now.unix)
  }

  /// A new set is opened and written by those who open and write the others.
  private func regrants(_ state: LogState, _ newSets: [SetID]) -> [Draft] {
    guard !newSets.isEmpty else { return [] }
    return state.keys.values.filter {
      $0.roles.contains(.restorer) || $0.roles.contains(.writer)
    }.sorted { $0.publicKey.keyID < $1.publicKey.keyID }.map { standing in
      RepositoryOwner.grant(
        standing.publicKey, standing.roles, sets: (standing.changes.last?.sets ?? []) + newSets,
        isSeparate: standing.changes.last?.isSeparate ?? false)
    }
  }

  private func approval(
    _ dataSet: Policy.DataSet, _ set: SetID, _ policy: Policy, _ state: LogState, _ now: LogTime
  ) -> PolicyApproval? {
    PolicyApproval(
      state, set, retention: dataSet.retention,
      protection: PolicyStatements.protection(policy.protection),
      deduplication: PolicyStatements.deduplication(dataSet.deduplication), now: now)
  }

  private func tellNew(_ dataSet: Policy.DataSet) -> JSON {
    if !out.json { Terminal.print("\(dataSet.name): a new data set") }
    return .object([("dataSet", .text(dataSet.name)), ("new", .flag(true))])
  }

  private func tell(_ dataSet: Policy.DataSet, _ approval: PolicyApproval) -> JSON {
    let policy = approval.policy
    if !out.json {
      Terminal.print(
        approval.isShortening
          ? "\(dataSet.name): shortens retention: \(policy.removes) snapshots will go; "
            + "in force from \(Times.utc(policy.effective))"
          : "\(dataSet.name): \(dryRun ? "would be approved" : "approved"), in force now")
    }
    return .object([
      ("dataSet", .text(dataSet.name)), ("new", .flag(false)),
      ("shortens", .flag(approval.isShortening)), ("removes", .number(Int64(policy.removes))),
      ("effective", .number(policy.effective)),
    ])
  }
}
