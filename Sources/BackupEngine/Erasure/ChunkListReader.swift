import BackupFormat
import BackupLog
import BackupObjects

/// Reads the chunk lists of a data set, one after the other, and makes new ones of them.
struct ChunkListReader {
  private let session: RepositorySession
  private let secret: SetSecret

  init(_ session: RepositorySession, _ secret: SetSecret) {
    self.session = session
    self.secret = secret
  }

  private func forEachBlock(_ body: (ChunkList.Block) throws -> Void) throws {
    for digest in session.logState.chunkLists(of: secret.set) {
      guard
        let bytes = try session.objects.bytes(
          of: .chunks(digest), limitByteCount: Limits.indexByteCount),
        let list = try? SealedObjects.openChunkList(  // what does not open is no help
          bytes, secret: secret, repository: session.id)
      else { continue }
      for block in list.blocks { try body(block) }
    }
  }

  /// The lengths of the chunks in some blocks, as far as a list speaks of them.
  func boundaries(of blocks: Set<BlockAddress>) throws -> [BlockAddress: [UInt32]] {
    var found: [BlockAddress: [UInt32]] = [:]
    guard !blocks.isEmpty else { return found }
    try forEachBlock { block in
      if blocks.contains(block.address) { found[block.address] = block.byteCounts }
    }
    return found
  }

  /// How many raw bytes those blocks have that a list speaks of.
  func lengths(of blocks: [BlockAddress: ByteRanges]) throws -> [BlockAddress: UInt32] {
    var lengths: [BlockAddress: UInt32] = [:]
    try forEachBlock { block in
      if blocks[block.address] != nil { lengths[block.address] = block.byteCounts.reduce(0, +) }
    }
    return lengths
  }

  /// New lists, sealed, of all that is needed: of `own` blocks and of those that old lists know.
  func lists(
    of needed: [RunID: BlockRanges], besides own: [ChunkList.Block], run: RunID
  ) throws -> [[UInt8]] {
    var sealed: [[UInt8]] = []
    var blocks: [ChunkList.Block] = []
    var runs: Set<RunID> = []
    var byteCount = 0
    func flush() throws {
      guard !blocks.isEmpty else { return }
      sealed.append(
        try SealedObjects.seal(
          ChunkList(blocks: blocks.sorted { $0.address < $1.address }),
          front: ChunkList.Front(
            repository: session.id, set: secret.set, run: run, sequence: UInt64(sealed.count)),
          secret: secret))
      blocks = []
      runs = []
      byteCount = 0
    }
    func add(_ block: ChunkList.Block) throws {
      if byteCount > EngineLimits.listByteCount
        || runs.count >= EngineLimits.listRunCount && !runs.contains(block.address.run)
      {
        try flush()
      }
      blocks.append(block)
      runs.insert(block.address.run)
      byteCount += block.byteCounts.count * 36 + 16
    }
    var seen: Set<BlockAddress> = []
    for block in own { try add(block) }
    try forEachBlock { block in
      guard needed[block.address.run]?.contains(block.address.number) == true,
        seen.insert(block.address).inserted
      else { return }
      try add(block)
    }
    try flush()
    return sealed
  }
}
