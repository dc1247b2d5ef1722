import BackupCrypto
import BackupFormat
import BackupLog
import BackupStorage
import BackupSystem

/// What an object must be, and how its bytes are handed on only after they were checked.
enum VerifiedContent {
  /// The whole object has this digest.
  case digest(Digest)
  /// A pack with these blocks and this end.
  case pack(IndexObject.Pack)
  /// An entry of the log, larger than any that counts, with this hash in the tree.
  case largeEntry(leaf: Digest)

  /// How many bytes travel at once: 4 MiB, which holds the largest block.
  private static let stepByteCount = 4 << 20

  /// Reads an object piece by piece.
  ///
  /// - Parameter body: Gets the pieces in order; those of a pack are checked one by one, those of
  ///   another object only at its end, so what was made of them counts only if this returns true.
  /// - Returns: Whether the object is there and every byte is as it was signed.
  func read(
    _ key: StorageKey, from storage: any Storage,
    _ body: (Span<UInt8>) throws -> Void = { _ in }
  ) throws -> Bool {
    do {
      guard let byteCount = try storage.byteCount(of: key) else { return false }
      switch self {
      case .digest(let digest):
        guard byteCount <= UInt64(Limits.packByteCount) else { return false }
        return try readWhole(key, storage, byteCount, [], digest, body)
      case .largeEntry(let leaf):
        return try readWhole(key, storage, byteCount, [0], leaf, body)
      case .pack(let pack):
        guard byteCount == pack.byteCount else { return false }
        return try readPack(pack, key, storage, body)
      }
    } catch let error as StorageError {
      guard case .object = EngineError.of(error, key.description) else {
        throw EngineError.storage(error)
      }
      return false
    }
  }

  private func readWhole(
    _ key: StorageKey, _ storage: any Storage, _ byteCount: UInt64, _ front: [UInt8],
    _ digest: Digest, _ body: (Span<UInt8>) throws -> Void
  ) throws -> Bool {
    let hasher = SHA256Hasher()
    hasher.update(front.span)
    var buffer = [UInt8](repeating: 0, count: Int(min(UInt64(Self.stepByteCount), byteCount)))
    var offset: UInt64 = 0
    while offset < byteCount {
      let count = Int(min(UInt64(buffer.count), byteCount - offset))
      try Self.fill(&buffer, count, key, storage, at: offset)
      hasher.update(buffer.span.extracting(0..<count))
      try body(buffer.span.extracting(0..<count))
      offset += UInt64(count)
    }
    return Digest(hasher.finish()) == digest
  }

  private func readPack(
    _ pack: IndexObject.Pack, _ key: StorageKey, _ storage: any Storage,
    _ body: (Span<UInt8>) throws -> Void
  ) throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: Self.stepByteCount + Limits.blockOverheadByteCount)
    let markByteCount = PackEnd.packMarkByteCount
    try Self.fill(&buffer, markByteCount, key, storage, at: 0)
    guard buffer[..<markByteCount].elementsEqual(PackEnd.packMark.description.utf8) else {
      return false
    }
    try body(buffer.span.extracting(0..<markByteCount))
    var offset = UInt64(markByteCount)
    var next = 0
    let byteCounts = pack.segments.byteCounts
    while next < byteCounts.count {
      // As many blocks as fit, in one read.
      var last = next
      var count = 0
      while last < byteCounts.count, count + Int(byteCounts[last]) <= buffer.count {
        count += Int(byteCounts[last])
        last += 1
      }
      guard last > next else { return false }
      try Self.fill(&buffer, count, key, storage, at: offset)
      var start = 0
      for i in next..<last {
        let end = start + Int(byteCounts[i])
        guard
          Digest(SHA256.hash(buffer.span.extracting(start..<end))) == pack.segments.digest(at: i)
        else { return false }
        start = end
      }
      try body(buffer.span.extracting(0..<count))
      offset += UInt64(count)
      next = last
    }
    var end = [UInt8](repeating: 0, count: Int(pack.endByteCount))
    try Self.fill(&end, end.count, key, storage, at: offset)
    guard Digest(SHA256.hash(end)) == pack.endDigest else { return false }
    try body(end.span)
    return true
  }

  private static func fill(
    _ buffer: inout [UInt8], _ count: Int, _ key: StorageKey, _ storage: any Storage,
    at offset: UInt64
  ) throws {
    if Interrupt.isRequested { throw EngineError.interrupted }
    var all = buffer.mutableSpan
    var span = all._mutatingExtracting(0..<count)
    try storage.read(key, at: offset, into: &span)
  }

  /// What every pack must be that a readable index object of the log names.
  ///
  /// Memory: about 40 bytes for each block of the repository.
  static func packs(of session: RepositorySession) throws -> [PackID: IndexObject.Pack] {
    var packs: [PackID: IndexObject.Pack] = [:]
    for set in session.logState.dataSets.keys {
      for digest in session.logState.indexes(of: set) {
        guard let index = try session.objects.indexObject(digest) else { continue }
        for pack in index.packs {
          if let id = PackID(run: pack.name.run, number: pack.name.number) { packs[id] = pack }
        }
      }
    }
    return packs
  }
}
