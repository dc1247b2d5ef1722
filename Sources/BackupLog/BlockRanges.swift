/// A set of numbers as sorted ranges that neither overlap nor touch.
public struct BlockRanges: Hashable, Sendable {
  /// The ranges, ascending.
  public private(set) var ranges: [BlockRange] = []

  /// Makes the empty set.
  public init() {}

  /// Makes the set of one range.
  public init(_ range: BlockRange) { ranges = [range] }

  /// Makes the union of ranges in any order.
  public init(_ ranges: [BlockRange]) { self.init(sorted: ranges.sorted()) }

  /// Makes the union of ranges that ascend by their first numbers.
  init(sorted: some Sequence<BlockRange>) {
    for range in sorted { appendAscending(range) }
  }

  /// Whether there is no number.
  public var isEmpty: Bool { ranges.isEmpty }

  /// How many numbers there are.
  public var count: Int { ranges.reduce(0) { $0 + $1.count } }

  private mutating func appendAscending(_ range: BlockRange) {
    if let last = ranges.last, range.first <= last.end {
      if range.end > last.end {
        ranges[ranges.count - 1] = BlockRange(unchecked: last.first, range.end)
      }
    } else {
      ranges.append(range)
    }
  }

  /// The index of the first range that ends after `number`.
  private func firstIndex(endingAfter number: UInt32) -> Int {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].end > number { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Whether `number` is in the set.
  public func contains(_ number: UInt32) -> Bool {
    let i = firstIndex(endingAfter: number)
    return i < ranges.count && ranges[i].first <= number
  }

  /// Whether all of `range` is in the set.
  public func contains(_ range: BlockRange) -> Bool {
    let i = firstIndex(endingAfter: range.first)
    return i < ranges.count && ranges[i].first <= range.first && range.end <= ranges[i].end
  }

  /// Whether all of `other` is in the set.
  public func contains(_ other: BlockRanges) -> Bool {
    for range in other.ranges where !contains(range) { return false }
    return true
  }

  /// Whether any number of `range` is in the set.
  public func intersects(_ range: BlockRange) -> Bool {
    let i = firstIndex(endingAfter: range.first)
    return i < ranges.count && ranges[i].first < range.end
  }

  /// Whether the sets share a number.
  public func intersects(_ other: BlockRanges) -> Bool {
    for range in other.ranges where intersects(range) { return true }
    return false
  }

  /// Adds all numbers of `range`.
  public mutating func insert(_ range: BlockRange) {
    guard let last = ranges.last, range.first < last.first else { return appendAscending(range) }
    formUnion(BlockRanges(range))
  }

  /// Adds all numbers of `other`.
  public mutating func formUnion(_ other: BlockRanges) {
    guard !other.isEmpty else { return }
    var result = BlockRanges()
    result.ranges.reserveCapacity(ranges.count + other.ranges.count)
    var i = 0
    var j = 0
    while i < ranges.count || j < other.ranges.count {
      let takesMine =
        j == other.ranges.count
        || i < ranges.count && ranges[i].first <= other.ranges[j].first
      if takesMine {
        result.appendAscending(ranges[i])
        i += 1
      } else {
        result.appendAscending(other.ranges[j])
        j += 1
      }
    }
    self = result
  }

  /// The numbers of both sets.
  public func union(_ other: BlockRanges) -> BlockRanges {
    var result = self
    result.formUnion(other)
    return result
  }

  /// The numbers of this set that are not in `other`.
  public func subtracting(_ other: BlockRanges) -> BlockRanges {
    guard !other.isEmpty, !isEmpty else { return self }
    var result = BlockRanges()
    var j = 0
    for range in ranges {
      var first = range.first
      while j < other.ranges.count, other.ranges[j].end <= first { j += 1 }
      var k = j
      while k < other.ranges.count, other.ranges[k].first < range.end {
        let hole = other.ranges[k]
        if hole.first > first {
          result.ranges.append(BlockRange(unchecked: first, hole.first))
        }
        first = max(first, hole.end)
        if first >= range.end { break }
        k += 1
      }
      if first < range.end { result.ranges.append(BlockRange(unchecked: first, range.end)) }
    }
    return result
  }

  /// The numbers that are in both sets.
  public func intersection(_ other: BlockRanges) -> BlockRanges {
    subtracting(subtracting(other))
  }

  /// The numbers that are in both sets; costs what `other` is long, not what this one is.
  public func clipped(to other: BlockRanges) -> BlockRanges {
    var result = BlockRanges()
    for range in other.ranges {
      var i = firstIndex(endingAfter: range.first)
      while i < ranges.count, ranges[i].first < range.end {
        result.ranges.append(
          BlockRange(
            unchecked: max(ranges[i].first, range.first), min(ranges[i].end, range.end)))
        i += 1
      }
    }
    return result
  }

  /// Removes all numbers of `other`.
  public mutating func subtract(_ other: BlockRanges) { self = subtracting(other) }
}
