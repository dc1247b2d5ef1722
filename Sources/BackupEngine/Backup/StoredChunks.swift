import BackupCrypto
import BackupFormat
import BackupLog
import BackupObjects
import BackupStorage
import BackupSystem

/// The chunks that earlier runs stored, as their chunk lists say, and which blocks tonight's run may
/// use again.
struct StoredChunks {
  private let session: RepositorySession
  private let state: SetState
  private let secret: SetSecret
  /// What may be used again.
  private(set) var blocks: [RunID: BlockRanges] = [:]
  /// Whether what shares a block with something dead is stored anew.
  private(set) var isRefresh = false
  /// All chunk lists that the index was made from.
  private(set) var lists: [Digest] = []
  /// Lists that are missing or not as they were signed.
  private(set) var lostLists: [Digest] = []

  /// Nothing is read before ``openIndex(_:adopted:catalogue:)``.
  init(_ session: RepositorySession, _ state: SetState, _ secret: SetSecret) {
    self.session = session
    self.state = state
    self.secret = secret
  }

  /// Opens the index, after adding to it the lists that other machines wrote or this one forgot.
  ///
  /// - Parameters:
  ///   - adopted: Packs of an interrupted run that this one continues.
  ///   - catalogue: Last night's catalogue from its start; nil if it is not at hand.
  mutating func openIndex(
    _ live: [Snapshot], adopted: [FinishedPack], catalogue: () throws -> CatalogueCacheReader?
  ) throws -> ChunkIndex {
    let logState = session.logState
    let now = session.now()
    isRefresh = RefreshRule.isDue(logState, secret.set, now: now)
    let sharing =
      isRefresh
      ? live.suffix(1) : RefreshRule.reusable(logState, secret.set, now: now)[...]
    var needed: [RunID: BlockRanges] = [:]
    for snapshot in sharing {
      guard let needs = snapshot.needs else { continue }
      for (i, run) in needs.runs.enumerated() {
        needed[run, default: BlockRanges()].formUnion(BlockRanges(Array(needs.blocks(at: i))))
      }
    }
    var usable: [RunID: BlockRanges] = [:]
    for (run, ranges) in needed {
      usable[run] = ranges.intersection(logState.reusableBlocks(of: run))
    }
    // What a refresh finds dead is judged by all that a block holds: no record may be missing there.
    let (state, isRefresh) = (state, isRefresh)
    var pieces = try state.at(SetState.indexName) { () throws(SystemError) in
      try state.index.pieces(checkingRecords: isRefresh)
    }
    var known = Set(pieces.flatMap(\.lists))
    lists = logState.chunkLists(of: secret.set)
    for digest in lists where known.insert(digest).inserted {
      guard let list = try read(digest) else {
        lostLists.append(digest)
        continue
      }
      let records = list.places
      pieces.append(
        try state.at(SetState.indexName) { () throws(SystemError) in
          try state.index.write(lists: [digest], records: records).piece
        })
    }
    if isRefresh { usable = try LiveBlocks(usable, pieces: pieces).find(openCatalogue: catalogue) }
    blocks = usable
    let index = ChunkIndex(pieces: pieces) { [usable] address in
      usable[address.run]?.contains(address.number) ?? false
    }
    for pack in adopted {
      for (id, place) in pack.chunks.places { _ = index.add(id, place) }
    }
    return index
  }

  /// A list that is missing or does not match counts as empty: its chunks are sent again.
  private func read(_ digest: Digest) throws -> ChunkList? {
    guard
      let bytes = try session.objects.bytes(
        of: .chunks(digest), limitByteCount: Limits.indexByteCount)
    else { return nil }
    return try? SealedObjects.openChunkList(  // what does not open is no help
      bytes, secret: secret, repository: session.id)
  }

  /// Writes the lists of a run, in a refresh of all that lives, and returns what the index is to learn.
  func writeLists(
    of packs: [FinishedPack], run: RunID
  ) throws -> (digests: [Digest], records: [(ChunkID, ChunkPlace)]) {
    var digests: [Digest] = []
    var records: [(ChunkID, ChunkPlace)] = []
    var waiting: [ChunkList.Block] = []
    records.reserveCapacity(
      packs.reduce(0) { $0 + $1.chunks.blocks.reduce(0) { $0 + $1.byteCounts.count } })
    var byteCount = 0
    var sequence: UInt64 = 0
    func flush() throws {
      guard !waiting.isEmpty else { return }
      let list = ChunkList(blocks: waiting.sorted { $0.address < $1.address })
      let bytes = try SealedObjects.seal(
        list,
        front: ChunkList.Front(
          repository: session.id, set: secret.set, run: run, sequence: sequence),
        secret: secret)
      guard let digest = Digest(SHA256.hash(bytes)) else { throw EngineError.unavailable }
      _ = try session.storage.put(
        try StorageKey.of(ObjectPath.chunks(digest).text), bytes.span)
      digests.append(digest)
      list.appendPlaces(to: &records)
      sequence += 1
      waiting = []
      byteCount = 0
    }
    func add(_ block: ChunkList.Block) throws {
      if byteCount > EngineLimits.listByteCount { try flush() }
      waiting.append(block)
      byteCount += block.byteCounts.count * 36 + 16
    }
    for pack in packs {
      for block in pack.chunks.blocks { try add(block) }
    }
    if isRefresh {
      // One new list of what is live, so that the old ones need not be kept for it.
      var listed: [RunID: BlockRanges] = [:]
      for old in lists.reversed() {
        for block in try read(old)?.blocks ?? []
        where blocks[block.address.run]?.contains(block.address.number) == true
          && listed[block.address.run]?.contains(block.address.number) != true
        {
          listed[block.address.run, default: BlockRanges()]
            .insert(BlockRange(block.address.number))
          try add(block)
        }
      }
    }
    try flush()
    return (digests.sorted(), records)
  }
}

extension ChunkList {
  /// Its chunks with their places, in the order of the list.
  fileprivate var places: [(ChunkID, ChunkPlace)] {
    var places: [(ChunkID, ChunkPlace)] = []
    appendPlaces(to: &places)
    return places
  }

  fileprivate func appendPlaces(to places: inout [(ChunkID, ChunkPlace)]) {
    for block in blocks {
      var offset: UInt32 = 0
      for (i, byteCount) in block.byteCounts.enumerated() {
        let id = ChunkID(block.ids.span.extracting(i * 32..<i * 32 + 32))
        places.append(
          (id, ChunkPlace(address: block.address, offset: offset, byteCount: byteCount)))
        offset += byteCount
      }
    }
  }
}
