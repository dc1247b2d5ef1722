/// The body of a key file.
///
/// "NSKEY1" ‖ u8 protection ‖ key id [16] ‖ seed [32], or scrypt's parameters and the sealed seed.
public struct KeyFileBody: Hashable, Sendable {
  /// How the seed is kept.
  public enum Protection: Hashable, Sendable {
    /// As it is.
    case none(seed: [UInt8])
    /// Sealed under a passphrase.
    case passphrase(log2N: UInt8, r: UInt8, p: UInt8, salt: [UInt8], sealedSeed: [UInt8])
  }

  /// The id that follows from the seed.
  public var keyID: KeyID
  /// The seed.
  public var protection: Protection

  /// Makes a body.
  public init(keyID: KeyID, protection: Protection) {
    self.keyID = keyID
    self.protection = protection
  }

  /// Reads a whole body.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    try reader.expect(mark: "NSKEY1")
    let kind = try reader.u8()
    keyID = try reader.id()
    switch kind {
    case 0: protection = .none(seed: try reader.raw(32))
    case 1:
      let log2N = try reader.u8()
      let r = try reader.u8()
      let p = try reader.u8()
      guard Self.isAllowed(log2N: log2N, r: r, p: p) else { throw .outOfRange(.key) }
      protection = .passphrase(
        log2N: log2N, r: r, p: p, salt: try reader.raw(16), sealedSeed: try reader.raw(72))
    default: throw .outOfRange(.type)
    }
    try reader.expectEnd()
  }

  /// Whether scrypt may be asked to work with these parameters.
  public static func isAllowed(log2N: UInt8, r: UInt8, p: UInt8) -> Bool {
    // scrypt takes 128 × N × r bytes, here at most 1 GiB; RFC 7914 asks for N < 2^(16 × r).
    10...20 ~= log2N && 1...16 ~= r && 1...16 ~= p && Int(r) << Int(log2N) <= 1 << 23
      && Int(log2N) < 16 * Int(r)
  }

  /// The bytes that a sealed seed is bound to: all before it.
  public static func front(
    keyID: KeyID, log2N: UInt8, r: UInt8, p: UInt8, salt: [UInt8]
  ) -> [UInt8] {
    var writer = ByteWriter(capacity: 64)
    writer.mark("NSKEY1")
    writer.u8(1)
    writer.raw(keyID.bytes)
    writer.u8(log2N)
    writer.u8(r)
    writer.u8(p)
    writer.raw(salt)
    return writer.bytes
  }

  /// The encoded body.
  public func encode() -> [UInt8] {
    switch protection {
    case .none(let seed):
      var writer = ByteWriter(capacity: 64)
      writer.mark("NSKEY1")
      writer.u8(0)
      writer.raw(keyID.bytes)
      writer.raw(seed)
      return writer.bytes
    case .passphrase(let log2N, let r, let p, let salt, let sealedSeed):
      return Self.front(keyID: keyID, log2N: log2N, r: r, p: p, salt: salt) + sealedSeed
    }
  }
}
