public import BackupFormat
public import BackupStorage

/// What an index object says, as far as the log needs it.
public struct IndexContent: Hashable, Sendable {
  /// The data set.
  public var set: SetID
  /// The run that published it.
  public var run: RunID
  /// The packs, in any order.
  public var packs: [IndexedPack]
  /// Whether it is of another repository.
  public var isForeign: Bool

  /// Makes the content of an index object.
  public init(set: SetID, run: RunID, packs: [IndexedPack], isForeign: Bool = false) {
    self.set = set
    self.run = run
    self.packs = packs
    self.isForeign = isForeign
  }
}

/// A pack as an index object describes it.
public struct IndexedPack: Hashable, Sendable {
  /// The pack.
  public var pack: PackID
  /// The size of the pack's file, in bytes.
  public var byteCount: Int
  /// The blocks that lie in it, in the order of the object.
  public var segments: [BlockSegment]

  /// Makes a pack's description.
  public init(pack: PackID, byteCount: Int, segments: [BlockSegment]) {
    self.pack = pack
    self.byteCount = byteCount
    self.segments = segments
  }
}

/// Consecutive blocks of one run in a pack.
public struct BlockSegment: Hashable, Sendable {
  /// The run that sealed the blocks.
  public var run: RunID
  /// The numbers of the blocks.
  public var range: BlockRange

  /// Makes a segment.
  public init(run: RunID, range: BlockRange) {
    self.run = run
    self.range = range
  }
}

/// What a snapshot object says openly.
public struct SnapshotContent: Hashable, Sendable {
  /// The data set of the head.
  public var set: SetID
  /// The run of the head.
  public var run: RunID
  /// The blocks that it needs.
  public var needs: NeedList
  /// Whether it is of another repository.
  public var isForeign: Bool

  /// Makes the content of a snapshot object.
  public init(set: SetID, run: RunID, needs: NeedList, isForeign: Bool = false) {
    self.set = set
    self.run = run
    self.needs = needs
    self.isForeign = isForeign
  }
}

/// Reads the open objects that a log names.
///
/// Nil means that the object is missing, or is not what its digest or the format asks for; a store
/// that can't be asked is an error, so that it is never taken for one that has lost something.
public protocol ObjectSource {
  /// Reads and checks `index/<digest>`.
  func index(_ digest: Digest) throws(StorageError) -> IndexContent?
  /// Reads and checks `snapshots/<digest>`, without its sealed root.
  func snapshot(_ digest: Digest) throws(StorageError) -> SnapshotContent?
}
