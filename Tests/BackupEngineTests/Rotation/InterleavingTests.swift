import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupStorage
import BackupSystem
import BackupTestSupport
import BackupVerifier
import EngineTestSupport
import Synchronization
import Testing

@testable import BackupEngine

/// A number that closures on other threads add to.
private final class Counter: Sendable {
  // Guards the number.
  private let number = Mutex(0)
  var value: Int { number.withLock { $0 } }
  func add(_ count: Int) { number.withLock { $0 += count } }
}

/// What may happen at once, and what the order of the log makes of it.
@Suite("Interleavings")
struct InterleavingTests {
  private static let retention = BackupPolicy.Retention(
    daily: 2, maximumAgeDays: 60, floor: 1, refreshDays: 3_000, collectionLagDays: 5)

  private func expectSound(
    _ stage: RepositoryStage, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let report = try Verifier(storage: stage.storage, repository: stage.id).check(
      level: .l1(.everything), memory: nil, now: stage.clock.now)
    #expect(report.findings.isEmpty, sourceLocation: sourceLocation)
  }

  /// A stage whose storage calls back when a pack is whole.
  private func hookedStage() throws -> (stage: RepositoryStage, storage: SmallStorage) {
    let storage = SmallStorage(MemoryStorage())
    let stage = try RepositoryStage(storage: storage, retention: Self.retention)
    return (stage, storage)
  }

  /// A whole evening of an operator on another machine: rotation, and the night's end.
  private func operate(
    _ storage: any Storage, _ id: RepositoryID, _ clock: StageClock, _ key: KeyPair
  ) throws -> RotationOutcome {
    let session = try RepositorySession(
      storage: storage, id: id, state: nil, clock: { clock.now })
    let outcome = try Rotation(session, signer: key.signer, isDamageFound: false).execute()
    try session.append(
      [
        Draft(
          .night(
            Predicate.NightClosed(
              night: RepositoryStage.night(clock.now.unix), code: 0, sets: [])))
      ], by: key.signer)
    return outcome
  }

  /// The same where a failure is told by what is missing afterwards.
  private func operateIfPossible(
    _ storage: any Storage, _ id: RepositoryID, _ clock: StageClock, _ key: KeyPair
  ) -> RotationOutcome {
    do { return try operate(storage, id, clock, key) } catch { return RotationOutcome() }
  }

  // MARK: Rotation beside rotation

  /// While the first set's statement loses its race, another rotates the second.
  @Test func aRotationSaysNothingOfASetThatAnotherRotatedMeanwhile() throws {
    let storage = OvertakenStorage()
    let stage = try RepositoryStage(
      storage: storage, retention: BackupPolicy.Retention(daily: 1, maximumAgeDays: 30, floor: 1))
    let operatorKey = try stage.appointOperator()
    let session = try stage.session()
    let made = try RepositoryOwner.makeDataSet(
      NewDataSet(
        name: "second", retention: BackupPolicy.Retention(daily: 1, maximumAgeDays: 30, floor: 1),
        protection: .none, deduplication: .normal),
      in: session, restorers: [stage.owner.publicKey], writers: [stage.host.publicKey],
      effective: stage.clock.now.unix)
    try session.append(
      made.drafts + [
        RepositoryOwner.grant(
          stage.host.publicKey, [.writer, .operator], sets: [stage.set, made.set].sorted())
      ], by: stage.owner.signer)
    guard case .writer(let secret) = try stage.session().openSets(with: stage.host)[made.set] else {
      throw EngineError.noKey(.forSet(made.set))
    }
    let first = stage.plan.secret
    for night in 0..<4 {
      try stage.write("file", RepositoryStage.bytes(900, seed: UInt64(night)))
      for secret in [first, secret] {
        stage.plan.secret = secret
        try stage.backUp()
      }
      try stage.closeNight()
      stage.clock.advance(days: 1)
    }
    let (id, clock) = (stage.id, stage.clock)
    guard let second = [stage.set, made.set].max() else { return }
    let removed = Counter()
    storage.beforePutting("log/") {
      let other = try RepositorySession(
        storage: storage.inner, id: id, state: nil, clock: { clock.now })
      try other.append(
        [
          Draft(
            .night(
              Predicate.NightClosed(
                night: RepositoryStage.night(clock.now.unix), code: 0, sets: [])))
        ], by: operatorKey.signer)
      let plans = Rotation.plan(other.logState, now: clock.now, isDamageFound: false)
      guard let plan = plans.first(where: { $0.set == second }), let policy = plan.policy else {
        return
      }
      removed.add(plan.removed.count)
      try other.append(
        [
          Draft(
            .rotated(
              Predicate.Rotated(set: second, policy: policy.id, removed: plan.removed)))
        ], by: operatorKey.signer)
    }
    let outcome = try stage.rotate()
    // As many of the first set; of the second another has said it all.
    #expect(removed.value > 0)
    #expect(outcome.rotatedCount == removed.value)
    try expectSound(stage)
  }

  // MARK: Backup beside rotation

  @Test func aTenDayUploadBesideRotation() throws {
    let (stage, storage) = try hookedStage()
    let operatorKey = try stage.appointOperator()
    try stage.writeMany("a", 40, seed: 1)
    for _ in 0..<3 { try stage.passNight() }
    try stage.writeMany("b", 40, seed: 2)
    try stage.writeMany("a", 10, seed: 3)
    let (id, clock) = (stage.id, stage.clock)
    let failures = Counter()
    let abandoned = Counter()
    storage.onFinish { _ in
      // Each pack takes half a week, in which an operator rotates and gives up silent runs.
      clock.advance(days: 3, hours: 12)
      let outcome = operateIfPossible(storage, id, clock, operatorKey)
      abandoned.add(outcome.abandonedRunCount)
      failures.add(outcome.decisions.isEmpty ? 1 : 0)
    }
    let start = clock.now.unix
    let outcome = try stage.backUp()
    storage.onFinish(nil)
    #expect(failures.value == 0)
    #expect(abandoned.value == 0)
    #expect(clock.now.unix - start >= 10 * 86_400)
    #expect(try stage.liveNumbers.last == outcome.number)
    try stage.expectAllRestore()
    try expectSound(stage)
  }

  @Test func aRunWhoseBlocksWereDeletedMeanwhileIsContinuedByAnother() throws {
    let (stage, storage) = try hookedStage()
    try stage.writeMany("a", 10, seed: 1)
    try stage.backUp()
    stage.clock.advance(days: 1)
    for i in 0..<10 { try stage.remove("a/file-\(i)") }
    try stage.writeMany("b", 10, seed: 2)
    for _ in 0..<2 {
      try stage.backUp()
      stage.clock.advance(days: 1)
    }
    // The first night still lives when the run begins, and what it holds comes back.
    try stage.writeMany("c", 10, seed: 1)
    try stage.writeMany("d", 10, seed: 4)
    let (id, clock, key) = (stage.id, stage.clock, stage.host)
    let deleted = Counter()
    storage.onFinish { _ in
      for _ in 0..<2 {
        let count = operateIfPossible(storage, id, clock, key).deletedPackCount
        deleted.add(count)
        clock.advance(days: 1)
      }
      storage.onFinish(nil)
    }
    stage.plan.night = RepositoryStage.night(clock.now.unix)
    let outcome = try DataSetBackup.perform(
      try stage.session(), stage.plan, signer: stage.host.signer, lockWaitSeconds: 1)
    #expect(deleted.value > 0)
    #expect(outcome.adoptedBlockCount > 0)
    #expect(try stage.liveNumbers.last == outcome.number)
    // The run that failed is closed with the one that continued it; the chunk list that it could
    // not name any more is collected.
    #expect(try stage.state.openRuns(of: stage.set).isEmpty)
    for _ in 0..<2 {
      try stage.rotate()
      try stage.closeNight()
      stage.clock.advance(days: 1)
    }
    try stage.rotate()
    try stage.expectAllRestore()
    try expectSound(stage)
  }

  @Test func aKilledAndContinuedRunBesideAnImpatientOperator() throws {
    let faulty = FaultyStorage(MemoryStorage())
    let stage = try RepositoryStage(storage: faulty, retention: Self.retention)
    let operatorKey = try stage.appointOperator()
    try stage.writeMany("a", 40, seed: 1)
    try stage.passNight()
    try stage.writeMany("b", 40, seed: 2)
    let killed = try stage.killRun { faulty.fail(.barrier, with: FaultyStorage.crashError) }
    let packs = try stage.packCount
    stage.clock.advance(days: 3)
    #expect(throws: EngineError.self, "three days are too soon") {
      try stage.say(.abandoned(Predicate.Abandoned(run: killed)), by: operatorKey)
    }
    #expect(
      throws: EngineError.self, "packs of an open run are never touched"
    ) {
      try stage.say(.condemned(stage.removal(ofPacksOf: killed)), by: operatorKey)
    }
    #expect(try operate(faulty, stage.id, stage.clock, operatorKey).condemnedCount == 0)
    // Another process of the host continues it; the operator is no more welcome than before.
    try stage.reopen()
    let next = try DataSetBackup(
      try stage.session(), stage.plan, signer: stage.host.signer, lockWaitSeconds: 1)
    try stage.session().append([next.startStatement], by: stage.host.signer)
    stage.clock.advance(days: 5)
    #expect(throws: EngineError.self, "the new run was heard of five days ago") {
      try stage.say(.abandoned(Predicate.Abandoned(run: next.run)), by: operatorKey)
    }
    #expect(throws: EngineError.self, "packs of the run that it continues are held too") {
      try stage.say(.condemned(stage.removal(ofPacksOf: killed)), by: operatorKey)
    }
    let outcome = try next.execute()
    #expect(outcome.adoptedBlockCount > 0)
    #expect(outcome.counters.newByteCount < 100_000)
    #expect(try stage.packCount <= packs + 1)
    try stage.expectAllRestore()
    try expectSound(stage)
  }

  @Test func aRunSilentForSevenDaysIsGivenUpAndCollected() throws {
    let faulty = FaultyStorage(MemoryStorage())
    let stage = try RepositoryStage(storage: faulty, retention: Self.retention)
    let operatorKey = try stage.appointOperator()
    try stage.writeMany("a", 40, seed: 1)
    try stage.passNight()
    let packs = try stage.packCount
    try stage.writeMany("b", 40, seed: 2)
    _ = try stage.killRun { faulty.fail(.barrier, with: FaultyStorage.crashError) }
    stage.clock.advance(days: 7)
    let outcome = try operate(faulty, stage.id, stage.clock, operatorKey)
    #expect(outcome.abandonedRunCount == 1)
    #expect(outcome.condemnedCount > 0)
    stage.clock.advance(days: 1)
    _ = try operate(faulty, stage.id, stage.clock, operatorKey)
    #expect(try stage.packCount == packs)
    try expectSound(stage)
  }

  // MARK: Two operators

  /// A repository in which a pack has been due for compaction since tonight.
  private func dueStage(_ storage: any Storage) throws -> RepositoryStage {
    let stage = try RepositoryStage(storage: storage, retention: Self.retention)
    try stage.writeMany("stays", 40, seed: 1)
    try stage.writeMany("goes", 40, seed: 2)
    try stage.passNight()
    for i in 0..<40 { try stage.remove("goes/file-\(i)") }
    for _ in 1...5 { try stage.passNight() }
    try stage.backUp()
    return stage
  }

  @Test func twoCompactionsOfOnePack() throws {
    let storage = SmallStorage(MemoryStorage())
    let stage = try dueStage(storage)
    let first = try stage.appointOperator()
    let second = try stage.appointOperator()
    let (id, clock) = (stage.id, stage.clock)
    let other = Counter()
    storage.onFinish { _ in
      storage.onFinish(nil)
      let count = operateIfPossible(storage, id, clock, second).compactedPackCount
      other.add(count)
    }
    let mine = try operate(storage, id, clock, first)
    #expect(mine.compactedPackCount > 0)
    #expect(other.value == mine.compactedPackCount)
    let compactions = try stage.state.runs.values.filter { $0.purpose == .compaction }
    #expect(compactions.count == 2)
    #expect(compactions.allSatisfy { !$0.isOpen })
    // Each block lies in both; one of the copies goes again.
    clock.advance(days: 1)
    for _ in 0..<3 {
      _ = try operate(storage, id, clock, first)
      clock.advance(days: 1)
    }
    try stage.expectAllRestore()
    try expectSound(stage)
    #expect(try stage.state.oldestDeadBlock(of: stage.set) == nil)
  }

  // MARK: Erasure beside compaction

  /// Asks for a file of a pack that is due for compaction to be erased.
  private func requestErasure(_ stage: RepositoryStage) throws -> ErasureRequest {
    let request = try stage.requestErasure(["stays/file-3"])
    try stage.remove("stays/file-3")
    return request
  }

  private func expectErased(_ stage: RepositoryStage) throws {
    for _ in 0..<4 { try stage.passNight() }
    let erased = RepositoryStage.bytes(30_000, seed: 1_003)
    #expect(try !stage.openEverything().contains(erased))
    try stage.expectAllRestore()
    try expectSound(stage)
  }

  @Test func aStrictErasureBesideACompaction() throws {
    let storage = SmallStorage(MemoryStorage())
    let stage = try dueStage(storage)
    let operatorKey = try stage.appointOperator()
    let request = try requestErasure(stage)
    let (id, clock) = (stage.id, stage.clock)
    let compacted = Counter()
    storage.onFinish { _ in
      // The rewriting has stored its first pack: now an operator empties the packs that it reads.
      storage.onFinish(nil)
      compacted.add(operateIfPossible(storage, id, clock, operatorKey).compactedPackCount)
    }
    let first = Result { try stage.eraseStrictly([request]) }
    #expect(compacted.value > 0)
    if case .failure(let error) = first {
      // The same evening let a snapshot go that was to be rewritten.
      guard case EngineError.log(.wouldBeVoid) = error else { throw error }
      try stage.eraseStrictly([request])
    }
    #expect(try stage.state.openRuns(of: stage.set).isEmpty)
    try expectErased(stage)
  }

  @Test func aCompactionBesideAStrictErasure() throws {
    let storage = SmallStorage(MemoryStorage())
    let stage = try dueStage(storage)
    let operatorKey = try stage.appointOperator()
    let request = try requestErasure(stage)
    let (id, clock, owner) = (stage.id, stage.clock, stage.owner)
    let keys = try stage.ownerKeys()
    let refused = Counter()
    storage.onFinish { _ in
      // The compaction is open: a rewriting beside it would be void, and is refused before it begins.
      storage.onFinish(nil)
      do {
        let session = try RepositorySession(
          storage: storage, id: id, state: nil, clock: { clock.now })
        _ = try StrictErasure(session, keys: keys, signer: owner.signer).execute([request])
      } catch EngineError.refused(.runOpen) {
        refused.add(1)
      } catch {
        Issue.record(error)
      }
    }
    #expect(try operate(storage, id, clock, operatorKey).compactedPackCount > 0)
    #expect(refused.value == 1)
    #expect(try !stage.state.runs.values.contains { $0.purpose == .rewrite })
    try stage.eraseStrictly([request])
    clock.advance(days: 1)
    try expectErased(stage)
  }

  @Test func aClonedMachineWithTheSameKeyCompacts() throws {
    let storage = SmallStorage(MemoryStorage())
    let stage = try dueStage(storage)
    let (id, clock, key) = (stage.id, stage.clock, stage.host)
    let other = Counter()
    storage.onFinish { _ in
      storage.onFinish(nil)
      let count = operateIfPossible(storage, id, clock, key).compactedPackCount
      other.add(count)
    }
    let mine = try operate(storage, id, clock, key)
    // The clone takes the run over; the first sees that it is no longer its own, and leaves it.
    #expect(other.value > 0)
    #expect(mine.compactedPackCount == 0)
    #expect(try stage.state.openRuns(of: stage.set).isEmpty)
    clock.advance(days: 1)
    for _ in 0..<3 {
      _ = try operate(storage, id, clock, key)
      clock.advance(days: 1)
    }
    try stage.expectAllRestore()
    try expectSound(stage)
  }

  @Test func aClonedMachineWithTheSameKeyBacksUp() throws {
    let (stage, _) = try hookedStage()
    try stage.writeMany("a", 10, seed: 1)
    try stage.passNight()
    try stage.writeMany("b", 10, seed: 2)
    let first = try DataSetBackup(
      try stage.session(), stage.plan, signer: stage.host.signer, lockWaitSeconds: 1)
    try stage.session().append([first.startStatement], by: stage.host.signer)
    // The clone has the state of the day on which it was made: here, none.
    let clock = stage.clock
    let session = try RepositorySession(
      storage: stage.storage, id: stage.id,
      state: try StateFolder(below: stage.folder.path("state-of-clone"), repository: stage.id),
      clock: { clock.now })
    let clone = try DataSetBackup(
      session, stage.plan, signer: stage.host.signer, lockWaitSeconds: 1)
    try session.append([clone.startStatement], by: stage.host.signer)
    #expect(try clone.execute().number > 0)
    // The clone took the run over and closed it, so the first has nothing to close.
    #expect(throws: EngineError.self) { try first.execute() }
    #expect(try stage.liveNumbers.count == 2)
    // What it had written already is collected like anything that an ended run left behind.
    for _ in 0..<2 {
      _ = try operate(stage.storage, stage.id, clock, stage.host)
      clock.advance(days: 1)
    }
    _ = try operate(stage.storage, stage.id, clock, stage.host)
    try expectSound(stage)
    withExtendedLifetime(first) {}
  }

  @Test func threeHostsAtTwoOClock() throws {
    let storage = MemoryStorage()
    let stage = try RepositoryStage(storage: storage, retention: Self.retention)
    let hosts = try (0..<3).map { try stage.makeHost($0) }
    let (id, clock) = (stage.id, stage.clock)
    for night in 0..<4 {
      for host in hosts {
        try stage.write(
          "\(host.name)/night-\(night)", RepositoryStage.bytes(50_000, seed: UInt64(night)))
      }
      let threads = try hosts.map { host in
        try WorkerThread(host.name) {
          let session = try RepositorySession(
            storage: storage, id: id, state: try StateFolder(below: host.state, repository: id),
            clock: { clock.now })
          var plan = host.plan
          plan.night = RepositoryStage.night(clock.now.unix)
          let outcome = try DataSetBackup.perform(
            session, plan, signer: host.key.signer, lockWaitSeconds: 1)
          try session.append(
            [
              Draft(
                .selfChecked(
                  Predicate.SelfChecked(
                    run: outcome.run, blocks: 0, byteCount: 0, opened: 0, failed: 0)))
            ], by: host.key.signer)
          _ = try operate(storage, id, clock, host.key)
        }
      }
      for thread in threads { try thread.join().get() }
      clock.advance(days: 1)
    }
    let state = try stage.state
    for host in hosts {
      #expect(state.liveSnapshots(of: host.plan.secret.set).count == 2)
      #expect(state.rotations.count { $0.what.set == host.plan.secret.set } == 2)
    }
    #expect(state.voids.isEmpty)
    try expectSound(stage)
  }

  // MARK: Deletion

  @Test func aDeletedThatWouldTakeTheLastCopyIsVoid() throws {
    let stage = try dueStage(MemoryStorage())
    #expect(try stage.rotate().compactedPackCount > 0)
    let state = try stage.state
    let copies = try #require(state.runs.values.first { $0.purpose == .compaction }).id
    // The old packs are condemned, so the new ones hold the last copy that is not.
    #expect(!state.condemned().packs.isEmpty)
    #expect(throws: EngineError.self) {
      try stage.say(.condemned(stage.removal(ofPacksOf: copies)), by: stage.host)
    }
    #expect(throws: EngineError.self) {
      try stage.say(.deleted(stage.removal(ofPacksOf: copies)), by: stage.host)
    }
    // Not before a night has passed.
    #expect(throws: EngineError.self) {
      try stage.say(.deleted(state.condemned()), by: stage.host)
    }
    try stage.closeNight()
    stage.clock.advance(days: 1)
    try stage.say(.deleted(state.condemned()), by: stage.host)
    try stage.expectAllRestore()
    try stage.rotate()
    try expectSound(stage)
  }

  @Test func whatAnUndoNeedsAgainIsNotDeletedByAStaleOperator() throws {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: Self.retention)
    for night in 0..<3 {
      try stage.write("file", RepositoryStage.bytes(40_000, seed: UInt64(night)))
      try stage.backUp()
      stage.clock.advance(days: 1)
    }
    try stage.rotate()
    try stage.closeNight()
    // One operator has read what may be deleted; another takes the rotation back.
    let stale = try stage.otherSession()
    let deletable = stale.logState.deletable()
    #expect(!deletable.packs.isEmpty)
    _ = try Rotation(
      try stage.session(), signer: stage.host.signer, isDamageFound: false
    ).undo()
    #expect(throws: EngineError.self) {
      try stale.append([Draft(.deleted(deletable))], by: stage.host.signer)
    }
    #expect(try stage.liveNumbers.count == 3)
    try stage.expectAllRestore()
  }

  @Test func anAppendWhoseOutcomeIsUnknownCountsOnce() throws {
    let faulty = FaultyStorage(MemoryStorage())
    let stage = try RepositoryStage(storage: faulty, retention: Self.retention)
    for night in 0..<3 {
      try stage.write("file", RepositoryStage.bytes(40_000, seed: UInt64(night)))
      try stage.backUp()
      stage.clock.advance(days: 1)
    }
    faulty.loseAnswer(.put)
    let outcome = try stage.rotate()
    #expect(outcome.rotatedCount == 1)
    #expect(try stage.state.rotations.count == 1)
    // The same for a compaction: its `started`, index object and `compacted`.
    for number in 1...3 {
      let faulty = FaultyStorage(MemoryStorage())
      let stage = try dueStage(faulty)
      faulty.loseAnswer(.put, number: number)
      // A put of an object, unlike one of the log, fails the run; the next makes it good.
      let first = operateIfPossible(faulty, stage.id, stage.clock, stage.host)
      stage.clock.advance(days: 1)
      let next = try operate(faulty, stage.id, stage.clock, stage.host)
      #expect(first.compactedPackCount + next.compactedPackCount > 0)
      try expectSound(stage)
    }
  }

  @Test func aCrashInTheMiddleOfACollection() throws {
    let memory = MemoryStorage()
    let stage = try dueStage(memory)
    // Tonight rotates, compacts and condemns; the night after deletes. Each is cut at every change.
    try crashEverywhere(stage, memory, isSecondNight: false)
    try stage.rotate()
    try stage.closeNight()
    stage.clock.advance(days: 1)
    try stage.backUp()
    try crashEverywhere(stage, memory, isSecondNight: true)
  }

  private func isOperated(_ storage: any Storage, _ stage: RepositoryStage) -> Bool {
    do {
      _ = try operate(storage, stage.id, stage.clock, stage.host)
      return true
    } catch { return false }
  }

  private func crashEverywhere(
    _ stage: RepositoryStage, _ memory: MemoryStorage, isSecondNight: Bool
  ) throws {
    var point = 0
    while true {
      let copy = try memory.copied()
      let faulty = FaultyStorage(copy, keepsUndo: true)
      faulty.crash(afterChanges: point)
      let isWhole = isOperated(faulty, stage)
      // Half of the time the machine loses what was not synced as well.
      if point.isMultiple(of: 2) { try faulty.loseUnsynced() }
      faulty.heal()
      let report = try Verifier(storage: faulty, repository: stage.id).check(
        level: .l1(.everything), memory: nil, now: stage.clock.now)
      let bad = report.findings.filter { $0.severity >= .damage }
      #expect(bad.isEmpty, "after \(point) changes")
      // The next run carries on, and leaves nothing behind.
      for _ in 0..<3 { _ = try operate(faulty, stage.id, stage.clock, stage.host) }
      let after = try Verifier(storage: faulty, repository: stage.id).check(
        level: .l1(.everything), memory: nil, now: stage.clock.now)
      #expect(after.findings.filter { $0.severity >= .damage }.isEmpty, "after \(point) changes")
      if isWhole { break }
      point += 1
    }
    print("crash points of a collection, night \(isSecondNight ? 2 : 1): \(point)")
    #expect(point > 10)
  }
}

extension MemoryStorage {
  /// A storage that holds the same.
  fileprivate func copied() throws -> MemoryStorage {
    let copy = MemoryStorage()
    for object in try list("").objects {
      let bytes = try read(object.key, limitByteCount: 1 << 30)
      _ = try copy.put(object.key, bytes.span)
    }
    return copy
  }
}

extension RepositoryStage {
  /// All packs that a run wrote.
  fileprivate func removal(ofPacksOf run: RunID) throws -> Predicate.Removal {
    let count = try storage.list("packs/\(run.hex)").objects.count
    let numbers = (0..<count).map { BlockRange(UInt32($0)) }
    return Predicate.Removal(
      objects: [], packs: [PackRanges(run: run, numbers: BlockRanges(numbers))])
  }

  /// A host with a data set of its own.
  fileprivate struct Host: Sendable {
    var name: String
    var key: KeyPair
    var plan: BackupPlan
    var state: [UInt8]
  }

  fileprivate func makeHost(_ number: Int) throws -> Host {
    let session = try session()
    let key = try KeyPair.random()
    let name = "host-\(number)"
    let made = try RepositoryOwner.makeDataSet(
      NewDataSet(
        name: name,
        retention: BackupPolicy.Retention(daily: 2, maximumAgeDays: 60, floor: 1),
        protection: .none, deduplication: .normal),
      in: session, restorers: [owner.publicKey], writers: [key.publicKey],
      effective: clock.now.unix)
    try session.append(
      made.drafts + [
        RepositoryOwner.grant(key.publicKey, [.writer, .operator], sets: [made.set])
      ], by: owner.signer)
    guard case .writer(let secret) = try session.openSets(with: key)[made.set] else {
      throw EngineError.noKey(.forSet(made.set))
    }
    var plan = self.plan
    plan.secret = secret
    plan.sources = [sourcePath(name)]
    return Host(name: name, key: key, plan: plan, state: folder.path("state-" + name))
  }
}
