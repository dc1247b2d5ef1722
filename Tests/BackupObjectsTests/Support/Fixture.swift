import BackupCrypto
import BackupFormat
import BackupObjects
import BackupTestSupport

/// A data set, a repository and runs, the same in every run of the tests.
struct Fixture {
  let repository: RepositoryID
  let run: RunID
  let seed: SecretKey
  let privateKey: XWingPrivateKey
  let secret: SetSecret

  var set: SetID { secret.set }

  init(_ byte: UInt8 = 1) throws {
    repository = try RepositoryID.repeating(byte)
    run = try RunID.repeating(byte &+ 1)
    seed = try SecretKey.repeating(byte &+ 2)
    privateKey = try XWingPrivateKey(seed: seed)
    secret = try SetSecret(
      set: try SetID.ofPublicKey(privateKey.publicKeyBytes), publicKey: privateKey.publicKeyBytes,
      name: "documents", secret: try SecretKey.repeating(byte &+ 3))
  }

  /// A run's key, drawn at random.
  func runKey(_ run: RunID? = nil) throws -> RunKey {
    try RunKey.draw(
      repository: repository, set: set, setPublicKey: secret.publicKey, run: run ?? self.run)
  }
}

extension Identifier {
  /// An id of one byte, again and again.
  static func repeating(_ byte: UInt8) throws -> Self {
    try of([UInt8](repeating: byte, count: byteCount))
  }

  /// An id of its bytes.
  static func of(_ bytes: [UInt8]) throws -> Self {
    guard let id = Self(bytes) else { throw FormatError.outOfRange(.identifier) }
    return id
  }
}

extension SetID {
  /// The id of the set that has this X-Wing public key.
  static func ofPublicKey(_ publicKey: [UInt8]) throws -> SetID {
    try of([UInt8](SHA256.hash(publicKey)[0..<16]))
  }
}

extension SecretKey {
  /// A key of one byte, again and again.
  static func repeating(_ byte: UInt8) throws -> SecretKey {
    try SecretKey(copying: [UInt8](repeating: byte, count: 32).span)
  }

  /// A key of its bytes.
  static func of(_ bytes: [UInt8]) throws -> SecretKey { try SecretKey(copying: bytes.span) }
}

extension FormatVector {
  /// An id that the file holds in hexadecimal.
  func id<ID: Identifier>(_ field: String, _: ID.Type = ID.self) throws -> ID {
    try ID.of(bytes(field))
  }
}
