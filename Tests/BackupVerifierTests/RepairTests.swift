import BackupEngine
import BackupKeys
import BackupLog
import BackupObjects
import BackupStorage
import BackupTestSupport
import BackupVerifier
import EngineTestSupport
import Testing

@Suite("Repair from a copy")
struct RepairTests {
  private let stage: RepositoryStage
  private let copy = MemoryStorage()
  private let whole: [ObjectPath: [UInt8]]

  init() throws {
    stage = try RepositoryStage(storage: MemoryStorage())
    try stage.write("a", RepositoryStage.bytes(300_000, seed: 1))
    try stage.passNight()
    try stage.write("b", RepositoryStage.bytes(100_000, seed: 3))
    try stage.passNight()
    _ = try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
    whole = try RepositoryStage.objects(of: stage.storage)
  }

  /// Both parts of a repair, as the command does them.
  private func repair(from copy: any Storage) throws -> RepairOutcome {
    let front = try LogRepair(stage.id, in: stage.storage, from: copy).execute()
    var outcome = try RepositoryRepair(try stage.openAsStranger(), from: copy).execute()
    outcome.healed = front + outcome.healed
    return outcome
  }

  @Test(arguments: EngineTestSupport.Damage.allCases)
  func healsEveryObject(_ damage: EngineTestSupport.Damage) throws {
    #expect(whole.count > 15)
    for path in whole.keys.sorted() {
      try stage.damage(path, damage)
      let outcome = try repair(from: copy)
      #expect(outcome.healed == [path], "\(path)")
      #expect(outcome.lost.isEmpty, "\(path)")
      #expect(try RepositoryStage.objects(of: stage.storage) == whole, "\(path)")
    }
  }

  @Test func healsEverythingAtOnce() throws {
    for (i, path) in whole.keys.sorted().enumerated() {
      try stage.damage(path, EngineTestSupport.Damage.allCases[i % 3])
    }
    let outcome = try repair(from: copy)
    #expect(outcome.healed.count == whole.count)
    #expect(try RepositoryStage.objects(of: stage.storage) == whole)
    let report = try Verifier(storage: stage.storage, repository: stage.id).check(
      level: .l1(.everything), memory: nil, now: stage.clock.now)
    #expect(report.findings.isEmpty)
  }

  @Test func goesOnWhereverItWasInterrupted() throws {
    let damaged = whole.keys.filter { if case .log(0) = $0 { false } else { true } }.sorted()
    var crash = 0
    while true {
      for (i, path) in damaged.enumerated() {
        try stage.damage(path, EngineTestSupport.Damage.allCases[i % 3])
      }
      let faulty = FaultyStorage(stage.storage, keepsUndo: true)
      faulty.crash(afterChanges: crash)
      do {
        _ = try LogRepair(stage.id, in: faulty, from: copy).execute()
        _ = try RepositoryRepair(try stage.openAsStranger(faulty), from: copy).execute()
        break
      } catch {
        try faulty.loseUnsynced()
      }
      _ = try repair(from: copy)
      #expect(try RepositoryStage.objects(of: stage.storage) == whole, "after \(crash) changes")
      crash += 1
    }
    #expect(crash > 15)
  }

  @Test(arguments: EngineTestSupport.Damage.allCases)
  func neverPutsDamagedBytesInThePlaceOfAnything(_ damage: EngineTestSupport.Damage) throws {
    for path in whole.keys where path != .log(0) {
      try RepositoryStage.damage(path, damage, in: copy)
    }
    // Ours is whole: nothing of the copy is taken.
    #expect(try repair(from: copy).healed.isEmpty)
    #expect(try RepositoryStage.objects(of: stage.storage) == whole)
    // Ours is damaged otherwise than the copy: it stays as it is, and is told to be lost.
    let paths = whole.keys.sorted().filter {
      switch $0 {
      case .log, .format, .checkpoint, .index, .snapshot: false
      default: true
      }
    }
    for path in paths { try stage.damage(path, damage == .halved ? .flipped : .halved) }
    let before = try RepositoryStage.objects(of: stage.storage)
    let outcome = try repair(from: copy)
    #expect(outcome.healed.isEmpty)
    #expect(outcome.lost == paths)
    #expect(try RepositoryStage.objects(of: stage.storage) == before)
  }

  @Test func healsABadPlaceOfTheMedium() throws {
    let pack = try #require(try stage.paths("packs").first)
    let key = try #require(StorageKey(pack.text))
    let faulty = FaultyStorage(stage.storage)
    let session = try stage.openAsStranger(faulty)
    faulty.fail(.readRange, of: key, with: .inputOutput(call: "pread", code: 5, key))
    let outcome = try RepositoryRepair(session, from: copy).execute()
    #expect(outcome.healed == [pack])
  }

  @Test func refusesACopyOfAnotherRepositoryAndAFork() throws {
    let other = try RepositoryStage(storage: MemoryStorage())
    #expect(throws: EngineError.self) { try repair(from: other.storage) }
    // Both logs go on, and both are right: no repair decides between them.
    let night = Draft(
      .night(
        Predicate.NightClosed(
          night: RepositoryStage.night(stage.clock.now.unix), code: 0, sets: [])))
    try stage.openAsStranger(copy).append([night], by: stage.host.signer)
    try stage.openAsStranger().append([night], by: stage.host.signer)
    let before = try RepositoryStage.objects(of: stage.storage)
    #expect(throws: EngineError.self) { try repair(from: copy) }
    #expect(try RepositoryStage.objects(of: stage.storage) == before)
  }

  @Test func putsBackTheEndOfALogThatWasCutOff() throws {
    let size = try stage.session().logState.size
    for number in size - 3..<size { try stage.damage(.log(number), .removed) }
    // The host knows that the log was longer, and does nothing.
    #expect(throws: EngineError.self) { try stage.reopen() }
    #expect(try repair(from: copy).healed.count == 3)
    try stage.reopen()
    try stage.passNight()
  }
}

@Suite("Repair without a copy")
struct IndexRebuildTests {
  @Test(arguments: EngineTestSupport.Damage.allCases)
  func makesLostIndexObjectsAgain(_ damage: EngineTestSupport.Damage) throws {
    let stage = try RepositoryStage(storage: MemoryStorage())
    for night in 0..<3 {
      try stage.write("f\(night)", RepositoryStage.bytes(100_000, seed: UInt64(night)))
      try stage.passNight()
    }
    let whole = try RepositoryStage.objects(of: stage.storage)
    let indexes = try stage.paths("index")
    #expect(indexes.count == 3)
    for path in indexes { try stage.damage(path, damage) }
    let outcome = try RepositoryRepair(try stage.openAsStranger()).execute()
    #expect(outcome.healed.sorted() == indexes)
    #expect(outcome.lost.isEmpty)
    #expect(try RepositoryStage.objects(of: stage.storage) == whole)
  }

  @Test func makesTheIndexOfAContinuedRunAgain() throws {
    let stage = try RepositoryStage(storage: MemoryStorage())
    // Two packs become whole before the run breaks off.
    try stage.write("a", RepositoryStage.bytes(150 << 20, seed: 9))
    stage.plan.workerCount = 1
    stage.plan.compression = .zstd(level: 1)
    stage.plan.liveSources = [
      .command(
        CommandSource(
          arguments: [Array("/bin/false".utf8)], path: Array("/zzz/dump".utf8), timeLimitSeconds: 9)
      )
    ]
    #expect(throws: EngineError.self) { try stage.backUp() }
    stage.plan.liveSources = []
    let outcome = try stage.backUp()
    #expect(outcome.adoptedBlockCount > 0)
    let whole = try RepositoryStage.objects(of: stage.storage)
    for path in try stage.paths("index") { try stage.damage(path, .removed) }
    #expect(try RepositoryRepair(try stage.openAsStranger()).execute().lost.isEmpty)
    #expect(try RepositoryStage.objects(of: stage.storage) == whole)
  }

  @Test func doesNotMakeAnIndexOfDamagedEnds() throws {
    let stage = try RepositoryStage(storage: MemoryStorage())
    try stage.write("f", RepositoryStage.bytes(100_000, seed: 5))
    try stage.passNight()
    let index = try #require(try stage.paths("index").first)
    let pack = try #require(try stage.paths("packs").first)
    try stage.damage(index, .removed)
    let key = try #require(StorageKey(pack.text))
    var bytes = try stage.storage.read(key, limitByteCount: 1 << 30)
    bytes[bytes.count - 40] ^= 1
    try stage.storage.replace(key, with: bytes.span)
    let outcome = try RepositoryRepair(try stage.openAsStranger()).execute()
    #expect(outcome.healed.isEmpty)
    #expect(outcome.lost.contains(index))
  }
}
