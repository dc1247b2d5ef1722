internal import COpenSSL

/// scrypt, the memory-hard derivation of a key from a passphrase (RFC 7914).
public enum Scrypt {
  /// The bounds on `log2N`: N = 2^20 with r = 8 takes a gibibyte, the most a reader should grant.
  public static let acceptedLog2N = 1...20
  /// The bounds on the block size factor `r`.
  public static let acceptedR = 1...32
  /// The bounds on the parallelisation factor `p`, which multiplies the time.
  public static let acceptedP = 1...16
  /// The most memory one derivation may take for its table: 1 GiB.
  public static let tableByteCountMax = 1 << 30
  /// The longest passphrase or salt, in bytes.
  public static let inputByteCountMax = 1 << 16

  /// Derives a 256-bit key.
  ///
  /// It takes 128·N·r bytes of memory: 64 MiB for N = 2^16 and r = 8.
  ///
  /// - Throws: ``CryptoError/unacceptableCost(log2N:r:p:)`` for parameters outside the bounds,
  ///   before any work; ``CryptoError/tooLong(byteCountMax:actual:)`` for a passphrase or salt
  ///   beyond ``inputByteCountMax``; ``CryptoError/openSSL(call:)`` if memory is short.
  public static func derive(
    passphrase: Span<UInt8>, salt: Span<UInt8>, log2N: Int, r: Int, p: Int
  ) throws(CryptoError) -> SecretKey {
    guard acceptedLog2N.contains(log2N), acceptedR.contains(r), acceptedP.contains(p),
      // RFC 7914, section 2: N is less than 2^(128·r/8).
      log2N < 16 * r,
      (128 * r) << log2N <= tableByteCountMax
    else { throw .unacceptableCost(log2N: log2N, r: r, p: p) }
    let longest = max(passphrase.count, salt.count)
    guard longest <= inputByteCountMax else {
      throw .tooLong(byteCountMax: inputByteCountMax, actual: longest)
    }

    // An empty passphrase or salt is a null pointer here, which libcrypto takes for zero bytes
    // (`crypto/evp/pbe_scrypt.c`).
    return try SecretKey { (storage) throws(CryptoError) in
      let status = unsafe storage.withUnsafeMutableBufferPointer { output in
        unsafe passphrase.withUnsafeBytes { passphrase in
          unsafe salt.withUnsafeBufferPointer { salt in
            unsafe EVP_PBE_scrypt(
              passphrase.baseAddress?.assumingMemoryBound(to: CChar.self),
              passphrase.count, salt.baseAddress, salt.count,
              1 << UInt64(log2N), UInt64(r), UInt64(p), memoryByteCount(log2N: log2N, r: r, p: p),
              output.baseAddress, output.count)
          }
        }
      }
      try CryptoLibrary.check(status, "EVP_PBE_scrypt")
    }
  }

  /// What libcrypto counts against its `maxmem`: the table of N blocks, two blocks of scratch and
  /// the p blocks of state, each of 128·r bytes (`crypto/evp/pbe_scrypt.c`).
  private static func memoryByteCount(log2N: Int, r: Int, p: Int) -> UInt64 {
    UInt64(128 * r) * (1 << UInt64(log2N) + 2 + UInt64(p))
  }
}
