import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("Restoring around damage")
struct RestoringAroundDamageTests {
  private let stage: RepositoryStage

  init() throws {
    stage = try RepositoryStage(storage: MemoryStorage())
    for i in 0..<6 {
      try stage.write("d\(i)/f", RepositoryStage.bytes(900_000, seed: UInt64(i)))
    }
    try stage.write("large", RepositoryStage.bytes(10 << 20, seed: 77))
    stage.plan.workerCount = 1
    try stage.passNight()
  }

  private var source: [String: [UInt8]] {
    get throws { try RepositoryStage.contents(of: stage.folder.path("source")) }
  }

  /// Restores the newest snapshot as a stranger, and checks that nothing but what is reported as
  /// lost differs.
  private func checkRestore(_ storage: (any Storage)? = nil, to name: String) throws
    -> RestoreReport
  {
    let session = try stage.openAsStranger(storage)
    let snapshot = try #require(session.logState.liveSnapshots(of: stage.set).last)
    guard case .restorer(let keys)? = try session.openSets(with: stage.owner)[stage.set] else {
      throw EngineError.noKey(.forSet(stage.set))
    }
    let target = stage.folder.path(name)
    let prefix = String(decoding: stage.folder.path("source"), as: UTF8.self).dropFirst() + "/"
    let report = try Restore(
      try session.open(snapshot, keys: keys),
      RestoreRequest(target: target, strip: Array(prefix.dropLast().utf8))
    ).run()
    let restored = try RepositoryStage.contents(of: target)
    var lost: [String: [Range<Int>]] = [:]
    for range in report.lost {
      let path = String(String(decoding: range.path, as: UTF8.self).dropFirst(prefix.count))
      lost[path, default: []].append(
        Int(range.offset)..<Int(range.offset + range.byteCount))
    }
    for (path, bytes) in try source {
      guard report.lostPages.isEmpty || restored[path] != nil else { continue }
      let found = try #require(restored[path], "\(path)")
      try #require(found.count == bytes.count, "\(path)")
      var offset = 0
      for range in (lost[path] ?? []).sorted(by: { $0.lowerBound < $1.lowerBound }) {
        #expect(found[offset..<range.lowerBound] == bytes[offset..<range.lowerBound], "\(path)")
        #expect(found[range].allSatisfy { $0 == 0 }, "\(path): lost bytes are zeros")
        offset = range.upperBound
      }
      #expect(found[offset...] == bytes[offset...], "\(path)")
    }
    return report
  }

  @Test func losesExactlyTheFilesOfADamagedBlock() throws {
    let pack = try #require(try stage.paths("packs").first)
    let key = try #require(StorageKey(pack.text))
    var bytes = try stage.storage.read(key, limitByteCount: 1 << 30)
    bytes[1_000] ^= 1
    try stage.storage.replace(key, with: bytes.span)
    let report = try checkRestore(to: "r")
    #expect(report.isDamaged)
    #expect(!report.lost.isEmpty)
    #expect(Set(report.lost.map(\.path)).count <= 2)
    #expect(report.lost.reduce(0) { $0 + $1.byteCount } <= 4 << 20)
  }

  @Test(arguments: Damage.allCases)
  func goesOnWithoutAPack(_ damage: Damage) throws {
    for (i, pack) in try stage.paths("packs").enumerated() {
      let key = try #require(StorageKey(pack.text))
      let bytes = try stage.storage.read(key, limitByteCount: 1 << 30)
      try stage.damage(pack, damage)
      let report = try checkRestore(to: "r\(i)")
      // The end of a pack is not needed while its index object is there.
      let end = try PackEnd.byteCount(fromTail: [UInt8](bytes.suffix(PackEnd.tailByteCount)))
      let hitsBlocks = damage == .removed || bytes.count / 2 < bytes.count - end
      #expect(report.isDamaged == hitsBlocks, "\(report)")
      try stage.storage.replace(key, with: bytes.span)
    }
  }

  @Test(arguments: ["index", "chunks", "checkpoints"], Damage.allCases)
  func losesNothingWithout(_ kind: String, _ damage: Damage) throws {
    try stage.session().writeCheckpoint(by: stage.host.signer)
    for path in try stage.paths(kind) { try stage.damage(path, damage) }
    let report = try checkRestore(to: "r")
    #expect(!report.isDamaged, "\(report.lost) \(report.lostPages)")
  }

  @Test(arguments: Damage.allCases)
  func namesASnapshotObjectThatIsDamagedAndRestoresTheOthers(_ damage: Damage) throws {
    try stage.write("new", [1])
    let second = try stage.passNight()
    try stage.damage(.snapshot(second.snapshot), damage)
    let session = try stage.openAsStranger()
    let live = session.logState.liveSnapshots(of: stage.set)
    guard case .restorer(let keys)? = try session.openSets(with: stage.owner)[stage.set] else {
      throw EngineError.noKey(.forSet(stage.set))
    }
    do {
      _ = try session.open(try #require(live.last), keys: keys)
      Issue.record("opened")
    } catch EngineError.object(let path, _) {
      #expect(path == ObjectPath.snapshot(second.snapshot).text)
    }
    let report = try Restore(
      try session.open(try #require(live.first), keys: keys),
      RestoreRequest(target: stage.folder.path("r"))
    ).run()
    #expect(!report.isDamaged)
  }

  @Test(arguments: Damage.allCases)
  func namesTheKeysThatAreDamaged(_ damage: Damage) throws {
    let path = ObjectPath.key(set: stage.set, key: stage.owner.keyID)
    try stage.damage(path, damage)
    do {
      _ = try stage.openAsStranger().openSets(with: stage.owner)
      Issue.record("opened")
    } catch EngineError.object(let found, _) {
      #expect(found == path.text)
    }
    // Who needs them not, is not hindered.
    try stage.passNight()
  }

  @Test func goesOnPastABadPlaceOfTheMedium() throws {
    let pack = try #require(try stage.paths("packs").first)
    let key = try #require(StorageKey(pack.text))
    let storage = BadPlace(stage.storage, key, at: 200_000..<200_512)
    let report = try checkRestore(storage, to: "r")
    #expect(report.isDamaged)
    #expect(report.lost.reduce(0) { $0 + $1.byteCount } <= 4 << 20)
  }
}

/// A store whose medium fails at one place of one object.
private final class BadPlace: WrappingStorage {
  let inner: any Storage
  private let key: StorageKey
  private let place: Range<UInt64>
  private let error: StorageError

  init(_ inner: any Storage, _ key: StorageKey, at place: Range<UInt64>) {
    self.inner = inner
    self.key = key
    self.place = place
    error = .inputOutput(call: "pread", code: 5, key)
  }

  func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    if key == self.key { throw error }
    return try inner.read(key, limitByteCount: limitByteCount)
  }
  func read(
    _ key: StorageKey, at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    if key == self.key, place.overlaps(offset..<offset + UInt64(bytes.count)) { throw error }
    try inner.read(key, at: offset, into: &bytes)
  }
}
