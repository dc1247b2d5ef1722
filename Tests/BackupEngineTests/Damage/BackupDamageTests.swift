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

@Suite("Backing up and rotating around damage")
struct BackupDamageTests {
  private let stage: RepositoryStage

  init() throws {
    stage = try RepositoryStage(storage: MemoryStorage())
    try stage.write("a/one", RepositoryStage.bytes(200_000, seed: 1))
    try stage.write("a/two", RepositoryStage.bytes(300_000, seed: 2))
  }

  /// Forgets everything that the host remembers.
  private func loseState() throws {
    let outcome = try ChildProcess(
      arguments: ["rm", "-rf", "--"].map { Array($0.utf8) } + [stage.folder.path("state")]
    ).run()
    try #require(outcome.isSuccess)
    try stage.reopen()
  }

  private func checkRestore() throws {
    let (report, folder) = try stage.restore()
    #expect(!report.isDamaged)
    #expect(
      try RepositoryStage.contents(of: folder)
        == RepositoryStage.contents(of: stage.folder.path("source")))
  }

  /// Says that blocks are damaged, as a verification does that found them so.
  private func report(_ blocks: [Predicate.RunRange]) throws {
    try stage.session().append(
      [Draft(.damaged(Predicate.Damaged(blocks: blocks, objects: [])))], by: stage.host.signer)
  }

  @Test func storesAgainWhatIsReportedAsDamaged() throws {
    let first = try stage.passNight()
    let snapshot = try #require(try stage.session().logState.liveSnapshots.first)
    let needs = try #require(snapshot.needs)
    // Every block of the first night, pages of the catalogue too, is damaged, and gone.
    try report(
      needs.blocks(at: 0).map { Predicate.RunRange(run: needs.runs[0], range: $0) })
    for pack in try stage.paths("packs") { try stage.damage(pack, .removed) }
    let second = try stage.passNight()
    // But for a byte or two of the times in a page.
    #expect(second.counters.newByteCount + 64 >= first.counters.newByteCount)
    try checkRestore()
    // And once is enough.
    let third = try stage.passNight()
    // No more than the page of the folders above, whose times may have changed.
    #expect(third.counters.newByteCount < 1 << 10)
  }

  @Test func storesAgainOnlyWhatShareABlockWithTheDamage() throws {
    stage.plan.workerCount = 1
    try stage.write("large", RepositoryStage.bytes(9 << 20, seed: 3))
    try stage.passNight()
    let snapshot = try #require(try stage.session().logState.liveSnapshots.first)
    let needs = try #require(snapshot.needs)
    let range = try #require(BlockRange(first: 3, count: 1))
    try report([Predicate.RunRange(run: needs.runs[0], range: range)])
    let second = try stage.passNight()
    #expect(second.counters.newByteCount > 0)
    #expect(second.counters.newByteCount < 5 << 20)
    #expect(try stage.session().logState.liveSnapshots.last?.needs?.runs.count == 2)
    try checkRestore()
  }

  @Test(arguments: Damage.allCases)
  func countsALostChunkListAsEmptyAndReportsIt(_ damage: Damage) throws {
    try stage.passNight()
    let lists = try stage.paths("chunks")
    for path in lists { try stage.damage(path, damage) }
    // With its own index the host does not ask for them.
    #expect(try stage.passNight().lostChunkLists.isEmpty)
    try loseState()
    let third = try stage.passNight()
    #expect(third.lostChunkLists.map { .chunks($0) } == lists)
    #expect(third.counters.newByteCount > 400_000)
    try checkRestore()
  }

  @Test(arguments: Damage.allCases)
  func goesOnWithoutAnIndexObjectAndDeletesNothing(_ damage: Damage) throws {
    for _ in 0..<12 { try stage.passNight() }
    for path in try stage.paths("index") { try stage.damage(path, damage) }
    try loseState()
    #expect(try stage.session().isDamaged)
    let before = try RepositoryStage.objects(of: stage.storage)
    try stage.backUp()
    let outcome = try stage.rotate()
    #expect(outcome.isStoppedByDamage)
    #expect(outcome.rotatedCount == 0 && outcome.condemnedCount == 0)
    #expect(outcome.deletedCount == 0)
    let after = try RepositoryStage.objects(of: stage.storage)
    #expect(before.allSatisfy { after[$0.key] == $0.value })
    try checkRestore()
  }

  @Test func deletesNothingInARunThatFoundDamage() throws {
    for night in 0..<14 {
      try stage.write("f", RepositoryStage.bytes(50_000, seed: UInt64(night)))
      try stage.backUp()
      try stage.closeNight()
      stage.clock.advance(days: 1)
    }
    let session = try stage.session()
    let size = session.logState.size
    let outcome = try Rotation(session, signer: stage.host.signer, isDamageFound: true).execute()
    #expect(outcome.isStoppedByDamage)
    #expect(try stage.session().logState.size == size)
    // It is due: a run that finds nothing wrong does it.
    #expect(try stage.rotate().rotatedCount > 0)
  }
}
