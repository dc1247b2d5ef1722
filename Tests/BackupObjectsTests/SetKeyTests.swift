import BackupCrypto
import BackupFormat
import BackupObjects
import BackupTestSupport
import Testing

@Suite("Sealed keys of data sets and runs")
struct SetKeyTests {
  /// A key of a person or a machine.
  private struct Holder {
    let privateKey: XWingPrivateKey
    let id: KeyID

    init(_ byte: UInt8) throws {
      privateKey = try XWingPrivateKey(seed: SecretKey.repeating(byte))
      id = try KeyID.repeating(byte)
    }
  }

  private static func seal(
    _ fixture: Fixture, _ seed: SecretKey?, to holder: Holder
  ) throws -> [UInt8] {
    try SealedSetKeys.seal(
      fixture.secret, seed: seed, to: holder.privateKey.publicKeyBytes, key: holder.id,
      repository: fixture.repository)
  }

  private static func open(
    _ sealed: [UInt8], _ holder: Holder, _ fixture: Fixture
  ) throws -> SealedSetKeys.Opened {
    try SealedSetKeys.open(
      sealed, with: holder.privateKey, keyID: holder.id, set: fixture.set,
      setPublicKey: fixture.secret.publicKey, repository: fixture.repository)
  }

  @Test("A writer gets the secret and no private key; what it holds opens no run")
  func writer() throws {
    let fixture = try Fixture()
    let holder = try Holder(50)
    let sealed = try Self.seal(fixture, nil, to: holder)
    #expect(sealed.count == HPKEXWing.overheadByteCount + 1 + 32 + 1 + 9)
    guard case .writer(let secret) = try Self.open(sealed, holder, fixture) else {
      Issue.record("a writer's key opens as a writer's")
      return
    }
    #expect(secret.secret.matches(fixture.secret.secret))
    #expect(secret.name == "documents" && secret.set == fixture.set)
    #expect(secret.gearTable == fixture.secret.gearTable)
    // Nothing among the bytes that the writer decrypts is the seed of the set.
    let info =
      [UInt8]("nightsafe set key v1".utf8) + fixture.repository.bytes + fixture.set.bytes
      + holder.id.bytes
    let body = try HPKEXWing.open(sealed, with: holder.privateKey, info: info)
    let seed = fixture.seed.exposedBytes()
    #expect(body.count == 43)
    #expect(!(0...body.count - 32).contains { [UInt8](body[$0..<$0 + 32]) == seed })
    let head = try fixture.runKey().head
    let own = try XWingPrivateKey(seed: secret.secret)
    for key in [holder.privateKey, own] {
      #expect(throws: ObjectError.wrongKey) {
        try RunKey.open(head, with: key, repository: fixture.repository)
      }
    }
  }

  @Test("A restorer gets everything")
  func restorer() throws {
    let fixture = try Fixture()
    let holder = try Holder(51)
    let sealed = try Self.seal(fixture, fixture.seed, to: holder)
    #expect(sealed.count == HPKEXWing.overheadByteCount + 1 + 64 + 1 + 9)
    guard case .restorer(let keys) = try Self.open(sealed, holder, fixture) else {
      Issue.record("a restorer's key opens as a restorer's")
      return
    }
    #expect(keys.secret.secret.matches(fixture.secret.secret))
    let run = try fixture.runKey()
    let opened = try RunKey.open(run.head, with: keys.privateKey, repository: fixture.repository)
    #expect(opened.contentKey.matches(run.contentKey))
  }

  @Test("Sealed keys open for their holder, set and repository only")
  func otherHolders() throws {
    let fixture = try Fixture()
    let other = try Fixture(100)
    let holder = try Holder(52)
    let sealed = try Self.seal(fixture, fixture.seed, to: holder)
    let wrongKey = ObjectError.wrongKey
    #expect(throws: wrongKey) { try Self.open(sealed, try Holder(53), fixture) }
    func open(_ key: KeyID, _ set: SetID, _ repository: RepositoryID) throws {
      _ = try SealedSetKeys.open(
        sealed, with: holder.privateKey, keyID: key, set: set,
        setPublicKey: fixture.secret.publicKey, repository: repository)
    }
    #expect(throws: Never.self) { try open(holder.id, fixture.set, fixture.repository) }
    #expect(throws: wrongKey) { try open(KeyID.repeating(1), fixture.set, fixture.repository) }
    #expect(throws: wrongKey) { try open(holder.id, other.set, fixture.repository) }
    #expect(throws: wrongKey) { try open(holder.id, fixture.set, other.repository) }
    for bit in stride(from: 0, to: sealed.count * 8, by: 997) {
      var flipped = sealed
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: wrongKey) { try Self.open(flipped, holder, fixture) }
    }
  }

  @Test("A seed that is not the set's is refused")
  func wrongSeed() throws {
    let fixture = try Fixture()
    let holder = try Holder(54)
    let sealed = try Self.seal(fixture, try SecretKey.repeating(99), to: holder)
    #expect(throws: ObjectError.identifierMismatch) { try Self.open(sealed, holder, fixture) }
    // Nor may the public key that the caller brings be another than the set is named after.
    let other = try Fixture(100)
    let mixed = try SetSecret(
      set: fixture.set, publicKey: other.secret.publicKey, name: "documents",
      secret: fixture.secret.secret)
    let forged = try SealedSetKeys.seal(
      mixed, seed: other.seed, to: holder.privateKey.publicKeyBytes, key: holder.id,
      repository: fixture.repository)
    #expect(throws: ObjectError.identifierMismatch) {
      try SealedSetKeys.open(
        forged, with: holder.privateKey, keyID: holder.id, set: fixture.set,
        setPublicKey: other.secret.publicKey, repository: fixture.repository)
    }
  }

  @Test("A head whose commitment is another's is refused, whole")
  func commitment() throws {
    let fixture = try Fixture()
    let run = try fixture.runKey()
    func open(_ head: RunHead) throws -> RunKey {
      try RunKey.open(head, with: fixture.privateKey, repository: fixture.repository)
    }
    #expect(try open(run.head).contentKey.matches(run.contentKey))
    var head = run.head
    head.commitment = try fixture.runKey().head.commitment
    #expect(throws: ObjectError.authenticationFailed) { try open(head) }
    for bit in [0, 100, 255] {
      var bytes = run.head.commitment.bytes
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      head.commitment = try Digest.of(bytes)
      #expect(throws: ObjectError.authenticationFailed) { try open(head) }
    }
  }

  @Test("A head opens for its run, set and repository only")
  func headPlaces() throws {
    let fixture = try Fixture()
    let other = try Fixture(100)
    let run = try fixture.runKey()
    var head = run.head
    head.run = other.run
    #expect(throws: ObjectError.wrongKey) {
      try RunKey.open(head, with: fixture.privateKey, repository: fixture.repository)
    }
    head = run.head
    head.set = other.set
    #expect(throws: ObjectError.wrongKey) {
      try RunKey.open(head, with: fixture.privateKey, repository: fixture.repository)
    }
    #expect(throws: ObjectError.wrongKey) {
      try RunKey.open(run.head, with: fixture.privateKey, repository: other.repository)
    }
    #expect(throws: ObjectError.wrongKey) {
      try RunKey.open(run.head, with: other.privateKey, repository: fixture.repository)
    }
    for bit in stride(from: 0, to: RunHead.envelopeByteCount * 8, by: 787) {
      head = run.head
      head.envelope[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: ObjectError.wrongKey) {
        try RunKey.open(head, with: fixture.privateKey, repository: fixture.repository)
      }
    }
  }
}
