internal import COpenSSL

/// A key that checks Ed25519 signatures (RFC 8032).
public struct Ed25519PublicKey: Sendable, Hashable {
  /// The length of a public key, in bytes.
  public static let byteCount = 32
  /// The length of a signature, in bytes.
  public static let signatureByteCount = 64

  /// The encoded point (RFC 8032, section 5.1.2).
  public let bytes: [UInt8]

  /// Takes an encoded point.
  ///
  /// Refused are encodings that are not canonical and the points of small order, under which one
  /// signature can fit every message.
  ///
  /// - Throws: ``CryptoError/wrongLength(expected:actual:)`` unless there are 32 bytes;
  ///   ``CryptoError/invalidKey`` for a refused point.
  public init(_ bytes: [UInt8]) throws(CryptoError) {
    guard bytes.count == Self.byteCount else {
      throw .wrongLength(expected: Self.byteCount, actual: bytes.count)
    }
    guard EdwardsEncoding.isCanonical(bytes), !EdwardsEncoding.isOfSmallOrder(bytes) else {
      throw .invalidKey
    }
    self.bytes = bytes
  }

  /// Says whether `signature` was made over `message` by the owner of the private key.
  ///
  /// A signature of the wrong length is simply not valid, nor is any under bytes that encode no
  /// point of the curve.
  public func verify(signature: Span<UInt8>, message: Span<UInt8>) -> Bool {
    guard signature.count == Self.signatureByteCount else { return false }
    let key = unsafe bytes.span.withUnsafeBufferPointer {
      unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, $0.baseAddress, $0.count)
    }
    guard let key = unsafe key else { return false }
    defer { unsafe EVP_PKEY_free(key) }
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
    let status = unsafe signature.withUnsafeBufferPointer { signature in
      unsafe message.withUnsafeBufferPointer { message in
        unsafe EVP_DigestVerify(
          context, signature.baseAddress, signature.count, message.baseAddress, message.count)
      }
    }
    return status == 1
  }
}

/// What can be said of an encoded point of edwards25519 without arithmetic on the curve.
///
/// The encoding is y in 255 bits, little-endian, then the sign of x (RFC 8032, section 5.1.2).
enum EdwardsEncoding {
  /// Says whether y is less than p = 2^255 − 19.
  static func isCanonical(_ encoding: [UInt8]) -> Bool {
    guard encoding[31] & 0x7f == 0x7f, encoding[1..<31].allSatisfy({ $0 == 0xff }) else {
      return true
    }
    return encoding[0] < 0xed
  }

  /// Says whether y is that of one of the eight points whose order divides 8.
  static func isOfSmallOrder(_ encoding: [UInt8]) -> Bool {
    var y = encoding
    y[31] &= 0x7f
    return smallOrderYs.contains(y)
  }

  /// y = 0 (order 4), 1 (the neutral point), p − 1 (order 2) and the two of order 8, that is, the
  /// roots of d·y⁴ + 2·y² = 1.
  private static let smallOrderYs: [[UInt8]] = [
    [UInt8](repeating: 0, count: 32),
    [1] + [UInt8](repeating: 0, count: 31),
    [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
    [
      0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
      0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
      0xfc, 0x05,
    ],
    [
      0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
      0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
      0x03, 0x7a,
    ],
  ]
}
