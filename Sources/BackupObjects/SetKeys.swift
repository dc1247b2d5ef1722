public import BackupCrypto
public import BackupFormat

/// What a writer holds of a data set: its secret and its name.
///
/// Subkeys are derived once (`Docs/format.md`, section 2.2).
public final class SetSecret: Sendable {
  /// The data set.
  public let set: SetID
  /// The public key that content keys are sealed to, 1,216 bytes.
  public let publicKey: [UInt8]
  /// Its name.
  public let name: String
  /// The secret.
  public let secret: SecretKey
  /// The key of chunk ids.
  public let chunkIDKey: SecretKey
  /// The key of page ids.
  public let pageIDKey: SecretKey
  /// The key that seals chunk lists.
  public let chunkListKey: SecretKey
  /// The 256 words of the chunker's table.
  public let gearTable: [UInt64]

  /// Derives the subkeys.
  public init(set: SetID, publicKey: [UInt8], name: String, secret: SecretKey) throws(ObjectError) {
    self.set = set
    self.publicKey = publicKey
    self.name = name
    self.secret = secret
    do {
      chunkIDKey = try secret.derive(info: "nightsafe chunk id v1")
      pageIDKey = try secret.derive(info: "nightsafe page id v1")
      chunkListKey = try secret.derive(info: "nightsafe chunk list v1")
      gearTable = try Self.gearTable(secret)
    } catch {
      throw .unavailable
    }
  }

  private static func gearTable(_ secret: SecretKey) throws(CryptoError) -> [UInt64] {
    let bytes = try secret.withExposedBytes { (key) throws(CryptoError) in
      try HKDFSHA256.derive(
        inputKey: key, salt: [UInt8]().span, info: [UInt8]("nightsafe gear v1".utf8).span,
        byteCount: 2048)
    }
    return (0..<256).map { i in
      (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[i * 8 + $1]) << (8 * UInt64($1)) }
    }
  }
}

/// What a restorer holds of a data set: everything.
public struct SetOpeningKeys: Sendable {
  /// What a writer holds, too.
  public let secret: SetSecret
  /// The key that opens what runs sealed.
  public let privateKey: XWingPrivateKey
  /// What the private key follows from: handed on when another restorer is appointed.
  public let privateKeySeed: SecretKey
}

/// One of `keys/<set>/<key id>`: a data set's keys, sealed to the key of a person or a machine.
public enum SealedSetKeys {
  /// What is sealed.
  public enum Opened: Sendable {
    /// A writer's: the secret.
    case writer(SetSecret)
    /// A restorer's: secret and private key.
    case restorer(SetOpeningKeys)

    /// The part that both hold.
    public var secret: SetSecret {
      switch self {
      case .writer(let secret): secret
      case .restorer(let keys): keys.secret
      }
    }
  }

  private static func info(_ repository: RepositoryID, _ set: SetID, _ key: KeyID) -> [UInt8] {
    [UInt8]("nightsafe set key v1".utf8) + repository.bytes + set.bytes + key.bytes
  }

  /// Seals a data set's keys; `seed` is the set's X-Wing seed for a restorer, nil for a writer.
  public static func seal(
    _ secret: SetSecret, seed: SecretKey?, to publicKey: [UInt8], key: KeyID,
    repository: RepositoryID
  ) throws(ObjectError) -> [UInt8] {
    var body = ByteWriter(capacity: 160)
    body.u8(seed == nil ? 1 : 2)
    body.raw(secret.secret.exposedBytes())
    if let seed { body.raw(seed.exposedBytes()) }
    body.byteString([UInt8](secret.name.utf8))
    defer { wipe(&body.bytes) }
    do {
      return try HPKEXWing.seal(
        body.bytes, to: publicKey, info: info(repository, secret.set, key))
    } catch {
      throw .unavailable
    }
  }

  /// Opens a data set's keys with the key that they were sealed to.
  ///
  /// - Parameter setPublicKey: The set's public key, from the owner's statement.
  /// - Throws: ``ObjectError/wrongKey``, ``ObjectError/malformed(_:)``, or
  ///   ``ObjectError/identifierMismatch`` if the private key is not the set's.
  public static func open(
    _ sealed: [UInt8], with key: XWingPrivateKey, keyID: KeyID, set: SetID,
    setPublicKey: [UInt8], repository: RepositoryID
  ) throws(ObjectError) -> Opened {
    var body: [UInt8]
    do {
      body = try HPKEXWing.open(sealed, with: key, info: info(repository, set, keyID))
    } catch {
      throw .wrongKey
    }
    defer { wipe(&body) }
    var reader = ByteReader(body)
    var access: UInt8 = 0
    var secretBytes: [UInt8] = []
    var seedBytes: [UInt8] = []
    var name: String?
    do throws(FormatError) {
      access = try reader.u8()
      guard access == 1 || access == 2 else { throw .outOfRange(.type) }
      secretBytes = try reader.raw(32)
      if access == 2 { seedBytes = try reader.raw(32) }
      name = String(
        validating: try reader.byteString(limit: Limits.setNameByteCount, .name), as: UTF8.self)
      try reader.expectEnd()
    } catch {
      throw .malformed(error)
    }
    defer {
      wipe(&secretBytes)
      wipe(&seedBytes)
    }
    guard let name, !name.isEmpty else { throw .malformed(.outOfRange(.name)) }
    do {
      let secret = try SetSecret(
        set: set, publicKey: setPublicKey, name: name,
        secret: try SecretKey(copying: secretBytes.span))
      guard access == 2 else { return .writer(secret) }
      let seed = try SecretKey(copying: seedBytes.span)
      let privateKey = try XWingPrivateKey(seed: seed)
      guard privateKey.publicKeyBytes == setPublicKey,
        [UInt8](SHA256.hash(setPublicKey)[0..<SetID.byteCount]) == set.bytes
      else { throw ObjectError.identifierMismatch }
      return .restorer(
        SetOpeningKeys(secret: secret, privateKey: privateKey, privateKeySeed: seed))
    } catch let error as ObjectError {
      throw error
    } catch {
      throw .unavailable
    }
  }
}
