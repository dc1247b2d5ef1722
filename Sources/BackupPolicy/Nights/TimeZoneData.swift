/// How far a wall clock stands from UTC.
public struct LocalOffset: Hashable, Sendable {
  /// Seconds east of UTC.
  public let seconds: Int
  /// Whether this is daylight saving time.
  public let isDaylightSaving: Bool
  /// The short name, for example `CET`.
  public let abbreviation: String
}

/// Why the bytes of a time zone file were refused.
public enum TimeZoneDataError: Error, Hashable, Sendable {
  /// The file is longer than ``TimeZoneData/byteCountMax``.
  case tooLarge
  /// The file does not begin as TZif does, or its version is unknown.
  case notTimeZoneData
  /// The file ends before its counts say so.
  case truncated
  /// A count, index, offset or order is outside what RFC 9636 allows.
  case malformed(at: Int)
  /// The file counts leap seconds, which no clock here does.
  case leapSeconds
  /// The rule at the end of the file cannot be read.
  case malformedRule
}

/// A time zone's changes of the clock, from the bytes of a TZif file (RFC 9636).
///
/// The caller reads the file (`/usr/share/zoneinfo/Europe/Amsterdam`); this type does no input.
/// Before the first change the file's first local time holds, after the last the footer's rule.
public struct TimeZoneData: Hashable, Sendable {
  /// The longest file accepted: 256 KiB; the longest in tzdata has less than 8 KiB.
  public static let byteCountMax = 256 << 10

  /// Coordinated universal time, for tests and for zones named `UTC`.
  public static let utc = TimeZoneData(
    rule: TimeZoneRule(
      standard: LocalOffset(seconds: 0, isDaylightSaving: false, abbreviation: "UTC")))

  let times: [Int64]
  let typeIndexes: [UInt8]
  let types: [LocalOffset]
  let rule: TimeZoneRule?

  private init(rule: TimeZoneRule) {
    times = []
    typeIndexes = []
    types = [rule.standard]
    self.rule = rule
  }

  /// A zone that always follows one POSIX rule, for example `CET-1CEST,M3.5.0,M10.5.0/3`.
  ///
  /// - Throws: ``TimeZoneDataError/malformedRule``.
  public init(posixRule: String) throws(TimeZoneDataError) {
    guard let rule = TimeZoneRule(parsing: Array(posixRule.utf8)) else { throw .malformedRule }
    self.init(rule: rule)
  }

  /// Reads a TZif file of version 1 to 4, every byte of it.
  ///
  /// - Throws: Why the bytes were refused.
  public init(parsing bytes: [UInt8]) throws(TimeZoneDataError) {
    guard bytes.count <= TimeZoneData.byteCountMax else { throw .tooLarge }
    var reader = TimeZoneReader(bytes: bytes)
    var header = try reader.header()
    let isLong = header.version >= 2
    if isLong {
      // The first block repeats the second with 32-bit times, for readers of long ago.
      try reader.skip(header.byteCount(timeByteCount: 4))
      header = try reader.header()
      guard header.version >= 2 else { throw .malformed(at: reader.offset) }
    }
    guard header.leapCount == 0 else { throw .leapSeconds }
    (times, typeIndexes, types) = try reader.block(header, timeByteCount: isLong ? 8 : 4)
    guard isLong else {
      guard reader.offset == bytes.count else { throw .malformed(at: reader.offset) }
      rule = nil
      return
    }
    let footer = try reader.footer()
    if footer.isEmpty {
      rule = nil
    } else {
      guard let rule = TimeZoneRule(parsing: footer) else { throw .malformedRule }
      self.rule = rule
    }
  }

  /// The offset in force at an instant, in seconds after 1970-01-01 UTC.
  public func offset(at instant: Int64) -> LocalOffset {
    let instant = bounded(instant)
    // The number of changes not after the instant.
    var low = 0
    var high = times.count
    while low < high {
      let middle = (low + high) / 2
      if times[middle] <= instant { low = middle + 1 } else { high = middle }
    }
    if low == times.count, let rule { return rule.offset(at: instant) }
    return low == 0 ? types[0] : types[Int(typeIndexes[low - 1])]
  }

  /// The instant at which the wall clock shows a time on a day.
  ///
  /// A time that the clock shows twice is the first of the two; one that it skips is the instant
  /// of the skip.
  public func instant(of night: Night, at time: TimeOfDay) -> Int64 {
    let wall = bounded(Int64(night.dayNumber) * secondsPerDay + Int64(time.secondOfDay))
    let before = Int64(offset(at: wall - secondsPerDay).seconds)
    let after = Int64(offset(at: wall + secondsPerDay).seconds)
    let early = wall - max(before, after)
    let late = wall - min(before, after)
    if Int64(offset(at: early).seconds) == wall - early { return early }
    if Int64(offset(at: late).seconds) == wall - late { return late }
    // Skipped: the clock jumps somewhere in (early, late].
    var low = early
    var high = late
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if Int64(offset(at: middle).seconds) == before { low = middle } else { high = middle }
    }
    return high
  }

  /// The date on the wall at an instant.
  func localDate(at instant: Int64) -> Night {
    let instant = bounded(instant)
    let wall = instant + Int64(offset(at: instant).seconds)
    return Night(dayNumber: Int(floorDivide(wall, secondsPerDay)))
  }
}
