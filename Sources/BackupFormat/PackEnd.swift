/// What stands at the end of a pack: which blocks lie in it, and the heads of their runs.
///
/// u16 head count ‖ heads ‖ segments ‖ u32 end length ‖ "NSPKEND1" (`Docs/format.md`, section 4).
public struct PackEnd: Hashable, Sendable {
  /// The mark at the front of a pack.
  public static let packMark: StaticString = "NSPACK1\n"
  /// How many bytes stand before the first block.
  public static let packMarkByteCount = 8
  /// How many bytes the fixed tail has: u32 end length and the mark.
  public static let tailByteCount = 12
  /// The heads of the runs whose blocks lie here.
  public var heads: [RunHead]
  /// The blocks, in order.
  public var segments: Segments

  /// Makes an end.
  public init(heads: [RunHead], segments: Segments) {
    self.heads = heads
    self.segments = segments
  }

  /// Reads the end length out of the last ``tailByteCount`` bytes of a pack.
  public static func byteCount(fromTail tail: [UInt8]) throws(FormatError) -> Int {
    var reader = ByteReader(tail)
    let count = Int(try reader.u32())
    try reader.expect(mark: "NSPKEND1")
    try reader.expectEnd()
    guard count >= tailByteCount, count <= Limits.packEndByteCount else { throw .outOfRange(.size) }
    return count
  }

  /// Reads a whole end.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    heads = try Self.heads(from: &reader)
    segments = try Segments(from: &reader, headCount: heads.count)
    var known = 0
    try segments.requireHeadsInOrder(from: &known)
    guard known == heads.count else { throw .inconsistent(.head) }
    guard Int(try reader.u32()) == bytes.count else { throw .inconsistent(.size) }
    try reader.expect(mark: "NSPKEND1")
    try reader.expectEnd()
    guard packByteCount <= UInt64(Limits.packByteCount) else { throw .limitExceeded(.size) }
  }

  /// The size of the pack that this end belongs to; a pack of another size is damaged.
  public var packByteCount: UInt64 {
    UInt64(Self.packMarkByteCount) + segments.sealedByteCount
      + UInt64(Self.byteCount(headCount: heads.count, segments: segments))
  }

  /// How many bytes an end of so many heads and these segments has.
  static func byteCount(headCount: Int, segments: Segments) -> Int {
    2 + headCount * RunHead.byteCount + 4 + segments.segments.count * 10 + 4
      + segments.blockCount * 36 + tailByteCount
  }

  static func heads(from reader: inout ByteReader) throws(FormatError) -> [RunHead] {
    let count = Int(try reader.u16())
    guard count <= Limits.headCount else { throw .limitExceeded(.head) }
    var heads: [RunHead] = []
    var runs: Set<RunID> = []
    for _ in 0..<count {
      let head = try RunHead(from: &reader)
      guard heads.isEmpty || head.set == heads[0].set, runs.insert(head.run).inserted else {
        throw .inconsistent(.head)
      }
      heads.append(head)
    }
    return heads
  }

  /// The encoded end, its own length included.
  public func encode() -> [UInt8] {
    var writer = ByteWriter(
      capacity: heads.count * RunHead.byteCount + segments.blockCount * 36 + 64)
    writer.u16(UInt16(heads.count))
    for head in heads { head.encode(to: &writer) }
    segments.encode(to: &writer)
    writer.u32(UInt32(writer.bytes.count + Self.tailByteCount))
    writer.mark("NSPKEND1")
    return writer.bytes
  }
}
