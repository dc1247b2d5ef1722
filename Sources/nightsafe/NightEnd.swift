import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupRecord
import BackupSystem

/// The end of a night: rotation, the `night` statement, the record, the checkpoint, and what people
/// are told.
final class NightEnd {
  private let sets: DataSets
  private let night: BackupLog.Night
  private let started: LogTime
  private let results: [(Policy.DataSet, SetResult)]
  private var complaints: [Failure] = []
  private var rotation: RotationOutcome?
  /// The record of the night, once it is stored.
  private(set) var record: CommittedRecord?

  init(
    _ sets: DataSets, night: BackupLog.Night, started: LogTime,
    results: [(Policy.DataSet, SetResult)]
  ) {
    self.sets = sets
    self.night = night
    self.started = started
    self.results = results
  }

  /// Does it; what fails is told, and the rest is done all the same.
  func close() -> [ExitStatus] {
    var statuses: [ExitStatus] = []
    statuses.append(attempt { try self.lookAtLog() })
    statuses.append(attempt { try self.rotate() })
    statuses.append(attempt { try self.forgetDestroyed() })
    statuses.append(attempt { try self.sayNight(statuses) })
    return statuses
  }

  private func attempt(_ body: () throws -> ExitStatus) -> ExitStatus {
    do {
      return try body()
    } catch {
      let failure = Failure(error)
      complaints.append(failure)
      return failure.status
    }
  }

  private func lookAtLog() throws -> ExitStatus {
    // What the owner has acknowledged is explained.
    let findings = sets.repository.session.logFindings.filter {
      if case .restoredFromCopy = $0 { false } else { true }
    }
    guard !findings.isEmpty else { return .done }
    complaints.append(
      Failure(
        .damage,
        "the log has \(findings.count) findings: "
          + findings.prefix(3).map { Words.finding($0) }.joined(separator: "; "),
        hint: "nightsafe log shows them; the owner acknowledges what is explained"))
    return .damage
  }

  private var isDamageFound: Bool {
    results.contains { $0.1.status == .damage }
      || results.contains { !($0.1.outcome?.selfCheck?.failed.isEmpty ?? true) }
  }

  private func rotate() throws -> ExitStatus {
    // Where another machine rotates, its key alone may, and the record tells what is overdue.
    guard sets.policy.policy.rotatesNightly,
      sets.repository.session.logState.roles(of: sets.host.keyID).contains(.operator)
    else { return .done }
    let differences = PolicyComparison.differences(sets)
    if !differences.isEmpty {
      complaints.append(
        Failure(
          .rotationRefused,
          "the policy file differs from what the owner has approved: "
            + differences.joined(separator: "; "),
          hint: "the owner approves it: nightsafe policy approve --policy \(sets.policy.path) "
            + "--key owner.key; until then nothing is rotated"))
      return .rotationRefused
    }
    let outcome = try Rotation(
      sets.repository.session, signer: sets.host.signer, isDamageFound: isDamageFound
    ).execute()
    rotation = outcome
    let failures = RotationWords.failures(outcome, names: sets.names)
    complaints += failures
    return ExitStatus.worst(failures.map(\.status))
  }

  /// Also where another machine rotates.
  private func forgetDestroyed() throws -> ExitStatus {
    try sets.repository.session.forgetDestroyed()
    return .done
  }

  /// Tells the log of the nights before this one that nobody told it of.
  private func sayMissed() throws {
    let session = sets.repository.session
    let hours = sets.policy.policy.night
    let window = hours.window(in: try Times.zone(hours.zone))
    guard let tonight = BackupPolicy.Night(parsing: night.description),
      let ledger = NightLedger(
        log: session.logState,
        sets: sets.living,
        through: tonight, window: window, closures: hours.closures.map(\.nights),
        now: session.now().unix)
    else { return }
    let drafts = try MissedNights.drafts(
      ledger, window: window, log: session.logState, before: tonight)
    if !drafts.isEmpty { try session.append(drafts, by: sets.host.signer) }
  }

  private func sayNight(_ statuses: [ExitStatus]) throws -> ExitStatus {
    let session = sets.repository.session
    let code = ExitStatus.worst(results.map { $0.1.status } + statuses)
    let outcomes = results.compactMap { _, result -> Predicate.SetOutcome? in
      guard let set = result.set else { return nil }
      return Predicate.SetOutcome(
        code: Int(result.status.rawValue), number: Int64(result.outcome?.number ?? -1), set: set)
    }
    try sayMissed()
    let kept = try NightRecord(
      sets: sets, night: night, started: started, results: results, rotation: rotation, code: code
    ).store()
    record = kept?.record
    let closed = Draft(
      .night(
        Predicate.NightClosed(
          night: night, code: Int(code.rawValue), sets: outcomes.sorted { $0.set < $1.set })))
    try session.append([closed] + (kept?.drafts ?? []), by: sets.host.signer)
    try session.writeCheckpoint(by: sets.host.signer)
    return .done
  }

  /// Everything that is wrong: what, and what to do.
  var problems: [Failure] {
    results.flatMap { dataSet, result -> [Failure] in
      let failure = result.failure.map {
        Failure($0.status, "\(dataSet.name): \($0.message)", hint: $0.hint)
      }
      return [failure].compactMap { $0 } + (result.outcome.map { problems(dataSet, $0) } ?? [])
    } + complaints
  }

  private func problems(_ dataSet: Policy.DataSet, _ outcome: BackupOutcome) -> [Failure] {
    // No name of a file: cron mails this.
    var problems: [Failure] = []
    if outcome.counters.unreadableCount > 0 {
      problems.append(
        Failure(
          .incomplete,
          "\(dataSet.name): \(outcome.counters.unreadableCount) entries could not be read",
          hint: "nightsafe backup --policy \(sets.policy.path) lists them"))
    }
    if outcome.counters.changedCount > UInt64(dataSet.changedDuringReadLimit) {
      problems.append(
        Failure(
          .incomplete,
          "\(dataSet.name): \(outcome.counters.changedCount) files changed while they were read",
          hint: "a dump or a file system snapshot in hooks.before makes them stand still; "
            + "changedDuringReadLimit says how many are no matter"))
    }
    if outcome.canariesFound < outcome.canariesExpected {
      problems.append(
        Failure(
          .incomplete,
          "\(dataSet.name): only \(outcome.canariesFound) of \(outcome.canariesExpected) canary "
            + "files were there", hint: "was a source moved, or is it not mounted?"))
    }
    if let failed = outcome.selfCheck?.failed, !failed.isEmpty {
      problems.append(
        Failure(
          .damage, "\(dataSet.name): \(failed.count) blocks were not as written when read back",
          hint: "suspect the repository's disk; the next night stores them again"))
    }
    return problems
  }

  /// A data set's night for scripts.
  static func json(_ dataSet: Policy.DataSet, _ result: SetResult) -> JSON {
    var members: [(String, JSON)] = [
      ("name", .text(dataSet.name)), ("exitCode", .number(Int64(result.status.rawValue))),
    ]
    if let outcome = result.outcome {
      let counters = outcome.counters
      members += [
        ("snapshot", .number(Int64(outcome.number))), ("files", .count(counters.fileCount)),
        ("bytes", .count(counters.byteCount)), ("storedBytes", .count(outcome.storedByteCount)),
        ("unreadable", .count(counters.unreadableCount)),
        ("changedDuringRead", .count(counters.changedCount)),
      ]
    }
    return .object(members)
  }
}

/// Compares the policy file with what the owner has approved.
enum PolicyComparison {
  /// What differs; of what is not in force yet, since it shortens, the approval counts.
  static func differences(_ sets: DataSets) -> [String] {
    let now = Times.clock().unix
    let state = sets.repository.session.logState
    var differences: [String] = []
    for dataSet in sets.policy.policy.dataSets where sets.destruction(dataSet) == nil {
      guard let secret = try? sets.secret(dataSet),  // its absence was told by the backup
        let signed = state.pendingPolicies(of: secret.set, at: now).last
          ?? state.policy(of: secret.set, at: now)
      else {
        differences.append("\(dataSet.name) has no approved policy")
        continue
      }
      let approved = BackupPolicy.Retention(signed.what.retention)
      for key in approved.differences(from: dataSet.retention) {
        differences.append(
          "\(dataSet.name).retention.\(key.rawValue) is \(dataSet.retention[key]), approved "
            + "\(approved[key])")
      }
      let deduplication = PolicyStatements.deduplication(dataSet.deduplication)
      if signed.what.deduplication != deduplication {
        differences.append(
          "\(dataSet.name).deduplicate is \(deduplication.rawValue), approved "
            + "\(signed.what.deduplication.rawValue)")
      }
      if signed.what.protection != PolicyStatements.protection(sets.policy.policy.protection) {
        differences.append(
          "protection is \(sets.policy.policy.protection.rawValue), approved "
            + "\(signed.what.protection.rawValue)")
      }
    }
    return differences
  }
}
