/// What is known of one snapshot for the question whether its night was covered.
public struct NightFact: Hashable, Sendable {
  /// When the first source was first read, in seconds after 1970-01-01 UTC.
  public var sourceReadStart: Int64
  /// When its statement entered the log.
  public var committedAt: Int64
  /// When it was found whole (L1 or better), or `nil` if it never was.
  public var checkedAt: Int64?
  /// Whether these times are believed.
  public var isTimeBelieved: Bool
  /// The night that a late run makes up for, if it is not the one its start belongs to.
  public var catchUpFor: Night?

  /// The facts of one snapshot.
  public init(
    sourceReadStart: Int64, committedAt: Int64, checkedAt: Int64?, isTimeBelieved: Bool = true,
    catchUpFor: Night? = nil
  ) {
    self.sourceReadStart = sourceReadStart
    self.committedAt = committedAt
    self.checkedAt = checkedAt
    self.isTimeBelieved = isTimeBelieved
    self.catchUpFor = catchUpFor
  }
}

/// What became of a night.
public enum NightState: String, Hashable, Sendable, CaseIterable {
  /// Read inside the window, and committed and checked before the report was due.
  case covered
  /// Made up for: the data are safe, the night as promised was not kept.
  case late
  /// Not covered, in a closure declared beforehand.
  case excused
  /// The only evidence has times that are not believed.
  case notDeterminable
  /// No checked snapshot.
  case missed
  /// Its report is not due yet.
  case pending

  /// How bad a state is for a night of several data sets; the worst one is the night's.
  var severity: Int {
    switch self {
    case .covered: 0
    case .excused: 1
    case .late: 2
    case .pending: 3
    case .notDeterminable: 4
    case .missed: 5
    }
  }
}

/// Why a night is not simply covered.
public enum NightReason: String, Hashable, Sendable, CaseIterable {
  /// Nothing was committed for it.
  case noSnapshot
  /// A snapshot was committed and never found whole.
  case notChecked
  /// The source was read outside the window.
  case readOutsideWindow
  /// The snapshot was committed or checked after the report was due.
  case afterDeadline
  /// The clock was not believed.
  case clockNotBelieved
  /// The closure was declared in the policy.
  case closed
  /// The report is not due yet.
  case notDue
}

/// One line of the ledger.
public struct NightEntry: Hashable, Sendable {
  /// The night.
  public let night: Night
  /// What became of it.
  public let state: NightState
  /// Why, unless it was covered.
  public let reason: NightReason?
}

/// How many nights of a period ended in which way.
public struct NightCounts: Hashable, Sendable {
  /// The number of nights counted; pending nights are not.
  public internal(set) var nights = 0
  /// Nights covered.
  public internal(set) var covered = 0
  /// Nights made up for.
  public internal(set) var late = 0
  /// Nights without a checked snapshot.
  public internal(set) var missed = 0
  /// Nights whose times are not believed.
  public internal(set) var notDeterminable = 0
  /// Nights in a declared closure.
  public internal(set) var excused = 0
}

/// Night by night, whether the promise "every night" was kept.
///
/// Each snapshot counts for one night only: that of its source-read start; a catch-up run that read
/// outside every window counts for the night it names. So one late run never heals two nights.
public struct NightLedger: Hashable, Sendable {
  /// The most nights in one ledger: ten years and a few days.
  public static let nightCountMax = 3_660

  /// One entry a night, oldest first, without gaps.
  public let entries: [NightEntry]
  /// The longest time in seconds between two source-read starts of checked, believed snapshots.
  ///
  /// The time from the first window's start and the time until now count too. With several sets
  /// it is the longest of any of them.
  public let longestGapSeconds: Int64

  /// The ledger of one data set.
  ///
  /// - Parameters:
  ///   - facts: The set's snapshots in log order, also those before the first night.
  ///   - nights: The nights asked for; if there are too many, the last ``nightCountMax`` of them.
  ///   - window: When a night is.
  ///   - closures: Nights declared closed before they came.
  ///   - now: The believed time, in seconds after 1970-01-01 UTC.
  public init(
    facts: [NightFact], nights: ClosedRange<Night>, window: NightWindow,
    closures: [ClosedRange<Night>] = [], now: Int64
  ) {
    let first = max(
      nights.lowerBound, nights.upperBound.advanced(by: 1 - NightLedger.nightCountMax))
    let evidence = NightLedger.evidence(facts, window: window, now: now)
    entries = (first.dayNumber...nights.upperBound.dayNumber).map { dayNumber in
      let night = Night(dayNumber: dayNumber)
      if let known = evidence[night], known.state == .covered || known.state == .late {
        return known
      }
      if closures.contains(where: { $0.contains(night) }) {
        return NightEntry(night: night, state: .excused, reason: .closed)
      }
      if now <= window.reportDeadline(of: night) {
        return NightEntry(night: night, state: .pending, reason: .notDue)
      }
      return evidence[night] ?? NightEntry(night: night, state: .missed, reason: .noSnapshot)
    }
    longestGapSeconds = NightLedger.longestGap(
      facts, from: window.start(of: first),
      until: min(bounded(now), window.end(of: nights.upperBound)))
  }

  /// The ledger of several data sets together: each night is as good as its worst set.
  ///
  /// A set that was added later answers for the nights of its own ledger only.
  ///
  /// - Returns: `nil` unless all ledgers end with the same night and there is at least one.
  public init?(combining ledgers: [NightLedger]) {
    guard let longest = ledgers.max(by: { $0.entries.count < $1.entries.count }),
      ledgers.allSatisfy({ $0.entries.last?.night == longest.entries.last?.night })
    else { return nil }
    entries = longest.entries.enumerated().map { index, entry in
      ledgers.reduce(entry) { worst, ledger in
        let place = index - (longest.entries.count - ledger.entries.count)
        guard place >= 0 else { return worst }
        let entry = ledger.entries[place]
        return entry.state.severity > worst.state.severity ? entry : worst
      }
    }
    longestGapSeconds = ledgers.map(\.longestGapSeconds).max() ?? 0
  }

  /// The counts over the newest nights that are due, for example 30 or 365 of them.
  public func counts(ofLast nightCount: Int) -> NightCounts {
    var counts = NightCounts()
    let due = entries.lazy.filter { $0.state != .pending }.suffix(max(0, nightCount))
    for entry in due {
      counts.nights += 1
      switch entry.state {
      case .covered: counts.covered += 1
      case .late: counts.late += 1
      case .missed: counts.missed += 1
      case .notDeterminable: counts.notDeterminable += 1
      case .excused: counts.excused += 1
      case .pending: break
      }
    }
    return counts
  }

  /// For each night that has any evidence, the best of it.
  private static func evidence(
    _ facts: [NightFact], window: NightWindow, now: Int64
  ) -> [Night: NightEntry] {
    var best: [Night: NightEntry] = [:]
    // The nights that have evidence of their own.
    var taken = Set(facts.filter(\.isTimeBelieved).map { judge($0, window: window).night })
    // The nights between which an unbelieved fact must lie, by its place in the log.
    var lower = Night.first
    var upper = [Night](repeating: window.night(of: now), count: facts.count)
    for index in facts.indices.reversed().dropFirst() {
      let next = facts[index + 1]
      upper[index] = next.isTimeBelieved ? window.night(of: next.sourceReadStart) : upper[index + 1]
    }
    for (index, fact) in facts.enumerated() {
      let entry: NightEntry
      if fact.isTimeBelieved {
        entry = judge(fact, window: window)
        lower = window.night(of: fact.sourceReadStart)
      } else {
        let bounds = lower...max(lower, upper[index])
        let night = guess(window.night(of: fact.sourceReadStart), within: bounds, not: taken)
        taken.insert(night)
        entry = NightEntry(night: night, state: .notDeterminable, reason: .clockNotBelieved)
      }
      guard let known = best[entry.night], known.state.severity <= entry.state.severity else {
        best[entry.night] = entry
        continue
      }
    }
    return best
  }

  /// The night that an unbelieved fact can be for: the one it names, if its place in the log allows
  /// that, or the last free one that it does allow.
  private static func guess(
    _ named: Night, within bounds: ClosedRange<Night>, not taken: Set<Night>
  ) -> Night {
    if bounds.contains(named) { return named }
    var night = bounds.upperBound
    for _ in 0..<nightCountMax where taken.contains(night) && night > bounds.lowerBound {
      night = night.advanced(by: -1)
    }
    return night
  }

  /// What one believed fact says of the one night for which it counts.
  private static func judge(_ fact: NightFact, window: NightWindow) -> NightEntry {
    var night = window.night(of: fact.sourceReadStart)
    let isInside = window.contains(fact.sourceReadStart, in: night)
    if !isInside, let named = fact.catchUpFor, named < night { night = named }
    guard let checkedAt = fact.checkedAt else {
      return NightEntry(night: night, state: .missed, reason: .notChecked)
    }
    guard isInside else {
      return NightEntry(night: night, state: .late, reason: .readOutsideWindow)
    }
    let deadline = window.reportDeadline(of: night)
    guard fact.committedAt <= deadline, checkedAt <= deadline else {
      return NightEntry(night: night, state: .late, reason: .afterDeadline)
    }
    return NightEntry(night: night, state: .covered, reason: nil)
  }

  private static func longestGap(
    _ facts: [NightFact], from: Int64, until: Int64
  ) -> Int64 {
    let starts = facts.filter { $0.isTimeBelieved && $0.checkedAt != nil }
      .map { bounded($0.sourceReadStart) }.sorted()
    // A snapshot before the period opens its first gap, so that the gap is counted whole.
    var previous = starts.last { $0 <= from } ?? from
    var longest: Int64 = 0
    for start in starts where start > from && start <= until {
      longest = max(longest, start - previous)
      previous = start
    }
    return max(longest, until - previous)
  }
}
