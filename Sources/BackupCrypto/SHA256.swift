internal import COpenSSL

/// SHA-256 (FIPS 180-4).
///
/// Nothing here throws: once ``CryptoLibrary/prepare()`` has passed, only lack of memory makes
/// libcrypto fail, and there Swift itself traps.
public enum SHA256 {
  /// The length of a digest, in bytes.
  public static let digestByteCount = 32

  /// Hashes `message`.
  public static func hash(_ message: Span<UInt8>) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: digestByteCount)
    var span = digest.mutableSpan
    hash(message, into: &span)
    return digest
  }

  /// Hashes `message`.
  public static func hash(_ message: [UInt8]) -> [UInt8] {
    hash(message.span)
  }

  /// Hashes `message` into `digest`, which has 32 bytes.
  public static func hash(_ message: Span<UInt8>, into digest: inout MutableSpan<UInt8>) {
    precondition(digest.count == digestByteCount, "a SHA-256 digest has 32 bytes")
    let status = unsafe digest.withUnsafeMutableBufferPointer { digest in
      unsafe message.withUnsafeBytes { message in
        unsafe EVP_Digest(
          message.baseAddress, message.count, digest.baseAddress, nil, CryptoLibrary.sha256, nil)
      }
    }
    precondition(status == 1, "libcrypto offers SHA-256 and has memory for its state")
  }
}
