public import BackupCrypto
public import BackupFormat

/// Who signs statements: a key's id and its Ed25519 half.
public struct Signer: Sendable {
  /// The id of the key.
  public let keyID: KeyID
  /// The signing half of the key.
  public let key: Ed25519SigningKey

  /// Makes a signer.
  public init(keyID: KeyID, key: Ed25519SigningKey) {
    self.keyID = keyID
    self.key = key
  }
}

extension Statement {
  /// Signs a statement with a fresh id; the result is a line of an entry.
  public static func signed(
    _ draft: Draft, in repository: RepositoryID, seen: LogHead, time: LogTime, by signer: Signer
  ) throws(CryptoError) -> Envelope {
    guard let id = StatementID(try RandomBytes.make(count: StatementID.byteCount)) else {
      preconditionFailure("as many random bytes as were asked for")
    }
    let statement = Statement(
      id: id, signer: signer.keyID, seen: seen, time: time, subjects: draft.subjects,
      predicate: draft.predicate)
    return try Envelope(
      signing: statement.payload(in: repository), keyID: signer.keyID, key: signer.key)
  }

  /// Signs entry 0 of a new repository, whose id is the SHA-256 of the result's line.
  public static func created(
    owner: PublicKey, time: LogTime, by signer: Signer
  ) throws(CryptoError) -> Envelope {
    // The first subject of `created` is the owner, so any repository id may stand here.
    try signed(
      Draft(.created(Predicate.Created(format: 1, owner: Predicate.OwnerKey(owner)))),
      in: RepositoryID(owner.digest), seen: .empty, time: time, by: signer)
  }
}
