/// A time on the wall clock, to the minute.
public struct TimeOfDay: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number of minutes after midnight by the wall clock, 0 to 1439.
  public let minuteOfDay: Int

  /// The time at an hour (0 to 23) and minute (0 to 59), or `nil`.
  public init?(hour: Int, minute: Int) {
    guard (0...23).contains(hour), (0...59).contains(minute) else { return nil }
    minuteOfDay = hour * 60 + minute
  }

  init(wrapping minutes: Int) { minuteOfDay = floorModulo(minutes, 1_440) }

  /// Reads `HH:MM`, exactly five characters, or gives `nil`.
  public init?(parsing text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 5, bytes[2] == 0x3a,
      let hour = decimal(bytes[0..<2]), let minute = decimal(bytes[3..<5])
    else { return nil }
    self.init(hour: hour, minute: minute)
  }

  /// The number of seconds after midnight by the wall clock.
  var secondOfDay: Int { minuteOfDay * 60 }

  /// `HH:MM`.
  public var description: String {
    "\(padded(minuteOfDay / 60, to: 2)):\(padded(minuteOfDay % 60, to: 2))"
  }

  /// Whether the left time comes first in the day.
  public static func < (left: TimeOfDay, right: TimeOfDay) -> Bool {
    left.minuteOfDay < right.minuteOfDay
  }
}
