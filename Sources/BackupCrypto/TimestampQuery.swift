/// What is asked of an authority for time stamps (RFC 3161, section 2.4.1): a stamp on a SHA-256.
///
/// There is one form of it (`Docs/format.md`, section 11.5): version 1, no wish for a policy, a
/// nonce of eight bytes, and the wish for the authority's certificate. Nothing in it is secret.
public struct TimestampQuery: Hashable, Sendable {
  /// The length of a query, in bytes.
  public static let byteCount = 69
  private static let nonceByteCount = 8
  private static let head: [UInt8] = [
    0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
    0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
  ]

  /// The SHA-256 that is to be stamped.
  public let imprint: [UInt8]
  /// What the answer has to repeat.
  public let nonce: [UInt8]

  /// Asks for a stamp on a SHA-256, with a fresh nonce.
  ///
  /// - Throws: ``CryptoError/wrongLength(expected:actual:)`` for another number of bytes than 32;
  ///   ``CryptoError/openSSL(call:)`` if the generator cannot be seeded.
  public init(imprint: [UInt8]) throws(CryptoError) {
    guard imprint.count == SHA256.digestByteCount else {
      throw .wrongLength(expected: SHA256.digestByteCount, actual: imprint.count)
    }
    self.imprint = imprint
    var nonce = try RandomBytes.make(count: Self.nonceByteCount)
    // An INTEGER that is positive and has no zeros before it.
    nonce[0] = 1 + nonce[0] % 127
    self.nonce = nonce
  }

  /// The query in DER.
  public var bytes: [UInt8] {
    Self.head + imprint + [0x02, UInt8(Self.nonceByteCount)] + nonce + [0x01, 0x01, 0xff]
  }

  /// Reads what ``bytes`` writes; nil for anything else.
  public init?(parsing bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    let imprintEnd = Self.head.count + SHA256.digestByteCount
    imprint = [UInt8](bytes[Self.head.count..<imprintEnd])
    nonce = [UInt8](bytes[(imprintEnd + 2)..<(imprintEnd + 2 + Self.nonceByteCount)])
    guard 0x01...0x7f ~= nonce[0], self.bytes == bytes else { return nil }
  }
}
