internal import Crypto

/// A key that opens what was sealed to its public key by ``HPKEXWing``.
///
/// X-Wing joins ML-KEM-768 and X25519, and holds as long as one of them does
/// (draft-connolly-cfrg-xwing-kem-06). Only the seed is kept, in its locked page; the expanded
/// key is made for each opening, about 0.1 ms.
public struct XWingPrivateKey: Sendable {
  /// The length of the public key, in bytes: 1184 of ML-KEM-768, then 32 of X25519.
  public static let publicKeyByteCount = 1216

  /// The public key, ML-KEM-768's and then X25519's.
  public let publicKeyBytes: [UInt8]
  private let seed: SecretKey

  /// Takes the 32-byte seed that the draft calls the decapsulation key.
  ///
  /// - Throws: ``CryptoError/swiftCrypto(call:)`` if swift-crypto refuses the seed, which it has
  ///   no reason to.
  public init(seed: SecretKey) throws(CryptoError) {
    self.seed = seed
    self.publicKeyBytes = Array(try Self.expand(seed).publicKey.rawRepresentation)
  }

  /// The key as swift-crypto has it.
  func expanded() throws(CryptoError) -> XWingMLKEM768X25519.PrivateKey {
    try Self.expand(seed)
  }

  private static func expand(
    _ seed: SecretKey
  ) throws(CryptoError) -> XWingMLKEM768X25519.PrivateKey {
    var bytes = seed.exposedBytes()
    defer { wipe(&bytes) }
    do {
      return try XWingMLKEM768X25519.PrivateKey(seedRepresentation: bytes, publicKey: nil)
    } catch {
      throw .swiftCrypto(call: "XWingMLKEM768X25519.PrivateKey.init")
    }
  }
}
