/// Stretches of a block's bytes, sorted, with gaps between them.
struct ByteRanges: Sendable, Equatable {
  private(set) var ranges: [Range<UInt32>] = []

  /// Adds a stretch.
  mutating func insert(_ range: Range<UInt32>) {
    guard !range.isEmpty else { return }
    var low = ranges.partition { $0.upperBound < range.lowerBound }
    let start = low
    var merged = range
    while low < ranges.count, ranges[low].lowerBound <= merged.upperBound {
      merged =
        min(
          merged.lowerBound, ranges[low].lowerBound)..<max(
          merged.upperBound, ranges[low].upperBound)
      low += 1
    }
    ranges.replaceSubrange(start..<low, with: [merged])
  }

  /// Whether all of `other` lies in these.
  func contains(_ other: ByteRanges) -> Bool {
    other.ranges.allSatisfy { range in
      let place = ranges.partition { $0.upperBound < range.upperBound }
      return place < ranges.count && ranges[place].lowerBound <= range.lowerBound
    }
  }
}

extension [Range<UInt32>] {
  /// How many at the front, which is sorted so, fulfil a condition.
  fileprivate func partition(_ isBefore: (Range<UInt32>) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
