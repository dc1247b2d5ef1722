/// SipHash-2-4 (Aumasson and Bernstein, 2012): a short keyed digest of a short text.
///
/// It makes rule ids that a reader without the key cannot guess texts by. It protects nothing else.
enum SipHash {
  static func digest(_ bytes: [UInt8], key: RuleIDKey) -> UInt64 {
    var v0 = key.low ^ 0x736f_6d65_7073_6575
    var v1 = key.high ^ 0x646f_7261_6e64_6f6d
    var v2 = key.low ^ 0x6c79_6765_6e65_7261
    var v3 = key.high ^ 0x7465_6462_7974_6573
    func round() {
      v0 &+= v1
      v1 = v1 << 13 | v1 >> 51
      v1 ^= v0
      v0 = v0 << 32 | v0 >> 32
      v2 &+= v3
      v3 = v3 << 16 | v3 >> 48
      v3 ^= v2
      v0 &+= v3
      v3 = v3 << 21 | v3 >> 43
      v3 ^= v0
      v2 &+= v1
      v1 = v1 << 17 | v1 >> 47
      v1 ^= v2
      v2 = v2 << 32 | v2 >> 32
    }
    func absorb(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }
    var word: UInt64 = 0
    for (index, byte) in bytes.enumerated() {
      word |= UInt64(byte) << UInt64(index % 8 * 8)
      if index % 8 == 7 {
        absorb(word)
        word = 0
      }
    }
    absorb(word | UInt64(bytes.count & 0xff) << 56)
    v2 ^= 0xff
    for _ in 0..<4 { round() }
    return v0 ^ v1 ^ v2 ^ v3
  }
}

/// The secret under which rule ids are made: 16 bytes.
///
/// The same key gives the same rule the same id for ever. A rule's text can be personal
/// (`Jansen/`), so the key must not reach those who read ids and may not read rules.
public struct RuleIDKey: Hashable, Sendable {
  let low: UInt64
  let high: UInt64

  /// A key of exactly 16 bytes, or `nil`.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    low = bytes[0..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    high = bytes[8..<16].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private init() {
    low = 0
    high = 0
  }

  /// The key that is known to everybody, for where ids and rules are read by the same people.
  public static let open = RuleIDKey()
}
