public import BackupCrypto
public import BackupFormat
public import BackupLog

/// A text that is sealed to people: a record, a request to erase, minutes, or a note
/// (`Docs/format.md`, section 11).
///
/// "NSTEXT1\n" ‖ u8 kind ‖ repository ‖ set ‖ u16 recipient count ‖ (key id ‖ HPKE of text key)*
/// ‖ HMAC(text key, "nightsafe commit") ‖ XAES of the text.
public enum SealedText {
  /// What the text is; its number is that of ``ObjectKind``.
  public enum Kind: UInt8, Hashable, Sendable {
    /// An edition of a record; of no data set.
    case record = 5
    /// A request to erase.
    case erasure = 6
    /// Minutes of a restore test.
    case minutes = 8
    /// A person's note.
    case note = 9

    var objectKind: ObjectKind {
      switch self {
      case .record: .record
      case .erasure: .erasure
      case .minutes: .minutes
      case .note: .note
      }
    }
  }

  private static let envelopeByteCount =
    SecretKey.byteCount + HPKEXWing.overheadByteCount

  /// Whom a text is sealed to.
  public struct Recipient: Hashable, Sendable {
    /// The id of a key, or of the data set.
    public let id: KeyID
    /// Its X-Wing public key.
    public let xWing: [UInt8]

    /// A person or a machine.
    public init(_ key: PublicKey) {
      id = key.keyID
      xWing = key.xWing
    }

    /// Whoever opens the backups of a data set, now or later.
    public init(set: SetID, xWing: [UInt8]) {
      id = SealedText.id(of: set)
      self.xWing = xWing
    }
  }

  /// The id under which a data set is a recipient: its own, which is as long as a key's.
  public static func id(of set: SetID) -> KeyID {
    guard let id = KeyID(set.bytes) else { preconditionFailure("both ids have 16 bytes") }
    return id
  }

  /// Seals a text so that each recipient can open it.
  ///
  /// - Parameter set: The data set of a request to erase, of minutes or of a note; zero for a record.
  /// - Throws: ``SealedTextError/wrongRecipients``, ``SealedTextError/tooLong(byteCount:)``,
  ///   ``SealedTextError/crypto(_:)``.
  public static func seal(
    _ text: [UInt8], kind: Kind, set: SetID = .zero, recipients: [Recipient],
    repository: RepositoryID
  ) throws(SealedTextError) -> [UInt8] {
    let sorted = recipients.sorted { $0.id < $1.id }
    guard (1...Limits.recipientCount).contains(sorted.count),
      zip(sorted, sorted.dropFirst()).allSatisfy({ $0.id < $1.id })
    else { throw .wrongRecipients }
    let object = try attempt { () throws(CryptoError) -> [UInt8] in
      let key = try SecretKey.random()
      var writer = ByteWriter(capacity: text.count + 2_048 * sorted.count)
      writer.mark("NSTEXT1\n")
      writer.u8(kind.rawValue)
      writer.raw(repository.bytes)
      writer.raw(set.bytes)
      writer.u16(UInt16(sorted.count))
      for recipient in sorted {
        var exposed = key.exposedBytes()
        defer { wipe(&exposed) }
        writer.raw(recipient.id.bytes)
        writer.raw(
          try HPKEXWing.seal(
            exposed, to: recipient.xWing, info: info(repository, recipient.id)))
      }
      writer.raw(commitment(to: key))
      writer.raw(
        try XAES256GCM.seal(
          text, key: key, binding: associatedData(kind, set: set, repository: repository)))
      return writer.bytes
    }
    guard object.count <= Limits.sealedTextByteCount else {
      throw .tooLong(byteCount: object.count)
    }
    return object
  }

  /// The keys to which an object is sealed, as it says itself.
  public static func recipients(
    of object: [UInt8], kind: Kind, set: SetID = .zero, repository: RepositoryID
  ) throws(SealedTextError) -> [KeyID] {
    try Parts(object, kind: kind, set: set, repository: repository).envelopes.map(\.key)
  }

  /// Opens an object with the key of a person or a machine.
  public static func open(
    _ object: [UInt8], with key: KeyPair, kind: Kind, set: SetID = .zero,
    repository: RepositoryID
  ) throws(SealedTextError) -> [UInt8] {
    try open(
      object, with: key.privateKey, id: key.keyID, kind: kind, set: set, repository: repository)
  }

  /// Opens an object with a recipient's key, and returns the text.
  ///
  /// - Throws: ``SealedTextError/misplaced`` for another kind, set or repository,
  ///   ``SealedTextError/notARecipient``, ``SealedTextError/commitmentFailed``,
  ///   ``SealedTextError/crypto(_:)`` if any byte was changed.
  public static func open(
    _ object: [UInt8], with privateKey: XWingPrivateKey, id: KeyID, kind: Kind,
    set: SetID = .zero, repository: RepositoryID
  ) throws(SealedTextError) -> [UInt8] {
    let parts = try Parts(object, kind: kind, set: set, repository: repository)
    guard let envelope = parts.envelopes.first(where: { $0.key == id }) else {
      throw .notARecipient
    }
    let textKey = try attempt { () throws(CryptoError) -> SecretKey in
      var exposed = try HPKEXWing.open(
        envelope.sealed, with: privateKey, info: info(repository, id))
      defer { wipe(&exposed) }
      return try SecretKey(copying: exposed.span)
    }
    guard ConstantTime.areEqual(commitment(to: textKey).span, parts.commitment.span) else {
      throw .commitmentFailed
    }
    return try attempt { () throws(CryptoError) -> [UInt8] in
      try XAES256GCM.open(
        parts.sealed, key: textKey,
        binding: associatedData(kind, set: set, repository: repository))
    }
  }

  private static func attempt<Result>(
    _ body: () throws(CryptoError) -> Result
  ) throws(SealedTextError) -> Result {
    do { return try body() } catch { throw .crypto(error) }
  }

  // MARK: Parts

  private struct Parts {
    var envelopes: [(key: KeyID, sealed: [UInt8])] = []
    var commitment: [UInt8] = []
    var sealed: [UInt8] = []

    init(
      _ object: [UInt8], kind: Kind, set: SetID, repository: RepositoryID
    ) throws(SealedTextError) {
      guard object.count <= Limits.sealedTextByteCount else {
        throw .tooLong(byteCount: object.count)
      }
      var reader = ByteReader(object)
      let saidKind: UInt8
      let saidRepository: RepositoryID
      let saidSet: SetID
      let count: Int
      do {
        try reader.expect(mark: "NSTEXT1\n")
        saidKind = try reader.u8()
        saidRepository = try reader.id()
        saidSet = try reader.id()
        count = Int(try reader.u16())
      } catch {
        throw .format(error)
      }
      guard saidKind == kind.rawValue, saidRepository == repository, saidSet == set else {
        throw .misplaced
      }
      guard (1...Limits.recipientCount).contains(count) else { throw .wrongRecipients }
      do {
        for _ in 0..<count {
          envelopes.append((try reader.id(), try reader.raw(SealedText.envelopeByteCount)))
        }
        commitment = try reader.raw(HMACSHA256.codeByteCount)
        sealed = try reader.raw(reader.remainingByteCount)
      } catch {
        throw .format(error)
      }
      guard zip(envelopes, envelopes.dropFirst()).allSatisfy({ $0.key < $1.key }) else {
        throw .wrongRecipients
      }
    }
  }

  private static func info(_ repository: RepositoryID, _ key: KeyID) -> [UInt8] {
    [UInt8]("nightsafe text v1".utf8) + repository.bytes + key.bytes
  }

  private static func commitment(to key: SecretKey) -> [UInt8] {
    HMACSHA256.authenticate([UInt8]("nightsafe commit".utf8).span, key: key)
  }

  private static func associatedData(
    _ kind: Kind, set: SetID, repository: RepositoryID
  ) -> [UInt8] {
    AssociatedData(kind.objectKind, repository: repository, set: set, run: .zero, number: 0).bytes
  }
}
