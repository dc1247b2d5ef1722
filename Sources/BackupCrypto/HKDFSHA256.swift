/// HKDF with SHA-256 (RFC 5869), extract and expand.
///
/// Made of ``HMACSHA256`` and not of libcrypto's `EVP_KDF`, which refuses an empty input key and
/// more than a kilobyte of `info` in version 3.0.
public enum HKDFSHA256 {
  /// The most bytes one derivation gives: 255 blocks (RFC 5869, section 2.3).
  public static let byteCountMax = 255 * SHA256.digestByteCount

  /// Derives `byteCount` bytes, which the caller should wipe after use.
  ///
  /// An empty `salt` stands for 32 zeros, as the RFC has it.
  ///
  /// - Throws: ``CryptoError/tooLong(byteCountMax:actual:)`` beyond ``byteCountMax``.
  public static func derive(
    inputKey: Span<UInt8>, salt: Span<UInt8>, info: Span<UInt8>, byteCount: Int
  ) throws(CryptoError) -> [UInt8] {
    precondition(byteCount >= 0, "a count of bytes is not negative")
    guard byteCount <= byteCountMax else {
      throw .tooLong(byteCountMax: byteCountMax, actual: byteCount)
    }
    var output = [UInt8](repeating: 0, count: byteCount)
    var span = output.mutableSpan
    try derive(inputKey: inputKey, salt: salt, info: info, into: &span)
    return output
  }

  /// Derives a 256-bit key that never stands in ordinary memory.
  public static func deriveKey(
    inputKey: SecretKey, salt: Span<UInt8>, info: Span<UInt8>
  ) throws(CryptoError) -> SecretKey {
    try SecretKey { (storage) throws(CryptoError) in
      try inputKey.withExposedBytes { (key) throws(CryptoError) in
        try derive(inputKey: key, salt: salt, info: info, into: &storage)
      }
    }
  }

  /// Fills `output`, which has at most ``byteCountMax`` bytes.
  static func derive(
    inputKey: Span<UInt8>, salt: Span<UInt8>, info: Span<UInt8>,
    into output: inout MutableSpan<UInt8>
  ) throws(CryptoError) {
    guard output.count <= byteCountMax else {
      throw .tooLong(byteCountMax: byteCountMax, actual: output.count)
    }
    // HMAC pads its key with zeros, so an empty salt equals the 32 zeros of the RFC.
    var pseudorandomKey = HMACSHA256.authenticate(inputKey, key: salt)
    let hasher = HMACHasher(keyBytes: pseudorandomKey.span)
    wipe(&pseudorandomKey)

    var block = [UInt8](repeating: 0, count: SHA256.digestByteCount)
    var offset = 0
    var counter: UInt8 = 0
    while offset < output.count {
      counter += 1
      if offset > 0 { hasher.update(block.span) }
      hasher.update(info)
      hasher.update([counter].span)
      var blockSpan = block.mutableSpan
      hasher.finish(into: &blockSpan)
      for i in 0..<min(block.count, output.count - offset) { output[offset + i] = block[i] }
      offset += block.count
    }
    wipe(&block)
  }
}
