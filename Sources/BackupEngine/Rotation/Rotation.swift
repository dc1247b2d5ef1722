import BackupFormat
public import BackupLog
import BackupPolicy

/// Rotation: a plan that is a pure function of log, policy and now; then what the log's order allows.
///
/// It needs no secret: only the log, and a credential that may delete.
public struct Rotation {
  let session: RepositorySession
  let signer: Signer
  let isDamageFound: Bool

  /// - Parameter isDamageFound: Whether this run found damage: then nothing is deleted.
  public init(_ session: RepositorySession, signer: Signer, isDamageFound: Bool) {
    self.session = session
    self.signer = signer
    self.isDamageFound = isDamageFound || session.isDamaged
  }

  /// Plans and says so; removes what an earlier night has condemned; compacts; condemns.
  ///
  /// Nothing of a frozen data set is rotated, compacted, condemned or deleted. Of one that its owner
  /// destroyed everything is, frozen or not, unless a hold keeps it.
  public func execute() throws -> RotationOutcome {
    var outcome = RotationOutcome()
    try session.refresh()
    let now = session.now()
    outcome.decisions = Self.plan(session.logState, now: now, isDamageFound: isDamageFound)
    outcome.isStoppedByDamage = isDamageFound
    outcome.isStoppedByClock = !session.logState.believes(now)
    guard !isDamageFound, !outcome.isStoppedByClock else {
      outcome.oldestDeadBlocks = oldestDeadBlocks
      return outcome
    }
    for decision in outcome.decisions { try rotate(decision, now, &outcome) }
    try abandonSilentRuns(now, &outcome)
    try delete(&outcome)
    try compact(now, &outcome)
    try condemn(&outcome)
    try session.forgetDestroyed()
    outcome.oldestDeadBlocks = oldestDeadBlocks
    return outcome
  }

  private var oldestDeadBlocks: [SetID: Int64] {
    let state = session.logState
    return Dictionary(
      uniqueKeysWithValues: state.dataSets.keys.compactMap { set in
        state.oldestDeadBlock(of: set).map { (set, $0) }
      })
  }

  /// The data sets of which nothing goes: frozen, or destroyed and held.
  var restingSets: Set<SetID> {
    let state = session.logState
    let now = session.now()
    return Set(
      state.dataSets.keys.filter { set in
        state.isDestroyed(set, at: now)
          ? !state.isDestructionDue(set, at: now) : state.isFrozen(set)
      })
  }

  // MARK: Snapshots

  private func rotate(
    _ decision: RotationDecision, _ now: LogTime, _ outcome: inout RotationOutcome
  ) throws {
    guard decision.authority != nil else { return }
    let set = decision.set
    var rest = decision.removed[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(EngineLimits.rotatedCount))
      rest.removeFirst(part.count)
      // Since the plan was made others may have rotated, also while the last set's statement was said:
      // only what the plan of now still lets go is said.
      var said: [Predicate.RotatedSnapshot] = []
      let wanted = { (state: LogState) -> [Draft] in
        let plan = Self.plan(state, set, now: now, isDamageFound: false)
        let wanted = Set(plan.removed.map(\.number))
        said = part.filter { wanted.contains($0.number) }
        guard let authority = plan.authority, !said.isEmpty else { return [] }
        return [Self.rotated(set, authority, said)]
      }
      let drafts = wanted(session.logState)
      guard !drafts.isEmpty else { continue }
      let number = try session.append(drafts, by: signer, again: wanted)
      if number != nil { outcome.rotatedCount += said.count }
    }
  }

  private static func rotated(
    _ set: SetID, _ authority: StatementID, _ removed: [Predicate.RotatedSnapshot]
  ) -> Draft {
    Draft(.rotated(Predicate.Rotated(set: set, policy: authority, removed: removed)))
  }

  // MARK: Runs

  /// A run of which nothing was heard for this long is given up: 7 days.
  static let silenceSeconds: Int64 = 604_800

  /// Gives up runs that have been silent too long, so that what they left behind can be collected, and
  /// those of destroyed data sets at once: nothing they say would count.
  private func abandonSilentRuns(_ now: LogTime, _ outcome: inout RotationOutcome) throws {
    let resting = restingSets
    for set in session.logState.dataSets.keys.sorted() where !resting.contains(set) {
      for run in session.logState.openRuns(of: set)
      where Self.isSilent(run.id, of: set, session.logState, now) {
        let draft = Draft(.abandoned(Predicate.Abandoned(run: run.id)))
        let number = try session.append([draft], by: signer) { state in
          Self.isSilent(run.id, of: set, state, now) ? [draft] : []
        }
        if number != nil { outcome.abandonedRunCount += 1 }
      }
    }
  }

  private static func isSilent(
    _ id: RunID, of set: SetID, _ state: LogState, _ now: LogTime
  ) -> Bool {
    guard let run = state.runs[id], run.isOpen else { return false }
    return now.unix - run.lastHeard >= silenceSeconds || state.isDestroyed(set, at: now)
  }
}
