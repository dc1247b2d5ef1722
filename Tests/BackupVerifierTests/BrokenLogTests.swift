import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupStorage
import BackupVerifier
import EngineTestSupport
import Testing

/// Repositories of which the log is not what its signers saw.
@Suite("A repository with a broken log", .serialized)
struct BrokenLogTests {
  private static let made = Result { try FullRepository() }
  private let full: FullRepository
  private let damage: Damage
  private let state: LogState

  init() throws {
    full = try Self.made.get()
    state = try full.state()
    damage = try Damage(full)
  }

  private var now: LogTime { full.stage.clock.now }

  private func findings(memory: VerifierMemory? = nil) throws -> [String] {
    try full.check(memory: memory).brief
  }

  // MARK: Entries

  @Test func thatLacksAnEntryNamesIt() throws {
    for number in 1..<state.size - 1 {
      damage.store.reset()
      try damage.remove(.log(number))
      let report = try full.check()
      #expect(report.findings.first?.kind == .logGap)
      #expect(report.findings.allSatisfy { $0.object == .log(number) })
      #expect(report.isLogBroken)
      #expect(report.findings.first?.treatment == .incident(.witnessBroken))
    }
  }

  @Test func thatLacksItsLastEntriesIsNoticedByTheCheckpoints() throws {
    try damage.remove(.log(state.size - 1))
    let report = try full.check()
    let witness = ObjectPath.checkpoint(size: state.size, key: full.stage.verifier.keyID)
    let host = ObjectPath.checkpoint(size: state.size, key: full.stage.host.keyID)
    #expect(report.findings.count == 1)
    #expect(report.findings.first?.kind == .logRolledBack)
    #expect([witness, host].contains(try #require(report.findings.first?.object)))
  }

  @Test func withAnAlteredEntryNamesIt() throws {
    for number in 1..<state.size {
      damage.store.reset()
      try damage.flip(.log(number))
      #expect(try findings() == ["logAltered log/\(digits(number))"])
    }
  }

  @Test func withAlteredEntry0IsNotThatRepository() throws {
    try damage.flip(.log(0))
    #expect(throws: VerifierError.log(.otherRepository)) { try full.check() }
    damage.store.reset()
    try damage.remove(.log(0))
    #expect(throws: VerifierError.log(.noRepository)) { try full.check() }
  }

  @Test func withTwoEntriesSwappedNamesTheFirst() throws {
    try damage.swap(.log(5), .log(9))
    #expect(try findings() == ["logAltered log/\(digits(5))"])
  }

  @Test func withAnOldEntryReplayedNamesIt() throws {
    try damage.copy(.log(4), to: .log(state.size))
    #expect(try findings() == ["voidEntry log/\(digits(state.size))"])
  }

  @Test func withAnEntryCutAtALineNamesItOrTheCheckpoint() throws {
    // An entry of several statements is still one with the first alone.
    let number = try #require(
      (1..<state.size).first { number in
        (state.entry(number) ?? []).count { $0 == 0x0a } > 1
      })
    let bytes = try damage.read(.log(number))
    let line = try #require(bytes.firstIndex(of: 0x0a))
    try damage.truncate(.log(number), to: line + 1)
    #expect(try findings() == ["logAltered log/\(digits(number))"])
  }

  @Test func withAnEmptyEntryNamesIt() throws {
    damage.store.show([], as: try key(.log(state.size)))
    #expect(try findings() == ["voidEntry log/\(digits(state.size))"])
  }

  @Test func withAVoidEntryGoesOnBehindIt() throws {
    let void = ObjectPath.log(state.size)
    damage.store.show([UInt8]("nonsense\n".utf8), as: try key(void))
    let next = try damage.say(
      [
        Draft(
          .night(Predicate.NightClosed(night: RepositoryStage.night(now.unix), code: 0, sets: [])))
      ],
      by: full.stage.host.signer, at: now, in: full.stage.id)
    #expect(next == .log(state.size + 1))
    #expect(try findings() == ["voidEntry \(void)"])
  }

  // MARK: Roles

  @Test func withAStatementOfAForeignKeyNamesTheEntry() throws {
    let stranger = try KeyPair.random()
    let path = try damage.say(
      [Draft(.thaw(Predicate.Thaw(set: full.stage.set)))], by: stranger.signer, at: now,
      in: full.stage.id)
    let report = try full.check()
    #expect(report.brief == ["roleless \(path)"])
    #expect(report.findings.first?.treatment == .incident(.logBroken))
  }

  @Test func withAStatementOfAKeyWithoutTheRoleNamesTheEntry() throws {
    let path = try damage.say(
      [Draft(.thaw(Predicate.Thaw(set: full.stage.set)))], by: full.stage.host.signer, at: now,
      in: full.stage.id)
    #expect(try findings() == ["roleless \(path)"])
  }

  @Test func withAStatementOfARevokedKeyNamesTheEntry() throws {
    try damage.say(
      [RepositoryOwner.grant(full.stage.host.publicKey, [], sets: [])],
      by: full.stage.owner.signer, at: now, in: full.stage.id)
    #expect(try findings() == [])
    let path = try damage.say(
      [
        Draft(
          .night(Predicate.NightClosed(night: RepositoryStage.night(now.unix), code: 0, sets: [])))
      ],
      by: full.stage.host.signer, at: now, in: full.stage.id)
    #expect(try findings() == ["roleless \(path)"])
  }

  @Test func withAForgedSignatureNamesTheEntry() throws {
    let forged = Signer(keyID: full.stage.host.keyID, key: try KeyPair.random().signer.key)
    let path = try damage.say(
      [
        Draft(
          .night(Predicate.NightClosed(night: RepositoryStage.night(now.unix), code: 0, sets: [])))
      ],
      by: forged, at: now, in: full.stage.id)
    let report = try full.check()
    #expect(report.brief == ["voidEntry \(path)"])
    #expect(report.findings.first?.detail == .void(.badSignature, laterCount: 0))
  }

  @Test func withAnAcknowledgedVoidEntryIsSound() throws {
    damage.store.show([UInt8]("nonsense\n".utf8), as: try key(.log(state.size)))
    try damage.say(
      [Draft(.acknowledged(Predicate.Acknowledged(entries: [state.size], restoredSize: 0)))],
      by: full.stage.owner.signer, at: now, in: full.stage.id)
    #expect(try findings() == [])
  }

  // MARK: Forks and copies

  /// The whole log signed anew from an entry on, as who stole the operator's key could.
  private func fork(from number: Int) throws {
    for later in number..<state.size { try damage.remove(.log(later)) }
    for path in try damage.paths("checkpoints") {
      guard case .checkpoint(let size, let signer) = path else { continue }
      if size > number, signer == full.stage.host.keyID { try damage.remove(path) }
    }
    while try Verifier(storage: damage.store, repository: full.stage.id).state().size < state.size {
      try damage.say(
        [
          Draft(
            .night(Predicate.NightClosed(night: RepositoryStage.night(now.unix), code: 0, sets: []))
          )
        ],
        by: full.stage.host.signer, at: now, in: full.stage.id)
    }
  }

  @Test func thatIsAForkIsNoticedByTheWitness() throws {
    try fork(from: state.size - 2)
    let report = try full.check()
    let witness = ObjectPath.checkpoint(size: state.size, key: full.stage.verifier.keyID)
    #expect(report.brief.contains("fork \(witness)"))
    #expect(report.isLogBroken)
  }

  @Test func thatIsAForkIsNoticedByTheVerifiersMemory() throws {
    let memory = try full.check().memory
    try fork(from: state.size - 2)
    let witness = ObjectPath.checkpoint(size: state.size, key: full.stage.verifier.keyID)
    try damage.remove(witness)
    #expect(try full.check().isLogBroken == false)
    let report = try full.check(memory: memory)
    #expect(report.findings.contains { $0.kind == .logRolledBack })
    #expect(report.isLogBroken)
    #expect(report.memory.head == memory.head)
  }

  /// The store as it was some entries ago.
  private func rollBack(to size: Int, keepsWitness: Bool) throws {
    for number in size..<state.size { try damage.remove(.log(number)) }
    for path in try damage.paths("checkpoints") {
      guard case .checkpoint(let of, let signer) = path, of > size else { continue }
      if keepsWitness, signer == full.stage.verifier.keyID { continue }
      try damage.remove(path)
    }
  }

  @Test func thatIsAnOlderCopyIsNotNoticedByAStranger() throws {
    try rollBack(to: state.size - 1, keepsWitness: false)
    #expect(try findings() == [])
  }

  @Test func thatIsAnOlderCopyIsNoticedByTheVerifiersMemory() throws {
    let memory = try full.check().memory
    try rollBack(to: state.size - 1, keepsWitness: false)
    let report = try full.check(memory: memory)
    #expect(report.brief == ["logRolledBack -"])
    #expect(report.isLogBroken)
    // It stays remembered, however often it is looked at.
    #expect(report.memory.head == memory.head)
    let (_, surveyed) = try Verifier(storage: damage.store, repository: full.stage.id).survey(
      memory: memory, now: now)
    #expect(surveyed.map(\.kind) == [.logRolledBack])
  }

  @Test func thatIsAnOlderCopyIsNoticedByTheWitnessCheckpoint() throws {
    try rollBack(to: state.size - 1, keepsWitness: true)
    let witness = ObjectPath.checkpoint(size: state.size, key: full.stage.verifier.keyID)
    #expect(try findings() == ["logRolledBack \(witness)"])
    let (_, surveyed) = try Verifier(storage: damage.store, repository: full.stage.id).survey(
      memory: nil, now: now)
    #expect(surveyed.map(\.object) == [witness])
  }

  @Test func thatWasRestoredFromACopyIsInOrderOnceTheOwnerSaysSo() throws {
    let memory = try full.check().memory
    let size = state.size - 1
    try rollBack(to: size, keepsWitness: true)
    try damage.say(
      [Draft(.acknowledged(Predicate.Acknowledged(entries: [], restoredSize: size)))],
      by: full.stage.owner.signer, at: now, in: full.stage.id)
    let report = try full.check(memory: memory)
    #expect(report.brief == ["logRolledBack -"])
    #expect(report.worst == .information)
    #expect(report.memory.head.size == size + 1)
  }

  @Test func isNotVouchedFor() throws {
    let memory = try full.check().memory
    try rollBack(to: state.size - 1, keepsWitness: false)
    let report = try full.check(memory: memory)
    #expect(report.verdicts[.unbroken] == .notMet)
  }

  // MARK: Time

  @Test func thatIsAheadOfTheVerifiersClockSaysSo() throws {
    let early = LogTime(unix: now.unix - 3 * 86_400, synchronised: true)
    let report = try Verifier(storage: full.store, repository: full.stage.id).check(
      level: .l0, memory: nil, now: early)
    #expect(report.brief == ["clockAhead -"])
    #expect(report.worst == .warning)
  }

  @Test func seenWithAStaleMemoryIsSound() throws {
    let old = VerifierMemory(
      repository: full.stage.id,
      head: LogHead(size: 3, root: try #require(state.tree.root(atSize: 3))),
      visited: now.unix - 400 * 86_400)
    let report = try full.check(memory: old)
    #expect(report.brief == [])
    #expect(report.memory.head == state.head)
    #expect(report.memory.visited == now.unix)
  }
}

/// The number of an entry as its name has it.
func digits(_ number: Int) -> String {
  String(ObjectPath.log(number).text.dropFirst("log/".count))
}
