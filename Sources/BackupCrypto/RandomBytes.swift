internal import COpenSSL

/// Unpredictable bytes that are not secret: nonces, salts and names (`RAND_bytes(3)`).
///
/// Keys come from ``SecretKey/random()``, whose generator is a separate one.
public enum RandomBytes {
  /// The most bytes one call draws.
  public static let byteCountMax = Int(Int32.max)

  /// Draws `count` bytes.
  ///
  /// - Throws: ``CryptoError/openSSL(call:)`` if the generator cannot be seeded.
  public static func make(count: Int) throws(CryptoError) -> [UInt8] {
    precondition(count >= 0, "a count of bytes is not negative")
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    try fill(&span)
    return bytes
  }

  /// Overwrites the whole of `bytes`.
  ///
  /// - Throws: ``CryptoError/openSSL(call:)`` if the generator cannot be seeded;
  ///   ``CryptoError/tooLong(byteCountMax:actual:)`` beyond ``byteCountMax``.
  public static func fill(_ bytes: inout MutableSpan<UInt8>) throws(CryptoError) {
    guard bytes.count <= byteCountMax else {
      throw .tooLong(byteCountMax: byteCountMax, actual: bytes.count)
    }
    guard !bytes.isEmpty else { return }
    let status = unsafe bytes.withUnsafeMutableBufferPointer {
      unsafe RAND_bytes($0.baseAddress, Int32($0.count))
    }
    try CryptoLibrary.check(status, "RAND_bytes")
  }
}
