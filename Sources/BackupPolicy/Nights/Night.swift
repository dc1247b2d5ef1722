/// A night, named by the date of its evening in the proleptic Gregorian calendar.
///
/// The night of 21 November runs from that evening into the morning of the 22nd. A night is a day
/// number and knows nothing of zones or instants; ``NightWindow`` joins the two.
public struct Night: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The first night that can be named: 0001-01-01.
  public static let first = Night(unchecked: -719_162)
  /// The last night that can be named: 9999-12-31.
  public static let last = Night(unchecked: 2_932_896)

  /// The number of days from 1970-01-01 to the evening's date.
  public let dayNumber: Int

  private init(unchecked dayNumber: Int) { self.dayNumber = dayNumber }

  /// The night with this day number; numbers outside the years 1 to 9999 give the nearest night.
  public init(dayNumber: Int) {
    self.dayNumber = min(max(dayNumber, Night.first.dayNumber), Night.last.dayNumber)
  }

  /// The night of a date, or `nil` if there is no such date.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month),
      day >= 1, day <= Night.dayCount(year: year, month: month)
    else { return nil }
    self.init(unchecked: Night.dayNumber(year: year, month: month, day: day))
  }

  /// Reads `YYYY-MM-DD`, exactly ten characters, or gives `nil`.
  public init?(parsing text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == 0x2d, bytes[7] == 0x2d,
      let year = decimal(bytes[0..<4]), let month = decimal(bytes[5..<7]),
      let day = decimal(bytes[8..<10])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// The year, month and day of the evening.
  public var date: (year: Int, month: Int, day: Int) {
    // The inverse of `dayNumber(year:month:day:)`; years begin in March so that leap days come last.
    let shifted = dayNumber + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  /// The year of the evening, 1 to 9999.
  public var year: Int { date.year }
  /// The month of the evening, 1 to 12.
  public var month: Int { date.month }
  /// The day of the month of the evening, 1 to 31.
  public var day: Int { date.day }

  /// The day of the week, 1 for Monday to 7 for Sunday (ISO 8601).
  public var weekday: Int { floorModulo(dayNumber + 3, 7) + 1 }

  /// The week and the year it belongs to (ISO 8601): the year that holds the week's Thursday.
  public var isoWeek: (year: Int, week: Int) {
    let thursday = dayNumber + 4 - weekday
    let year = Night(unchecked: thursday).date.year
    let firstOfYear = Night.dayNumber(year: year, month: 1, day: 1)
    return (year, (thursday - firstOfYear) / 7 + 1)
  }

  /// The quarter of the year, 1 to 4.
  public var quarter: Int { (month - 1) / 3 + 1 }

  /// The night this many nights later, or earlier if negative, within the years 1 to 9999.
  public func advanced(by nights: Int) -> Night {
    let (sum, overflow) = dayNumber.addingReportingOverflow(nights)
    return overflow ? (nights > 0 ? .last : .first) : Night(dayNumber: sum)
  }

  /// The number of nights from this one to `other`.
  public func distance(to other: Night) -> Int { other.dayNumber - dayNumber }

  /// `YYYY-MM-DD`.
  public var description: String {
    let (year, month, day) = date
    return "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))"
  }

  /// Whether the left night is the earlier one.
  public static func < (left: Night, right: Night) -> Bool { left.dayNumber < right.dayNumber }

  /// The number of days in a month, by the Gregorian leap rule.
  public static func dayCount(year: Int, month: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  /// Days from 1970-01-01 to a civil date, by eras of 400 years that begin on 1 March.
  static func dayNumber(year: Int, month: Int, day: Int) -> Int {
    let marchYear = month <= 2 ? year - 1 : year
    let era = floorDivide(marchYear, 400)
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
