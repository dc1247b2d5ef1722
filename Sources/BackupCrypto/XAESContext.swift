/// Seals and opens messages by XAES-256-GCM without allocating (c2sp.org/XAES-256-GCM).
///
/// A context keeps libcrypto's state between messages, and what the last key determines: a
/// message under the same ``SecretKey`` object skips that part. It therefore keeps that key alive
/// until another one is used or the context goes away. One context belongs to one thread at a
/// time.
public final class XAESContext {
  private let schedule: XAESKeySchedule
  private let cipher: AESGCMContext

  /// Makes a context for any number of keys and messages.
  ///
  /// - Throws: ``CryptoError/openSSL(call:)`` if libcrypto lacks AES or memory.
  public init() throws(CryptoError) {
    schedule = try XAESKeySchedule()
    cipher = try AESGCMContext()
  }

  /// Encrypts `plaintext` and binds `data` to it.
  ///
  /// `sealed` gets the ciphertext and then the tag, `plaintext.count + 16` bytes; the nonce, 24
  /// bytes that no other message under this key has, is the caller's to store.
  ///
  /// - Throws: ``CryptoError/wrongLength(expected:actual:)`` for a nonce or output of another
  ///   length; ``CryptoError/tooLong(byteCountMax:actual:)`` for a message or bound data beyond
  ///   ``XAES256GCM/plaintextByteCountMax``.
  public func seal(
    _ plaintext: Span<UInt8>, key: SecretKey, nonce: Span<UInt8>, binding data: Span<UInt8>,
    into sealed: inout MutableSpan<UInt8>
  ) throws(CryptoError) {
    try Self.check(nonce: nonce, data: data, plaintextByteCount: plaintext.count)
    let sealedByteCount = plaintext.count + XAES256GCM.tagByteCount
    guard sealed.count == sealedByteCount else {
      throw .wrongLength(expected: sealedByteCount, actual: sealed.count)
    }
    var messageKey = InlineArray<32, UInt8>(repeating: 0)
    defer { wipe(&messageKey) }
    try schedule.derive(key: key, noncePrefix: nonce.extracting(0..<12), into: &messageKey)
    try cipher.seal(
      plaintext, key: messageKey.span, nonce: nonce.extracting(12..<24), binding: data,
      into: &sealed)
  }

  /// Decrypts a ciphertext and its tag into `plaintext`, of `sealed.count - 16` bytes.
  ///
  /// - Throws: ``CryptoError/authenticationFailed`` unless key, nonce, `data` and every byte are
  ///   those of the sealing, and then `plaintext` is all zeros; ``CryptoError/tooShort(byteCountMin:actual:)``,
  ///   ``CryptoError/tooLong(byteCountMax:actual:)`` or
  ///   ``CryptoError/wrongLength(expected:actual:)`` for impossible lengths.
  public func open(
    _ sealed: Span<UInt8>, key: SecretKey, nonce: Span<UInt8>, binding data: Span<UInt8>,
    into plaintext: inout MutableSpan<UInt8>
  ) throws(CryptoError) {
    guard sealed.count >= XAES256GCM.tagByteCount else {
      throw .tooShort(byteCountMin: XAES256GCM.tagByteCount, actual: sealed.count)
    }
    let plaintextByteCount = sealed.count - XAES256GCM.tagByteCount
    try Self.check(nonce: nonce, data: data, plaintextByteCount: plaintextByteCount)
    guard plaintext.count == plaintextByteCount else {
      throw .wrongLength(expected: plaintextByteCount, actual: plaintext.count)
    }
    var messageKey = InlineArray<32, UInt8>(repeating: 0)
    defer { wipe(&messageKey) }
    try schedule.derive(key: key, noncePrefix: nonce.extracting(0..<12), into: &messageKey)
    try cipher.open(
      sealed, key: messageKey.span, nonce: nonce.extracting(12..<24), binding: data,
      into: &plaintext)
  }

  private static func check(
    nonce: Span<UInt8>, data: Span<UInt8>, plaintextByteCount: Int
  ) throws(CryptoError) {
    guard nonce.count == XAES256GCM.nonceByteCount else {
      throw .wrongLength(expected: XAES256GCM.nonceByteCount, actual: nonce.count)
    }
    let longest = max(plaintextByteCount, data.count)
    guard longest <= XAES256GCM.plaintextByteCountMax else {
      throw .tooLong(byteCountMax: XAES256GCM.plaintextByteCountMax, actual: longest)
    }
  }
}

@available(*, unavailable)
extension XAESContext: Sendable {}
