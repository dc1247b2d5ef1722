import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("A night that looks like an attack")
struct FreezeTests {
  private static let fileCount = 300

  /// An office: 300 small texts in three folders, one larger file that is rebuilt, a canary.
  private static func office() throws -> RepositoryStage {
    let stage = try RepositoryStage(
      storage: MemoryStorage(),
      retention: BackupPolicy.Retention(daily: 2, maximumAgeDays: 30, floor: 1))
    for i in 0..<fileCount { try stage.write(name(i), text(i)) }
    try stage.write("database", RepositoryStage.bytes(400_000, seed: 1))
    try stage.write("canary.txt", Array("nobody touches this".utf8))
    stage.plan.canaries = [stage.sourcePath("canary.txt")]
    try stage.passNight()
    try stage.passNight()
    return stage
  }

  private static func name(_ i: Int) -> String { "folder-\(i % 3)/text-\(i)" }

  private static func text(_ i: Int, edition: Int = 0) -> [UInt8] {
    let line = "invoice \(i), edition \(edition): thank you for your order\n"
    return Array(String(repeating: line, count: 40).utf8)
  }

  private static func noise(_ i: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: UInt64(i) + 77)
    return (0..<2_400).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 24) }
  }

  // MARK: Attacks

  @Test func encryptedInPlaceItFreezes() throws {
    let stage = try Self.office()
    for i in 0..<Self.fileCount { try stage.write(Self.name(i), Self.noise(i)) }
    let outcome = try stage.backUp()
    #expect(Set(outcome.alarms) == [.massChange, .noise])
    #expect(outcome.counters.alteredFileCount == UInt64(Self.fileCount))
    #expect(outcome.counters.noiseFileCount == UInt64(Self.fileCount))
    #expect(try stage.state.isFrozen(stage.set))
  }

  @Test func encryptedUnderOtherNamesItFreezes() throws {
    let stage = try Self.office()
    for i in 0..<Self.fileCount {
      try stage.write(Self.name(i) + ".locked", Self.noise(i))
      try stage.remove(Self.name(i))
    }
    let outcome = try stage.backUp()
    #expect(Set(outcome.alarms) == [.massDeletion, .noise])
    #expect(try stage.state.isFrozen(stage.set))
  }

  @Test func deletedItFreezes() throws {
    let stage = try Self.office()
    for i in 0..<Self.fileCount where i % 3 > 0 { try stage.remove(Self.name(i)) }
    let outcome = try stage.backUp()
    #expect(outcome.alarms == [.massDeletion])
    #expect(outcome.counters.goneFileCount == 200)
    #expect(try stage.state.isFrozen(stage.set))
  }

  @Test func withAnAlteredCanaryItFreezes() throws {
    let stage = try Self.office()
    try stage.write("canary.txt", Array("nobody touches that".utf8))
    #expect(try stage.backUp().alarms == [.canary])
    #expect(try stage.state.isFrozen(stage.set))
    // Once the owner has thawed it, the canary is what it is now.
    try stage.say(.thaw(Predicate.Thaw(set: stage.set)), by: stage.owner)
    #expect(try stage.backUp().alarms.isEmpty)
  }

  @Test func withAMissingCanaryItFreezesEveryNight() throws {
    let stage = try Self.office()
    try stage.remove("canary.txt")
    #expect(try stage.backUp().alarms == [.canary])
    try stage.say(.thaw(Predicate.Thaw(set: stage.set)), by: stage.owner)
    #expect(try stage.backUp().alarms == [.canary])
    #expect(try stage.state.isFrozen(stage.set))
  }

  // MARK: Ordinary nights

  @Test func busyItDoesNotFreeze() throws {
    let stage = try Self.office()
    // A tenth is edited, a folder with a third of the files is moved, the database is rebuilt.
    for i in 0..<30 { try stage.write(Self.name(i), Self.text(i, edition: 2)) }
    for i in stride(from: 2, to: Self.fileCount, by: 3) {
      let bytes = i < 30 ? Self.text(i, edition: 2) : Self.text(i)
      try stage.write("archive/text-\(i)", bytes)
      try stage.remove(Self.name(i))
    }
    try stage.write("database", RepositoryStage.bytes(500_000, seed: 2))
    let outcome = try stage.backUp()
    #expect(outcome.alarms.isEmpty)
    #expect(outcome.counters.movedFileCount >= 90)
    #expect(try !stage.state.isFrozen(stage.set))
  }

  @Test func movedOnTheNightOfARefreshItDoesNotFreeze() throws {
    let stage = try Self.office()
    stage.clock.advance(days: 30)
    for i in stride(from: 2, to: Self.fileCount, by: 3) {
      try stage.write("archive/text-\(i)", Self.text(i))
      try stage.remove(Self.name(i))
    }
    let outcome = try stage.backUp()
    #expect(outcome.isRefresh)
    #expect(outcome.alarms.isEmpty)
  }

  @Test func theFirstNightDoesNotFreeze() throws {
    let stage = try Self.office()
    #expect(try stage.state.freezes.isEmpty)
    try stage.loseState()
    try stage.reopen()
    // Without a memory there is nothing to compare with.
    for i in 0..<Self.fileCount { try stage.write(Self.name(i), Self.noise(i)) }
    let outcome = try stage.backUp()
    #expect(outcome.counters.formerFileCount == 0)
    #expect(outcome.alarms.isEmpty)
  }

  // MARK: What a freeze means

  @Test func frozenItIsBackedUpAndNothingOfItIsRemoved() throws {
    let stage = try Self.office()
    try stage.passNight()
    try stage.passNight()
    for i in 0..<Self.fileCount { try stage.write(Self.name(i), Self.noise(i)) }
    try stage.passNight()
    let live = try stage.liveNumbers.count
    let packs = try stage.packCount
    for _ in 0..<4 {
      try stage.backUp()
      let outcome = try stage.rotate()
      #expect(outcome.frozenSets == [stage.set])
      #expect(
        outcome.rotatedCount + outcome.condemnedCount + outcome.deletedCount
          + outcome.compactedPackCount == 0)
      try stage.closeNight()
      stage.clock.advance(days: 1)
    }
    #expect(try stage.liveNumbers.count == live + 4)
    #expect(try stage.packCount >= packs)
    // The evidence stands once in the log, whatever the next nights look like.
    #expect(try stage.state.incidents.count == 1)
    try stage.expectAllRestore()
  }

  @Test func onlyTheOwnerThaws() throws {
    let stage = try Self.office()
    try stage.freeze()
    #expect(throws: EngineError.self) {
      try stage.say(.thaw(Predicate.Thaw(set: stage.set)), by: stage.host)
    }
    #expect(try stage.state.isFrozen(stage.set))
    try stage.say(.thaw(Predicate.Thaw(set: stage.set)), by: stage.owner)
    #expect(try !stage.state.isFrozen(stage.set))
  }

  @Test func theSnapshotOfThatNightIsNoFloor() throws {
    let stage = try Self.office()
    for i in 0..<Self.fileCount { try stage.write(Self.name(i), Self.noise(i)) }
    let outcome = try stage.backUp()
    let reasons = try stage.reasons()
    #expect(reasons["\(outcome.number)"] == .frozen)
    let before = try #require(try stage.liveNumbers.dropLast().last)
    #expect(reasons["\(before)"] == .floor(rank: 1))
  }
}
