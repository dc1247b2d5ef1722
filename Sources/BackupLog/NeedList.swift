public import BackupFormat

/// The blocks that a snapshot needs: for each run, sorted by id, ascending ranges.
///
/// The ranges of all runs lie in one array, because a thousand live snapshots may each name
/// hundreds of runs.
public struct NeedList: Hashable, Sendable {
  /// The runs, ascending.
  public private(set) var runs: [RunID] = []
  private var ends: [Int] = []
  private var ranges: [BlockRange] = []

  /// Makes a list that needs nothing.
  public init() {}

  /// Adds a range; false, and nothing is added, unless it comes after all ranges so far.
  ///
  /// Runs ascend, and within a run ranges ascend without touching, as in a snapshot object.
  public mutating func append(_ range: BlockRange, of run: RunID) -> Bool {
    if let lastRun = runs.last, let last = ranges.last {
      if lastRun == run {
        guard last.end < range.first else { return false }
        ranges.append(range)
        ends[ends.count - 1] = ranges.count
        return true
      }
      guard lastRun < run else { return false }
    }
    runs.append(run)
    ranges.append(range)
    ends.append(ranges.count)
    return true
  }

  /// The needed blocks of the run at `index` of ``runs``.
  public func blocks(at index: Int) -> ArraySlice<BlockRange> {
    ranges[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  /// The needed blocks of `run`; empty if none.
  public func blocks(of run: RunID) -> ArraySlice<BlockRange> {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle] < run { low = middle + 1 } else { high = middle }
    }
    return low < runs.count && runs[low] == run ? blocks(at: low) : []
  }

  /// How many blocks are needed.
  public var blockCount: Int { ranges.reduce(0) { $0 + $1.count } }
}
