import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport

@testable import BackupVerifier

/// A repository of many nights whose blocks hold nothing but zeros: what level L0 is timed with.
///
/// Log, index objects, need lists, pack sizes and pack ends are as they would be; each night seals
/// so many new packs, and needs all blocks of all nights before but one a night, which died.
struct SyntheticRepository {
  let nightCount: Int
  let packsANight: Int
  let blocksAPack: Int
  let blockByteCount: Int
  private let stage: RepositoryStage
  let storage: any Storage
  /// Where packs are written with holes; nil to put them whole.
  private let folder: [UInt8]?
  private var state: LogState
  private let objects: CheckedObjects
  private var needs: [RunID: [SnapshotNeeds.Range]] = [:]

  var id: RepositoryID { stage.id }
  var now: LogTime { stage.clock.now }

  init(
    storage: any Storage, folder: [UInt8]? = nil, nightCount: Int, packsANight: Int,
    blocksAPack: Int, blockByteCount: Int
  ) throws {
    self.nightCount = nightCount
    self.packsANight = packsANight
    self.blocksAPack = blocksAPack
    self.blockByteCount = blockByteCount
    self.storage = storage
    self.folder = folder
    stage = try RepositoryStage(storage: storage)
    state = try Verifier(storage: storage, repository: stage.id).state()
    objects = CheckedObjects(storage: storage, repository: stage.id)
    let digest = Digest(hashing: [UInt8](repeating: 0, count: blockByteCount))
    for night in 0..<nightCount { try pass(night, digest) }
    let checkpoint = try Checkpoint.signed(state.head, of: id, by: stage.host.signer)
    _ = try storage.put(
      key(.checkpoint(size: state.size, key: stage.host.keyID)), checkpoint.bytes.span)
  }

  private mutating func say(_ drafts: [Draft]) throws {
    let bytes = try state.sign(drafts, by: stage.host.signer, time: now)
    _ = try storage.put(key(.log(state.size)), bytes.span)
    let findings = try state.take(bytes, objects: objects)
    guard findings.isEmpty else { throw StageError.impossible }
  }

  private mutating func pass(_ night: Int, _ digest: Digest) throws {
    var generator = SeededGenerator(seed: UInt64(night))
    guard let run = RunID(generator.bytes(16)) else { throw StageError.impossible }
    let head = RunHead(
      run: run, set: stage.set, envelope: generator.bytes(RunHead.envelopeByteCount),
      commitment: Digest(hashing: [1]))
    try say([
      Draft(.started(Predicate.Started(run: run, set: stage.set, purpose: .backup, continues: [])))
    ])
    var packs: [IndexObject.Pack] = []
    for number in 0..<packsANight {
      var segments = Segments()
      for block in 0..<blocksAPack {
        segments.append(
          headIndex: 0, number: UInt32(number * blocksAPack + block),
          byteCount: UInt32(blockByteCount), digest: digest.bytes.span)
      }
      let end = PackEnd(heads: [head], segments: segments).encode()
      let byteCount = 8 + blocksAPack * blockByteCount + end.count
      let name = PackName(run: run, number: UInt32(number))
      try put(name, byteCount: byteCount, end: end)
      packs.append(
        IndexObject.Pack(
          name: name, byteCount: UInt64(byteCount), endByteCount: UInt32(end.count),
          endDigest: Digest(hashing: end), segments: segments))
    }
    let index = IndexObject(
      repository: id, set: stage.set, run: run, heads: [head], packs: packs
    ).encode()
    let total = UInt32(packsANight * blocksAPack)
    // The second block died the night after.
    needs[run] = [.init(first: 0, count: 1), .init(first: 2, count: total - 2)]
    let snapshot = SnapshotObject(
      repository: id, head: head,
      need: SnapshotNeeds(
        runs: needs.sorted { $0.key < $1.key }.map { .init(run: $0.key, ranges: $0.value) }),
      sealedRoot: generator.bytes(80)
    ).encode()
    let named = RepositoryStage.night(now.unix)
    try say([
      Draft(
        .snapshot(
          Predicate.SnapshotTaken(
            run: run, set: stage.set, night: named, readStart: now.unix, readEnd: now.unix + 60,
            closes: [], blocks: Int(total), byteCount: Int(total) * blockByteCount)),
        subjects: [
          try publish(snapshot) { .snapshot($0) }, try publish(index) { .index($0) },
        ]),
      Draft(
        .selfChecked(
          Predicate.SelfChecked(
            run: run, blocks: Int(total), byteCount: Int(total) * blockByteCount,
            opened: Int(total), failed: 0))),
    ])
    try say([
      Draft(.night(Predicate.NightClosed(night: named, code: 0, sets: []))),
      Draft(
        .record(
          Predicate.RecordKept(
            night: named, commitment: Digest(hashing: [2]), until: now.unix + 2_000 * 86_400)),
        subjects: [try publish(generator.bytes(400)) { .record($0) }]),
    ])
    stage.clock.advance(days: 1)
  }

  private func publish(_ bytes: [UInt8], _ path: (Digest) -> ObjectPath) throws -> Subject {
    guard let subject = Subject(path(Digest(hashing: bytes))) else { throw StageError.impossible }
    _ = try storage.put(key(subject.path), bytes.span)
    return subject
  }

  private func put(_ name: PackName, byteCount: Int, end: [UInt8]) throws {
    guard let folder else {
      let bytes =
        [UInt8](PackEnd.packMark.description.utf8)
        + [UInt8](repeating: 0, count: byteCount - 8 - end.count) + end
      guard let key = StorageKey(name.path) else { throw StageError.impossible }
      _ = try storage.put(key, bytes.span)
      return
    }
    let root = try Descriptor.openRootDirectory(folder)
    for part in ["packs", "packs/\(name.run.hex)"] {
      do {
        try FileSystem.makeDirectory(at: root, [UInt8](part.utf8), mode: 0o755)
      } catch {
        guard error.exists else { throw error }
      }
    }
    let file = try Descriptor.createFile(at: root, [UInt8](name.path.utf8), mode: 0o644)
    try file.write([UInt8](PackEnd.packMark.description.utf8).span, at: 0)
    try file.write(end.span, at: UInt64(byteCount - end.count))
  }
}
