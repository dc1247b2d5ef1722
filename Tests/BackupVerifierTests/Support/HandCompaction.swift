import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupStorage
import EngineTestSupport

/// What an operator does who moves all present blocks of a data set into one pack, and what one does
/// who cheats at it.
struct HandCompaction {
  private let stage: RepositoryStage
  /// Blocks that are left out, by their places among all.
  var dropped: Set<Int> = []
  /// Blocks of which a bit is turned over.
  var altered: Set<Int> = []

  init(_ stage: RepositoryStage) { self.stage = stage }

  /// Copies the blocks and says so; returns the pack and the index object.
  @discardableResult
  func execute(number: UInt8 = 1) throws -> (pack: ObjectPath, index: ObjectPath) {
    let session = try stage.session()
    guard let run = RunID([UInt8](repeating: number, count: 16)),
      let id = PackID(run: run, number: 0)
    else { throw StageError.impossible }
    try session.append(
      [
        Draft(
          .started(
            Predicate.Started(run: run, set: stage.set, purpose: .compaction, continues: [])))
      ], by: stage.host.signer)

    var heads: [RunHead] = []
    var segments = Segments()
    var bytes = [UInt8](PackEnd.packMark.description.utf8)
    var place = 0
    for use in session.logState.packUses(of: stage.set) {
      let pack = try stage.storage.read(key(.pack(use.pack)), limitByteCount: 1 << 30)
      let endByteCount = try PackEnd.byteCount(fromTail: [UInt8](pack.suffix(12)))
      let end = try PackEnd(decoding: [UInt8](pack.suffix(endByteCount)))
      var offset = PackEnd.packMarkByteCount
      var ordinal = 0
      for segment in end.segments.segments {
        let head = end.heads[segment.headIndex]
        for block in segment.first..<segment.first + segment.count {
          let byteCount = Int(end.segments.byteCounts[ordinal])
          var sealed = [UInt8](pack[offset..<offset + byteCount])
          offset += byteCount
          ordinal += 1
          defer { place += 1 }
          if dropped.contains(place) { continue }
          if altered.contains(place) { sealed[byteCount / 2] ^= 1 }
          if !heads.contains(head) { heads.append(head) }
          guard let index = heads.firstIndex(of: head) else { throw StageError.impossible }
          segments.append(
            headIndex: index, number: block, byteCount: UInt32(byteCount),
            digest: Digest(hashing: sealed).bytes.span)
          bytes += sealed
        }
      }
    }
    let end = PackEnd(heads: heads, segments: segments).encode()
    bytes += end
    _ = try stage.storage.put(key(.pack(id)), bytes.span)
    let index = IndexObject(
      repository: stage.id, set: stage.set, run: run, heads: heads,
      packs: [
        IndexObject.Pack(
          name: PackName(run: run, number: 0), byteCount: UInt64(bytes.count),
          endByteCount: UInt32(end.count), endDigest: Digest(hashing: end), segments: segments)
      ]
    ).encode()
    let path = ObjectPath.index(Digest(hashing: index))
    _ = try stage.storage.put(key(path), index.span)
    guard let subject = Subject(path) else { throw StageError.impossible }
    try session.append(
      [
        Draft(
          .compacted(Predicate.Compacted(run: run, set: stage.set)), subjects: [subject])
      ], by: stage.host.signer)
    return (.pack(id), path)
  }
}
