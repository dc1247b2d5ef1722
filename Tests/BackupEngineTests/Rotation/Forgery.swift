import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupStorage
import EngineTestSupport
import Testing

/// What an operator could do who wants to alter what he moves, with nothing but his own key.
struct Forgery {
  private let stage: RepositoryStage

  init(_ stage: RepositoryStage) { self.stage = stage }

  /// Moves everything that a compaction moved once more, flipping a bit of the first block, and says so
  /// in a `compacted` of its own whose digests fit.
  ///
  /// - Returns: How many blocks were altered.
  func replaceCompactedBlocks() throws -> Int {
    let session = try stage.session()
    let state = session.logState
    let old = try #require(state.runs.values.first { $0.purpose == .compaction })
    let run = try #require(RunID(try RandomBytes.make(count: 16)))
    try session.append(
      [
        Draft(
          .started(
            Predicate.Started(run: run, set: stage.set, purpose: .compaction, continues: [])))
      ], by: stage.host.signer)
    var subjects: [Subject] = []
    var count = 0
    for name in state.indexes(of: stage.set) {
      guard let index = try session.objects.indexObject(name), index.run == old.id else { continue }
      var packs: [IndexObject.Pack] = []
      for pack in index.packs {
        let key = try #require(StorageKey(pack.name.path))
        var bytes = try stage.storage.read(key, limitByteCount: 64 << 20)
        bytes[PackEnd.packMarkByteCount + 30] ^= 1
        var blocks = Array(bytes[..<(bytes.count - Int(pack.endByteCount))])
        var segments = Segments()
        var offset = PackEnd.packMarkByteCount
        var place = 0
        for segment in pack.segments.segments {
          for i in 0..<Int(segment.count) {
            let byteCount = Int(pack.segments.byteCounts[place])
            segments.append(
              headIndex: segment.headIndex, number: segment.first + UInt32(i),
              byteCount: UInt32(byteCount),
              digest: SHA256.hash(Array(blocks[offset..<offset + byteCount])).span)
            offset += byteCount
            place += 1
          }
        }
        let end = PackEnd(heads: index.heads, segments: segments).encode()
        blocks += end
        let forged = PackName(run: run, number: pack.name.number)
        _ = try stage.storage.put(try #require(StorageKey(forged.path)), blocks.span)
        packs.append(
          IndexObject.Pack(
            name: forged, byteCount: UInt64(blocks.count), endByteCount: UInt32(end.count),
            endDigest: try #require(Digest(SHA256.hash(end))), segments: segments))
        count += 1
      }
      let object = IndexObject(
        repository: stage.id, set: stage.set, run: run, heads: index.heads, packs: packs
      ).encode()
      let digest = try #require(Digest(SHA256.hash(object)))
      _ = try stage.storage.put(
        try #require(StorageKey(ObjectPath.index(digest).text)), object.span)
      subjects.append(Subject(path: .index(digest), digest: digest))
    }
    try session.append(
      [
        Draft(
          .compacted(Predicate.Compacted(run: run, set: stage.set)),
          subjects: subjects.sorted { $0.path < $1.path })
      ], by: stage.host.signer)
    return count
  }
}
