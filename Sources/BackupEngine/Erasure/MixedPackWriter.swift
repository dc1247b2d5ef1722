import BackupCrypto
import BackupFormat
import BackupStorage

/// A pack that holds blocks of several runs.
struct MixedPack: Sendable {
  var name: PackName
  var byteCount: UInt64
  var endByteCount: UInt32
  var endDigest: Digest
  /// The heads of its end, and its blocks; head indices point into these.
  var heads: [RunHead]
  var segments: Segments
}

/// Writes the packs of one run that seals blocks of its own and carries those of others.
///
/// For one thread.
final class MixedPackWriter {
  private let storage: any Storage
  private let run: RunID
  private var writer: (any StorageWriter)?
  private var heads: [RunHead] = []
  private var headIndices: [RunID: Int] = [:]
  private var segments = Segments()
  private(set) var packs: [MixedPack] = []

  init(storage: any Storage, run: RunID) {
    self.storage = storage
    self.run = run
  }

  /// Adds a sealed block; one of each address.
  func append(_ sealed: Span<UInt8>, number: UInt32, head: RunHead, digest: Span<UInt8>) throws {
    if let writer,
      writer.byteCount >= EngineLimits.packByteCount || segments.blockCount >= Limits.packBlockCount
        || headIndices[head.run] == nil && heads.count >= Limits.headCount
    {
      try finishPack(writer)
    }
    let writer = try self.writer ?? begin()
    let index: Int
    if let known = headIndices[head.run] {
      index = known
    } else {
      index = heads.count
      headIndices[head.run] = index
      heads.append(head)
    }
    try writer.append(sealed)
    segments.append(
      headIndex: index, number: number, byteCount: UInt32(sealed.count), digest: digest)
  }

  private func begin() throws -> any StorageWriter {
    if let free = try storage.freeByteCount() {
      let needed = EngineLimits.reserveByteCount + EngineLimits.packByteCount
      guard free >= needed else {
        throw EngineError.noSpace(neededByteCount: needed, freeByteCount: free)
      }
    }
    let name = PackName(run: run, number: UInt32(packs.count))
    let writer = try storage.makeWriter(for: try StorageKey.of(name.path))
    try writer.append([UInt8](PackEnd.packMark.description.utf8).span)
    self.writer = writer
    return writer
  }

  private func finishPack(_ writer: any StorageWriter) throws {
    let name = PackName(run: run, number: UInt32(packs.count))
    let end = PackEnd(heads: heads, segments: segments).encode()
    try writer.append(end.span)
    guard try writer.finish() == .created, let digest = Digest(SHA256.hash(end)) else {
      // A run id is random and used once: nobody else can have made this pack.
      throw EngineError.object(path: name.path, .digestMismatch)
    }
    packs.append(
      MixedPack(
        name: name, byteCount: writer.byteCount, endByteCount: UInt32(end.count),
        endDigest: digest, heads: heads, segments: segments))
    self.writer = nil
    heads = []
    headIndices = [:]
    segments = Segments()
  }

  /// Ends the last pack; on stable storage after a barrier.
  func finish() throws {
    if let writer { try finishPack(writer) }
  }

  /// Throws away what is not whole.
  func cancel() {
    writer?.cancel()
    writer = nil
  }
}

extension IndexObject {
  /// Describes packs of `run`, in the order of their numbers.
  static func describing(
    _ packs: [MixedPack], repository: RepositoryID, set: SetID, run: RunID
  ) -> [IndexObject] {
    var objects: [IndexObject] = []
    var heads: [RunHead] = []
    var entries: [IndexObject.Pack] = []
    var byteCount = 0
    func flush() {
      guard !entries.isEmpty else { return }
      objects.append(
        IndexObject(repository: repository, set: set, run: run, heads: heads, packs: entries))
      heads = []
      entries = []
      byteCount = 0
    }
    for pack in packs {
      let added = pack.heads.count { !heads.contains($0) }
      if byteCount > EngineLimits.listByteCount || heads.count + added > Limits.headCount {
        flush()
      }
      let places = pack.heads.map { head -> Int in
        if let known = heads.firstIndex(of: head) { return known }
        heads.append(head)
        return heads.count - 1
      }
      entries.append(
        IndexObject.Pack(
          name: pack.name, byteCount: pack.byteCount, endByteCount: pack.endByteCount,
          endDigest: pack.endDigest, segments: pack.segments.withHeads(places)))
      byteCount += pack.segments.blockCount * 36 + pack.heads.count * RunHead.byteCount + 256
    }
    flush()
    return objects
  }
}

extension Segments {
  /// The same blocks, with the head at each old index found at a new one.
  fileprivate func withHeads(_ places: [Int]) -> Segments {
    var moved = Segments()
    var position = 0
    for segment in segments {
      for number in segment.first..<segment.first + segment.count {
        moved.append(
          headIndex: places[segment.headIndex], number: number, byteCount: byteCounts[position],
          digest: digests[position * 32..<position * 32 + 32].span)
        position += 1
      }
    }
    return moved
  }
}
