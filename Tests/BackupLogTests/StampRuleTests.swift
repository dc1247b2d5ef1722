import BackupCrypto
import BackupFormat
import BackupTestSupport
import Testing

@testable import BackupLog

extension Predicate.Stamped {
  /// A stamp whose parts are well-formed, and nobody's.
  static let sample: Predicate.Stamped = {
    guard
      let head = SignedHead(
        head: LogHead(size: 2, root: .of(4)), key: .of(5),
        signature: [UInt8](repeating: 6, count: SignedHead.signatureByteCount))
    else { preconditionFailure("the length is right") }
    return Predicate.Stamped(
      head: head, at: 9, policy: "1.3.6.1.4.1.99999.1", serial: [1, 2], token: [7, 8, 9])
  }()
}

extension SignedHead {
  func with(size: Int? = nil, root: Digest? = nil, key: KeyID? = nil) -> SignedHead {
    guard
      let changed = SignedHead(
        head: LogHead(size: size ?? head.size, root: root ?? head.root), key: key ?? self.key,
        signature: signature)
    else { preconditionFailure("the signature has its length") }
    return changed
  }
}

/// Time stamps in the log (`Docs/format.md`, section 11.5).
struct StampRuleTests {
  /// A log, its head as the host signed it, and an authority's stamp on that.
  private struct Stamping {
    var scene: Scene
    let head: SignedHead
    let token: TimestampToken
    let authority: StampAuthority

    init() throws {
      scene = try Scene()
      authority = try StampAuthority()
      head = try Self.head(of: scene, by: scene.host)
      token = try Self.token(on: head, in: scene.repository, by: authority)
    }

    static func head(of scene: Scene, by person: Person) throws -> SignedHead {
      let checkpoint = try Checkpoint.signed(
        scene.state.head, of: scene.repository, by: person.signer)
      return try #require(SignedHead(checkpoint, by: person.id, of: scene.repository))
    }

    static func token(
      on head: SignedHead, in repository: RepositoryID, by authority: StampAuthority
    ) throws -> TimestampToken {
      let query = try TimestampQuery(imprint: head.imprint(of: repository).bytes)
      return try TimestampToken(response: try authority.answer(query.bytes))
    }
  }

  @Test func aSignedHeadSaysEveryByteOfItsCheckpoint() throws {
    let scene = try Scene()
    var checkpoint = try Checkpoint.signed(
      scene.state.head, of: scene.repository, by: scene.host.signer)
    let head = try #require(SignedHead(checkpoint, by: scene.host.id, of: scene.repository))
    #expect(head.checkpoint(of: scene.repository).bytes == checkpoint.bytes)
    #expect(head.imprint(of: scene.repository) == Digest(hashing: checkpoint.bytes))
    #expect(SignedHead(checkpoint, by: scene.owner.id, of: scene.repository) == nil)
    #expect(SignedHead(checkpoint, by: scene.host.id, of: RepositoryID(.of(1))) == nil)
    // What has a second signature is not what section 9.5 says.
    try checkpoint.sign(
      name: Checkpoint.keyName(of: scene.verifier.id), with: scene.verifier.signer.key)
    #expect(SignedHead(checkpoint, by: scene.host.id, of: scene.repository) == nil)
    #expect(SignedHead(head: head.head, key: head.key, signature: [1]) == nil)
  }

  @Test func isAVerifiersWordAndCountsWhateverIsInIt() throws {
    var scene = try Scene()
    for person in [scene.owner, scene.host, scene.stranger] {
      #expect(try scene.reason(.stamped(.sample), by: person) == .notEntitled)
    }
    #expect(try scene.reason(.stamped(.sample), by: scene.verifier) == nil)
    #expect(scene.state.stamps.map(\.what) == [.sample])
    #expect(scene.state.fault(of: .sample) == .otherRoot)
  }

  /// The longest that is well-formed still fits into an entry.
  @Test func theLongestTokenFitsIntoAnEntry() throws {
    var scene = try Scene()
    var stamped = Predicate.Stamped.sample
    stamped.token = [UInt8](repeating: 0xff, count: TimestampToken.byteCountMax)
    stamped.policy = String(repeating: "10.", count: 42) + "10"
    stamped.serial = [UInt8](repeating: 0xff, count: TimestampToken.serialByteCountMax)
    let entry = try scene.sign([Draft(.stamped(stamped))], by: scene.verifier)
    #expect(entry.count <= Entry.byteCountMax, "\(entry.count)")
    #expect(try scene.state.take(entry, objects: scene.objects).isEmpty)
    #expect(scene.state.stamps.last?.what == stamped)
  }

  @Test func fitsWhereTheAuthorityStampedThisHead() throws {
    var stamping = try Stamping()
    let stamped = Predicate.Stamped(head: stamping.head, token: stamping.token)
    #expect(try stamping.scene.reason(.stamped(stamped), by: stamping.scene.verifier) == nil)
    #expect(stamping.scene.state.fault(of: stamped) == nil)
    // It is read as it was written.
    #expect(stamping.scene.state.stamps.last?.what == stamped)
    // A key that signed heads once did so rightly.
    let revoked = stamping.scene.role(stamping.scene.host, [])
    #expect(try stamping.scene.reason(revoked, by: stamping.scene.owner) == nil)
    #expect(stamping.scene.state.fault(of: stamped) == nil)
  }

  @Test func doesNotFitWhereAnythingIsAnother() throws {
    let stamping = try Stamping()
    let state = stamping.scene.state
    func fault(_ change: (inout Predicate.Stamped) -> Void) -> StampFault? {
      var stamped = Predicate.Stamped(head: stamping.head, token: stamping.token)
      change(&stamped)
      return state.fault(of: stamped)
    }
    #expect(fault { _ in } == nil)
    #expect(fault { $0.head = $0.head.with(root: .of(1)) } == .otherRoot)
    #expect(fault { $0.head = $0.head.with(size: 1) } == .otherRoot)
    #expect(fault { $0.head = $0.head.with(size: 99) } == .otherRoot)
    #expect(fault { $0.head = $0.head.with(key: stamping.scene.verifier.id) } == .notSigned)
    #expect(fault { $0.head = $0.head.with(key: stamping.scene.stranger.id) } == .notSigned)
    let byOwner = try Stamping.head(of: stamping.scene, by: stamping.scene.owner)
    #expect(fault { $0.head = byOwner } == .notSigned)
    var signature = stamping.head.signature
    signature[67] ^= 1
    let forged = SignedHead(
      head: stamping.head.head, key: stamping.head.key, signature: signature)
    #expect(fault { $0.head = forged ?? $0.head } == .notSigned)
    #expect(fault { $0.token = [1, 2, 3] } == .notAToken)
    #expect(fault { $0.token += [0] } == .notAToken)
    // A good head of the log, and a good token, but about another head.
    let byVerifier = try Stamping.head(of: stamping.scene, by: stamping.scene.verifier)
    #expect(fault { $0.head = byVerifier } == .otherImprint)
    #expect(fault { $0.at += 1 } == .otherWords)
    #expect(fault { $0.policy = "1.2" } == .otherWords)
    #expect(fault { $0.serial = [9] } == .otherWords)
  }
}
