import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
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
    let findings = sets.repository.session.logFindings
    guard !findings.isEmpty else { return .done }
    complaints.append(
      Failure(
        .damage,
        "the log has \(findings.count) findings: "
          + findings.prefix(3).map { "\($0)" }.joined(separator: "; "),
        hint: "nightsafe log shows them; the owner acknowledges what is explained"))
    return .damage
  }

  private var isDamageFound: Bool {
    results.contains { $0.1.status == .damage }
      || results.contains { !($0.1.outcome?.selfCheck?.failed.isEmpty ?? true) }
  }

  private func rotate() throws -> ExitStatus {
    guard sets.policy.policy.rotatesNightly else { return .done }
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
    if outcome.isStoppedByClock {
      complaints.append(
        Failure(
          .rotationRefused, "the clock of this machine is not believed, so nothing was rotated",
          hint: "set the clock and keep it with a time service; or the owner says "
            + "nightsafe log clock"))
      return .rotationRefused
    }
    let overdue = outcome.decisions.flatMap(\.decisions).filter { $0.overdue != nil }
    guard overdue.isEmpty else {
      complaints.append(
        Failure(
          .rotationRefused,
          "\(overdue.count) snapshots are older than their maximum age: "
            + (overdue[0].overdue?.reason.text ?? "")))
      return .rotationRefused
    }
    return .done
  }

  private func sayNight(_ statuses: [ExitStatus]) throws -> ExitStatus {
    let session = sets.repository.session
    let code = ExitStatus.worst(results.map { $0.1.status } + statuses)
    let outcomes = results.compactMap { _, result -> Predicate.SetOutcome? in
      guard let set = result.set else { return nil }
      return Predicate.SetOutcome(
        code: Int(result.status.rawValue), number: Int64(result.outcome?.number ?? -1), set: set)
    }
    let record = try NightRecord(
      sets: sets, night: night, results: results, rotation: rotation, code: code
    ).store()
    let closed = Draft(
      .night(
        Predicate.NightClosed(
          night: night, code: Int(code.rawValue), sets: outcomes.sorted { $0.set < $1.set })))
    try session.append([closed] + record, by: sets.host.signer)
    try session.writeCheckpoint(by: sets.host.signer)
    return .done
  }

  /// One paragraph when something is wrong: what, and what to do.
  func tell(_ status: ExitStatus) {
    guard status != .done else { return }
    for (dataSet, result) in results {
      if let failure = result.failure {
        Terminal.report(
          Failure(failure.status, "\(dataSet.name): \(failure.message)", hint: failure.hint))
      }
      guard let outcome = result.outcome else { continue }
      tell(dataSet, outcome)
    }
    for complaint in complaints { Terminal.report(complaint) }
    notify(status)
  }

  private func tell(_ dataSet: Policy.DataSet, _ outcome: BackupOutcome) {
    // No name of a file: cron mails this.
    if outcome.counters.unreadableCount > 0 {
      Terminal.note(
        "error: \(dataSet.name): \(outcome.counters.unreadableCount) entries could not be read")
      Terminal.note("hint: nightsafe backup --policy \(sets.policy.path) lists them")
    }
    if outcome.counters.changedCount > UInt64(dataSet.changedDuringReadLimit) {
      Terminal.note(
        "error: \(dataSet.name): \(outcome.counters.changedCount) files changed while they were read"
      )
    }
    if outcome.canariesFound < outcome.canariesExpected {
      Terminal.note(
        "error: \(dataSet.name): only \(outcome.canariesFound) of \(outcome.canariesExpected) "
          + "canary files were there")
    }
    if let failed = outcome.selfCheck?.failed, !failed.isEmpty {
      Terminal.note(
        "error: \(dataSet.name): \(failed.count) blocks were not as written when read back")
      Terminal.note("hint: suspect the repository's disk; the next night stores them again")
    }
  }

  private func notify(_ status: ExitStatus) {
    guard let command = sets.policy.policy.notify else { return }
    do {
      let text = "night \(night): exit code \(status.rawValue)\n"
      let outcome = try ChildProcess(
        arguments: command.arguments.map { [UInt8]($0.utf8) },
        standardInput: [UInt8](text.utf8),
        timeLimitMilliseconds: command.timeLimitSeconds * 1000
      ).run()
      if !outcome.isSuccess { Terminal.note("error: the notify command failed: \(outcome.ending)") }
    } catch {
      Terminal.note("error: the notify command can't be run: \(error)")
    }
  }
}

/// Compares the policy file with what the owner has approved.
enum PolicyComparison {
  static func differences(_ sets: DataSets) -> [String] {
    let now = Times.clock().unix
    var differences: [String] = []
    for dataSet in sets.policy.policy.dataSets {
      guard let secret = try? sets.secret(dataSet),  // its absence was told by the backup
        let signed = sets.repository.session.logState.policy(of: secret.set, at: now)
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
      if signed.what.protection != PolicyStatements.protection(sets.policy.policy.protection) {
        differences.append(
          "protection is \(sets.policy.policy.protection.rawValue), approved "
            + "\(signed.what.protection.rawValue)")
      }
    }
    return differences
  }
}
