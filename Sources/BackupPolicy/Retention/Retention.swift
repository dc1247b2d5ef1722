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
  /// For how many years after the end of its book year the last night of each is kept: for what the tax
  /// law asks to be kept.
  public var bookYears: Int
  /// The month with which a book year ends, 1 to 12.
  public var bookYearEndMonth: Int
  /// Other months with which a book year is taken to end as well, while a change waits.
  var otherEndMonths: Set<Int> = []
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
    yearly: Int = 0, bookYears: Int = 0, bookYearEndMonth: Int = 12, keepWithinDays: Int = 0,
    maximumAgeDays: Int, floor: Int = 3, refreshDays: Int = 30, collectionLagDays: Int = 60
  ) {
    self.last = last
    self.daily = daily
    self.weekly = weekly
    self.monthly = monthly
    self.quarterly = quarterly
    self.yearly = yearly
    self.bookYears = bookYears
    self.bookYearEndMonth = bookYearEndMonth
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
  /// The book years, until so many years after their end.
  case bookYears
  /// The month with which a book year ends.
  case bookYearEndMonth
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
    case .bookYears: bookYears
    case .bookYearEndMonth: bookYearEndMonth
    case .keepWithinDays: keepWithinDays
    case .maximumAgeDays: maximumAgeDays
    case .floor: floor
    case .refreshDays: refreshDays
    case .collectionLagDays: collectionLagDays
    }
  }

  /// The keys that say something: a month says nothing where no book year is kept.
  public var keysInUse: [RetentionKey] {
    RetentionKey.allCases.filter { $0 != .bookYearEndMonth || bookYears > 0 }
  }

  /// The keys whose numbers differ from another retention's.
  public func differences(from other: Retention) -> [RetentionKey] {
    RetentionKey.allCases.filter { self[$0] != other[$0] }
  }

  /// Whether some snapshot could be kept under `other` and removed under this.
  public func isShorter(than other: Retention) -> Bool {
    let keeping: [RetentionKey] = [
      .last, .daily, .weekly, .monthly, .quarterly, .yearly, .bookYears, .keepWithinDays,
      .maximumAgeDays, .floor,
    ]
    let isYearMoved = other.bookYears > 0 && bookYearEndMonth != other.bookYearEndMonth
    return isYearMoved || keeping.contains { self[$0] < other[$0] }
  }

  /// A retention that keeps whatever this or another keeps; it frees bytes by the terms of this.
  public func keepingAll(of other: Retention) -> Retention {
    var all = self
    for key in RetentionKey.allCases where self[key] < other[key] {
      switch key {
      case .last: all.last = other.last
      case .daily: all.daily = other.daily
      case .weekly: all.weekly = other.weekly
      case .monthly: all.monthly = other.monthly
      case .quarterly: all.quarterly = other.quarterly
      case .yearly: all.yearly = other.yearly
      case .bookYears: all.bookYears = other.bookYears
      case .keepWithinDays: all.keepWithinDays = other.keepWithinDays
      case .maximumAgeDays: all.maximumAgeDays = other.maximumAgeDays
      case .floor: all.floor = other.floor
      case .bookYearEndMonth, .refreshDays, .collectionLagDays: break
      }
    }
    if other.bookYears > 0 {
      all.otherEndMonths = otherEndMonths.union(other.otherEndMonths)
        .union([other.bookYearEndMonth])
    }
    return all
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
    // A year that has only its first night is kept from then on: a year more, and the day of grace.
    case .bookYears: return count == 0 ? 0 : Retention.longestDays(months: (count + 1) * 12) + 1
    case .bookYearEndMonth, .maximumAgeDays, .refreshDays, .collectionLagDays: return nil
    }
  }

  /// The calendar year in which the book year of a night ends, if it ends with a month.
  static func bookYear(of night: Night, endMonth: Int) -> Int {
    night.month <= endMonth ? night.year : night.year + 1
  }

  /// The last day on which a book year is still kept: as many years after its end, and a day more, so
  /// that it has ended in every zone.
  static func lastDay(ofBookYear year: Int, endMonth: Int, years: Int) -> Int {
    // A statement may hold any number; a thousand years are as good as ever.
    let month = min(max(endMonth, 1), 12)
    let end = year + min(max(years, 0), 1_000) + (month == 12 ? 1 : 0)
    return Night.dayNumber(year: end, month: month % 12 + 1, day: 1)
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
