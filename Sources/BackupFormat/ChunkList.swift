/// Chunk ids and lengths by address: what deduplication needs to begin again.
///
/// This is the plaintext; around it stands "NSCHUNK1" ‖ repository ‖ set ‖ run ‖ u64 sequence
/// (`Docs/format.md`, section 6).
public struct ChunkList: Hashable, Sendable {
  /// A block and what lies in it.
  public struct Block: Hashable, Sendable {
    /// The address of the block.
    public var address: BlockAddress
    /// Data block or catalogue page.
    public var kind: ObjectKind
    /// The ids of its chunks, 32 bytes each, one after another.
    public var ids: [UInt8]
    /// The lengths of its chunks, in order.
    public var byteCounts: [UInt32]
    /// Makes a block.
    public init(address: BlockAddress, kind: ObjectKind, ids: [UInt8], byteCounts: [UInt32]) {
      precondition(ids.count == byteCounts.count * 32, "one id for each length")
      self.address = address
      self.kind = kind
      self.ids = ids
      self.byteCounts = byteCounts
    }
  }

  /// The blocks, sorted by run and number.
  public var blocks: [Block]

  /// Makes a list; the blocks are sorted by address.
  public init(blocks: [Block]) { self.blocks = blocks }

  /// The open front of the object.
  public struct Front: Hashable, Sendable {
    /// How many bytes it has.
    public static let byteCount = 8 + 32 + 16 + 16 + 8
    /// The repository.
    public var repository: RepositoryID
    /// The data set.
    public var set: SetID
    /// The run that publishes the list.
    public var run: RunID
    /// The number of the list in its run, from 0.
    public var sequence: UInt64
    /// Makes a front.
    public init(repository: RepositoryID, set: SetID, run: RunID, sequence: UInt64) {
      self.repository = repository
      self.set = set
      self.run = run
      self.sequence = sequence
    }
    /// Reads the front of an object.
    public init(from reader: inout ByteReader) throws(FormatError) {
      try reader.expect(mark: "NSCHUNK1")
      repository = try reader.id()
      set = try reader.id()
      run = try reader.id()
      sequence = try reader.u64()
    }
    /// Writes the front.
    public func encode(to writer: inout ByteWriter) {
      writer.mark("NSCHUNK1")
      writer.raw(repository.bytes)
      writer.raw(set.bytes)
      writer.raw(run.bytes)
      writer.u64(sequence)
    }
  }

  /// Run index 2, number 4, kind 1, chunk count 1, and one chunk of 33.
  private static let blockByteCountMin = 41

  /// Reads a whole plaintext.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    let runCount = Int(try reader.u16())
    var runs: [RunID] = []
    for _ in 0..<runCount {
      let run: RunID = try reader.id()
      if let last = runs.last, last >= run { throw .wrongOrder(.run) }
      runs.append(run)
    }
    let blockCount = Int(try reader.u32())
    guard blockCount <= reader.remainingByteCount / Self.blockByteCountMin else {
      throw .limitExceeded(.block)
    }
    var used = [Bool](repeating: false, count: runCount)
    blocks = []
    blocks.reserveCapacity(blockCount)
    for _ in 0..<blockCount {
      let runIndex = Int(try reader.u16())
      guard runIndex < runs.count else { throw .outOfRange(.run) }
      used[runIndex] = true
      let address = BlockAddress(run: runs[runIndex], number: try reader.u32())
      guard address.number <= Limits.blockNumberMax else { throw .outOfRange(.number) }
      if let last = blocks.last, last.address >= address { throw .wrongOrder(.block) }
      guard let kind = ObjectKind(rawValue: try reader.u8()),
        kind == .dataBlock || kind == .cataloguePage
      else { throw .outOfRange(.type) }
      let chunkCount = try reader.varint(limit: Limits.rawBlockByteCount, .chunk)
      guard chunkCount >= 1, kind == .dataBlock || chunkCount == 1 else {
        throw .outOfRange(.chunk)
      }
      guard chunkCount <= reader.remainingByteCount / 33 else { throw .limitExceeded(.chunk) }
      var ids: [UInt8] = []
      ids.reserveCapacity(chunkCount * 32)
      var byteCounts: [UInt32] = []
      byteCounts.reserveCapacity(chunkCount)
      var total = 0
      for _ in 0..<chunkCount {
        ids.append(contentsOf: try reader.raw(32))
        let byteCount = try reader.varint(limit: Limits.rawBlockByteCount, .chunk)
        guard byteCount >= 1 else { throw .outOfRange(.chunk) }
        total += byteCount
        guard total <= Limits.rawBlockByteCount else { throw .limitExceeded(.block) }
        byteCounts.append(UInt32(byteCount))
      }
      blocks.append(Block(address: address, kind: kind, ids: ids, byteCounts: byteCounts))
    }
    guard used.allSatisfy({ $0 }) else { throw .inconsistent(.run) }
    try reader.expectEnd()
  }

  /// The encoded plaintext.
  public func encode() -> [UInt8] {
    let runs = Set(blocks.map(\.address.run)).sorted()
    let indices = Dictionary(uniqueKeysWithValues: runs.enumerated().map { ($1, UInt16($0)) })
    var writer = ByteWriter(
      capacity: blocks.reduce(1024) { $0 + $1.ids.count + $1.ids.count / 8 + 16 })
    writer.u16(UInt16(runs.count))
    for run in runs { writer.raw(run.bytes) }
    writer.u32(UInt32(blocks.count))
    for block in blocks {
      writer.u16(indices[block.address.run] ?? 0)
      writer.u32(block.address.number)
      writer.u8(block.kind.rawValue)
      writer.varint(block.byteCounts.count)
      for (i, byteCount) in block.byteCounts.enumerated() {
        writer.bytes.append(contentsOf: block.ids[i * 32..<i * 32 + 32])
        writer.varint(UInt64(byteCount))
      }
    }
    return writer.bytes
  }
}
