import BackupEngine
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupStorage
import BackupTestSupport
import BackupVerifier
import EngineTestSupport
import Testing

@Suite("A copy of a repository")
struct CopyTests {
  private let stage: RepositoryStage

  init() throws {
    stage = try RepositoryStage(storage: MemoryStorage())
    try stage.write("a", RepositoryStage.bytes(300_000, seed: 1))
    try stage.write("b/c", RepositoryStage.bytes(200_000, seed: 2))
    try stage.passNight()
    try stage.write("b/d", RepositoryStage.bytes(100_000, seed: 3))
    try stage.passNight()
    try stage.session().writeCheckpoint(by: stage.host.signer)
  }

  private func findings(_ storage: any Storage) throws -> [Finding] {
    try Verifier(storage: storage, repository: stage.id).check(
      level: .l1(.everything), memory: nil, now: stage.clock.now
    ).findings
  }

  /// Restores the newest snapshot out of a store, without this machine's memory.
  private func restored(_ storage: any Storage, to name: String) throws -> [String: [UInt8]] {
    let session = try stage.openAsStranger(storage)
    let snapshot = try #require(session.logState.liveSnapshots(of: stage.set).last)
    guard case .restorer(let keys)? = try session.openSets(with: stage.owner)[stage.set] else {
      throw EngineError.noKey(.forSet(stage.set))
    }
    let target = stage.folder.path(name)
    let report = try Restore(
      try session.open(snapshot, keys: keys),
      RestoreRequest(target: target, strip: Array(stage.folder.path("source").dropFirst()))
    ).run()
    #expect(!report.isDamaged)
    return try RepositoryStage.contents(of: target)
  }

  @Test func verifiesAndRestores() throws {
    let copy = MemoryStorage()
    let outcome = try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
    #expect(outcome.damaged.isEmpty)
    #expect(try findings(copy).isEmpty)
    #expect(
      try RepositoryStage.objects(of: copy) == RepositoryStage.objects(of: stage.storage))
    #expect(
      try restored(copy, to: "r")
        == RepositoryStage.contents(of: stage.folder.path("source")))
    // Nothing is sent twice, and what is new is sent.
    let again = try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
    #expect(again.copiedCount == 0)
    try stage.write("new", [1])
    try stage.passNight()
    let later = try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
    #expect(later.copiedCount > 0)
    #expect(try findings(copy).isEmpty)
  }

  @Test func goesOnWithTheNewLogWhereARotationDeletedMeanwhile() throws {
    let stage = try RepositoryStage(
      storage: MemoryStorage(), retention: BackupPolicy.Retention(daily: 1, maximumAgeDays: 30))
    func passNight(_ night: Int) throws {
      try stage.write("a", RepositoryStage.bytes(100_000, seed: UInt64(night)))
      try stage.passNight()
    }
    try passNight(0)
    let source = try stage.openAsStranger()
    let size = source.logState.size
    for night in 1...5 { try passNight(night) }
    let copy = MemoryStorage()
    let outcome = try RepositoryCopy(source, to: copy).execute()
    #expect(outcome.damaged.isEmpty)
    #expect(outcome.logSize > size)
    let found = try Verifier(storage: copy, repository: stage.id).check(
      level: .l1(.everything), memory: nil, now: stage.clock.now
    ).findings
    // What nothing needs any more is not copied, which is information.
    #expect(found.allSatisfy { $0.severity == .information })
  }

  /// Whoever may write to a store can put a file of any size under the next number of the log.
  @Test func carriesAnEntryThatIsTooLargeToCount() throws {
    let large = RepositoryStage.bytes(17 << 20, seed: 9)
    let path = ObjectPath.log(try stage.session().logState.size)
    let key = try #require(StorageKey(path.text))
    _ = try stage.storage.put(key, large.span)
    // The log goes on behind it.
    try stage.write("new", [1])
    try stage.passNight()
    let kinds: Set = [Finding.Kind.voidEntry]
    #expect(try Set(findings(stage.storage).map(\.kind)) == kinds)
    let copy = MemoryStorage()
    let outcome = try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
    #expect(outcome.damaged.isEmpty)
    #expect(try outcome.logSize == stage.session().logState.size)
    #expect(
      try RepositoryStage.objects(of: copy) == RepositoryStage.objects(of: stage.storage))
    #expect(
      try restored(copy, to: "r")
        == RepositoryStage.contents(of: stage.folder.path("source")))
    #expect(try RepositoryCopy(try stage.openAsStranger(), to: copy).execute().copiedCount == 0)
    // It is put back where it is missing, since what follows has seen it.
    for damage in EngineTestSupport.Damage.allCases {
      try stage.damage(path, damage)
      #expect(try LogRepair(stage.id, in: stage.storage, from: copy).execute() == [path])
      #expect(try stage.storage.read(key, limitByteCount: 32 << 20) == large)
    }
    // Another one there is another log.
    try RepositoryStage.damage(path, .flipped, in: copy)
    #expect(throws: EngineError.self) {
      try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
    }
  }

  @Test func goesOnWhereverItWasInterrupted() throws {
    let source = try stage.openAsStranger()
    let counted = FaultyStorage(MemoryStorage())
    try _ = RepositoryCopy(source, to: counted).execute()
    let changeCount = counted.changeCount
    #expect(changeCount > 30)
    let whole = try RepositoryStage.objects(of: stage.storage)
    for crash in 0..<changeCount {
      let target = FaultyStorage(MemoryStorage(), keepsUndo: true)
      target.crash(afterChanges: crash)
      #expect(throws: (any Error).self) { try RepositoryCopy(source, to: target).execute() }
      // As after a power failure: what no barrier covered is gone.
      try target.loseUnsynced()
      // The log never names what the copy does not hold.
      if try target.byteCount(of: StorageKey(literal: "log/0000000000000000")) != nil {
        let lost = try findings(target).filter { $0.severity >= .damage }
        #expect(lost.isEmpty, "after \(crash) changes")
      }
      _ = try RepositoryCopy(source, to: target).execute()
      #expect(try RepositoryStage.objects(of: target) == whole, "after \(crash) changes")
    }
  }

  @Test(arguments: EngineTestSupport.Damage.allCases)
  func neverTakesDamageAlong(_ damage: EngineTestSupport.Damage) throws {
    for (path, bytes) in try RepositoryStage.objects(of: stage.storage) {
      switch path {
      case .log, .format: continue
      default: break
      }
      try stage.damage(path, damage)
      let copy = MemoryStorage()
      let outcome = try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
      let key = try #require(StorageKey(path.text))
      #expect(try copy.byteCount(of: key) == nil, "\(path)")
      if case .checkpoint = path, damage == .removed {
        #expect(outcome.damaged.isEmpty)
      } else {
        #expect(outcome.damaged.contains(path), "\(path)")
      }
      try stage.storage.replace(key, with: bytes.span)
    }
  }

  @Test func isNotMadeOfAnotherRepositoryOrAFork() throws {
    let other = try RepositoryStage(storage: MemoryStorage())
    #expect(throws: EngineError.self) {
      try RepositoryCopy(try stage.openAsStranger(), to: other.storage).execute()
    }
    let copy = MemoryStorage()
    _ = try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
    // Somebody wrote to the copy: it is a repository of its own from there on.
    let session = try stage.openAsStranger(copy)
    try session.append(
      [
        Draft(
          .night(
            Predicate.NightClosed(
              night: RepositoryStage.night(stage.clock.now.unix), code: 0, sets: [])))
      ], by: stage.host.signer)
    try stage.passNight()
    #expect(throws: EngineError.self) {
      try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
    }
  }

  @Test func namesWhatItHasInAnotherSize() throws {
    let copy = MemoryStorage()
    _ = try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
    let pack = try #require(try stage.paths("packs").first)
    try RepositoryStage.damage(pack, .halved, in: copy)
    let outcome = try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
    #expect(outcome.differing == [pack])
    // Repair heals the copy from the original, the other way round.
    let healed = try RepositoryRepair(
      try stage.openAsStranger(copy), from: stage.storage
    ).execute()
    #expect(healed.healed == [pack])
    #expect(try findings(copy).isEmpty)
  }
}
