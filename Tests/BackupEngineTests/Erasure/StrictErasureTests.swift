import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("Strict erasure")
struct StrictErasureTests {
  /// Marks that stand nowhere but in the erased file and its name.
  private static let secret = [UInt8]("the secret of customer 4711, written nowhere else".utf8)
  private static let name = "werkorder_12-ABC-3_Jansen.pdf"

  private func stage() throws -> RepositoryStage {
    let stage = try RepositoryStage()
    for i in 0..<40 {
      try stage.write("klanten/k\(i).txt", RepositoryStage.bytes(2_000, seed: UInt64(i)))
    }
    try stage.write("klanten/\(Self.name)", Self.secret)
    try stage.write("groot.bin", RepositoryStage.bytes(300_000, seed: 77))
    return stage
  }

  private func source(_ stage: RepositoryStage) throws -> [String: [UInt8]] {
    try RepositoryStage.contents(of: stage.folder.path("source"))
  }

  private func checkDeeply(_ stage: RepositoryStage) throws {
    let deep = try DeepCheck(try stage.session(), keys: try stage.ownerKeys()).execute()
    #expect(deep.damaged.isEmpty)
    #expect(deep.badSnapshots.isEmpty)
    #expect(deep.uncomparedCount == 0)
  }

  @Test func `no byte of the content or its name is left once it is collected`() throws {
    let stage = try stage()
    try stage.passNight()
    try stage.write("klanten/later.txt", Array("later".utf8))
    try stage.passNight()
    try stage.remove("klanten/\(Self.name)")
    try stage.passNight()
    let before = try stage.openEverything()
    #expect(before.contains(Self.secret))
    #expect(before.contains(Array(Self.name.utf8)))
    let chunkID = HMACSHA256.authenticate(
      Self.secret.span, key: try stage.ownerKeys().secret.chunkIDKey)
    #expect(before.chunkIDs.contains(chunkID))
    let numbers = try stage.session().logState.liveSnapshots(of: stage.set).map(\.number)

    let request = try stage.requestErasure(["klanten/\(Self.name)"])
    let outcome = try stage.eraseStrictly([request])
    #expect(outcome.snapshotCount == 3)
    let erasure = try #require(try stage.session().logState.openErasures(of: stage.set).first)
    #expect(try !ErasureProgress(erasure, in: try stage.session()).isCollected)
    #expect(try stage.openEverything().contains(Self.secret))

    for _ in 0..<3 { try stage.passNight() }
    let after = try stage.openEverything()
    #expect(!after.contains(Self.secret))
    #expect(!after.contains(Array(Self.name.utf8)))
    #expect(!after.chunkIDs.contains(chunkID))
    #expect(try ErasureProgress(erasure, in: try stage.session()).isCollected)
    #expect(try ErasureProgress(erasure, in: try stage.reopen()).isCollected)

    let live = try stage.session().logState.liveSnapshots(of: stage.set)
    #expect(live.prefix(3).map(\.number) == numbers)
    try checkDeeply(stage)
    var expected = try source(stage)
    for number in live.dropFirst().map(\.number) {
      let (report, folder) = try stage.restore(number: number, to: "r\(number)")
      #expect(!report.isDamaged)
      #expect(report.withheldCount == 0)
      #expect(try RepositoryStage.contents(of: folder) == expected)
    }
    expected["klanten/later.txt"] = nil
    let (_, folder) = try stage.restore(number: numbers[0], to: "first")
    #expect(try RepositoryStage.contents(of: folder) == expected)
  }

  @Test func `the next night reads all, stores nothing anew, and uses no old block`() throws {
    let stage = try stage()
    try stage.passNight()
    try stage.remove("klanten/\(Self.name)")
    let request = try stage.requestErasure(["klanten/\(Self.name)"])
    try stage.eraseStrictly([request])
    let night = try stage.passNight()
    #expect(night.counters.readByteCount >= 300_000)
    #expect(night.counters.fileCount == 41)
    // Only the page of the catalogue, whose folder's time has changed.
    #expect(night.counters.newByteCount < 1 << 16)
    try checkDeeply(stage)
    let (report, folder) = try stage.restore()
    #expect(!report.isDamaged)
    #expect(try RepositoryStage.contents(of: folder) == source(stage))
    #expect(try stage.passNight().counters.newByteCount < 1 << 16)
    for _ in 0..<3 { try stage.passNight() }
    // The erased bytes are not known to the host any more: it stores them anew when they return.
    try stage.write("weer.pdf", Self.secret)
    #expect(try stage.passNight().counters.newByteCount > 0)
    #expect(try stage.openEverything().contains(Self.secret))
  }

  @Test func `the same bytes under another name stay`() throws {
    let stage = try stage()
    try stage.write("kopie.pdf", Self.secret)
    try stage.passNight()
    let request = try stage.requestErasure(["klanten/\(Self.name)"])
    try stage.eraseStrictly([request])
    for _ in 0..<3 { try stage.passNight() }
    let everything = try stage.openEverything()
    #expect(everything.contains(Self.secret))
    let first = try #require(try stage.session().logState.liveSnapshots(of: stage.set).first)
    let (_, folder) = try stage.restore(number: first.number)
    let contents = try RepositoryStage.contents(of: folder)
    #expect(contents["kopie.pdf"] == Self.secret)
    #expect(contents["klanten/\(Self.name)"] == nil)
    try checkDeeply(stage)
  }

  @Test func `a file whose first name goes lives on under its other names`() throws {
    let stage = try stage()
    for name in ["zz-een", "zz-twee"] {
      try FileSystem.link(
        at: stage.folder.descriptor, Array("source/klanten/\(Self.name)".utf8),
        to: stage.folder.descriptor, Array("source/\(name)".utf8))
    }
    // The first name in the order of the catalogue is the one in the upper folder.
    try stage.passNight()
    let request = try stage.requestErasure(["zz-een"])
    try stage.eraseStrictly([request])
    for _ in 0..<3 { try stage.passNight() }
    #expect(try !stage.session().logState.liveSnapshots(of: stage.set).isEmpty)
    let first = try #require(try stage.session().logState.liveSnapshots(of: stage.set).first)
    let (report, folder) = try stage.restore(number: first.number)
    #expect(!report.isDamaged)
    let contents = try RepositoryStage.contents(of: folder)
    #expect(contents["zz-een"] == nil)
    #expect(contents["zz-twee"] == Self.secret)
    #expect(contents["klanten/\(Self.name)"] == Self.secret)
    try checkDeeply(stage)
  }

  @Test func `everything may go: the snapshot stays, and is empty`() throws {
    let stage = try stage()
    let night = try stage.passNight()
    let request = try stage.requestErasure(patterns: ["*"])
    try stage.eraseStrictly([request])
    let (report, folder) = try stage.restore(number: night.number)
    #expect(!report.isDamaged)
    #expect(try RepositoryStage.contents(of: folder).isEmpty)
    try checkDeeply(stage)
  }

  @Test func `a snapshot from after the cut-off keeps its file of that name`() throws {
    let stage = try stage()
    let first = try stage.passNight()
    let cutOff = stage.clock.now.unix
    stage.clock.advance(hours: 1)
    let second = try stage.passNight()
    let request = try stage.requestErasure(["klanten/\(Self.name)"], cutOff: cutOff)
    try stage.eraseStrictly([request])
    let old = try RepositoryStage.contents(
      of: try stage.restore(number: first.number, to: "old").folder)
    let new = try RepositoryStage.contents(
      of: try stage.restore(number: second.number, to: "new").folder)
    #expect(old["klanten/\(Self.name)"] == nil)
    #expect(new["klanten/\(Self.name)"] == Self.secret)
    try checkDeeply(stage)
  }

  @Test func `it is refused while another run of the set is open`() throws {
    let stage = try stage()
    try stage.passNight()
    let request = try stage.requestErasure(["klanten/\(Self.name)"])
    let session = try stage.session()
    let backup = try DataSetBackup(session, stage.plan, signer: stage.host.signer)
    try session.append([backup.startStatement], by: stage.host.signer)
    #expect {
      try stage.eraseStrictly([request])
    } throws: { error in
      if case EngineError.refused(.runOpen(backup.run)) = error { true } else { false }
    }
    _ = try backup.execute()
    #expect(try stage.eraseStrictly([request]).snapshotCount == 2)
  }

  @Test func `what older snapshots left dead in packs that live goes too`() throws {
    let stage = try RepositoryStage(
      retention: .init(last: 1, maximumAgeDays: 30, floor: 0))
    try stage.write("a.txt", RepositoryStage.bytes(5_000, seed: 3))
    try stage.write(Self.name, Self.secret)
    try stage.passNight()
    try stage.remove(Self.name)
    for _ in 0..<4 { try stage.passNight() }
    #expect(try stage.session().logState.liveSnapshots(of: stage.set).count == 1)
    #expect(try stage.openEverything().contains(Self.secret))
    let request = try stage.requestErasure([Self.name])
    try stage.eraseStrictly([request])
    for _ in 0..<3 { try stage.passNight() }
    #expect(try !stage.openEverything().contains(Self.secret))
    try checkDeeply(stage)
  }
}
