internal import BackupFormat
internal import BackupLog
internal import BackupPolicy

/// Recomputes each rotation from the log and the signed policy.
///
/// The plan is made for the moment of the statement and for a day later; only what both keep may
/// not be removed, so that seconds between planning and signing decide nothing. What the writer
/// knew and the log does not say (damage that a run found) is not judged.
struct RotationJudge {
  /// A rotation that broke a rule.
  struct Broken: Hashable {
    let number: Int
    let statement: StatementID
    let snapshot: SnapshotName?
    let rule: Finding.BrokenRule
  }

  /// A statement takes effect at most this long after it was planned, in seconds: a day.
  private static let slackSeconds: Int64 = 86_400

  private var seen: Set<StatementID> = []
  private var lastNumbers: [SetID: Int] = [:]
  /// By policy statement: how many snapshots its shortening has removed.
  private var shortened: [StatementID: Int] = [:]
  private var found: [Broken] = []

  /// Looks at what the newest entry rotated; `state` is that after the entry.
  mutating func look(at state: LogState) {
    var fresh: [Said<Predicate.Rotated>] = []
    for said in state.rotations.reversed() {
      guard said.number == state.size - 1 else { break }
      fresh.append(said)
    }
    for said in fresh.reversed() where seen.insert(said.id).inserted {
      judge(said, in: state)
      lastNumbers[said.what.set] = said.number
    }
  }

  /// What is broken and still counts: a key may have been distrusted since.
  func broken(in state: LogState) -> [Broken] {
    let counting = Set(state.rotations.map(\.id))
    return found.filter { counting.contains($0.statement) }
  }

  private mutating func judge(_ said: Said<Predicate.Rotated>, in state: LogState) {
    let set = said.what.set
    if let destruction = state.destructions[set], destruction.said.id == said.what.policy {
      judgeDestruction(said, in: state)
      return
    }
    guard let policy = state.policy(of: set, at: said.believedTime) else { return }
    let snapshots = (state.snapshots[set] ?? []).filter { snapshot in
      if case .rotated(said.number, _) = snapshot.state { return true }
      return snapshot.isLive
    }
    let kept = keptReasons(snapshots, said: said, policy: policy.what, state: state)
    for removed in said.what.removed {
      guard let reason = kept[String(removed.number)], let rule = Self.rule(reason) else {
        continue
      }
      report(said, snapshots.first { $0.number == removed.number }, rule)
    }
    judgeLimit(said, policy: policy, state: state)
  }

  /// A destroyed set goes whole; only a hold and a time that is not believed keep it.
  ///
  /// That it was in force is what the statement counts by.
  private mutating func judgeDestruction(_ said: Said<Predicate.Rotated>, in state: LogState) {
    if !state.holds(of: said.what.set, at: said.believedTime).isEmpty { report(said, nil, .hold) }
    if !said.isTimeBelieved { report(said, nil, .clock) }
  }

  /// The reasons for which snapshots had to stay, now and a day later.
  private func keptReasons(
    _ snapshots: [Snapshot], said: Said<Predicate.Rotated>, policy: Predicate.Policy,
    state: LogState
  ) -> [String: RetentionReason] {
    let facts = snapshots.map { snapshot in
      SnapshotFact(
        id: String(snapshot.number),
        night: BackupPolicy.Night(dayNumber: snapshot.night.dayNumber),
        time: snapshot.taken.readStart, isChecked: snapshot.isSelfChecked,
        logNumber: UInt64(snapshot.number), isTimeBelieved: snapshot.isTimeBelieved)
    }
    let holds = state.holds(of: said.what.set, at: said.believedTime).map { hold in
      LegalHold(
        id: hold.what.hold.hex,
        coverage: hold.what.snapshots.isEmpty
          ? .everything : .snapshots(Set(hold.what.snapshots.map { String($0) })),
        until: hold.what.until == 0 ? nil : hold.what.until)
    }
    let freezes = (state.freezes[said.what.set] ?? []).map {
      RetentionFreeze(fromLogNumber: UInt64($0.incident.number))
    }
    func plan(at now: Int64) -> [String: RetentionReason] {
      let decisions = RetentionPlan.plan(
        snapshots: facts, retention: BackupPolicy.Retention(policy.retention), holds: holds,
        limits: .none, now: now,
        guards: RetentionGuards(isNowBelieved: said.isTimeBelieved, freezes: freezes))
      var kept: [String: RetentionReason] = [:]
      for decision in decisions where decision.fate == .keep {
        kept[decision.id] = decision.reasons.first
      }
      return kept
    }
    let later = plan(at: said.believedTime + Self.slackSeconds)
    return plan(at: said.believedTime).filter { later[$0.key] != nil }
  }

  /// One run removes at most what was added since the last, and three; besides these, what an
  /// approved shortening names.
  private mutating func judgeLimit(
    _ said: Said<Predicate.Rotated>, policy: Said<Predicate.Policy>, state: LogState
  ) {
    let last = lastNumbers[said.what.set] ?? 0
    let added = (state.snapshots[said.what.set] ?? []).count { snapshot in
      snapshot.number > last && snapshot.number <= said.number
    }
    let approved = max(0, policy.what.removes - (shortened[policy.id] ?? 0))
    let ordinary = added + RemovalLimit.defaultSlack
    let removed = said.what.removed.count
    shortened[policy.id, default: 0] += max(0, removed - ordinary)
    if removed > ordinary + approved {
      report(said, nil, .limit(removed: removed, allowed: ordinary + approved))
    }
  }

  private mutating func report(
    _ said: Said<Predicate.Rotated>, _ snapshot: Snapshot?, _ rule: Finding.BrokenRule
  ) {
    found.append(
      Broken(
        number: said.number, statement: said.id, snapshot: snapshot.map { SnapshotName($0) },
        rule: rule))
  }

  private static func rule(_ reason: RetentionReason) -> Finding.BrokenRule? {
    switch reason {
    case .hold: .hold
    case .floor: .floor
    case .frozen: .frozen
    case .clockNotBelieved, .timeNotBelieved: .clock
    case .last, .daily, .weekly, .monthly, .quarterly, .yearly, .bookYear, .keepWithin,
      .notYetChecked:
      .keepRule
    case .maximumAgeReached, .superseded, .notKept, .runLimit, .damageFound,
      .destroyed:
      nil
    }
  }
}

extension BackupPolicy.Retention {
  fileprivate init(_ signed: Predicate.Retention) {
    self.init(
      last: signed.last, daily: signed.daily, weekly: signed.weekly, monthly: signed.monthly,
      quarterly: signed.quarterly, yearly: signed.yearly, bookYears: signed.bookYears,
      bookYearEndMonth: signed.bookYearEndMonth,
      keepWithinDays: signed.keepWithinDays, maximumAgeDays: signed.maximumAgeDays,
      floor: signed.floor, refreshDays: signed.refreshDays,
      collectionLagDays: signed.collectionLagDays)
  }
}
