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
      if let destruction = sets.destruction(dataSet) {
        return (dataSet, SetResult(failure: sets.failure(destruction), status: .rotationRefused))
      }
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
    let hooks = dataSet.hooks
    let variables = sets.variables(dataSet, night: night)
    let done: Result<SetResult, any Error> = Result {
      try Hook.run(hooks.before, hooks.timeLimitSeconds, .before, variables)
      return try backUpBetweenHooks(dataSet)
    }
    let status: ExitStatus
    switch done {
    case .success(let result): status = result.status
    case .failure(let error): status = Failure(error).status
    }
    do {
      try Hook.run(hooks.after, hooks.timeLimitSeconds, .after(status), variables)
    } catch {
      // What failed first is the cause that people must see.
      var result = try done.get()
      result.failure = result.failure ?? Failure(error)
      result.status = ExitStatus.worst([result.status, Failure(error).status])
      return result
    }
    return try done.get()
  }

  private func backUpBetweenHooks(_ dataSet: Policy.DataSet) throws -> SetResult {
    let plan = try sets.plan(
      dataSet, night: night, acceptsMovedSources: acceptsMovedSources, readsBack: readsBack)
    let session = sets.repository.session
    let signer = sets.host.signer
    let outcome = try ProgressLine.during { progress in
      try DataSetBackup.perform(session, plan, signer: signer, progress: progress)
    }
    var status = ExitStatus.done
    if outcome.counters.unreadableCount > 0
      || outcome.counters.changedCount > UInt64(dataSet.changedDuringReadLimit)
      || outcome.canariesFound < outcome.canariesExpected
    {
      status = .incomplete
    }
    let left = try leftOver(outcome)
    status = ExitStatus.worst([status, try sayChecked(outcome), left?.status ?? .done])
    return SetResult(set: plan.secret.set, outcome: outcome, failure: left, status: status)
  }

  /// What went wrong beside the backup itself; a lost chunk list is told to the log's readers too.
  private func leftOver(_ outcome: BackupOutcome) throws -> Failure? {
    if let failure = outcome.cleanUpFailure { return Failure(failure) }
    guard !outcome.lostChunkLists.isEmpty else { return nil }
    try sets.repository.session.append(
      [
        Draft(
          .damaged(
            Predicate.Damaged(
              blocks: [], objects: outcome.lostChunkLists.prefix(100).map { .chunks($0) }.sorted()))
        )
      ], by: sets.host.signer)
    return Failure(
      .damage, "\(outcome.lostChunkLists.count) chunk lists are missing or damaged",
      hint: "no data is lost, its content was sent again; nightsafe repair --from COPY heals them")
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
