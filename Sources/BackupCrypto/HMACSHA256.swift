/// HMAC-SHA-256 (RFC 2104, FIPS 198-1) of one message; see ``HMACHasher`` for many.
public enum HMACSHA256 {
  /// The length of a code, in bytes.
  public static let codeByteCount = 32

  /// Returns the code of `message` under `key`.
  public static func authenticate(_ message: Span<UInt8>, key: SecretKey) -> [UInt8] {
    let hasher = HMACHasher(key: key)
    hasher.update(message)
    return hasher.finish()
  }

  /// Returns the code of `message` under a key of any length.
  public static func authenticate(_ message: Span<UInt8>, key: Span<UInt8>) -> [UInt8] {
    let hasher = HMACHasher(keyBytes: key)
    hasher.update(message)
    return hasher.finish()
  }

  /// Says in constant time whether `code` is the full 32-byte code of `message` under `key`.
  public static func isValid(
    _ code: Span<UInt8>, for message: Span<UInt8>, key: SecretKey
  ) -> Bool {
    ConstantTime.areEqual(code, authenticate(message, key: key).span)
  }
}
