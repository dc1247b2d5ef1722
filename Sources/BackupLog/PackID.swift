public import BackupFormat

/// A pack: the run that wrote it and its number in that run.
public struct PackID: Hashable, Comparable, Sendable {
  /// The largest number: a name holds eight decimal digits.
  public static let numberMax: UInt32 = 99_999_999
  /// The run that wrote the pack.
  public let run: RunID
  /// The number of the pack in its run, from 0.
  public let number: UInt32

  /// Names a pack; nil if the number has more than eight digits.
  public init?(run: RunID, number: UInt32) {
    guard number <= Self.numberMax else { return nil }
    self.run = run
    self.number = number
  }

  /// Compares by run, then by number.
  public static func < (a: Self, b: Self) -> Bool {
    a.run != b.run ? a.run < b.run : a.number < b.number
  }
}

/// Packs of one run, as `condemned` and `deleted` name them.
public struct PackRanges: Hashable, Sendable {
  /// The run that wrote the packs.
  public var run: RunID
  /// The numbers of the packs.
  public var numbers: BlockRanges

  /// Names packs of a run.
  public init(run: RunID, numbers: BlockRanges) {
    self.run = run
    self.numbers = numbers
  }
}
