public import BackupFormat
public import BackupStorage

/// Reads the open objects that a log names out of a store, each checked against its digest.
public struct StoredObjectSource: ObjectSource {
  private let storage: any Storage
  private let repository: RepositoryID

  /// Reads from `storage`.
  public init(storage: any Storage, repository: RepositoryID) {
    self.storage = storage
    self.repository = repository
  }

  /// The bytes of an object whose name is its digest; nil if it is missing or damaged.
  ///
  /// - Throws: What the store can't answer for, such as a broken connection.
  public func bytes(
    of path: ObjectPath, limitByteCount: Int
  ) throws(StorageError) -> [UInt8]? {
    guard let key = StorageKey(path.text), let digest = path.digest else { return nil }
    let bytes: [UInt8]
    do {
      bytes = try storage.read(key, limitByteCount: limitByteCount)
    } catch {
      switch error {
      case .notFound, .tooLarge, .truncated, .notAnObject, .inputOutput(_, _, _?): return nil
      default: throw error
      }
    }
    return Digest(hashing: bytes) == digest ? bytes : nil
  }

  // Below, what is not of the format is damaged, so the error of the decoder is nothing more.

  /// Reads and checks an index object; nil if it is missing, damaged or of another repository.
  public func indexObject(_ digest: Digest) throws(StorageError) -> IndexObject? {
    guard let index = try anyIndexObject(digest), index.repository == repository else {
      return nil
    }
    return index
  }

  private func anyIndexObject(_ digest: Digest) throws(StorageError) -> IndexObject? {
    guard let bytes = try bytes(of: .index(digest), limitByteCount: Limits.indexByteCount) else {
      return nil
    }
    guard let index = try? IndexObject(decoding: bytes), index.hasTrueEnds else { return nil }
    return index
  }

  /// Reads and checks a snapshot object; nil if it is missing, damaged or of another repository.
  public func snapshotObject(_ digest: Digest) throws(StorageError) -> SnapshotObject? {
    guard let snapshot = try anySnapshotObject(digest), snapshot.repository == repository else {
      return nil
    }
    return snapshot
  }

  private func anySnapshotObject(_ digest: Digest) throws(StorageError) -> SnapshotObject? {
    guard
      let bytes = try bytes(of: .snapshot(digest), limitByteCount: Limits.snapshotByteCount)
    else { return nil }
    return try? SnapshotObject(decoding: bytes)
  }

  /// The run that an object of `index/`, `snapshots/` or `chunks/` says it is of; nil if it is missing, damaged or
  /// of another repository.
  ///
  /// A run writes these before its last word: a crash in between leaves them behind, named by no entry.
  public func run(of path: ObjectPath) throws(StorageError) -> RunID? {
    switch path {
    case .index(let digest): return try indexObject(digest)?.run
    case .snapshot(let digest): return try snapshotObject(digest)?.head.run
    case .chunks:
      guard let bytes = try bytes(of: path, limitByteCount: Limits.indexByteCount) else {
        return nil
      }
      var reader = ByteReader(bytes)
      guard let front = try? ChunkList.Front(from: &reader), front.repository == repository else {
        return nil
      }
      return front.run
    default: return nil
    }
  }

  /// What an index object says of packs.
  public func index(_ digest: Digest) throws(StorageError) -> IndexContent? {
    guard let index = try anyIndexObject(digest) else { return nil }
    var packs: [IndexedPack] = []
    packs.reserveCapacity(index.packs.count)
    for pack in index.packs {
      guard let id = PackID(run: pack.name.run, number: pack.name.number) else { return nil }
      var segments: [BlockSegment] = []
      for segment in pack.segments.segments {
        guard let range = BlockRange(first: Int(segment.first), count: Int(segment.count)) else {
          return nil
        }
        segments.append(BlockSegment(run: index.heads[segment.headIndex].run, range: range))
      }
      packs.append(IndexedPack(pack: id, byteCount: Int(pack.byteCount), segments: segments))
    }
    return IndexContent(
      set: index.set, run: index.run, packs: packs, isForeign: index.repository != repository)
  }

  /// What a snapshot object says openly.
  public func snapshot(_ digest: Digest) throws(StorageError) -> SnapshotContent? {
    guard let snapshot = try anySnapshotObject(digest) else { return nil }
    var needs = NeedList()
    for run in snapshot.need.runs {
      for range in run.ranges {
        guard let blocks = BlockRange(first: Int(range.first), count: Int(range.count)),
          needs.append(blocks, of: run.run)
        else { return nil }
      }
    }
    return SnapshotContent(
      set: snapshot.head.set, run: snapshot.head.run, needs: needs,
      isForeign: snapshot.repository != repository)
  }
}

extension IndexObject {
  /// Whether the hash of each pack's end is that of the end which follows from this object.
  public var hasTrueEnds: Bool {
    packs.allSatisfy { Digest(hashing: end(of: $0)) == $0.endDigest }
  }
}
