internal import Crypto
internal import FoundationEssentials

/// Sealing to a public key: HPKE in base mode (RFC 9180) with X-Wing, HKDF-SHA-256 and
/// AES-256-GCM.
///
/// Anyone can seal, so an opened message says nothing about its sender. Context is bound by
/// `info`; the associated data is empty, for there are readers that offer none.
public enum HPKEXWing {
  /// The length of the encapsulated key that a sealed message begins with, in bytes.
  public static let encapsulatedKeyByteCount = 1120
  /// What a sealed message has more than its plaintext: encapsulated key and tag.
  public static let overheadByteCount = encapsulatedKeyByteCount + 16
  /// The most bytes one call seals: HPKE carries keys here, not data.
  public static let plaintextByteCountMax = 1 << 20

  private static let suite = HPKE.Ciphersuite.XWingMLKEM768X25519_SHA256_AES_GCM_256

  /// Encrypts `plaintext` so that only the owner of the private key, knowing `info`, opens it.
  ///
  /// - Returns: Encapsulated key, ciphertext, tag: `plaintext.count + 1136` bytes.
  /// - Throws: ``CryptoError/wrongLength(expected:actual:)`` or ``CryptoError/invalidKey`` for a
  ///   public key that is none; ``CryptoError/tooLong(byteCountMax:actual:)`` beyond
  ///   ``plaintextByteCountMax``.
  public static func seal(
    _ plaintext: [UInt8], to publicKey: [UInt8], info: [UInt8]
  ) throws(CryptoError) -> [UInt8] {
    guard plaintext.count <= plaintextByteCountMax else {
      throw .tooLong(byteCountMax: plaintextByteCountMax, actual: plaintext.count)
    }
    guard publicKey.count == XWingPrivateKey.publicKeyByteCount else {
      throw .wrongLength(expected: XWingPrivateKey.publicKeyByteCount, actual: publicKey.count)
    }
    let recipientKey: XWingMLKEM768X25519.PublicKey
    do {
      recipientKey = try XWingMLKEM768X25519.PublicKey(rawRepresentation: publicKey)
    } catch {
      throw .invalidKey
    }
    var sender: HPKE.Sender
    do {
      sender = try HPKE.Sender(recipientKey: recipientKey, ciphersuite: suite, info: Data(info))
    } catch {
      // BoringSSL reads the ML-KEM half only here, and refuses coefficients beyond the modulus.
      throw .invalidKey
    }
    do {
      return Array(sender.encapsulatedKey) + Array(try sender.seal(plaintext))
    } catch {
      throw .swiftCrypto(call: "HPKE.Sender.seal")
    }
  }

  /// Decrypts what ``seal(_:to:info:)`` returned.
  ///
  /// - Throws: ``CryptoError/tooShort(byteCountMin:actual:)`` below 1136 bytes;
  ///   ``CryptoError/tooLong(byteCountMax:actual:)`` beyond what can have been sealed;
  ///   ``CryptoError/authenticationFailed`` unless key, `info` and every byte are those of the
  ///   sealing.
  public static func open(
    _ sealed: [UInt8], with privateKey: XWingPrivateKey, info: [UInt8]
  ) throws(CryptoError) -> [UInt8] {
    guard sealed.count >= overheadByteCount else {
      throw .tooShort(byteCountMin: overheadByteCount, actual: sealed.count)
    }
    let byteCountMax = plaintextByteCountMax + overheadByteCount
    guard sealed.count <= byteCountMax else {
      throw .tooLong(byteCountMax: byteCountMax, actual: sealed.count)
    }
    let key = try privateKey.expanded()
    do {
      var recipient = try HPKE.Recipient(
        privateKey: key, ciphersuite: suite, info: Data(info),
        encapsulatedKey: Data(sealed[..<encapsulatedKeyByteCount]))
      return Array(try recipient.open(sealed[encapsulatedKeyByteCount...]))
    } catch {
      throw .authenticationFailed
    }
  }
}
