/// Consecutive block numbers of a run, or pack numbers of a run; never empty.
public struct BlockRange: Hashable, Comparable, Sendable {
  /// The first number.
  public let first: UInt32
  /// The number after the last.
  public let end: UInt32

  /// How many numbers there are, at least 1.
  public var count: Int { Int(end) - Int(first) }

  /// Makes the range of `count` numbers from `first`; nil if it is empty or passes 2^32 - 1.
  public init?(first: Int, count: Int) {
    guard first >= 0, count >= 1, first <= Int(UInt32.max), count <= Int(UInt32.max) - first else {
      return nil
    }
    self.first = UInt32(first)
    self.end = UInt32(first + count)
  }

  /// The range of one number, which is below 2^32 - 1.
  public init(_ number: UInt32) {
    precondition(number < UInt32.max, "the last number of a run is 2^32 - 2")
    first = number
    end = number + 1
  }

  init(unchecked first: UInt32, _ end: UInt32) {
    precondition(first < end, "a range is not empty")
    self.first = first
    self.end = end
  }

  /// Whether `number` is in the range.
  public func contains(_ number: UInt32) -> Bool { first <= number && number < end }

  /// Compares by first number, then by end.
  public static func < (a: Self, b: Self) -> Bool {
    a.first != b.first ? a.first < b.first : a.end < b.end
  }
}
