/// The rule by which a zone goes on after the last change its file lists.
///
/// The POSIX `TZ` string of a TZif footer (RFC 9636, section 3.3.1), for example
/// `CET-1CEST,M3.5.0,M10.5.0/3`. Offsets here are seconds east of UTC, the reverse of the string's.
struct TimeZoneRule: Hashable, Sendable {
  /// When in a year the clock changes: a day and a second after that day's midnight.
  struct Change: Hashable, Sendable {
    enum Day: Hashable, Sendable {
      /// `Jn`: day 1 to 365, 29 February never counted.
      case julian(Int)
      /// `n`: day 0 to 365, 29 February counted.
      case zeroBased(Int)
      /// `Mm.w.d`: weekday d (0 is Sunday) of week w (5 is the last) of month m.
      case weekday(month: Int, week: Int, weekday: Int)
    }
    var day: Day
    var second: Int
  }

  var standard: LocalOffset
  var daylight: LocalOffset?
  var start = Change(day: .zeroBased(0), second: 0)
  var end = Change(day: .zeroBased(0), second: 0)

  /// The offset in force at an instant.
  func offset(at instant: Int64) -> LocalOffset {
    guard let daylight else { return standard }
    let year = Night(dayNumber: Int(floorDivide(instant, secondsPerDay))).year
    // The newest change not after the instant rules. Where one year's end is the next one's start,
    // daylight time never ends, so a start wins a tie.
    var newest = Int64.min
    var isDaylight = false
    for candidate in (year - 1)...(year + 1) {
      let end = change(end, in: candidate) - Int64(daylight.seconds)
      if end <= instant, end > newest {
        newest = end
        isDaylight = false
      }
      let start = change(start, in: candidate) - Int64(standard.seconds)
      if start <= instant, start >= newest {
        newest = start
        isDaylight = true
      }
    }
    return isDaylight ? daylight : standard
  }

  /// The wall-clock second, counted as if it were UTC, of a change in a year.
  private func change(_ change: Change, in year: Int) -> Int64 {
    let firstOfYear = Night.dayNumber(year: year, month: 1, day: 1)
    let dayNumber: Int
    switch change.day {
    case .julian(let day):
      dayNumber = firstOfYear + day - 1 + (Night.isLeap(year) && day >= 60 ? 1 : 0)
    case .zeroBased(let day):
      dayNumber = firstOfYear + day
    case .weekday(let month, let week, let weekday):
      let firstOfMonth = Night.dayNumber(year: year, month: month, day: 1)
      // Day number 0 was a Thursday, weekday 4 where Sunday is 0.
      let firstWeekday = floorModulo(firstOfMonth + 4, 7)
      var day = floorModulo(weekday - firstWeekday, 7) + (week - 1) * 7
      while day >= Night.dayCount(year: year, month: month) { day -= 7 }
      dayNumber = firstOfMonth + day
    }
    return Int64(dayNumber) * secondsPerDay + Int64(change.second)
  }
}

extension TimeZoneRule {
  /// Reads a rule, every byte of it, or gives `nil`.
  init?(parsing text: [UInt8]) {
    var reader = RuleReader(bytes: text[...])
    guard let name = reader.name(), let offset = reader.seconds(hourMax: 24) else { return nil }
    standard = LocalOffset(seconds: -offset, isDaylightSaving: false, abbreviation: name)
    guard !reader.bytes.isEmpty else { return }
    guard let daylightName = reader.name() else { return nil }
    var daylightOffset = offset - 3_600
    if reader.bytes.first != 0x2c {
      guard let given = reader.seconds(hourMax: 24) else { return nil }
      daylightOffset = given
    }
    daylight = LocalOffset(
      seconds: -daylightOffset, isDaylightSaving: true, abbreviation: daylightName)
    guard reader.take(0x2c), let start = reader.change(),
      reader.take(0x2c), let end = reader.change(), reader.bytes.isEmpty
    else { return nil }
    self.start = start
    self.end = end
  }
}

/// Reads a POSIX rule from left to right; each method takes what it reads or gives `nil`.
private struct RuleReader {
  var bytes: ArraySlice<UInt8>

  mutating func take(_ byte: UInt8) -> Bool {
    guard bytes.first == byte else { return false }
    bytes.removeFirst()
    return true
  }

  /// Three to sixteen letters, or letters, digits and signs between angle brackets.
  mutating func name() -> String? {
    let isQuoted = take(0x3c)
    let name = bytes.prefix { byte in
      switch byte {
      case 0x41...0x5a, 0x61...0x7a: true
      case 0x30...0x39, 0x2b, 0x2d: isQuoted
      default: false
      }
    }
    guard (3...16).contains(name.count) else { return nil }
    bytes = bytes.dropFirst(name.count)
    if isQuoted { guard take(0x3e) else { return nil } }
    return String(decoding: name, as: UTF8.self)
  }

  mutating func number(max: Int) -> Int? {
    let digits = bytes.prefix { (0x30...0x39).contains($0) }
    guard digits.count <= 3, let value = decimal(digits), value <= max else { return nil }
    bytes = bytes.dropFirst(digits.count)
    return value
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  mutating func seconds(hourMax: Int) -> Int? {
    var sign = 1
    if take(0x2d) { sign = -1 } else { _ = take(0x2b) }
    guard let hours = number(max: hourMax) else { return nil }
    var total = hours * 3_600
    if take(0x3a) {
      guard let minutes = number(max: 59) else { return nil }
      total += minutes * 60
      if take(0x3a) {
        guard let seconds = number(max: 59) else { return nil }
        total += seconds
      }
    }
    return sign * total
  }

  mutating func change() -> TimeZoneRule.Change? {
    let day: TimeZoneRule.Change.Day
    if take(0x4d) {
      guard let month = number(max: 12), month >= 1, take(0x2e),
        let week = number(max: 5), week >= 1, take(0x2e), let weekday = number(max: 6)
      else { return nil }
      day = .weekday(month: month, week: week, weekday: weekday)
    } else if take(0x4a) {
      guard let number = number(max: 365), number >= 1 else { return nil }
      day = .julian(number)
    } else {
      guard let number = number(max: 365) else { return nil }
      day = .zeroBased(number)
    }
    guard take(0x2f) else { return TimeZoneRule.Change(day: day, second: 7_200) }
    guard let second = seconds(hourMax: 167) else { return nil }
    return TimeZoneRule.Change(day: day, second: second)
  }
}
