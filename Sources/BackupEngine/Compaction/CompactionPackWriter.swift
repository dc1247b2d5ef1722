import BackupCrypto
import BackupFormat
import BackupStorage

/// Writes the packs of one compaction: sealed blocks of many runs, byte for byte as they were.
struct CompactionPackWriter {
  private struct OpenPack {
    let name: PackName
    let writer: any StorageWriter
    var heads: [RunHead] = []
    var segments = Segments()
  }

  private let storage: any Storage
  private let run: RunID
  private var open: OpenPack?
  private var nextNumber: UInt32 = 0
  /// The finished packs, each with the heads that its segments count.
  private(set) var finished: [(heads: [RunHead], pack: IndexObject.Pack)] = []

  init(storage: any Storage, run: RunID) {
    self.storage = storage
    self.run = run
  }

  /// Adds one sealed block.
  mutating func append(
    _ sealed: [UInt8], digest: Digest, number: UInt32, head: RunHead
  ) throws {
    if let open, open.heads.count == Limits.headCount, !open.heads.contains(head) { try finish() }
    var pack = try open ?? begin()
    open = nil
    try pack.writer.append(sealed.span)
    let index = pack.heads.firstIndex(of: head) ?? pack.heads.count
    if index == pack.heads.count { pack.heads.append(head) }
    pack.segments.append(
      headIndex: index, number: number, byteCount: UInt32(sealed.count), digest: digest.bytes.span)
    let isFull =
      pack.writer.byteCount >= EngineLimits.packByteCount
      || pack.segments.blockCount >= Limits.packBlockCount
    open = pack
    if isFull { try finish() }
  }

  private mutating func begin() throws -> OpenPack {
    if let free = try storage.freeByteCount() {
      let needed = EngineLimits.reserveByteCount + EngineLimits.packByteCount
      guard free >= needed else {
        throw EngineError.noSpace(neededByteCount: needed, freeByteCount: free)
      }
    }
    let name = PackName(run: run, number: nextNumber)
    nextNumber += 1
    let writer = try storage.makeWriter(for: try StorageKey.of(name.path))
    try writer.append([UInt8](PackEnd.packMark.description.utf8).span)
    return OpenPack(name: name, writer: writer)
  }

  /// Ends the open pack, if there is one.
  mutating func finish() throws {
    guard let pack = open else { return }
    open = nil
    let end = PackEnd(heads: pack.heads, segments: pack.segments).encode()
    try pack.writer.append(end.span)
    guard try pack.writer.finish() == .created, let digest = Digest(SHA256.hash(end)) else {
      // A run id is random and used once: nobody else can have made this pack.
      throw EngineError.object(path: pack.name.path, .digestMismatch)
    }
    finished.append(
      (
        pack.heads,
        IndexObject.Pack(
          name: pack.name, byteCount: pack.writer.byteCount, endByteCount: UInt32(end.count),
          endDigest: digest, segments: pack.segments)
      ))
  }

  /// Throws away what is not whole.
  mutating func cancel() {
    open?.writer.cancel()
    open = nil
  }

  /// The index objects that describe the finished packs, each within the limits of its size and of
  /// its heads.
  func indexObjects(repository: RepositoryID, set: SetID) -> [IndexObject] {
    var objects: [IndexObject] = []
    var heads: [RunHead] = []
    var packs: [IndexObject.Pack] = []
    var byteCount = 0
    func flush() {
      guard !packs.isEmpty else { return }
      objects.append(
        IndexObject(repository: repository, set: set, run: run, heads: heads, packs: packs))
      (heads, packs, byteCount) = ([], [], 0)
    }
    for (own, pack) in finished {
      let fresh = own.count { !heads.contains($0) }
      if heads.count + fresh > Limits.headCount || byteCount > EngineLimits.listByteCount {
        flush()
      }
      let places = own.map { head -> Int in
        if let known = heads.firstIndex(of: head) { return known }
        heads.append(head)
        return heads.count - 1
      }
      var described = pack
      described.segments.mapHeads(places)
      packs.append(described)
      byteCount += pack.segments.blockCount * 36 + own.count * RunHead.byteCount + 256
    }
    flush()
    return objects
  }
}
