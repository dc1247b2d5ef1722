import BackupEngine
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
import Testing

/// A repository of two data sets, of which the owner destroys one.
private struct TwoSets {
  let stage: RepositoryStage
  /// What the other one is backed up with.
  let books: BackupPlan

  /// Three nights of both.
  init() throws {
    stage = try RepositoryStage(
      storage: MemoryStorage(),
      retention: BackupPolicy.Retention(daily: 7, maximumAgeDays: 30, floor: 2))
    let session = try stage.session()
    let made = try RepositoryOwner.makeDataSet(
      NewDataSet(
        name: "books", retention: BackupPolicy.Retention(daily: 20, maximumAgeDays: 60),
        protection: .none, deduplication: .normal),
      in: session, restorers: [stage.owner.publicKey], writers: [stage.host.publicKey],
      effective: stage.clock.now.unix)
    let sets = [stage.set, made.set]
    try session.append(
      made.drafts + [
        RepositoryOwner.grant(stage.owner.publicKey, [.owner, .restorer], sets: sets),
        RepositoryOwner.grant(stage.host.publicKey, [.writer, .operator], sets: sets),
      ], by: stage.owner.signer)
    guard case .writer(let secret) = try session.openSets(with: stage.host)[made.set] else {
      throw EngineError.noKey(.forSet(made.set))
    }
    var books = stage.plan
    books.secret = secret
    self.books = books
    for night in 0..<3 {
      try stage.write("file", RepositoryStage.bytes(40_000, seed: UInt64(night)))
      try pass()
    }
  }

  /// A night in which a set is backed up as long as it is not destroyed.
  @discardableResult
  func pass() throws -> RotationOutcome {
    let session = try stage.session()
    if !session.logState.isDestroyed(stage.set, at: session.now()) { try stage.backUp() }
    var plan = books
    plan.night = stage.nightOf(stage.clock.now.unix)
    _ = try DataSetBackup.perform(session, plan, signer: stage.host.signer)
    let outcome = try stage.rotate()
    try stage.closeNight()
    stage.clock.advance(days: 1)
    return outcome
  }

  func say(_ action: Predicate.DestructionAction = .add) throws {
    let effective = stage.clock.now.unix + Destruction.noticeSeconds
    try stage.say(
      .destroyed(
        Predicate.Destroyed(
          set: stage.set, action: action, effective: effective, reason: Digest(hashing: [1]))),
      by: stage.owner)
  }

  /// Says it, and lets the seven days pass.
  func destroy() throws {
    try say()
    for _ in 0..<7 { try pass() }
  }

  var booksNumbers: [Int] {
    get throws { try stage.state.liveSnapshots(of: books.secret.set).map(\.number) }
  }

  /// The objects in the store that are of a set, by what the log says.
  func objects(of set: SetID) throws -> [ObjectPath] {
    let state = try stage.state
    return try stage.storage.list("").objects.compactMap { ObjectPath($0.key.description) }
      .filter { state.set(of: $0) == set }
  }

  func findings(daysLater: Int = 0) throws -> [Finding] {
    try Verifier(storage: stage.storage, repository: stage.id).check(
      level: .l1(.everything), memory: nil,
      now: LogTime(
        unix: stage.clock.now.unix + 60 + Int64(daysLater) * 86_400, synchronised: true)
    ).findings.filter { $0.severity > .information }
  }

  func hasState(of set: SetID) -> Bool {
    let path = stage.folder.path("state/\(stage.id.hex.prefix(32))/\(set.hex)")
    return (try? FileStatus.read(path: path)) != nil  // else absent
  }
}

@Suite("A data set whose owner destroys it")
struct DestructionTests {
  @Test func isBackedUpAndReadableForSevenDays() throws {
    let both = try TwoSets()
    try both.say()
    for _ in 0..<6 {
      try both.pass()
      try both.stage.expectAllRestore("day-\(both.stage.clock.now.unix)")
    }
    #expect(try both.stage.liveNumbers.count == 7)
    #expect(try both.findings().isEmpty)
  }

  @Test func goesWithItsKeysAndNothingElseDoes() throws {
    let both = try TwoSets()
    let stage = both.stage
    try stage.freeze()
    #expect(try stage.state.isFrozen(stage.set))
    try stage.say(.thaw(Predicate.Thaw(set: both.books.secret.set)), by: stage.owner)
    let keys = try stage.paths("keys").filter { $0.text.contains(stage.set.hex) }
    #expect(keys.count == 2)
    try both.destroy()
    let live = try stage.liveNumbers
    #expect(live.count >= 9 && both.hasState(of: stage.set))
    let books = try both.booksNumbers

    // Neither the freeze nor floor, keep rules or the limit of a run keep anything.
    let first = try both.pass()
    #expect(first.rotatedCount == live.count && first.frozenSets.isEmpty)
    #expect(try stage.liveNumbers.isEmpty)
    let rotation = try #require(try stage.state.rotations.last { $0.what.set == stage.set })
    #expect(rotation.what.policy == (try stage.state.destructions[stage.set]?.said.id))
    #expect(rotation.what.removed.allSatisfy { $0.reason == .destroyed })
    let condemned = Set(try stage.state.condemned().objects)
    #expect(condemned.isSuperset(of: keys))
    #expect(try keys.allSatisfy { try stage.paths("keys").contains($0) })
    #expect(!both.hasState(of: stage.set) && both.hasState(of: both.books.secret.set))
    #expect(try both.findings().isEmpty)

    // A night lies in between; then nothing of it is left.
    try both.pass()
    #expect(try both.objects(of: stage.set).isEmpty)
    #expect(try stage.paths("keys").count == 2)
    #expect(try stage.state.destructions[stage.set]?.keysGoneAt != nil)
    #expect(try both.findings().isEmpty)
    #expect(try both.findings(daysLater: 400).map(\.kind) == [])

    // The other set lost nothing and goes on.
    #expect(try Set(both.booksNumbers).isSuperset(of: books))
    let opened = try stage.session().openSets(with: stage.owner)
    #expect(Set(opened.keys) == [both.books.secret.set])
    guard case .restorer(let restorer) = opened[both.books.secret.set] else {
      Issue.record("the owner opens the other set")
      return
    }
    for snapshot in try stage.state.liveSnapshots(of: both.books.secret.set) {
      let target = stage.folder.path("books-\(snapshot.number)")
      let report = try Restore(
        try stage.session().open(snapshot, keys: restorer), RestoreRequest(target: target)
      ).run()
      #expect(!report.isDamaged)
    }
  }

  @Test func isNotBackedUpAnyMore() throws {
    let both = try TwoSets()
    try both.destroy()
    #expect(throws: EngineError.self) { try both.stage.backUp() }
    #expect(try both.stage.state.openRuns(of: both.stage.set).isEmpty)
  }

  @Test func staysWhenThatIsWithdrawn() throws {
    let both = try TwoSets()
    try both.say()
    for _ in 0..<6 { try both.pass() }
    try both.say(.remove)
    for _ in 0..<3 { try both.pass() }
    #expect(try both.stage.liveNumbers.count >= 7)
    try both.stage.expectAllRestore()
    #expect(throws: EngineError.self) { try both.say(.remove) }
  }

  @Test func canNotBeBroughtBack() throws {
    let both = try TwoSets()
    let stage = both.stage
    try both.destroy()
    #expect(throws: EngineError.self) { try both.say(.remove) }
    let numbers = try stage.liveNumbers
    try both.pass()
    let undone = try Rotation(
      try stage.session(), signer: stage.host.signer, isDamageFound: false
    ).undo()
    let mine = try #require(undone.first { $0.set == stage.set })
    #expect(mine.isDestroyed && mine.numbers.isEmpty && mine.gone == numbers)
    #expect(try stage.liveNumbers.isEmpty)
  }

  @Test func staysWholeUnderALegalHold() throws {
    let both = try TwoSets()
    let stage = both.stage
    try stage.hold([try stage.liveNumbers[0]])
    try both.destroy()
    let numbers = try stage.liveNumbers
    let objects = try both.objects(of: stage.set)
    for _ in 0..<3 {
      let outcome = try both.pass()
      let decision = try #require(outcome.decisions.first { $0.set == stage.set })
      #expect(decision.isDestructionHeld && decision.removedCount == 0)
    }
    #expect(try stage.liveNumbers == numbers)
    #expect(try Set(both.objects(of: stage.set)).isSuperset(of: objects))
    #expect(both.hasState(of: stage.set))
    try stage.expectAllRestore("held")
    #expect(try both.findings(daysLater: 400).filter { $0.kind == .destroyedKeyStored }.isEmpty)

    let hold = try #require(try stage.state.holds.values.first)
    var ended = hold.what
    ended.action = .remove
    try stage.say(.hold(ended), by: stage.owner)
    for _ in 0..<2 { try both.pass() }
    #expect(try both.objects(of: stage.set).isEmpty)
  }

  @Test func aHoldStopsWhatIsCondemnedAlready() throws {
    let both = try TwoSets()
    let stage = both.stage
    try both.destroy()
    try both.pass()
    let objects = try both.objects(of: stage.set)
    try stage.hold()
    for _ in 0..<2 { try both.pass() }
    #expect(try both.objects(of: stage.set) == objects && !objects.isEmpty)
  }

  @Test func staysWhileTheClockIsNotBelieved() throws {
    let both = try TwoSets()
    let stage = both.stage
    try both.say()
    let before = try stage.liveNumbers
    stage.clock.now = LogTime(unix: stage.clock.now.unix + 8 * 86_400, synchronised: false)
    #expect(try stage.rotate().isStoppedByClock)
    #expect(try stage.liveNumbers == before)
    stage.clock.now.synchronised = true
    try stage.rotate()
    #expect(try stage.liveNumbers.isEmpty)
  }

  @Test func staysInANightThatFoundDamage() throws {
    let both = try TwoSets()
    try both.destroy()
    let outcome = try Rotation(
      try both.stage.session(), signer: both.stage.host.signer, isDamageFound: true
    ).execute()
    let decision = try #require(outcome.decisions.first { $0.set == both.stage.set })
    #expect(decision.removedCount == 0)
    #expect(decision.decisions.allSatisfy { $0.reasons == [.damageFound, .destroyed] })
    #expect(try !both.stage.liveNumbers.isEmpty)
  }

  @Test func leavesNoKeyBehindThatNoStatementNames() throws {
    let both = try TwoSets()
    let stage = both.stage
    // Sealed for a restorer whose appointment never came to the log.
    let stray = ObjectPath.key(set: stage.set, key: stage.verifier.keyID)
    let key = try #require(StorageKey(stray.text))
    _ = try stage.storage.put(key, [UInt8](repeating: 1, count: 64).span)
    try both.pass()
    #expect(try stage.paths("keys").contains(stray))
    try both.destroy()
    for _ in 0..<2 { try both.pass() }
    #expect(try !stage.paths("keys").contains(stray))
  }

  @Test func givesUpItsOpenRuns() throws {
    let both = try TwoSets()
    let stage = both.stage
    try both.say()
    for _ in 0..<6 { try both.pass() }
    try stage.startRun()
    stage.clock.advance(days: 1)
    #expect(try both.pass().abandonedRunCount == 1)
    try both.pass()
    #expect(try both.objects(of: stage.set).isEmpty)
  }

  // MARK: What a verifier finds

  @Test func aKeyThatIsStoredTooLongIsFound() throws {
    let both = try TwoSets()
    try both.destroy()
    let policy = try #require(
      try both.stage.state.policy(of: both.stage.set, at: both.stage.clock.now.unix))
    let lag = policy.what.retention.collectionLagDays
    #expect(try both.findings(daysLater: lag - 1).isEmpty)
    let found = try both.findings(daysLater: lag + 1)
    let keys = try both.stage.paths("keys").filter { $0.text.contains(both.stage.set.hex) }
    #expect(found.map(\.kind) == [.destroyedKeyStored, .destroyedKeyStored])
    #expect(found.compactMap(\.object) == keys)
    #expect(found.allSatisfy { $0.treatment == .exception(.retentionOverdue) })
  }

  @Test func aRotationUnderAHoldIsFound() throws {
    let both = try TwoSets()
    let stage = both.stage
    try stage.hold()
    try both.destroy()
    let destruction = try #require(try stage.state.destructions[stage.set])
    try stage.say(
      .rotated(
        Predicate.Rotated(
          set: stage.set, policy: destruction.said.id,
          removed: try stage.liveNumbers.map { .init(number: $0, reason: .destroyed) })),
      by: stage.host)
    #expect(try both.findings().map(\.detail) == [.rotation(.hold)])
  }

  @Test func aRotationBeforeItIsInForceIsVoid() throws {
    let both = try TwoSets()
    let stage = both.stage
    try both.say()
    let state = try stage.state
    let destruction = try #require(state.destructions[stage.set])
    let bytes = try state.sign(
      [
        Draft(
          .rotated(
            Predicate.Rotated(
              set: stage.set, policy: destruction.said.id,
              removed: try stage.liveNumbers.map { .init(number: $0, reason: .destroyed) })))
      ], by: stage.host.signer, time: stage.clock.now)
    let key = try #require(StorageKey(ObjectPath.log(state.size).text))
    _ = try stage.storage.put(key, bytes.span)
    #expect(try both.findings().map(\.kind) == [.voidStatement])
    try stage.reopen()
    #expect(try stage.liveNumbers.count == 3)
  }
}
