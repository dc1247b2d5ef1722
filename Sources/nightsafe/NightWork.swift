import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupSystem

/// What came of one data set.
struct SetResult {
  var set: SetID?
  var outcome: BackupOutcome?
  var failure: Failure?
  var status: ExitStatus
}

/// The part of a night that writes: hooks, backups, self-checks.
struct NightWork {
  let sets: DataSets
  let night: BackupLog.Night
  let acceptsMovedSources: Bool
  /// Whether what was written is read back and opened.
  let readsBack: Bool

  init(
    _ sets: DataSets, night: BackupLog.Night, acceptsMovedSources: Bool, readsBack: Bool = true
  ) {
    self.sets = sets
    self.night = night
    self.acceptsMovedSources = acceptsMovedSources
    self.readsBack = readsBack
  }

  /// Backs up each data set; one that fails does not stop the others.
  func backUp(_ chosen: [Policy.DataSet]) -> [(Policy.DataSet, SetResult)] {
    chosen.map { dataSet in
      do {
        return (dataSet, try backUp(dataSet))
      } catch {
        Terminal.endProgress()
        let failure = Failure(error)
        return (
          dataSet,
          SetResult(
            set: try? sets.secret(dataSet).set, outcome: nil, failure: failure,  // told already
            status: failure.status)
        )
      }
    }
  }

  private func backUp(_ dataSet: Policy.DataSet) throws -> SetResult {
    let plan = try sets.plan(
      dataSet, night: night, acceptsMovedSources: acceptsMovedSources,
      readsBack: readsBack)
    let session = sets.repository.session
    let signer = sets.host.signer
    try Hook.run(dataSet.hooks.before, dataSet.hooks.timeLimitSeconds, name: "before")
    let result: Result<BackupOutcome, any Error> = Result {
      let run = try DataSetBackup(session, plan, signer: signer)
      try session.append([run.startStatement], by: signer)
      return try ProgressLine.during { progress in try run.execute(progress: progress) }
    }
    let after: Failure?
    do {
      try Hook.run(dataSet.hooks.after, dataSet.hooks.timeLimitSeconds, name: "after")
      after = nil
    } catch {
      after = Failure(error)
    }
    let outcome = try result.get()
    var status = ExitStatus.done
    if outcome.counters.unreadableCount > 0
      || outcome.counters.changedCount > UInt64(dataSet.changedDuringReadLimit)
      || outcome.canariesFound < outcome.canariesExpected
    {
      status = .incomplete
    }
    status = ExitStatus.worst([status, try sayChecked(outcome), after?.status ?? .done])
    return SetResult(set: plan.secret.set, outcome: outcome, failure: after, status: status)
  }

  /// Says in the log what the self-check found.
  private func sayChecked(_ outcome: BackupOutcome) throws -> ExitStatus {
    guard let check = outcome.selfCheck else { return .done }
    var drafts = [
      Draft(
        .selfChecked(
          Predicate.SelfChecked(
            run: outcome.run, blocks: check.blockCount, byteCount: Int(check.byteCount),
            opened: check.openedCount, failed: check.failed.count)))
    ]
    if !check.failed.isEmpty {
      drafts.append(
        Draft(.damaged(Predicate.Damaged(blocks: Array(check.failed.prefix(500)), objects: []))))
    }
    try sets.repository.session.append(drafts, by: sets.host.signer)
    return check.failed.isEmpty ? .done : .damage
  }
}

/// Runs a hook of the policy.
enum Hook {
  static func run(_ command: [String], _ timeLimitSeconds: Int, name: String) throws {
    guard !command.isEmpty else { return }
    let outcome: ChildProcess.Outcome
    do {
      outcome = try ChildProcess(
        arguments: command.map { [UInt8]($0.utf8) },
        timeLimitMilliseconds: timeLimitSeconds * 1000, hasOwnGroup: true
      ).run()
    } catch {
      throw Failure(.failed, "the hook \(name) can't be run: \(command[0]): \(error)")
    }
    guard outcome.isSuccess else {
      throw Failure(.failed, "the hook \(name) failed: \(command[0]): \(outcome.ending)")
    }
  }
}

/// Shows rate and amounts while a backup goes on, where a person sees it.
enum ProgressLine {
  static func during<Value>(_ body: (BackupProgress) throws -> Value) throws -> Value {
    let progress = BackupProgress()
    guard Terminal.isAttended else { return try body(progress) }
    let stop = Monitor(false)
    let start = SystemClock.monotonicNanoseconds()
    let thread = try WorkerThread("progress") {
      while stop.wait(forNanoseconds: 500_000_000, until: { $0 ? () : nil }) == nil {
        let elapsed = max(SystemClock.monotonicNanoseconds() - start, 1)
        let rate = UInt64(Double(progress.readByteCount) / Double(elapsed) * 1e9)
        var left = ""
        let done = progress.entryCount
        if let expected = progress.expectedEntryCount, done > 0, done < expected {
          let rest = Double(elapsed) / Double(done) * Double(expected - done)
          left = ", about \(Times.duration(nanoseconds: UInt64(rest))) left"
        }
        Terminal.progress(
          "\(done) entries, read \(Words.size(progress.readByteCount)) at "
            + "\(Words.size(rate))/s, stored \(Words.size(progress.sentByteCount))\(left)")
      }
    }
    defer {
      stop.withLock { $0 = true }
      _ = thread.join()
      Terminal.endProgress()
    }
    return try body(progress)
  }
}
