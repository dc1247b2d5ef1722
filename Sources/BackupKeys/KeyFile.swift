internal import BackupCrypto
public import BackupFormat
public import BackupLog

/// The text of a key file (`Docs/format.md`, section 2.1).
public struct KeyFile: Sendable {
  /// The body between the marked lines.
  public let body: KeyFileBody

  /// scrypt's parameters for new files: N = 2^16, r = 8, p = 2; about 0.4 s and 64 MiB.
  private static let log2N: UInt8 = 16
  private static let r: UInt8 = 8
  private static let p: UInt8 = 2

  /// Reads a key file.
  public init(parsing text: [UInt8]) throws(KeyError) {
    guard var bytes = Armour.decode(text, label: .key) else { throw .notAKeyFile }
    defer { wipe(&bytes) }
    do { body = try KeyFileBody(decoding: bytes) } catch { throw .notAKeyFile }
  }

  /// The id that the file says it holds.
  public var keyID: KeyID { body.keyID }

  /// Whether a passphrase is needed.
  public var isProtected: Bool {
    if case .passphrase = body.protection { true } else { false }
  }

  /// Opens the key; `passphrase` is asked for only if it is needed.
  ///
  /// - Throws: ``KeyError/needsPassphrase``, ``KeyError/wrongPassphrase``, ``KeyError/inconsistent``.
  public func open(passphrase: [UInt8]?) throws(KeyError) -> KeyPair {
    let seed: SecretKey
    switch body.protection {
    case .none(var bytes):
      defer { wipe(&bytes) }
      do { seed = try SecretKey(copying: bytes.span) } catch { throw .notAKeyFile }
    case .passphrase(let log2N, let r, let p, let salt, let sealedSeed):
      guard let passphrase else { throw .needsPassphrase }
      let front = KeyFileBody.front(keyID: keyID, log2N: log2N, r: r, p: p, salt: salt)
      do {
        let key = try Scrypt.derive(
          passphrase: passphrase.span, salt: salt.span, log2N: Int(log2N), r: Int(r), p: Int(p))
        var bytes = try XAES256GCM.open(sealedSeed, key: key, binding: front)
        defer { wipe(&bytes) }
        seed = try SecretKey(copying: bytes.span)
      } catch CryptoError.authenticationFailed {
        throw .wrongPassphrase
      } catch {
        throw .unavailable
      }
    }
    let pair = try KeyPair(seed: seed)
    guard pair.keyID == keyID else { throw .inconsistent }
    return pair
  }

  /// Writes a key file.
  ///
  /// - Parameters:
  ///   - passphrase: nil leaves the seed open to whoever can read the file.
  ///   - comment: Lines for people: what this is and what losing it means.
  public static func encode(
    _ key: KeyPair, passphrase: [UInt8]?, comment: [String]
  ) throws(KeyError) -> String {
    var seed = key.seed.exposedBytes()
    defer { wipe(&seed) }
    let protection: KeyFileBody.Protection
    if let passphrase {
      do {
        let salt = try RandomBytes.make(count: 16)
        let derived = try Scrypt.derive(
          passphrase: passphrase.span, salt: salt.span, log2N: Int(log2N), r: Int(r), p: Int(p))
        let front = KeyFileBody.front(keyID: key.keyID, log2N: log2N, r: r, p: p, salt: salt)
        protection = .passphrase(
          log2N: log2N, r: r, p: p, salt: salt,
          sealedSeed: try XAES256GCM.seal(seed, key: derived, binding: front))
      } catch {
        throw .unavailable
      }
    } else {
      protection = .none(seed: seed)
    }
    return Armour.encode(
      KeyFileBody(keyID: key.keyID, protection: protection).encode(), label: .key, comment: comment)
  }
}

/// The text of a public key file.
public enum PublicKeyFile {
  /// Writes a public key file.
  public static func encode(_ key: PublicKey, comment: [String]) -> String {
    var body = ByteWriter(capacity: 1300)
    body.mark("NSPUB1")
    body.raw(key.ed25519)
    body.raw(key.xWing)
    return Armour.encode(body.bytes, label: .publicKey, comment: comment)
  }

  /// Reads a public key file.
  public static func parse(_ text: [UInt8]) throws(KeyError) -> PublicKey {
    guard let bytes = Armour.decode(text, label: .publicKey) else { throw .notAKeyFile }
    var reader = ByteReader(bytes)
    do {
      try reader.expect(mark: "NSPUB1")
      let ed25519 = try reader.raw(PublicKey.ed25519ByteCount)
      let xWing = try reader.raw(PublicKey.xWingByteCount)
      try reader.expectEnd()
      guard let key = PublicKey(ed25519: ed25519, xWing: xWing) else { throw KeyError.notAKeyFile }
      return key
    } catch {
      throw .notAKeyFile
    }
  }
}
