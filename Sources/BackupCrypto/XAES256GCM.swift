/// XAES-256-GCM (c2sp.org/XAES-256-GCM): AES-256-GCM under a key derived for each message.
///
/// Its 24-byte nonces may be drawn at random for as many messages as one likes. It does not
/// commit to the key: bytes can be made that open under two keys.
public enum XAES256GCM {
  /// The length of a nonce, in bytes.
  public static let nonceByteCount = 24
  /// The length of a tag, in bytes.
  public static let tagByteCount = 16
  /// What a self-contained sealed message has more than its plaintext: nonce and tag.
  public static let overheadByteCount = nonceByteCount + tagByteCount
  /// The most bytes one call seals or binds: 1 GiB, which libcrypto's 32-bit counts can express.
  public static let plaintextByteCountMax = 1 << 30

  /// Encrypts `plaintext` under a nonce drawn at random, and binds `data` to it.
  ///
  /// - Returns: Nonce, ciphertext, tag: `plaintext.count + 40` bytes.
  /// - Throws: ``CryptoError/tooLong(byteCountMax:actual:)`` beyond ``plaintextByteCountMax``.
  public static func seal(
    _ plaintext: [UInt8], key: SecretKey, binding data: [UInt8]
  ) throws(CryptoError) -> [UInt8] {
    let context = try XAESContext()
    let nonce = try RandomBytes.make(count: nonceByteCount)
    var sealed = nonce
    sealed.append(contentsOf: [UInt8](repeating: 0, count: plaintext.count + tagByteCount))
    var span = sealed.mutableSpan
    var output = span._mutatingExtracting(nonceByteCount..<span.count)
    try context.seal(
      plaintext.span, key: key, nonce: nonce.span, binding: data.span, into: &output)
    return sealed
  }

  /// Decrypts what ``seal(_:key:binding:)`` returned.
  ///
  /// - Throws: ``CryptoError/tooShort(byteCountMin:actual:)`` below 40 bytes;
  ///   ``CryptoError/authenticationFailed`` unless key, `data` and every byte are those of the
  ///   sealing.
  public static func open(
    _ sealed: [UInt8], key: SecretKey, binding data: [UInt8]
  ) throws(CryptoError) -> [UInt8] {
    guard sealed.count >= overheadByteCount else {
      throw .tooShort(byteCountMin: overheadByteCount, actual: sealed.count)
    }
    let context = try XAESContext()
    var plaintext = [UInt8](repeating: 0, count: sealed.count - overheadByteCount)
    var output = plaintext.mutableSpan
    try context.open(
      sealed.span.extracting(nonceByteCount..<sealed.count), key: key,
      nonce: sealed.span.extracting(0..<nonceByteCount), binding: data.span, into: &output)
    return plaintext
  }
}
