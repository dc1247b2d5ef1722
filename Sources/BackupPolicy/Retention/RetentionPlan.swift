/// Decides the fate of each snapshot of one data set; a pure function of its arguments.
///
/// The order of the rules is: hold, floor, freeze, clock, maximum age, keep rules. What the rules
/// let go then meets the guards of the run: damage, and the limit, under which the oldest go first.
public enum RetentionPlan {
  /// How far ahead of now a snapshot's time may lie before now is no longer believed, in seconds:
  /// ten minutes, more than clocks that are kept synchronised ever differ.
  public static let clockToleranceSeconds: Int64 = 600

  /// Plans one rotation.
  ///
  /// - Parameters:
  ///   - snapshots: The data set's live snapshots in any order; ids are unique.
  ///   - retention: The approved retention.
  ///   - holds: The holds on this data set.
  ///   - limits: How much this run may remove.
  ///   - now: The time, in seconds after 1970-01-01 UTC.
  ///   - guards: What else must hold.
  /// - Returns: One decision a snapshot, oldest first by night and log number.
  public static func plan(
    snapshots: [SnapshotFact], retention: Retention, holds: [LegalHold] = [],
    limits: RemovalLimit, now: Int64, guards: RetentionGuards
  ) -> [RetentionDecision] {
    let judgement = RetentionJudgement(
      snapshots: snapshots, retention: retention, holds: holds, now: now, guards: guards)
    var decisions: [RetentionDecision] = []
    decisions.reserveCapacity(snapshots.count)
    var budget = limits.removalCountMax
    for index in judgement.facts.indices {
      let fact = judgement.facts[index]
      let keeping = judgement.keeping[index]
      var fate = RetentionFate.keep
      var reasons = keeping
      if keeping.isEmpty {
        let cause = judgement.removalReason(at: index)
        let isApproved = limits.approvedIDs.contains(fact.id)
        if guards.isDamageFound {
          (fate, reasons) = (.deferred, [.damageFound, cause])
        } else if isApproved || budget > 0 {
          (fate, reasons) = (.remove, [cause])
          if !isApproved { budget -= 1 }
        } else {
          (fate, reasons) = (.deferred, [.runLimit, cause])
        }
      }
      var overdue: RetentionOverdue?
      if fate != .remove, let since = judgement.overdueSince(at: index), let reason = reasons.first
      {
        overdue = RetentionOverdue(since: since, reason: reason)
      }
      decisions.append(
        RetentionDecision(
          id: fact.id, night: fact.night, fate: fate, reasons: reasons, overdue: overdue))
    }
    return decisions
  }

  /// Plans one rotation of a data set that its owner has destroyed: a hold goes before, then a clock
  /// that is not believed and damage; nothing else keeps a snapshot.
  ///
  /// - Parameter holds: The holds on this data set; each keeps all of it.
  /// - Returns: One decision a snapshot, oldest first by night and log number.
  public static func planDestruction(
    snapshots: [SnapshotFact], holds: [LegalHold], guards: RetentionGuards
  ) -> [RetentionDecision] {
    let fate: RetentionFate
    let reasons: [RetentionReason]
    if !holds.isEmpty {
      (fate, reasons) = (.keep, holds.map { .hold(id: $0.id) })
    } else if !guards.isNowBelieved {
      (fate, reasons) = (.keep, [.clockNotBelieved])
    } else if guards.isDamageFound {
      (fate, reasons) = (.deferred, [.damageFound, .destroyed])
    } else {
      (fate, reasons) = (.remove, [.destroyed])
    }
    return snapshots.sorted { ($0.night, $0.logNumber, $0.id) < ($1.night, $1.logNumber, $1.id) }
      .map {
        RetentionDecision(id: $0.id, night: $0.night, fate: fate, reasons: reasons, overdue: nil)
      }
  }

  /// The snapshots that a change of retention would remove and the old one would not, oldest first.
  ///
  /// Their count is what an owner's statement that shortens must name.
  public static func removedByChange(
    from old: Retention, to new: Retention, snapshots: [SnapshotFact], holds: [LegalHold] = [],
    now: Int64, guards: RetentionGuards
  ) -> [String] {
    var guards = guards
    guards.isDamageFound = false
    func removals(_ retention: Retention) -> [String] {
      plan(
        snapshots: snapshots, retention: retention, holds: holds, limits: .none, now: now,
        guards: guards
      ).filter { $0.fate == .remove }.map(\.id)
    }
    let before = Set(removals(old))
    return removals(new).filter { !before.contains($0) }
  }
}

/// The rules applied to one list of snapshots, before the guards of the run.
private struct RetentionJudgement {
  /// Oldest first by night, then log number.
  let facts: [SnapshotFact]
  /// For each fact the reasons to keep it, the strongest first; none means that it goes.
  private(set) var keeping: [[RetentionReason]]
  private let maximumAgeSeconds: Int64
  private let now: Int64
  private let isClockGood: Bool
  /// For each fact the id of the snapshot that stands for its night, if it is a later one.
  private var successors: [String?]
  /// For each fact the latest instant at which it can have reached its maximum age.
  private var expiries: [Int64?]

  init(
    snapshots: [SnapshotFact], retention: Retention, holds: [LegalHold], now: Int64,
    guards: RetentionGuards
  ) {
    let now = bounded(now)
    let facts = snapshots.sorted { left, right in
      (left.night, left.logNumber, left.id) < (right.night, right.logNumber, right.id)
    }
    let believed = facts.filter(\.isTimeBelieved)
    self.facts = facts
    self.now = now
    maximumAgeSeconds = seconds(days: retention.maximumAgeDays)
    isClockGood =
      guards.isNowBelieved
      && !believed.contains { bounded($0.time) > now + RetentionPlan.clockToleranceSeconds }
    keeping = Array(repeating: [], count: facts.count)
    successors = Array(repeating: nil, count: facts.count)
    expiries = Array(repeating: nil, count: facts.count)

    applyHolds(holds)
    applyFloor(retention.floor, freezes: guards.freezes)
    if guards.freezes.contains(where: { $0.thawedAtLogNumber == nil }) {
      for index in facts.indices { keeping[index].append(.frozen) }
    }
    applyClock()
    findExpiries()
    if isClockGood { applyCalendar(retention) }
  }

  /// The first instant at which the snapshot was too old, if it is.
  func overdueSince(at index: Int) -> Int64? {
    guard isClockGood, let expiry = expiries[index], expiry <= now else { return nil }
    return expiry
  }

  func removalReason(at index: Int) -> RetentionReason {
    if let expiry = expiries[index], expiry <= now { return .maximumAgeReached }
    if let successor = successors[index] { return .superseded(by: successor) }
    return .notKept
  }

  private mutating func applyHolds(_ holds: [LegalHold]) {
    for hold in holds {
      // A hold only ends by a clock that is believed.
      if let until = hold.until, isClockGood, until <= now { continue }
      for index in facts.indices where hold.covers(facts[index]) {
        keeping[index].append(.hold(id: hold.id))
      }
    }
  }

  private mutating func applyFloor(_ floor: Int, freezes: [RetentionFreeze]) {
    var rank = 0
    var night: Night?
    for index in facts.indices.reversed() {
      let fact = facts[index]
      guard rank < floor else { return }
      guard fact.isChecked, fact.isTimeBelieved, fact.night != night,
        !freezes.contains(where: { $0.covers(fact) })
      else { continue }
      night = fact.night
      rank += 1
      keeping[index].append(.floor(rank: rank))
    }
  }

  private mutating func applyClock() {
    for index in facts.indices {
      if !isClockGood {
        keeping[index].append(.clockNotBelieved)
      } else if !facts[index].isTimeBelieved {
        keeping[index].append(.timeNotBelieved)
      }
    }
  }

  /// A believed time expires after the maximum age; one not believed when a believed one that came
  /// after it in the log has, since it cannot be younger.
  private mutating func findExpiries() {
    var earliest: Int64?
    for index in facts.indices.sorted(by: { facts[$0].logNumber > facts[$1].logNumber }) {
      guard facts[index].isTimeBelieved else {
        expiries[index] = earliest
        continue
      }
      let expiry = bounded(facts[index].time) + maximumAgeSeconds
      expiries[index] = expiry
      earliest = min(earliest ?? expiry, expiry)
    }
  }

  private mutating func applyCalendar(_ retention: Retention) {
    let candidates = facts.indices.reversed().filter { index in
      facts[index].isTimeBelieved && (expiries[index] ?? .max) > now
    }
    for (rank, index) in candidates.prefix(max(0, retention.last)).enumerated() {
      keeping[index].append(.last(rank: rank + 1))
    }
    let nights = standIns(for: candidates)
    keepNewest(retention.daily, of: nights, by: { $0.dayNumber }) { .daily(rank: $0) }
    keepNewest(retention.weekly, of: nights, by: { $0.isoWeek.year * 100 + $0.isoWeek.week }) {
      .weekly(rank: $0)
    }
    keepNewest(retention.monthly, of: nights, by: { $0.year * 12 + $0.month }) {
      .monthly(rank: $0)
    }
    keepNewest(retention.quarterly, of: nights, by: { $0.year * 4 + $0.quarter }) {
      .quarterly(rank: $0)
    }
    keepNewest(retention.yearly, of: nights, by: { $0.year }) { .yearly(rank: $0) }
    keepBookYears(retention, of: nights)
    let within = seconds(days: retention.keepWithinDays)
    for index in nights where within > 0 && now - bounded(facts[index].time) < within {
      keeping[index].append(.keepWithin)
    }
    settleOthers(candidates, standIns: nights)
  }

  /// The last night of each book year, until so many years after its end.
  private mutating func keepBookYears(_ retention: Retention, of nights: [Int]) {
    guard retention.bookYears > 0 else { return }
    let today = Int(now / 86_400)
    for month in retention.otherEndMonths.union([retention.bookYearEndMonth]).sorted() {
      var current: Int?
      for index in nights {
        let year = Retention.bookYear(of: facts[index].night, endMonth: month)
        guard year != current else { continue }
        current = year
        let last = Retention.lastDay(ofBookYear: year, endMonth: month, years: retention.bookYears)
        if today <= last { keeping[index].append(.bookYear(year)) }
      }
    }
  }

  /// The snapshot that stands for each night, newest first: its last checked one, or its last one.
  private func standIns(for candidates: [Int]) -> [Int] {
    var nights: [Int] = []
    for index in candidates {
      guard let known = nights.last, facts[known].night == facts[index].night else {
        nights.append(index)
        continue
      }
      if !facts[known].isChecked, facts[index].isChecked { nights[nights.count - 1] = index }
    }
    return nights
  }

  private mutating func keepNewest(
    _ count: Int, of nights: [Int], by period: (Night) -> Int,
    because reason: (Int) -> RetentionReason
  ) {
    guard count > 0 else { return }
    var rank = 0
    var current: Int?
    for index in nights {
      let key = period(facts[index].night)
      guard key != current else { continue }
      guard rank < count else { return }
      current = key
      rank += 1
      keeping[index].append(reason(rank))
    }
  }

  /// What does not stand for its night is superseded, or, newer and unchecked, shares its fate.
  private mutating func settleOthers(_ candidates: [Int], standIns: [Int]) {
    let byNight = Dictionary(standIns.map { (facts[$0].night, $0) }) { first, _ in first }
    for index in candidates {
      guard let standIn = byNight[facts[index].night], standIn != index else { continue }
      if facts[index].logNumber < facts[standIn].logNumber {
        successors[index] = facts[standIn].id
      } else if !keeping[standIn].isEmpty {
        keeping[index].append(.notYetChecked)
      }
    }
  }
}
