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

@Suite("A key in the place of another")
struct SuccessionTests {
  private let stage: RepositoryStage

  init() throws {
    stage = try RepositoryStage(storage: MemoryStorage())
    try stage.write("file", RepositoryStage.bytes(200_000, seed: 1))
    try stage.passNight()
  }

  private func standing(_ key: KeyID) throws -> KeyStanding {
    try #require(try stage.session().logState.keys[key])
  }

  /// Backs up as another machine, which knows nothing yet.
  private func backUp(as host: KeyPair) throws -> BackupOutcome {
    let clock = stage.clock
    let session = try RepositorySession(
      storage: stage.storage, id: stage.id,
      state: try StateFolder(
        below: stage.folder.path("state-\(host.keyID.hex)"), repository: stage.id),
      clock: { clock.now })
    guard case .writer(let secret)? = try session.openSets(with: host)[stage.set] else {
      throw EngineError.noKey(.forSet(stage.set))
    }
    var plan = stage.plan
    plan.secret = secret
    plan.night = RepositoryStage.night(clock.now.unix)
    let backup = try DataSetBackup(session, plan, signer: host.signer, lockWaitSeconds: 1)
    try session.append([backup.startStatement], by: host.signer)
    return try backup.execute()
  }

  private func append(_ drafts: [Draft], by owner: KeyPair? = nil) throws {
    _ = try stage.session().append(drafts, by: (owner ?? stage.owner).signer)
  }

  @Test func letsASecondMachineBackUpBesideTheFirst() throws {
    let second = try KeyPair.random()
    #expect(throws: EngineError.self) { try backUp(as: second) }
    try append(
      try KeySuccession.admit(
        host: second.publicKey, to: [try stage.ownerKeys()], in: try stage.session()))
    // It builds upon what the first has stored.
    #expect(try backUp(as: second).counters.newByteCount < 100_000)
    try stage.passNight()
    #expect(try stage.session().logFindings.isEmpty)
  }

  @Test func takesTheOldMachinesPlace() throws {
    let new = try KeyPair.random()
    try append(
      try KeySuccession.admit(
        host: new.publicKey, to: [try stage.ownerKeys()], in: try stage.session(),
        inPlaceOf: stage.host.keyID) + KeySuccession.revoke(try standing(stage.host.keyID)))
    #expect(throws: EngineError.self) { try stage.backUp() }
    #expect(try backUp(as: new).counters.newByteCount < 100_000)
    // The old share is named no more, and may be collected.
    let path = ObjectPath.key(set: stage.set, key: stage.host.keyID)
    #expect(try !stage.session().logState.requiredObjects().contains { $0.path == path })
    let (report, _) = try stage.restore()
    #expect(!report.isDamaged)
  }

  @Test func buildsUponNothingThatAThiefHasSaid() throws {
    let theft = try stage.session().logState.size
    let stolenAt = try #require(try stage.session().logState.liveSnapshots.last?.number)
    // The thief falsifies what is backed up, and rotates.
    try stage.write("file", RepositoryStage.bytes(200_000, seed: 666))
    try stage.passNight()
    let new = try KeyPair.random()
    try append(
      try KeySuccession.admit(
        host: new.publicKey, to: [try stage.ownerKeys()], in: try stage.session(),
        inPlaceOf: stage.host.keyID)
        + KeySuccession.revoke(try standing(stage.host.keyID), distrustedFrom: theft))
    let live = try stage.session().logState.liveSnapshots
    #expect(live.map(\.number) == [stolenAt])
    // What the thief stored first is stored again, by a key that is trusted.
    let outcome = try backUp(as: new)
    #expect(outcome.counters.newByteCount >= 200_000)
    let newest = try #require(try stage.session().logState.liveSnapshots.last)
    #expect(newest.needs?.runs == [outcome.run])
    let (report, folder) = try stage.restore()
    #expect(!report.isDamaged)
    #expect(
      try RepositoryStage.contents(of: folder)
        == RepositoryStage.contents(of: stage.folder.path("source")))
  }

  @Test func givesANewHostKeyEverythingThatTheOldOneHad() throws {
    let new = try KeyPair.random()
    let size = try stage.session().logState.size
    try append(
      try KeySuccession.replace(
        try standing(stage.host.keyID), by: new.publicKey, sets: [try stage.ownerKeys()],
        in: try stage.session()))
    #expect(try stage.session().logState.size == size + 1)
    let state = try stage.session().logState
    #expect(state.roles(of: stage.host.keyID).isEmpty)
    #expect(Set(state.roles(of: new.keyID)) == [.writer, .operator])
    #expect(try backUp(as: new).counters.newByteCount < 100_000)
    guard case .writer? = try stage.openAsStranger().openSets(with: new)[stage.set] else {
      Issue.record("a host must not open what it writes")
      return
    }
  }

  @Test func givesANewOwnerEverythingThatTheOldOneHad() throws {
    let new = try KeyPair.random()
    try append(
      try KeySuccession.replace(
        try standing(stage.owner.keyID), by: new.publicKey, sets: [try stage.ownerKeys()],
        in: try stage.session()))
    let session = try stage.openAsStranger()
    #expect(session.logFindings.isEmpty)
    #expect(session.logState.roles(of: stage.owner.keyID).isEmpty)
    #expect(Set(session.logState.roles(of: new.keyID)) == [.owner, .restorer])
    // The new one opens what was stored long before it existed.
    guard case .restorer(let keys)? = try session.openSets(with: new)[stage.set] else {
      throw EngineError.noKey(.forSet(stage.set))
    }
    let snapshot = try #require(session.logState.liveSnapshots.first)
    let report = try Restore(
      try session.open(snapshot, keys: keys),
      RestoreRequest(target: stage.folder.path("new-owner"))
    ).run()
    #expect(report.writtenFileCount == 1)
    // And the old one's word counts no more.
    #expect(throws: EngineError.self) {
      try append([Draft(.clock(Predicate.Clock(believed: stage.clock.now.unix)))])
    }
    try append([Draft(.clock(Predicate.Clock(believed: stage.clock.now.unix)))], by: new)
  }
}
