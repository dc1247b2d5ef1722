internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// Reads the objects that the log names, and notes what is wrong with each.
///
/// Nothing is kept of an index object but its digest; who needs its blocks reads it again. It
/// belongs to one thread.
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
      case .notFound: note(path, .missing)
      case .tooLarge, .truncated: note(path, .wrongDigest)
      default: note(path, .storage(error))
      }
      return nil
    }
    guard Digest(hashing: bytes) == digest else {
      note(path, .wrongDigest)
      return nil
    }
    intact[path] = bytes.count
    return bytes
  }

  /// Checks an object that was not read yet.
  func check(_ path: ObjectPath, digest: Digest) throws(StorageError) {
    if intact[path] == nil && failures[path] == nil { _ = try bytes(of: path, digest: digest) }
  }

  func index(_ digest: Digest) throws(StorageError) -> IndexContent? {
    guard isWorthReading(.index(digest)), let index = try wholeIndex(digest) else { return nil }
    guard var content = index.content else {
      note(.index(digest), .badObject)
      return nil
    }
    content.isForeign = index.repository != repository
    if content.isForeign { note(.index(digest), .badObject) }
    return content
  }

  /// Reads an index object; nil, and a failure is noted, if it is not as it was signed.
  ///
  /// Memory: 36 bytes for each block that it lists.
  func wholeIndex(_ digest: Digest) throws(StorageError) -> IndexObject? {
    let path = ObjectPath.index(digest)
    guard let bytes = try bytes(of: path, digest: digest) else { return nil }
    // Bytes with the signed digest that are no index object were signed so.
    guard let index = try? IndexObject(decoding: bytes) else {
      note(path, .badObject)
      return nil
    }
    return index
  }

  func snapshot(_ digest: Digest) throws(StorageError) -> SnapshotContent? {
    let path = ObjectPath.snapshot(digest)
    guard isWorthReading(path), let bytes = try bytes(of: path, digest: digest) else { return nil }
    guard let snapshot = try? SnapshotObject(decoding: bytes), var content = snapshot.content
    else {
      note(path, .badObject)
      return nil
    }
    content.isForeign = snapshot.repository != repository
    if content.isForeign { note(path, .badObject) }
    return content
  }

  /// Whether reading an object again could tell more than that it failed: one of another
  /// repository is bad, and its content judges the statement that names it, however often.
  private func isWorthReading(_ path: ObjectPath) -> Bool {
    failures[path].map { $0 == .badObject } ?? true
  }

  private func note(_ path: ObjectPath, _ failure: Failure) {
    failures[path] = failure
    intact[path] = nil
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
