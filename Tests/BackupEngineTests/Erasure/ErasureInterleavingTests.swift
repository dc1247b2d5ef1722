import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("Strict erasure beside other work")
struct ErasureInterleavingTests {
  private static let secret = [UInt8]("the secret of customer 4711".utf8)

  private func stage(_ storage: (any Storage)? = nil) throws -> RepositoryStage {
    let stage = try RepositoryStage(storage: storage)
    for i in 0..<4 {
      try stage.write("k\(i).txt", RepositoryStage.bytes(500, seed: UInt64(i)))
    }
    try stage.write("secret.txt", Self.secret)
    try stage.passNight()
    try stage.write("later.txt", Array("later".utf8))
    try stage.passNight()
    try stage.remove("secret.txt")
    return stage
  }

  /// Every live snapshot restores, and is what the source was, whether it was rewritten or not.
  private func checkSnapshots(_ stage: RepositoryStage, _ label: String) throws {
    for snapshot in try stage.session().logState.liveSnapshots(of: stage.set) {
      let (report, folder) = try stage.restore(
        number: snapshot.number, to: "check-\(label)-\(snapshot.number)")
      #expect(!report.isDamaged && report.failures.isEmpty, "\(label)")
      let contents = try RepositoryStage.contents(of: folder)
      for i in 0..<4 {
        #expect(
          contents["k\(i).txt"] == RepositoryStage.bytes(500, seed: UInt64(i)), "\(label)")
      }
      #expect(contents["secret.txt"] == nil, "\(label)")
    }
  }

  @Test func `a backup that begins while it runs makes it void, and it is tried again`() throws {
    let memory = MemoryStorage()
    let storage = HookedWrites(memory)
    let stage = try stage(storage)
    let request = try stage.requestErasure(["secret.txt"])
    let plan = stage.plan
    let host = stage.host.signer
    let state = stage.folder.path("other-state")
    let (id, clock) = (stage.id, stage.clock)
    // Right before the first snapshot object of the rewriting is stored.
    storage.beforeSnapshot = {
      let session = try RepositorySession(
        storage: memory, id: id, state: try StateFolder(below: state, repository: id),
        clock: { clock.now })
      let backup = try DataSetBackup(session, plan, signer: host)
      try session.append([backup.startStatement], by: host)
      storage.pending = { _ = try backup.execute() }
    }
    #expect {
      try stage.eraseStrictly([request])
    } throws: { error in
      if case EngineError.refused(.runOpen) = error { true } else { false }
    }
    let log = try stage.session().logState
    #expect(log.openRuns(of: stage.set).map(\.purpose) == [.backup])
    #expect(log.liveSnapshots(of: stage.set).allSatisfy { $0.rewrittenAt == nil })
    try storage.pending?()
    try checkSnapshots(stage, "beside")
    #expect(try stage.eraseStrictly([request]).snapshotCount == 3)
    for _ in 0..<3 { try stage.passNight() }
    #expect(try !stage.openEverything().contains(Self.secret))
    try checkSnapshots(stage, "after")
  }

  @Test func `a snapshot that is rotated meanwhile makes it void, and it is tried again`() throws {
    let memory = MemoryStorage()
    let storage = HookedWrites(memory)
    let stage = try stage(storage)
    let request = try stage.requestErasure(["secret.txt"])
    let first = try #require(try stage.session().logState.liveSnapshots(of: stage.set).first)
    let policy = try #require(
      try stage.session().logState.policy(of: stage.set, at: stage.clock.now.unix))
    let host = stage.host.signer
    let (id, clock, set) = (stage.id, stage.clock, stage.set)
    storage.beforeSnapshot = {
      let session = try RepositorySession(
        storage: memory, id: id, state: nil, clock: { clock.now })
      try session.append(
        [
          Draft(
            .rotated(
              Predicate.Rotated(
                set: set, policy: policy.id,
                removed: [.init(number: first.number, reason: .keepRules)])))
        ], by: host)
    }
    #expect(throws: EngineError.self) { try stage.eraseStrictly([request]) }
    #expect(try stage.session().logState.openRuns(of: stage.set).isEmpty)
    let erasure = try #require(try stage.session().logState.openErasures(of: stage.set).first)
    #expect(try ErasureProgress(erasure, in: try stage.session()).rotatedCount == 1)
    #expect(try stage.eraseStrictly([request]).snapshotCount == 1)
    #expect(try !ErasureProgress(erasure, in: try stage.session()).isCollected)
    for _ in 0..<3 { try stage.passNight() }
    #expect(try ErasureProgress(erasure, in: try stage.session()).isCollected)
    #expect(try !stage.openEverything().contains(Self.secret))
    try checkSnapshots(stage, "rotated")
  }

  @Test func `a crash at any change of the store leaves every live snapshot restorable`() throws {
    var changes = 0
    var isThrough = false
    while !isThrough, changes < 200 {
      let storage = FaultyStorage(MemoryStorage(), keepsUndo: true)
      let stage = try stage(storage)
      let request = try stage.requestErasure(["secret.txt"])
      storage.crash(afterChanges: changes)
      do {
        try stage.eraseStrictly([request])
        isThrough = true
      } catch {
        // Where it crashed is what the loop is about.
      }
      try storage.loseUnsynced()
      try stage.reopen()
      try checkSnapshots(stage, "\(changes)")
      // Afterwards it is done to the end, and the next nights collect what the crash left.
      try stage.eraseStrictly([request])
      try checkSnapshots(stage, "\(changes)-again")
      for _ in 0..<3 { try stage.passNight() }
      let everything = try stage.openEverything()
      #expect(!everything.contains(Self.secret), "\(changes)")
      #expect(!everything.contains(Array("secret.txt".utf8)), "\(changes)")
      changes += 1
    }
    #expect(isThrough)
    #expect(changes > 10)
  }
}

/// Does something right before the first snapshot object is stored after it was asked to.
///
/// Unchecked: the test and the engine use it from one thread.
private final class HookedWrites: WrappingStorage, @unchecked Sendable {
  let inner: any Storage
  var beforeSnapshot: (() throws -> Void)?
  var pending: (() throws -> Void)?

  init(_ inner: MemoryStorage) { self.inner = inner }

  func put(_ key: StorageKey, _ bytes: Span<UInt8>) throws(StorageError) -> PutOutcome {
    if key.description.hasPrefix("snapshots/"), let hook = beforeSnapshot {
      beforeSnapshot = nil
      do { try hook() } catch { Issue.record(error) }
    }
    return try inner.put(key, bytes)
  }
}
