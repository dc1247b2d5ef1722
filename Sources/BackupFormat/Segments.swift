/// Blocks that lie one after another in a pack and have consecutive numbers in one run.
public struct Segment: Hashable, Sendable {
  /// Which of the object's heads the run is.
  public var headIndex: Int
  /// The number of the first block.
  public var first: UInt32
  /// How many blocks there are, at least one.
  public var count: UInt32
  /// Makes a segment.
  public init(headIndex: Int, first: UInt32, count: UInt32) {
    self.headIndex = headIndex
    self.first = first
    self.count = count
  }
}

/// The blocks of a pack in the order in which they lie there.
///
/// u32 segment count ‖ (u16 head index ‖ u32 first ‖ u32 count)* ‖ u32 block count ‖ (u32 sealed length ‖ SHA-256)*.
public struct Segments: Hashable, Sendable {
  /// The runs of numbers.
  public private(set) var segments: [Segment] = []
  /// The sealed lengths, block by block.
  public private(set) var byteCounts: [UInt32] = []
  /// The SHA-256s of the sealed blocks, 32 bytes each, one after another.
  public private(set) var digests: [UInt8] = []

  /// An empty list.
  public init() {}

  /// How many blocks there are.
  public var blockCount: Int { byteCounts.count }

  /// The sum of the sealed lengths.
  public var sealedByteCount: UInt64 { byteCounts.reduce(0) { $0 + UInt64($1) } }

  /// The hash of the block at `index`.
  public func digest(at index: Int) -> Digest? {
    Digest([UInt8](digests[index * 32..<index * 32 + 32]))
  }

  /// Adds one block behind the others.
  public mutating func append(
    headIndex: Int, number: UInt32, byteCount: UInt32, digest: Span<UInt8>
  ) {
    precondition(digest.count == 32, "a SHA-256 has 32 bytes")
    if let last = segments.last, last.headIndex == headIndex, last.first + last.count == number {
      segments[segments.count - 1].count += 1
    } else {
      segments.append(Segment(headIndex: headIndex, first: number, count: 1))
    }
    byteCounts.append(byteCount)
    for i in digest.indices { digests.append(digest[i]) }
  }

  /// The same blocks with other head indices.
  public func movingHeads(_ index: (Int) -> Int) -> Segments {
    var copy = self
    for i in copy.segments.indices {
      copy.segments[i].headIndex = index(copy.segments[i].headIndex)
    }
    return copy
  }

  /// Says which head of another object each of this one's heads is.
  public mutating func mapHeads(_ indices: [Int]) {
    for i in segments.indices { segments[i].headIndex = indices[segments[i].headIndex] }
  }

  /// Reads the list; `headCount` is the number of heads of the object around it.
  public init(from reader: inout ByteReader, headCount: Int) throws(FormatError) {
    let segmentCount = Int(try reader.u32())
    guard segmentCount <= Limits.packBlockCount else { throw .limitExceeded(.segment) }
    var blockCount = 0
    segments.reserveCapacity(segmentCount)
    for i in 0..<segmentCount {
      let head = Int(try reader.u16())
      let first = try reader.u32()
      let count = try reader.u32()
      guard head < headCount, count >= 1 else { throw .outOfRange(.segment) }
      guard UInt64(first) + UInt64(count) <= UInt64(UInt32.max) else { throw .outOfRange(.segment) }
      if i > 0, segments[i - 1].headIndex == head,
        UInt64(segments[i - 1].first) + UInt64(segments[i - 1].count) == UInt64(first)
      {
        throw .wrongOrder(.segment)
      }
      blockCount += Int(count)
      guard blockCount <= Limits.packBlockCount else { throw .limitExceeded(.block) }
      segments.append(Segment(headIndex: head, first: first, count: count))
    }
    guard blockCount >= 1 else { throw .outOfRange(.segment) }
    try Self.refuseOverlaps(segments)
    guard Int(try reader.u32()) == blockCount else { throw .inconsistent(.block) }
    byteCounts.reserveCapacity(blockCount)
    digests.reserveCapacity(blockCount * 32)
    for _ in 0..<blockCount {
      let byteCount = try reader.u32()
      guard byteCount > Limits.blockOverheadByteCount, byteCount <= Limits.sealedBlockByteCount
      else { throw .outOfRange(.block) }
      byteCounts.append(byteCount)
      digests.append(contentsOf: try reader.raw(32))
    }
  }

  private static func refuseOverlaps(_ segments: [Segment]) throws(FormatError) {
    let sorted = segments.sorted {
      $0.headIndex != $1.headIndex ? $0.headIndex < $1.headIndex : $0.first < $1.first
    }
    for (a, b) in zip(sorted, sorted.dropFirst()) where a.headIndex == b.headIndex {
      guard UInt64(a.first) + UInt64(a.count) <= UInt64(b.first) else {
        throw .inconsistent(.segment)
      }
    }
  }

  /// Writes the list.
  public func encode(to writer: inout ByteWriter) {
    writer.u32(UInt32(segments.count))
    for segment in segments {
      writer.u16(UInt16(segment.headIndex))
      writer.u32(segment.first)
      writer.u32(segment.count)
    }
    writer.u32(UInt32(byteCounts.count))
    for (i, byteCount) in byteCounts.enumerated() {
      writer.u32(byteCount)
      writer.bytes.append(contentsOf: digests[i * 32..<i * 32 + 32])
    }
  }

  /// Checks that head indices first appear in ascending order and that all of `headCount` appear.
  func requireHeadsInOrder(from known: inout Int) throws(FormatError) {
    for segment in segments where segment.headIndex >= known {
      guard segment.headIndex == known else { throw .wrongOrder(.head) }
      known += 1
    }
  }
}
