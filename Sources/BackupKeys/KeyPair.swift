public import BackupCrypto
public import BackupFormat
public import BackupLog

/// A key of a person or a machine: a seed from which a signing and a sealing key follow.
///
/// `Docs/format.md`, section 2.1. What it may do is said by the owner's statements, not by the file.
public struct KeyPair: Sendable {
  /// The seed, 32 bytes.
  public let seed: SecretKey
  /// The public half.
  public let publicKey: PublicKey
  /// Signs statements.
  public let signer: Signer
  /// Opens what is sealed to the key.
  public let privateKey: XWingPrivateKey

  /// The id of the key.
  public var keyID: KeyID { publicKey.keyID }

  /// Derives both halves from a seed.
  public init(seed: SecretKey) throws(KeyError) {
    do {
      let signingKey = try Ed25519SigningKey(seed: try seed.derive(info: "nightsafe ed25519 v1"))
      let privateKey = try XWingPrivateKey(seed: try seed.derive(info: "nightsafe x-wing v1"))
      guard
        let publicKey = PublicKey(
          ed25519: signingKey.publicKeyBytes, xWing: privateKey.publicKeyBytes)
      else { throw KeyError.unavailable }
      self.seed = seed
      self.privateKey = privateKey
      self.publicKey = publicKey
      signer = Signer(keyID: publicKey.keyID, key: signingKey)
    } catch {
      throw .unavailable
    }
  }

  /// Draws a new key.
  public static func random() throws(KeyError) -> KeyPair {
    let seed: SecretKey
    do { seed = try SecretKey.random() } catch { throw .unavailable }
    return try KeyPair(seed: seed)
  }
}
