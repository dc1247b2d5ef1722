/// Why an operation on keys or sealed bytes was refused.
///
/// No case carries a key, a passphrase or a plaintext.
public enum CryptoError: Error, Hashable, Sendable {
  /// An input or output must have exactly `expected` bytes and has `actual`.
  case wrongLength(expected: Int, actual: Int)
  /// An input must have at least `byteCountMin` bytes and has `actual`.
  case tooShort(byteCountMin: Int, actual: Int)
  /// An input, or a requested output, may have at most `byteCountMax` bytes and has `actual`.
  case tooLong(byteCountMax: Int, actual: Int)
  /// The bytes are not a public key, or are one that no honest key generation makes.
  case invalidKey
  /// The sealed bytes, the bound data, the nonce or the key are not those of the sealing.
  case authenticationFailed
  /// The scrypt parameters are outside the bounds that this program accepts.
  case unacceptableCost(log2N: Int, r: Int, p: Int)
  /// The system has no page of memory for a key.
  case outOfMemory
  /// A function of libcrypto failed, which only a broken installation or lack of memory explains.
  case openSSL(call: String)
  /// An operation of swift-crypto failed that has no reason to.
  case swiftCrypto(call: String)
}
