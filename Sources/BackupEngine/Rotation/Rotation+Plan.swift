public import BackupFormat
public import BackupLog
public import BackupPolicy

/// The plan: a pure function of log, policy and now.
extension Rotation {
  /// A shortening binds so long after it was appended, whatever it says itself: 7 days.
  public static let noticeSeconds: Int64 = 604_800

  /// The plan for every data set.
  public static func plan(
    _ state: LogState, now: LogTime, isDamageFound: Bool
  ) -> [RotationDecision] {
    state.dataSets.keys.sorted().map { set in
      plan(state, set, now: now, isDamageFound: isDamageFound)
    }
  }

  /// The snapshots that a change of retention would remove, by their numbers.
  public static func removedByChange(
    _ state: LogState, _ set: SetID, to retention: BackupPolicy.Retention, now: LogTime
  ) -> [String] {
    guard let policy = state.policy(of: set, at: now.unix) else { return [] }
    return removedByChange(
      state, set, from: BackupPolicy.Retention(policy.what.retention), to: retention, now: now)
  }

  private static func removedByChange(
    _ state: LogState, _ set: SetID, from old: BackupPolicy.Retention,
    to new: BackupPolicy.Retention, now: LogTime
  ) -> [String] {
    RetentionPlan.removedByChange(
      from: old, to: new, snapshots: facts(state, set), holds: holds(state, set, now: now),
      now: now.unix, guards: RetentionGuards(isNowBelieved: true))
  }

  static func plan(
    _ state: LogState, _ set: SetID, now: LogTime, isDamageFound: Bool
  ) -> RotationDecision {
    if let destruction = state.destructions[set], state.isDestroyed(set, at: now) {
      return plan(destruction, state, now: now, isDamageFound: isDamageFound)
    }
    let isFrozen = state.isFrozen(set)
    guard let policy = state.policy(of: set, at: now.unix) else {
      return RotationDecision(set: set, policy: nil, decisions: [], isFrozen: isFrozen)
    }
    var decision = RotationDecision(set: set, policy: policy, decisions: [], isFrozen: isFrozen)
    var retention = BackupPolicy.Retention(policy.what.retention)
    if let old = retentionBefore(policy, state), retention.isShorter(than: old) {
      let end = policy.believedTime + noticeSeconds
      if now.unix < end {
        // A file that was signed long ago and handed in today still gives seven days' notice.
        decision.noticeEnds = end
        retention = retention.keepingAll(of: old)
      } else {
        decision.shortened = shortened(state, policy, from: old, to: retention, now: now)
      }
    }
    let lastRotation = state.rotations.last { $0.what.set == set }?.number ?? -1
    let added = state.liveSnapshots(of: set).count { $0.number > lastRotation }
    let freezes = (state.freezes[set] ?? []).map { freeze in
      RetentionFreeze(
        fromLogNumber: UInt64(freeze.incident.number), thawedAtLogNumber: nil)
    }
    decision.decisions = RetentionPlan.plan(
      snapshots: facts(state, set), retention: retention, holds: holds(state, set, now: now),
      limits: RemovalLimit(addedSinceLastRotation: added, approvedIDs: decision.shortened),
      now: now.unix,
      guards: RetentionGuards(
        isNowBelieved: state.believes(now), isDamageFound: isDamageFound, freezes: freezes))
    return decision
  }

  /// Of a destroyed data set everything goes, unless a hold keeps it.
  private static func plan(
    _ destruction: Destruction, _ state: LogState, now: LogTime, isDamageFound: Bool
  ) -> RotationDecision {
    let set = destruction.set
    let isBelieved = state.believes(now)
    // A hold only ends by a clock that is believed.
    let believed = LogTime(
      unix: isBelieved ? now.unix : state.newestBelievedTime, synchronised: true)
    let holds = holds(state, set, now: believed)
    var decision = RotationDecision(
      set: set, policy: state.policy(of: set, at: believed.unix),
      decisions: RetentionPlan.planDestruction(
        snapshots: facts(state, set), holds: holds,
        guards: RetentionGuards(isNowBelieved: isBelieved, isDamageFound: isDamageFound)))
    decision.destruction = destruction
    decision.isDestructionHeld = !holds.isEmpty
    return decision
  }

  /// What the owner had approved before a policy; nil if it is the first.
  private static func retentionBefore(
    _ policy: Said<Predicate.Policy>, _ state: LogState
  ) -> BackupPolicy.Retention? {
    (state.policies[policy.what.set] ?? []).last { $0.number < policy.number }
      .map { BackupPolicy.Retention($0.what.retention) }
  }

  /// The snapshots that an approved shortening names and that do not count for the limit: at most
  /// as many as it says, less those that went for it already.
  private static func shortened(
    _ state: LogState, _ policy: Said<Predicate.Policy>, from old: BackupPolicy.Retention,
    to new: BackupPolicy.Retention, now: LogTime
  ) -> Set<String> {
    let used = state.rotations.filter { $0.what.policy == policy.id }
      .reduce(0) { $0 + $1.what.removed.count { $0.reason == .shortened } }
    let left = policy.what.removes - used
    guard left > 0 else { return [] }
    return Set(
      removedByChange(state, policy.what.set, from: old, to: new, now: now).prefix(left))
  }

  private static func facts(_ state: LogState, _ set: SetID) -> [SnapshotFact] {
    state.liveSnapshots(of: set).compactMap { snapshot -> SnapshotFact? in
      guard let night = BackupPolicy.Night(parsing: snapshot.night.description) else { return nil }
      return SnapshotFact(
        id: "\(snapshot.number)", night: night, time: snapshot.taken.readStart,
        isChecked: snapshot.isSelfChecked, logNumber: UInt64(snapshot.number),
        isTimeBelieved: snapshot.isTimeBelieved)
    }
  }

  private static func holds(_ state: LogState, _ set: SetID, now: LogTime) -> [LegalHold] {
    state.holds(of: set, at: now.unix).map { hold in
      LegalHold(
        id: hold.what.hold.hex,
        coverage: hold.what.snapshots.isEmpty
          ? .everything : .snapshots(Set(hold.what.snapshots.map { "\($0)" })),
        until: hold.what.until == 0 ? nil : hold.what.until)
    }
  }
}
