/// The blocks that a snapshot needs: per run, ranges of block numbers.
public struct SnapshotNeeds: Hashable, Sendable {
  /// Numbers of blocks, without gaps.
  public struct Range: Hashable, Sendable {
    /// The first number.
    public var first: UInt32
    /// How many, at least one.
    public var count: UInt32
    /// Makes a range.
    public init(first: UInt32, count: UInt32) {
      self.first = first
      self.count = count
    }
  }

  /// The ranges of one run, ascending, with gaps between them.
  public struct Run: Hashable, Sendable {
    /// The run.
    public var run: RunID
    /// Its ranges.
    public var ranges: [Range]
    /// Makes the ranges of a run.
    public init(run: RunID, ranges: [Range]) {
      self.run = run
      self.ranges = ranges
    }
  }

  /// The runs, sorted by id.
  public var runs: [Run]

  /// Makes a list.
  public init(runs: [Run]) { self.runs = runs }

  /// How many blocks are needed.
  public var blockCount: UInt64 {
    runs.reduce(0) { $0 + $1.ranges.reduce(0) { $0 + UInt64($1.count) } }
  }

  /// Reads the list.
  public init(from reader: inout ByteReader) throws(FormatError) {
    let runCount = Int(try reader.u32())
    guard runCount <= reader.remainingByteCount / 18 else { throw .limitExceeded(.run) }
    runs = []
    for _ in 0..<runCount {
      let run: RunID = try reader.id()
      if let last = runs.last, last.run >= run { throw .wrongOrder(.run) }
      let rangeCount = try reader.varint(limit: reader.remainingByteCount / 2, .range)
      guard rangeCount >= 1 else { throw .outOfRange(.range) }
      var ranges: [Range] = []
      ranges.reserveCapacity(rangeCount)
      var next: UInt64 = 0
      for i in 0..<rangeCount {
        let gap = try reader.varint(limit: Int(UInt32.max), .range)
        let count = try reader.varint(limit: Int(UInt32.max), .range)
        guard count >= 1, i == 0 || gap >= 1 else { throw .outOfRange(.range) }
        let first = next + UInt64(gap)
        next = first + UInt64(count)
        guard next <= UInt64(UInt32.max) else { throw .outOfRange(.range) }
        ranges.append(Range(first: UInt32(first), count: UInt32(count)))
      }
      runs.append(Run(run: run, ranges: ranges))
    }
  }

  /// Writes the list.
  public func encode(to writer: inout ByteWriter) {
    writer.u32(UInt32(runs.count))
    for run in runs {
      writer.raw(run.run.bytes)
      writer.varint(run.ranges.count)
      var next: UInt64 = 0
      for range in run.ranges {
        writer.varint(UInt64(range.first) - next)
        writer.varint(UInt64(range.count))
        next = UInt64(range.first) + UInt64(range.count)
      }
    }
  }
}

/// Collects block numbers as a catalogue is written, in any order, and makes the need list.
///
/// Memory: one bit for each block up to the highest number of each run.
public struct NeedCollector: Sendable {
  private var bits: [RunID: [UInt64]] = [:]
  private var lastRun: RunID?
  private var lastNumber: UInt32 = 0

  /// Begins with nothing.
  public init() {}

  /// Notes that a block is needed.
  public mutating func insert(_ address: BlockAddress) {
    // Extents of one file, and files side by side, name the same block again and again.
    if lastRun == address.run, lastNumber == address.number { return }
    lastRun = address.run
    lastNumber = address.number
    let word = Int(address.number >> 6)
    bits[address.run, default: []].inPlace { words in
      if words.count <= word {
        words.append(contentsOf: repeatElement(0, count: max(word + 1 - words.count, words.count)))
      }
      words[word] |= 1 << UInt64(address.number & 63)
    }
  }

  /// The list of everything noted.
  public func needList() -> SnapshotNeeds {
    var runs: [SnapshotNeeds.Run] = []
    for (run, words) in bits.sorted(by: { $0.key < $1.key }) {
      var ranges: [SnapshotNeeds.Range] = []
      for (i, word) in words.enumerated() where word != 0 {
        for bit in 0..<64 where word >> UInt64(bit) & 1 == 1 {
          let number = UInt32(i * 64 + bit)
          if let last = ranges.last, last.first + last.count == number {
            ranges[ranges.count - 1].count += 1
          } else {
            ranges.append(SnapshotNeeds.Range(first: number, count: 1))
          }
        }
      }
      runs.append(SnapshotNeeds.Run(run: run, ranges: ranges))
    }
    return SnapshotNeeds(runs: runs)
  }
}

extension [UInt64] {
  // Gives a closure the array in place, so that a dictionary's value is not copied.
  fileprivate mutating func inPlace(_ body: (inout [UInt64]) -> Void) { body(&self) }
}
