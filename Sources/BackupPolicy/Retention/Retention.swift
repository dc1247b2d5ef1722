/// What one data set keeps, and for how long at most.
///
/// Counts of zero switch a rule off. Nights, not snapshots, count for all rules but `last`: of one
/// night the last whole snapshot stands for it.
public struct Retention: Hashable, Sendable {
  /// How many of the newest snapshots are kept, several of one night included.
  public var last: Int
  /// How many of the newest nights are kept.
  public var daily: Int
  /// How many of the newest weeks are kept, each by its last night (ISO 8601 weeks).
  public var weekly: Int
  /// How many of the newest months are kept, each by its last night.
  public var monthly: Int
  /// How many of the newest quarters are kept, each by its last night.
  public var quarterly: Int
  /// How many of the newest years are kept, each by its last night.
  public var yearly: Int
  /// Every night of this many days is kept.
  public var keepWithinDays: Int
  /// The age in days at which a snapshot goes, whatever the rules above say.
  public var maximumAgeDays: Int
  /// How many of the newest checked nights stay, whatever the maximum says.
  public var floor: Int
  /// Every how many days the blocks with dead parts are stored anew.
  public var refreshDays: Int
  /// How many days a dead block may stay in a pack.
  public var collectionLagDays: Int

  /// A retention; the maximum has no default, since no one else can promise it.
  public init(
    last: Int = 0, daily: Int = 0, weekly: Int = 0, monthly: Int = 0, quarterly: Int = 0,
    yearly: Int = 0, keepWithinDays: Int = 0, maximumAgeDays: Int, floor: Int = 3,
    refreshDays: Int = 30, collectionLagDays: Int = 60
  ) {
    self.last = last
    self.daily = daily
    self.weekly = weekly
    self.monthly = monthly
    self.quarterly = quarterly
    self.yearly = yearly
    self.keepWithinDays = keepWithinDays
    self.maximumAgeDays = maximumAgeDays
    self.floor = floor
    self.refreshDays = refreshDays
    self.collectionLagDays = collectionLagDays
  }

  /// The age in days at which the bytes themselves are gone, as promised to people:
  /// maximum age, refresh period and collection lag together.
  public var outerLimitDays: Int { maximumAgeDays + refreshDays + collectionLagDays }
}

/// One number of a ``Retention``, by the key it has in the policy file.
public enum RetentionKey: String, Hashable, Sendable, CaseIterable {
  /// The newest snapshots.
  case last
  /// The newest nights.
  case daily
  /// The newest weeks.
  case weekly
  /// The newest months.
  case monthly
  /// The newest quarters.
  case quarterly
  /// The newest years.
  case yearly
  /// Every night of some days.
  case keepWithinDays
  /// The maximum age.
  case maximumAgeDays
  /// The newest checked nights.
  case floor
  /// The refresh period.
  case refreshDays
  /// The collection lag.
  case collectionLagDays
}

extension Retention {
  /// The number under a key.
  public subscript(key: RetentionKey) -> Int {
    switch key {
    case .last: last
    case .daily: daily
    case .weekly: weekly
    case .monthly: monthly
    case .quarterly: quarterly
    case .yearly: yearly
    case .keepWithinDays: keepWithinDays
    case .maximumAgeDays: maximumAgeDays
    case .floor: floor
    case .refreshDays: refreshDays
    case .collectionLagDays: collectionLagDays
    }
  }

  /// The keys whose numbers differ from another retention's.
  public func differences(from other: Retention) -> [RetentionKey] {
    RetentionKey.allCases.filter { self[$0] != other[$0] }
  }

  /// Whether some snapshot could be kept under `other` and removed under this.
  public func isShorter(than other: Retention) -> Bool {
    let keeping: [RetentionKey] = [
      .last, .daily, .weekly, .monthly, .quarterly, .yearly, .keepWithinDays, .maximumAgeDays,
      .floor,
    ]
    return keeping.contains { self[$0] < other[$0] }
  }

  /// The days back from tonight to which a rule reaches when no night is missed, or `nil` for the
  /// keys that keep nothing.
  ///
  /// Of n weeks the oldest one kept ends n − 1 weeks before this week does; months, quarters and
  /// years likewise, at their longest. Tonight itself is the first of each.
  public func reachDays(of key: RetentionKey) -> Int? {
    let count = self[key]
    switch key {
    case .keepWithinDays: return count
    case .last, .daily, .floor: return max(0, count - 1)
    case .weekly: return max(0, count - 1) * 7
    case .monthly: return Retention.longestDays(months: max(0, count - 1))
    case .quarterly: return Retention.longestDays(months: max(0, count - 1) * 3)
    case .yearly: return Retention.longestDays(months: max(0, count - 1) * 12)
    case .maximumAgeDays, .refreshDays, .collectionLagDays: return nil
    }
  }

  /// The most days that this many months in a row can have.
  private static func longestDays(months: Int) -> Int {
    // Over a leap cycle of four years that is not cut by a common century.
    (0..<48).reduce(0) { longest, start in
      let end = start + months
      let first = Night.dayNumber(year: 2000 + start / 12, month: start % 12 + 1, day: 1)
      let last = Night.dayNumber(year: 2000 + end / 12, month: end % 12 + 1, day: 1)
      return max(longest, last - first)
    }
  }
}
