import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupStorage
import BackupTestSupport
import BackupVerifier
import EngineTestSupport
import Testing

/// Time stamps of an authority: what a verifier says of them, and finds (`Docs/format.md`, 11.5).
@Suite("Time stamps on heads of the log")
struct StampTests {
  private static let day: Int64 = 86_400

  /// A repository of one night, whose head the host signed.
  private func stage() throws -> RepositoryStage {
    let stage = try RepositoryStage(storage: MemoryStorage())
    try stage.write("a", RepositoryStage.bytes(100, seed: 1))
    try stage.passNight()
    try stage.session().writeCheckpoint(by: stage.host.signer)
    return stage
  }

  private func verifier(_ stage: RepositoryStage) -> Verifier {
    Verifier(storage: stage.storage, repository: stage.id)
  }

  private func token(
    on head: SignedHead, of stage: RepositoryStage, by authority: StampAuthority
  ) throws -> TimestampToken {
    let query = try TimestampQuery(imprint: head.imprint(of: stage.id).bytes)
    let token = try TimestampToken(response: try authority.answer(query.bytes))
    try token.check(against: query)
    return token
  }

  /// Has the newest signed head stamped, and says so.
  @discardableResult
  private func stamp(_ stage: RepositoryStage, by authority: StampAuthority) throws -> Int {
    let verifier = verifier(stage)
    let head = try #require(try verifier.newestSignedHead())
    let token = try token(on: head, of: stage, by: authority)
    let clock = stage.clock
    return try verifier.append(
      Draft(.stamped(Predicate.Stamped(head: head, token: token))), by: stage.verifier.signer
    ) { clock.now }
  }

  private func list(_ authorities: StampAuthority...) throws -> CertificateList {
    var list = CertificateList()
    for authority in authorities { try list.add(pem: authority.root) }
    return list
  }

  private func reports(
    _ stage: RepositoryStage, _ list: CertificateList, now: Int64
  ) throws -> [StampReport] {
    try verifier(stage).stamps(authorities: list, others: CertificateList(), now: now)
  }

  // MARK: The head that is stamped

  @Test func theNewestSignedHeadIsTheLargestThatAgreesWithTheLog() throws {
    let stage = try RepositoryStage(storage: MemoryStorage())
    #expect(try verifier(stage).newestSignedHead() == nil)
    try stage.session().writeCheckpoint(by: stage.host.signer)
    let first = try #require(try verifier(stage).newestSignedHead())
    #expect(first.key == stage.host.keyID)
    #expect(first.head == (try stage.session().logState.head))
    try stage.write("a", RepositoryStage.bytes(100, seed: 1))
    try stage.passNight()
    let clock = stage.clock
    let witness = verifier(stage)
    let report = try witness.check(level: .l0, memory: nil, now: clock.now)
    let signed = try witness.append(report, by: stage.verifier.signer) { clock.now }
    let second = try #require(try verifier(stage).newestSignedHead())
    #expect(second.head == signed.checkpoint && second.key == stage.verifier.keyID)
    // One of another log, of a key without the role, or that is none, is passed over.
    let size = try stage.session().logState.size
    let other = LogHead(size: size + 1, root: Digest(hashing: [1]))
    for (head, person) in [(other, stage.host), (try stage.session().logState.head, stage.owner)] {
      let checkpoint = try Checkpoint.signed(head, of: stage.id, by: person.signer)
      let path = ObjectPath.checkpoint(size: head.size, key: person.keyID)
      _ = try stage.storage.put(key(path), checkpoint.bytes.span)
    }
    let text: [UInt8] = Array("nightsafe/".utf8)
    let path = ObjectPath.checkpoint(size: size + 2, key: stage.host.keyID)
    _ = try stage.storage.put(key(path), text.span)
    #expect(try verifier(stage).newestSignedHead() == second)
    // Each is found by the hash of its bytes, which a query holds.
    for head in [first, second] {
      #expect(try verifier(stage).signedHead(imprint: head.imprint(of: stage.id)) == head)
    }
    #expect(try verifier(stage).signedHead(imprint: Digest(hashing: [1])) == nil)
  }

  // MARK: Checked with certificates

  @Test func aStampIsGoodForWhoHasTheAuthoritysCertificate() throws {
    let stage = try stage()
    let authority = try StampAuthority()
    let head = try #require(try verifier(stage).newestSignedHead())
    let number = try stamp(stage, by: authority)
    let made = try #require(try verifier(stage).state().stamps.last)
    #expect(made.number == number && made.what.head == head)
    try stage.passNight()
    let found = try reports(stage, try list(authority), now: made.what.at)
    let report = try #require(found.first)
    #expect(found.count == 1 && report.isGood && report.said.number == number)
    #expect(report.imprint == head.imprint(of: stage.id))
    guard case .good(let signer, nil) = report.verdict else { throw StageError.impossible }
    #expect(signer.name.hasPrefix("CN=Test stamps"))
    let token = try TimestampToken(made.what.token)
    #expect(try verifier(stage).entry(of: token) == number)
    // Another authority's certificate shows nothing.
    let others = try reports(stage, try list(StampAuthority()), now: made.what.at)
    #expect(others.map(\.verdict) == [.refused(.notTrusted)])
    // And the verifier finds nothing to say.
    let whole = try verifier(stage).check(
      level: .l1(.everything), memory: nil, now: stage.clock.now)
    #expect(whole.findings == [])
  }

  @Test func canBeHandedInLaterAsAFile() throws {
    let stage = try stage()
    let authority = try StampAuthority()
    let verifier = verifier(stage)
    let head = try #require(try verifier.newestSignedHead())
    let token = try token(on: head, of: stage, by: authority)
    let file = try verifier.signHandIn(
      Draft(.stamped(Predicate.Stamped(head: head, token: token))), by: stage.verifier.signer,
      time: stage.clock.now)
    try stage.passNight()
    let outcome = try stage.session().handIn(file)
    #expect(outcome.entries.count == 1 && outcome.checkpoint == nil)
    let found = try reports(stage, try list(authority), now: token.time)
    #expect(found.map(\.isGood) == [true])
  }

  @Test func aLaterStampCoversOneWhoseCertificateHasEnded() throws {
    let stage = try stage()
    let early = try StampAuthority("Early")
    let late = try StampAuthority("Late", dayCount: 4_000)
    let first = try stamp(stage, by: early)
    let both = try list(early, late)
    let ended = try #require(try verifier(stage).state().stamps.first?.what.at) + 31 * Self.day
    #expect(try reports(stage, both, now: ended).map(\.verdict) == [.refused(.expired)])
    // A stamp on the same head, by whomever, does not say that the first was there.
    let same = try stamp(stage, by: late)
    #expect(
      try reports(stage, both, now: ended).map(\.isGood) == [false, true])
    // One on a head that holds it does.
    try stage.session().writeCheckpoint(by: stage.host.signer)
    let over = try stamp(stage, by: late)
    let found = try reports(stage, both, now: ended)
    #expect(found.map(\.said.number) == [first, same, over])
    #expect(found.map(\.isGood) == [true, true, true])
    guard case .good(let signer, let renewedBy) = found[0].verdict else {
      throw StageError.impossible
    }
    #expect(renewedBy == over && signer.name.contains("Early"))
    // But only while it is good itself.
    let onlyEarly = try reports(stage, try list(early), now: ended)
    #expect(
      onlyEarly.map(\.verdict)
        == [.refused(.expired), .refused(.notTrusted), .refused(.notTrusted)])
    let muchLater = ended + 5_000 * Self.day
    #expect(try reports(stage, both, now: muchLater).allSatisfy { !$0.isGood })
  }

  // MARK: Found without certificates

  @Test func aStampOnAnotherLogIsFound() throws {
    let stage = try stage()
    let other = try self.stage()
    let authority = try StampAuthority()
    let good = try #require(try verifier(stage).newestSignedHead())
    // The same host signs two logs of one size: the other's is stamped.
    let root = try #require(try verifier(other).newestSignedHead()).head.root
    let forked = try Checkpoint.signed(
      LogHead(size: good.head.size, root: root), of: stage.id, by: stage.host.signer)
    let head = try #require(SignedHead(forked, by: stage.host.keyID, of: stage.id))
    let token = try token(on: head, of: stage, by: authority)
    let clock = stage.clock
    func say(_ stamped: Predicate.Stamped) throws -> Int {
      try verifier(stage).append(Draft(.stamped(stamped)), by: stage.verifier.signer) { clock.now }
    }
    let first = try say(Predicate.Stamped(head: head, token: token))
    // A stamp on something else, said to be on a good head.
    let second = try say(Predicate.Stamped(head: good, token: token))
    let report = try verifier(stage).check(level: .l0, memory: nil, now: clock.now)
    #expect(report.findings.map(\.kind) == [.stampMismatch, .stampMismatch])
    #expect(report.findings.map(\.number) == [first, second])
    #expect(report.findings.map(\.object) == [.log(first), .log(second)])
    #expect(report.findings.map(\.detail) == [.stamp(.otherRoot), .stamp(.otherImprint)])
    #expect(report.findings.allSatisfy { $0.severity == .incident })
    #expect(report.findings.allSatisfy { $0.treatment == .incident(.witnessBroken) })
    #expect(report.isBad && !report.isLogBroken)
    #expect(report.findings.first?.description.contains("entry \(first)") == true)
    let survey = try verifier(stage).survey(memory: nil, now: clock.now)
    #expect(survey.findings.map(\.kind) == [.stampMismatch, .stampMismatch])
    let found = try reports(stage, try list(authority), now: token.time)
    #expect(found.map(\.verdict) == [.unfit(.otherRoot), .unfit(.otherImprint)])
  }
}
