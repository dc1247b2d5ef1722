internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// Reads the objects that the log names, notes what is wrong with each, and keeps index objects.
///
/// The log asks for an index object once; blocks are checked against the same decoded copy, so
/// that both rest on the same bytes. Memory: 36 bytes for each block that an index object lists.
/// It belongs to one thread.
final class CheckedObjects: ObjectSource {
  /// What is wrong with an object.
  enum Failure: Hashable {
    case missing
    case wrongDigest
    case badObject
    case storage(StorageError)
  }

  private let storage: any Storage
  private let repository: RepositoryID
  /// Index objects that were read and are as they were signed.
  private(set) var indexes: [Digest: IndexObject] = [:]
  /// Objects that are not as they were signed.
  private(set) var failures: [ObjectPath: Failure] = [:]
  /// Objects that are, with their sizes.
  private(set) var intact: [ObjectPath: Int] = [:]

  init(storage: any Storage, repository: RepositoryID) {
    self.storage = storage
    self.repository = repository
  }

  /// Reads an object and compares its SHA-256; nil, and a failure is noted, if it is another.
  ///
  /// - Throws: what is not about this object alone.
  func bytes(of path: ObjectPath, digest: Digest) throws(StorageError) -> [UInt8]? {
    guard let key = StorageKey(path.text) else { preconditionFailure("an object's path is a key") }
    let bytes: [UInt8]
    do {
      bytes = try storage.read(key, limitByteCount: VerifierLimits.byteCount(of: path))
    } catch {
      guard error.isAboutOneObject else { throw error }
      switch error {
      case .notFound: failures[path] = .missing
      case .tooLarge, .truncated: failures[path] = .wrongDigest
      default: failures[path] = .storage(error)
      }
      return nil
    }
    guard Digest(hashing: bytes) == digest else {
      failures[path] = .wrongDigest
      return nil
    }
    intact[path] = bytes.count
    return bytes
  }

  /// Checks an object that was not read yet.
  func check(_ path: ObjectPath, digest: Digest) throws(StorageError) {
    if intact[path] == nil && failures[path] == nil { _ = try bytes(of: path, digest: digest) }
  }

  /// Forgets index objects that nothing live needs, and their blocks.
  func keepIndexes(_ needed: Set<Digest>) {
    indexes = indexes.filter { needed.contains($0.key) }
  }

  func index(_ digest: Digest) throws(StorageError) -> IndexContent? {
    if let index = indexes[digest] { return index.content }
    let path = ObjectPath.index(digest)
    if failures[path] != nil { return nil }
    guard let bytes = try bytes(of: path, digest: digest) else { return nil }
    // Bytes with the signed digest that are no index object were signed so.
    guard let index = try? IndexObject(decoding: bytes), var content = index.content else {
      failures[path] = .badObject
      return nil
    }
    content.isForeign = index.repository != repository
    if content.isForeign {
      failures[path] = .badObject
    } else {
      indexes[digest] = index
    }
    return content
  }

  func snapshot(_ digest: Digest) throws(StorageError) -> SnapshotContent? {
    let path = ObjectPath.snapshot(digest)
    if failures[path] != nil { return nil }
    guard let bytes = try bytes(of: path, digest: digest) else { return nil }
    guard let snapshot = try? SnapshotObject(decoding: bytes), var content = snapshot.content
    else {
      failures[path] = .badObject
      return nil
    }
    content.isForeign = snapshot.repository != repository
    if content.isForeign { failures[path] = .badObject }
    return content
  }
}

extension IndexObject {
  /// What the log needs of it.
  fileprivate var content: IndexContent? {
    var described: [IndexedPack] = []
    described.reserveCapacity(packs.count)
    for pack in packs {
      guard let id = PackID(run: pack.name.run, number: pack.name.number) else { return nil }
      var blocks: [BlockSegment] = []
      for segment in pack.segments.segments {
        guard let range = BlockRange(first: Int(segment.first), count: Int(segment.count)) else {
          return nil
        }
        blocks.append(BlockSegment(run: heads[segment.headIndex].run, range: range))
      }
      described.append(IndexedPack(pack: id, byteCount: Int(pack.byteCount), segments: blocks))
    }
    return IndexContent(set: set, run: run, packs: described)
  }
}

extension SnapshotObject {
  /// What the log needs of it.
  fileprivate var content: SnapshotContent? {
    var needs = NeedList()
    for run in need.runs {
      for range in run.ranges {
        guard let blocks = BlockRange(first: Int(range.first), count: Int(range.count)),
          needs.append(blocks, of: run.run)
        else { return nil }
      }
    }
    return SnapshotContent(set: head.set, run: head.run, needs: needs)
  }
}
