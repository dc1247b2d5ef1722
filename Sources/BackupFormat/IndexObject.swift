/// The name of a pack: the run that wrote it, and its number there.
public struct PackName: Hashable, Comparable, Sendable {
  /// The run that wrote the pack.
  public var run: RunID
  /// The number of the pack, from 0.
  public var number: UInt32
  /// Makes a name.
  public init(run: RunID, number: UInt32) {
    self.run = run
    self.number = number
  }
  /// Compares by run, then by number.
  public static func < (a: Self, b: Self) -> Bool {
    a.run != b.run ? a.run < b.run : a.number < b.number
  }
  /// The path of the pack in the store.
  public var path: String {
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(0, 8 - digits.utf8.count))
    return "packs/\(run.hex)/\(zeros)\(digits)"
  }
}

/// Which blocks lie in which packs; open to everyone.
///
/// "NSINDEX1" ‖ repository ‖ set ‖ run ‖ u16 head count ‖ heads ‖ u32 pack count ‖ packs
/// (`Docs/format.md`, section 5).
public struct IndexObject: Hashable, Sendable {
  /// A pack as the index names it.
  public struct Pack: Hashable, Sendable {
    /// Its name.
    public var name: PackName
    /// Its size in the store, in bytes.
    public var byteCount: UInt64
    /// How many bytes its end has.
    public var endByteCount: UInt32
    /// The SHA-256 of its end.
    public var endDigest: Digest
    /// Its blocks; head indices point into the index object's heads.
    public var segments: Segments

    /// Makes a pack.
    public init(
      name: PackName, byteCount: UInt64, endByteCount: UInt32, endDigest: Digest,
      segments: Segments
    ) {
      self.name = name
      self.byteCount = byteCount
      self.endByteCount = endByteCount
      self.endDigest = endDigest
      self.segments = segments
    }
  }

  /// The repository.
  public var repository: RepositoryID
  /// The data set.
  public var set: SetID
  /// The run that publishes the object.
  public var run: RunID
  /// The heads of the runs whose blocks are named.
  public var heads: [RunHead]
  /// The packs, sorted by name.
  public var packs: [Pack]

  /// Makes an index object; the packs are sorted by name.
  public init(
    repository: RepositoryID, set: SetID, run: RunID, heads: [RunHead], packs: [Pack]
  ) {
    self.repository = repository
    self.set = set
    self.run = run
    self.heads = heads
    self.packs = packs
  }

  /// Reads a whole object.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Limits.indexByteCount else { throw .limitExceeded(.size) }
    var reader = ByteReader(bytes)
    try reader.expect(mark: "NSINDEX1")
    repository = try reader.id()
    set = try reader.id()
    run = try reader.id()
    heads = try PackEnd.heads(from: &reader)
    if let head = heads.first, head.set != set { throw .inconsistent(.head) }
    let packCount = Int(try reader.u32())
    guard packCount <= reader.remainingByteCount else { throw .limitExceeded(.pack) }
    packs = []
    var used = [Bool](repeating: false, count: heads.count)
    for _ in 0..<packCount {
      let name = PackName(run: try reader.id(), number: try reader.u32())
      guard name.number < Limits.packNumberEnd else { throw .outOfRange(.pack) }
      if let last = packs.last, last.name >= name { throw .wrongOrder(.pack) }
      let byteCount = try reader.u64()
      let endByteCount = try reader.u32()
      let endDigest: Digest = try reader.id()
      let segments = try Segments(from: &reader, headCount: heads.count)
      for segment in segments.segments { used[segment.headIndex] = true }
      let headCount = Set(segments.segments.map(\.headIndex)).count
      guard endByteCount == PackEnd.byteCount(headCount: headCount, segments: segments) else {
        throw .inconsistent(.size)
      }
      let expected =
        UInt64(PackEnd.packMarkByteCount) + segments.sealedByteCount + UInt64(endByteCount)
      guard byteCount == expected, byteCount <= Limits.packByteCount else {
        throw .inconsistent(.size)
      }
      packs.append(
        Pack(
          name: name, byteCount: byteCount, endByteCount: endByteCount, endDigest: endDigest,
          segments: segments))
    }
    guard used.allSatisfy({ $0 }) else { throw .inconsistent(.head) }
    try reader.expectEnd()
  }

  /// The encoded object.
  public func encode() -> [UInt8] {
    var writer = ByteWriter(
      capacity: heads.count * RunHead.byteCount
        + packs.reduce(256) { $0 + $1.segments.blockCount * 36 + 128 })
    writer.mark("NSINDEX1")
    writer.raw(repository.bytes)
    writer.raw(set.bytes)
    writer.raw(run.bytes)
    writer.u16(UInt16(heads.count))
    for head in heads { head.encode(to: &writer) }
    writer.u32(UInt32(packs.count))
    for pack in packs {
      writer.raw(pack.name.run.bytes)
      writer.u32(pack.name.number)
      writer.u64(pack.byteCount)
      writer.u32(pack.endByteCount)
      writer.raw(pack.endDigest.bytes)
      pack.segments.encode(to: &writer)
    }
    return writer.bytes
  }

  /// The end that a pack of this object must have, as it is encoded.
  ///
  /// Its heads are those that the pack uses, in the order of their first use; whoever can hash
  /// compares it with what the object says.
  public func end(of pack: Pack) -> [UInt8] {
    var places: [Int: Int] = [:]
    var used: [RunHead] = []
    for segment in pack.segments.segments where places[segment.headIndex] == nil {
      places[segment.headIndex] = used.count
      used.append(heads[segment.headIndex])
    }
    return PackEnd(
      heads: used, segments: pack.segments.movingHeads { places[$0] ?? 0 }
    ).encode()
  }
}
