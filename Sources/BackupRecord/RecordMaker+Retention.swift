internal import BackupFormat
internal import BackupLog
internal import BackupPolicy

extension RecordMaker {
  /// Snapshots of a set that outlive their maximum, by the log's own arithmetic.
  private struct Overdue {
    var set: SetID
    var count = 0
    var since = Int64.max
    var reasons: Set<String> = []
  }

  /// The retention that the owner signed for a set.
  private func retention(of set: SetID) -> BackupPolicy.Retention? {
    log?.policy(of: set, at: now).map { BackupPolicy.Retention($0.what.retention) }
  }

  mutating func fillRetention() {
    fillClasses()
    if let log {
      fillOldest(log)
      let overdue = fillOverdue(log)
      fillOuterLimit(log, overdue: overdue)
      let holds = log.dataSets.keys.sorted().flatMap { log.holds(of: $0, at: now) }
      fact(.retentionHolds, .number(holds.count))
      fact(
        .retentionHoldList,
        list(holds) {
          [
            "hold": .hex($0.what.hold), "set": .hex($0.what.set),
            "untilAt": .number($0.what.until), "snapshots": .number($0.what.snapshots.count),
          ]
        })
      // Of a set that is destroyed everything goes, whatever froze it.
      let frozen = log.freezes.filter {
        !$0.value.isEmpty && !log.isDestroyed($0.key, at: now)
      }.sorted { $0.key < $1.key }
      judge(
        .retentionFrozen, frozen.isEmpty,
        list(frozen) {
          [
            "set": .hex($0.key),
            "sinceAt": .number($0.value.first?.incident.time.unix ?? 0),
          ]
        }, at: now)
    }
    fillRemoval()
  }

  private mutating func fillClasses() {
    guard let policy else { return }
    set(
      .retentionClasses, .declared,
      list(policy.dataSets) { dataSet in
        var value: [String: CanonicalJSON] = ["name": .string(dataSet.name)]
        for key in RetentionKey.allCases {
          value[key.rawValue] = .number(dataSet.retention[key])
        }
        value["legalBasis"] = dataSet.legalBasis.map { .string($0) }
        value["reason"] = dataSet.reason.map { .string($0) }
        value["category"] = dataSet.category.map { .string($0) }
        value["purpose"] = dataSet.purpose.map { .string($0) }
        value["registerReference"] = dataSet.registerReference.map { .string($0) }
        return value
      })
  }

  private mutating func fillOldest(_ log: LogState) {
    let lives = log.dataSets.keys.sorted().compactMap { set in
      let live = log.liveSnapshots(of: set)
      return live.min { $0.taken.readStart < $1.taken.readStart }.map { (set, $0, live.count) }
    }
    guard !lives.isEmpty else { return }
    fact(
      .retentionOldest,
      list(lives) { set, oldest, count in
        var value: [String: CanonicalJSON] = [
          "set": .hex(set), "night": .string(oldest.night.description),
          "ageDays": .number(days(since: oldest.taken.readStart)), "snapshots": .number(count),
        ]
        value["maximumAgeDays"] = retention(of: set).map { .number($0.maximumAgeDays) }
        return value
      })
    let missing = lives.compactMap { set, _, count -> (set: SetID, count: Int)? in
      guard let retention = retention(of: set) else { return nil }
      let taken = Set((log.snapshots[set] ?? []).map(\.night)).count
      // The floor asks for no more nights than there ever were.
      return (set, max(0, min(retention.floor, taken) - count))
    }
    judge(
      .retentionRequiredMissing, missing.isEmpty ? nil : missing.allSatisfy { $0.count == 0 },
      list(missing) { ["set": .hex($0.set), "count": .number($0.count)] }, at: now)
  }

  /// Returns whether something is overdue; nil if nobody approved how long snapshots may stay.
  private mutating func fillOverdue(_ log: LogState) -> Bool? {
    var found: [Overdue] = []
    var isJudged = false
    for set in log.dataSets.keys.sorted() {
      var overdue = Overdue(set: set)
      if let retention = retention(of: set) {
        isJudged = true
        for snapshot in log.liveSnapshots(of: set) {
          let end =
            snapshot.taken.readStart + Int64(retention.maximumAgeDays) * secondsPerDay
          guard end < now else { continue }
          overdue.count += 1
          overdue.since = min(overdue.since, end)
        }
      }
      let decisions = sets.first { $0.set == set }?.decisions ?? []
      let said = decisions.filter { $0.fate != .remove }.compactMap(\.overdue)
      isJudged = isJudged || !decisions.isEmpty
      overdue.count = max(overdue.count, said.count)
      overdue.since = min(overdue.since, said.map(\.since).min() ?? .max)
      overdue.reasons = Set(said.map { $0.reason.word })
      if overdue.count > 0 { found.append(overdue) }
    }
    guard isJudged else { return nil }
    judge(
      .retentionOverdue, found.isEmpty,
      list(found) {
        [
          "set": .hex($0.set), "count": .number($0.count), "sinceAt": .number($0.since),
          "reasons": .array($0.reasons.sorted().map { .string($0) }),
        ]
      }, at: now)
    return !found.isEmpty
  }

  private mutating func fillRemoval() {
    let rotated = sets.filter { $0.rotatedCount != nil || $0.decisions != nil }
    if !rotated.isEmpty {
      fact(
        .retentionRotated,
        list(rotated) { night in
          [
            "set": .hex(night.set), "removed": .number(night.rotatedCount ?? 0),
            "deferred": .number(night.decisions?.count { $0.fate == .deferred } ?? 0),
          ]
        })
    }
    if let removal = input.removal {
      fact(
        .retentionRemoved,
        .object([
          "objects": .number(removal.objects), "packs": .number(removal.packs),
          "bytes": .number(removal.byteCount),
        ]))
    }
    if let oldest = input.oldestDeadDays, let limit = deadLimitDays {
      judge(
        .retentionDeadBytes, oldest <= limit,
        .object(["oldestDeadDays": .number(oldest), "limitDays": .number(limit)]), at: now)
    }
  }

  /// Within how many days dead bytes are to be gone, by the strictest set.
  private var deadLimitDays: Int? {
    (log?.dataSets.keys ?? [:].keys).compactMap { retention(of: $0) }
      .map { $0.refreshDays + $0.collectionLagDays }.min()
  }

  // MARK: What people are promised

  /// The longest outer limit of the ordinary sets; those kept longer on a legal ground of their own
  /// are named as exceptions, and count if there are no others.
  private mutating func fillOuterLimit(_ log: LogState, overdue: Bool?) {
    let live = log.dataSets.keys.filter { !log.liveSnapshots(of: $0).isEmpty }
    let terms = live.compactMap { retention(of: $0) }
    guard !terms.isEmpty, terms.count == live.count, let overdue else { return }
    let ordinary = terms.filter { $0.maximumAgeDays <= Policy.DataSet.defaultMaximumDays }
    let counted = ordinary.isEmpty ? terms : ordinary
    let days = counted.map(\.outerLimitDays).max() ?? 0
    let isLate = overdue || input.oldestDeadDays.map { $0 > deadLimitDays ?? 0 } == true
    set(
      .retentionOuterLimit, isLate ? .notMet : .met,
      .object([
        "months": .number(Self.months(covering: days)),
        "exceptions": .yes(counted.count < terms.count), "overdue": .yes(isLate),
        "until": .date(input.night.advanced(by: 7)),
      ]))
  }

  /// The fewest months that are at least so many days, whichever months they are.
  static func months(covering days: Int) -> Int {
    (1...12_000).first { shortest(months: $0) >= days } ?? 12_000
  }

  /// The fewest days that this many months in a row can have.
  private static func shortest(months: Int) -> Int {
    // A year has at least 365 days; the rest is looked for over the twelve places to begin.
    let years = months / 12
    let rest = (0..<12).map { start -> Int in
      let end = start + months % 12
      guard let first = BackupPolicy.Night(year: 2025, month: start + 1, day: 1),
        let last = BackupPolicy.Night(year: 2025 + end / 12, month: end % 12 + 1, day: 1)
      else { return 0 }
      return first.distance(to: last)
    }
    return years * 365 + (rest.min() ?? 0)
  }
}

extension RetentionReason {
  /// The reason as a word, without ids.
  var word: String {
    switch self {
    case .hold: "hold"
    case .floor: "floor"
    case .frozen: "frozen"
    case .clockNotBelieved: "clockNotBelieved"
    case .timeNotBelieved: "timeNotBelieved"
    case .last: "last"
    case .daily: "daily"
    case .weekly: "weekly"
    case .monthly: "monthly"
    case .quarterly: "quarterly"
    case .yearly: "yearly"
    case .bookYear: "bookYear"
    case .keepWithin: "keepWithin"
    case .notYetChecked: "notYetChecked"
    case .maximumAgeReached: "maximumAgeReached"
    case .superseded: "superseded"
    case .notKept: "notKept"
    case .runLimit: "runLimit"
    case .damageFound: "damageFound"
    case .destroyed: "destroyed"
    }
  }
}
