internal import BackupCrypto
public import BackupFormat

/// The public half of a key of a person or a machine.
public struct PublicKey: Hashable, Sendable {
  /// The length of an Ed25519 public key, in bytes.
  public static let ed25519ByteCount = 32
  /// The length of an X-Wing public key, in bytes.
  public static let xWingByteCount = 1216

  /// Checks signatures: 32 bytes.
  public let ed25519: [UInt8]
  /// Seals to the key's holder: 1,216 bytes.
  public let xWing: [UInt8]
  /// The key's id, which follows from both halves.
  public let keyID: KeyID

  /// Makes a key of both halves; nil if one has the wrong length.
  public init?(ed25519: [UInt8], xWing: [UInt8]) {
    guard ed25519.count == Self.ed25519ByteCount, xWing.count == Self.xWingByteCount else {
      return nil
    }
    let hash = SHA256.hash([UInt8]("nightsafe key v1\n".utf8) + ed25519 + xWing)
    guard let keyID = KeyID([UInt8](hash[0..<16])) else { return nil }
    self.ed25519 = ed25519
    self.xWing = xWing
    self.keyID = keyID
  }

  /// The SHA-256 of both halves, by which entry 0 names its owner.
  public var digest: Digest { Digest(hashing: ed25519 + xWing) }
}

extension Digest {
  /// The SHA-256 of `bytes`.
  public init(hashing bytes: [UInt8]) {
    guard let digest = Digest(SHA256.hash(bytes)) else {
      preconditionFailure("a SHA-256 has 32 bytes")
    }
    self = digest
  }
}

extension SetID {
  /// The id that follows from a data set's X-Wing public key.
  public init(xWing: [UInt8]) {
    guard let set = SetID([UInt8](SHA256.hash(xWing)[0..<16])) else {
      preconditionFailure("a SHA-256 has more than 16 bytes")
    }
    self = set
  }
}
