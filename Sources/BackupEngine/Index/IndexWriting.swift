import BackupFormat

/// A pack that is to be named by an index object, with the heads of its own end.
struct NamedPack {
  var name: PackName
  var byteCount: UInt64
  var endByteCount: UInt32
  var endDigest: Digest
  /// Head indices point into ``heads``.
  var segments: Segments
  var heads: [RunHead]
}

/// Makes index objects out of packs, always the same bytes of the same packs: so an index object
/// that was lost can be made again from the ends of its packs.
enum IndexWriting {
  /// The index objects that a run publishes for its packs.
  ///
  /// Packs are sorted by name; an object is closed when it holds ``EngineLimits/listByteCount``; heads
  /// stand in the order in which the packs first use them.
  static func objects(
    _ packs: [NamedPack], repository: RepositoryID, set: SetID, run: RunID
  ) -> [IndexObject] {
    var objects: [IndexObject] = []
    var heads: [RunHead] = []
    var places: [RunID: Int] = [:]
    var entries: [IndexObject.Pack] = []
    var byteCount = 0
    func flush() {
      guard !entries.isEmpty else { return }
      objects.append(
        IndexObject(repository: repository, set: set, run: run, heads: heads, packs: entries))
      heads = []
      places = [:]
      entries = []
      byteCount = 0
    }
    for pack in packs.sorted(by: { $0.name < $1.name }) {
      if byteCount > EngineLimits.listByteCount || heads.count + pack.heads.count > Limits.headCount
      {
        flush()
      }
      let indices = pack.heads.map { head in
        if let place = places[head.run] { return place }
        places[head.run] = heads.count
        heads.append(head)
        return heads.count - 1
      }
      entries.append(
        IndexObject.Pack(
          name: pack.name, byteCount: pack.byteCount, endByteCount: pack.endByteCount,
          endDigest: pack.endDigest, segments: pack.segments.movingHeads { indices[$0] }))
      byteCount += pack.segments.blockCount * 36 + 256
    }
    flush()
    return objects
  }
}
