import ArgumentParser
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects

struct EraseGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase", abstract: "Erase files of people from backups, and prove it.",
    discussion: """
      A request is sealed; every restore withholds what it names, until no backup can hold it any \
      more. Strict mode (--strict, or erase rewrite) takes it out of the stored backups at once. \
      Names can be given on standard input with -, so that they stand in no list of processes.
      """,
    subcommands: [
      EraseRequest.self, EraseList.self, EraseRewrite.self, EraseClose.self, EraseReply.self,
      EraseRefuse.self, EraseRefusals.self,
    ])
}

/// Finds the open request that is meant.
enum ErasureChoice {
  static func find(
    _ prefix: String, _ open: OpenRepository, key: KeyPair
  ) throws -> (erasure: ErasureStanding, keys: SetOpeningKeys) {
    var found: [(ErasureStanding, SetOpeningKeys)] = []
    for (_, set, keys) in try SnapshotChoice.sets(open, key: key, named: nil) {
      for erasure in open.session.logState.openErasures(of: set)
      where erasure.opened.what.erasure.hex.hasPrefix(prefix) {
        found.append((erasure, keys))
      }
    }
    guard found.count == 1, !prefix.isEmpty, let only = found.first else {
      throw Failure(
        .failed, "no open request, or more than one, begins with \(prefix)",
        hint: "nightsafe erase list shows them")
    }
    return only
  }
}

struct EraseList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the open requests, and how far each has come.",
    discussion: "With a restorer's key, what each names, and how many snapshots still hold it.")

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let keys = try SnapshotChoice.keys(open, key)
    for set in open.session.logState.dataSets.keys.sorted() {
      for erasure in open.session.logState.openErasures(of: set) {
        try tell(erasure, open, keys[set])
      }
    }
  }

  private func tell(
    _ erasure: ErasureStanding, _ open: OpenRepository, _ keys: SetOpeningKeys?
  ) throws {
    let what = erasure.opened.what
    let progress = try ErasureProgress(erasure, in: open.session)
    var request: BackupEngine.ErasureRequest?
    var holding: Int?
    if let keys {
      let opened = try open.session.request(of: erasure, keys: keys)
      request = opened
      holding = try ErasureSearch(open.session, keys: keys).execute(
        ErasureFilter([opened]),
        in: open.session.logState.liveSnapshots(of: what.set).filter { erasure.applies(to: $0) }
      ).found.count
    }
    // Tasks speak of what is inside databases: that stays in older snapshots as long as they do.
    let isAbsent = holding == 0 && progress.isCollected && request?.tasks.isEmpty == true
    let isOverdue = what.cleanBy < open.session.now().unix
    if json {
      Terminal.print(
        JSON.object([
          ("erasure", .text(what.erasure.hex)), ("set", .text(what.set.hex)),
          ("opened", .number(erasure.opened.time.unix)), ("cutOff", .number(what.cutOff)),
          ("cleanBy", .number(what.cleanBy)), ("overdue", .flag(isOverdue)),
          ("snapshotsBeforeCutOff", .number(Int64(progress.snapshotCount))),
          ("rotatedBeforeCutOff", .number(Int64(progress.rotatedCount))),
          ("rewritten", .flag(progress.isRewritten)),
          ("leftovers", .number(Int64(progress.leftoverCount))),
          ("snapshotsHolding", holding.map { .number(Int64($0)) } ?? .nothing),
          ("absent", .flag(isAbsent)),
          ("paths", .list((request?.paths ?? []).map { .text("/" + Words.path($0)) })),
          ("patterns", .list((request?.patterns ?? []).map { .text(Words.path($0)) })),
          ("tasks", .list((request?.tasks ?? []).map { .text($0) })),
          ("reason", request.map { .text($0.reason) } ?? .nothing),
        ]).encoded)
      return
    }
    Terminal.print(
      "\(what.erasure)  set \(what.set)  cut-off \(Times.utc(what.cutOff))  clean by "
        + "\(Times.utc(what.cleanBy))\(isOverdue ? " (overdue)" : "")")
    Terminal.print("  " + Self.state(progress, holding: holding, isAbsent: isAbsent))
    guard let request else { return }
    for path in request.paths { Terminal.print("  path     /\(Words.path(path))") }
    for pattern in request.patterns { Terminal.print("  pattern  \(Words.path(pattern))") }
    for task in request.tasks { Terminal.print("  task     \(task)") }
    if !request.reason.isEmpty { Terminal.print("  reason   \(request.reason)") }
  }

  /// How far it has come, in words that claim no more than was seen.
  private static func state(
    _ progress: ErasureProgress, holding: Int?, isAbsent: Bool
  ) -> String {
    if isAbsent {
      return "absent: no snapshot holds it, and what held it is deleted and no longer listed"
    }
    if let holding, holding > 0 {
      return "\(holding) snapshots hold it; every restore withholds it"
    }
    if progress.rotatedCount > 0 {
      return
        "\(progress.rotatedCount) rotated snapshots from before the cut-off are not deleted yet"
    }
    if progress.isRewritten, progress.leftoverCount > 0 {
      return "no longer in \(holding == nil ? "rewritten" : "live") snapshots; "
        + "\(progress.leftoverCount) old packs and objects are still stored: rotation deletes them"
    }
    return "\(progress.snapshotCount) snapshots from before the cut-off; every restore withholds it"
  }
}

struct EraseRewrite: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rewrite",
    abstract: "Strict mode: take what open requests name out of the stored backups.",
    discussion: """
      Each live snapshot that holds it gets a successor. What is still needed is carried out of the \
      old packs, which takes as much room until rotation has deleted them. The next nightly reads \
      every file again.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Argument(help: "Ids of requests, or the first digits; all open ones by default.")
  var erasures: [String] = []
  @Option(help: "Only this data set.")
  var dataSet: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    for (name, set, keys) in try SnapshotChoice.sets(open, key: pair, named: dataSet) {
      let meant = open.session.logState.openErasures(of: set).filter { erasure in
        erasures.isEmpty
          || erasures.contains { erasure.opened.what.erasure.hex.hasPrefix($0) }
      }
      guard !meant.isEmpty else { continue }
      try Self.execute(
        try meant.map { try open.session.request(of: $0, keys: keys) }, name: name, open, keys,
        pair, json: json)
    }
  }

  static func execute(
    _ requests: [BackupEngine.ErasureRequest], name: String, _ open: OpenRepository,
    _ keys: SetOpeningKeys, _ pair: KeyPair, json: Bool
  ) throws {
    let outcome = try StrictErasure(open.session, keys: keys, signer: pair.signer)
      .execute(requests)
    if json {
      JSON.print([
        ("dataSet", .text(name)), ("snapshots", .number(Int64(outcome.snapshotCount))),
        ("sealedBlocks", .number(Int64(outcome.sealedBlockCount))),
        ("movedBlocks", .number(Int64(outcome.movedBlockCount))),
        ("bytes", .count(outcome.storedByteCount)),
      ])
    } else {
      Terminal.print(
        "\(name): \(outcome.snapshotCount) snapshots rewritten, \(outcome.sealedBlockCount) blocks "
          + "sealed anew, \(outcome.movedBlockCount) carried over "
          + "(\(Words.size(outcome.storedByteCount))); the old packs go with the next rotations")
    }
  }
}

struct EraseClose: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "close",
    abstract: "Close a request: restores no longer withhold what it names.",
    discussion:
      "A request closes itself when no backup can hold it any more; this is not needed then.")

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "The id of the request, or the first digits of it.")
  var erasure: String
  @Flag(help: "Close it though backups may still hold what it names, or it can't be opened.")
  var unchecked = false

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    let (found, keys) = try ErasureChoice.find(erasure, open, key: pair)
    if !unchecked {
      let filter = ErasureFilter([try open.session.request(of: found, keys: keys)])
      let live = open.session.logState.liveSnapshots(of: found.opened.what.set)
        .filter { found.applies(to: $0) }
      let holding = try ErasureSearch(open.session, keys: keys).execute(filter, in: live).found
      let rotated = try ErasureProgress(found, in: open.session).rotatedCount
      guard holding.isEmpty, rotated == 0 else {
        throw Failure(
          .failed,
          "\(holding.count) snapshots still hold what it names, and \(rotated) rotated ones may come "
            + "back with it",
          hint:
            "nightsafe erase rewrite takes it out; a request that was made by mistake is closed "
            + "with --unchecked")
      }
    }
    let id = found.opened.what.erasure
    try out.say(
      [Draft(.erasureClosed(Predicate.ErasureClosed(erasure: id)))], open, by: pair,
      [("erasure", .text(id.hex))])
  }
}
