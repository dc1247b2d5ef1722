/// A night, by the date on which it begins.
public struct Night: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Days since 1970-01-01.
  public let dayNumber: Int

  private static let dayNumberMin = -719_162
  private static let dayNumberMax = 2_932_896

  /// Makes the night of a day; nil outside the years 1 to 9999.
  public init?(dayNumber: Int) {
    guard Self.dayNumberMin...Self.dayNumberMax ~= dayNumber else { return nil }
    self.dayNumber = dayNumber
  }

  /// Makes the night of a date of the Gregorian calendar; nil if there is no such date.
  public init?(year: Int, month: Int, day: Int) {
    guard 1...9999 ~= year, 1...12 ~= month, 1...31 ~= day else { return nil }
    // Counts years from March, so that the leap day is a year's last.
    let y = month <= 2 ? year - 1 : year
    let m = (month + 9) % 12
    let number = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468
    self.dayNumber = number
    guard date == (year, month, day) else { return nil }
  }

  /// Reads `YYYY-MM-DD`; nil for anything else.
  public init?(_ text: String) {
    let utf8 = [UInt8](text.utf8)
    guard utf8.count == 10, utf8[4] == 0x2d, utf8[7] == 0x2d,
      let year = Self.number(utf8[0..<4]), let month = Self.number(utf8[5..<7]),
      let day = Self.number(utf8[8..<10])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// The year, month and day of the month.
  public var date: (year: Int, month: Int, day: Int) {
    let days = dayNumber + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let m = (5 * dayOfYear + 2) / 153
    let month = m < 10 ? m + 3 : m - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * m + 2) / 5 + 1)
  }

  /// The date as `YYYY-MM-DD`.
  public var description: String {
    let date = date
    return "\(Self.padded(date.year, 4))-\(Self.padded(date.month, 2))-\(Self.padded(date.day, 2))"
  }

  /// Compares by date.
  public static func < (a: Self, b: Self) -> Bool { a.dayNumber < b.dayNumber }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for digit in digits {
      guard 0x30...0x39 ~= digit else { return nil }
      value = value * 10 + Int(digit - 0x30)
    }
    return value
  }

  private static func padded(_ value: Int, _ count: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
  }
}
