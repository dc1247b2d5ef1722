import BackupCrypto

/// What stands behind bytes in a file of the state, so that a damaged one is found: the first 8 bytes of
/// their SHA-256.
enum StateCheck {
  static let byteCount = 8

  /// The check of some bytes, as a little-endian word.
  static func of(_ bytes: Span<UInt8>) -> UInt64 {
    var digest = [UInt8](repeating: 0, count: SHA256.digestByteCount)
    var span = digest.mutableSpan
    SHA256.hash(bytes, into: &span)
    return word(in: digest.span, at: 0)
  }

  /// The check that stands at a place.
  static func word(in bytes: Span<UInt8>, at start: Int) -> UInt64 {
    (0..<byteCount).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
  }
}
