import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupStorage
import BackupTestSupport
import BackupVerifier
import EngineTestSupport
import Testing

@Suite("Compaction without a key")
struct CompactionTests {
  private static let retention = BackupPolicy.Retention(
    daily: 2, maximumAgeDays: 10, floor: 1, refreshDays: 3_000, collectionLagDays: 5)

  /// A repository whose first pack holds blocks of files that are gone and of files that stay.
  private static func stage() throws -> RepositoryStage {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: retention)
    try stage.writeMany("stays", 20, seed: 1)
    try stage.writeMany("goes", 40, seed: 2)
    try stage.write("stays/large", RepositoryStage.bytes(2 << 20, seed: 3))
    try stage.passNight()
    for i in 0..<40 { try stage.remove("goes/file-\(i)") }
    return stage
  }

  private func check(_ stage: RepositoryStage) throws -> VerificationReport {
    try Verifier(storage: stage.storage, repository: stage.id).check(
      level: .l1(.everything), memory: nil, now: stage.clock.now)
  }

  @Test func waitsForTheLagAndNoLonger() throws {
    let stage = try Self.stage()
    var compactedOn: [Int] = []
    for night in 1...12 {
      try stage.backUp()
      if try stage.rotate().compactedPackCount > 0 { compactedOn.append(night) }
      try stage.closeNight()
      stage.clock.advance(days: 1)
    }
    // Two nights are kept, so the first snapshot goes with night 2. What is copied on night 6 and
    // condemned then is deleted on night 7, when its blocks have been dead for five days.
    #expect(compactedOn == [6])
    #expect(try stage.state.oldestDeadBlock(of: stage.set) == nil)
    try stage.expectAllRestore()
    #expect(try check(stage).findings.isEmpty)
  }

  @Test func isDoneByAnOperatorOnAnotherMachine() throws {
    let stage = try Self.stage()
    let before = try stage.packByteCount
    let operatorKey = try stage.appointOperator()
    for _ in 1...10 {
      try stage.backUp()
      _ = try Rotation(
        try stage.otherSession(), signer: operatorKey.signer, isDamageFound: false
      ).execute()
      try stage.closeNight()
      stage.clock.advance(days: 1)
    }
    let state = try stage.state
    let runs = state.runs.values.filter { $0.purpose == .compaction }
    #expect(runs.map(\.signer) == [operatorKey.keyID])
    #expect(try stage.packByteCount < before - 300_000)
    try stage.expectAllRestore()
    #expect(try check(stage).findings.isEmpty)
  }

  @Test func isRestoredAfterASecondCompaction() throws {
    let stage = try Self.stage()
    for _ in 1...10 { try stage.passNight() }
    try stage.remove("stays/large")
    try stage.passNight()
    for _ in 1...10 { try stage.passNight() }
    let state = try stage.state
    #expect(state.runs.values.count { $0.purpose == .compaction } == 2)
    #expect(state.oldestDeadBlock(of: stage.set) == nil)
    try stage.expectAllRestore()
    #expect(try check(stage).findings.isEmpty)
  }

  @Test func findsTheBlockThatAnOperatorAltered() throws {
    let stage = try Self.stage()
    for _ in 1...10 { try stage.passNight() }
    // What the operator writes is consistent in itself: pack end and index object say what it copied.
    let forged = try Forgery(stage).replaceCompactedBlocks()
    #expect(forged > 0)
    let kinds = Set(try check(stage).findings.map(\.kind))
    #expect(kinds == [.conflictingIndexes])
  }

  @Test func findsTheBlockThatAnOperatorDropped() throws {
    let stage = try Self.stage()
    for _ in 1...10 { try stage.passNight() }
    let compacted = try #require(
      try stage.state.runs.values.first { $0.purpose == .compaction })
    for object in try stage.storage.list("packs/\(compacted.id.hex)").objects {
      try stage.storage.remove(object.key)
    }
    let kinds = Set(try check(stage).findings.map(\.kind))
    #expect(kinds == [.missingObject])
  }

  @Test func keepsTheHashesThatTheWriterSigned() throws {
    let stage = try Self.stage()
    let first = try #require(try stage.state.liveSnapshots(of: stage.set).first).indexes
    for _ in 1...14 { try stage.passNight() }
    let state = try stage.state
    #expect(Set(first).isSubset(of: state.indexes(of: stage.set)))
    #expect(state.unvouchedBlocks(of: stage.set).isEmpty)
    // An operator may say that they are condemned; the verifier then says that nobody vouches.
    try stage.say(
      .condemned(Predicate.Removal(objects: first.map { .index($0) }.sorted(), packs: [])),
      by: stage.host)
    // A backup would need them again, and so pardon them.
    try stage.closeNight()
    stage.clock.advance(days: 1)
    #expect(try stage.rotate().deletedObjectCount >= first.count)
    let kinds = Set(try check(stage).findings.map(\.kind))
    #expect(kinds == [.unvouchedBlocks])
  }

  @Test func leavesAndReportsABlockThatIsNotAsItWasSigned() throws {
    let stage = try Self.stage()
    let pack = try #require(
      try stage.storage.list("packs").objects.max { $0.byteCount < $1.byteCount })
    var bytes = try stage.storage.read(pack.key, limitByteCount: 64 << 20)
    for i in 0..<bytes.count where i % 4_096 == 100 { bytes[i] ^= 1 }
    for _ in 1...4 { try stage.passNight() }
    try stage.storage.replace(pack.key, with: bytes.span)
    stage.clock.advance(days: 1)
    try stage.backUp()
    let outcome = try stage.rotate()
    #expect(outcome.damagedBlockCount > 0)
    #expect(try !stage.state.damagedBlocks.isEmpty)
    #expect(try stage.storage.byteCount(of: pack.key) != nil)
    // The next nights store again what still exists, and do not try to move what can't be.
    try stage.closeNight()
    stage.clock.advance(days: 1)
    try stage.passNight()
    #expect(try stage.rotate().damagedBlockCount == 0)
    let (report, folder) = try stage.restore()
    #expect(!report.isDamaged)
    #expect(
      try RepositoryStage.contents(of: folder)
        == RepositoryStage.contents(of: stage.folder.path("source")))
  }

  @Test func stopsBeforeTheReserveIsTouched() throws {
    let inner = MemoryStorage()
    let storage = SmallStorage(inner)
    let stage = try RepositoryStage(storage: storage, retention: Self.retention)
    try stage.writeMany("stays", 20, seed: 1)
    try stage.writeMany("goes", 40, seed: 2)
    try stage.passNight()
    for i in 0..<40 { try stage.remove("goes/file-\(i)") }
    for _ in 1...5 { try stage.passNight() }
    try stage.backUp()
    storage.free = 256 << 20
    let outcome = try stage.rotate()
    #expect(outcome.isCompactionStoppedBySpace)
    #expect(outcome.compactedPackCount == 0)
    #expect(try stage.state.openRuns(of: stage.set).isEmpty)
    storage.free = nil
    #expect(try stage.rotate().compactedPackCount > 0)
  }
}
