import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("The refresh")
struct RefreshTests {
  private static let retention = BackupPolicy.Retention(
    daily: 5, maximumAgeDays: 20, floor: 1, refreshDays: 10, collectionLagDays: 5)

  @Test func isDueForTheFirstRunOfEachPeriod() throws {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: Self.retention)
    try stage.write("file", [1])
    var refreshed: [Int] = []
    for night in 0..<32 {
      if try stage.passNight().isRefresh { refreshed.append(night) }
    }
    #expect(refreshed == [10, 20, 30])
  }

  @Test func isDueForTheNextRunWhenItsNightWasMissed() throws {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: Self.retention)
    try stage.write("file", [1])
    for _ in 0..<8 { try stage.passNight() }
    stage.clock.advance(days: 5)
    #expect(try stage.passNight().isRefresh)
    #expect(try !stage.passNight().isRefresh)
  }

  @Test func isDueAgainWhenTheRunThatBeganItWasKilled() throws {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: Self.retention)
    try stage.write("file", [1])
    for _ in 0..<10 { try stage.passNight() }
    try stage.startRun()
    stage.clock.advance(days: 1)
    #expect(try stage.reopenAndBackUp().isRefresh)
  }

  @Test func waitsForAClockThatIsBelieved() throws {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: Self.retention)
    try stage.write("file", [1])
    for _ in 0..<8 { try stage.passNight() }
    stage.clock.advance(days: 9)
    stage.clock.now.synchronised = false
    #expect(try !stage.backUp().isRefresh)
    stage.clock.now.synchronised = true
    #expect(try stage.backUp().isRefresh)
  }

  @Test func storesAnewWhatSharesABlockWithSomethingDead() throws {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: Self.retention)
    try stage.writeMany("a", 20, seed: 1)
    try stage.write("large", RepositoryStage.bytes(3 << 20, seed: 2))
    try stage.passNight()
    let first = try #require(try stage.state.liveSnapshots(of: stage.set).last?.needs)
    let before = try blocks(stage)
    // Where chunks are cut, and so who shares a block, depends on a key that is drawn at random.
    let shared = try #require(before["file-3"])
    let neighbours = before.filter { $0.key != "file-3" && !$0.value.isDisjoint(with: shared) }
    #expect(!neighbours.isEmpty)
    try stage.remove("a/file-3")
    for _ in 1..<10 { try stage.passNight() }
    let outcome = try stage.passNight()
    #expect(outcome.isRefresh)
    // The survivors of that block, a piece of the large file maybe among them; not the rest.
    let smallCount = neighbours.keys.count { $0 != "large" }
    #expect(outcome.counters.newByteCount >= UInt64(smallCount * 30_000))
    #expect(outcome.counters.newByteCount < 1_100_000)
    for (name, addresses) in try blocks(stage) {
      #expect(addresses.isDisjoint(with: shared), "\(name)")
      let old = try #require(before[name])
      #expect(addresses.isSuperset(of: old.subtracting(shared)), "\(name)")
    }
    #expect(outcome.counters.alteredFileCount == 0)
    // What the block held is needed by no later snapshot.
    let needs = try #require(try stage.state.liveSnapshots(of: stage.set).last?.needs)
    #expect(first.runs.count { needs.runs.contains($0) } <= 1)
    try stage.expectAllRestore()
  }

  /// The blocks in which each file of the newest snapshot lies.
  private func blocks(_ stage: RepositoryStage) throws -> [String: Set<BlockAddress>] {
    var blocks: [String: Set<BlockAddress>] = [:]
    var cursor = EntryCursor(try stage.open())
    while let (_, entry) = try cursor.next() {
      guard case .file(_, let extents) = entry.content else { continue }
      blocks[String(decoding: entry.name, as: UTF8.self)] = Set(extents.map(\.address))
    }
    return blocks
  }

  @Test func storesNothingAnewWhereNothingDied() throws {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: Self.retention)
    try stage.writeMany("a", 20, seed: 1)
    for _ in 0..<10 { try stage.passNight() }
    let outcome = try stage.passNight()
    #expect(outcome.isRefresh)
    // No more than the page of the folders above, whose times may have changed.
    #expect(outcome.counters.newByteCount < 1 << 10)
  }

  @Test func neverNamesARetiredBlockAgain() throws {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: Self.retention)
    try stage.writeMany("a", 20, seed: 1)
    try stage.passNight()
    try stage.remove("a/file-3")
    for _ in 1..<10 { try stage.passNight() }
    #expect(try stage.passNight().isRefresh)
    let live = try stage.state.liveSnapshots(of: stage.set)
    let old = try #require(live.first?.needs?.runs.first)
    #expect(live.last?.needs?.runs.contains(old) == false)
    // The same bytes come back under another name: they lie in a live block and in the retired one.
    try stage.write("copy", RepositoryStage.bytes(30_000, seed: 1 * 1_000 + 5))
    try stage.write("again", RepositoryStage.bytes(30_000, seed: 1 * 1_000 + 3))
    try stage.passNight()
    #expect(try stage.state.liveSnapshots(of: stage.set).last?.needs?.runs.contains(old) == false)
    try stage.expectAllRestore()
  }

  @Test func seesTheChunksOfManyBlocksInSmallWindows() throws {
    // The same answer, whatever the window; one chunk at a time is the smallest.
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: Self.retention)
    try stage.writeMany("a", 150, seed: 1)
    try stage.passNight()
    for i in stride(from: 0, to: 150, by: 40) { try stage.remove("a/file-\(i)") }
    for _ in 1..<10 { try stage.passNight() }
    let outcome = try stage.passNight()
    #expect(outcome.isRefresh)
    #expect(outcome.counters.newByteCount > 30_000)
    try stage.expectAllRestore()
  }

  @Test func costsTheSmallFilesWhenTheStateWasLost() throws {
    var retention = Self.retention
    retention.refreshDays = 2
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: retention)
    try stage.writeMany("a", 20, seed: 1)
    // Each piece of a large file has a block of its own.
    try stage.write("large", RepositoryStage.bytes(9 << 20, seed: 2))
    for _ in 0..<2 { try stage.passNight() }
    try stage.loseState()
    try stage.reopen()
    let outcome = try stage.passNight()
    #expect(outcome.isRefresh)
    #expect(outcome.counters.newByteCount < 3 << 20)
    try stage.expectAllRestore()
  }

  @Test func isAPureFunctionOfTheLog() throws {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: Self.retention)
    try stage.write("file", [1])
    for _ in 0..<10 { try stage.passNight() }
    let here = RefreshRule.isDue(try stage.state, stage.set, now: stage.clock.now)
    let there = RefreshRule.isDue(
      try stage.otherSession().logState, stage.set, now: stage.clock.now)
    #expect(here)
    #expect(here == there)
  }
}
