/// A fixed number of bytes that name something.
///
/// Ids are distinct types, so that a set id can't be passed for a run id.
public protocol Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// How many bytes the id has.
  static var byteCount: Int { get }
  /// The bytes of the id.
  var bytes: [UInt8] { get }
  /// Makes an id of exactly ``byteCount`` bytes; nil for any other number.
  init?(_ bytes: [UInt8])
}

extension Identifier {
  /// The id in lower-case hex.
  public var hex: String { Hex.encode(bytes) }

  /// The id in lower-case hex.
  public var description: String { hex }

  /// Reads an id from lower-case hex; nil if it is not.
  public init?(hex: String) {
    guard let bytes = Hex.decode(hex) else { return nil }
    self.init(bytes)
  }
}

/// The two halves of a 16-byte id, compared as big-endian numbers.
@usableFromInline
struct Words2: Hashable, Sendable, Comparable {
  @usableFromInline var high: UInt64
  @usableFromInline var low: UInt64

  init?(_ bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    high = 0
    low = 0
    for i in 0..<8 {
      high = high << 8 | UInt64(bytes[i])
      low = low << 8 | UInt64(bytes[8 + i])
    }
  }

  var bytes: [UInt8] {
    (0..<16).map { i in
      UInt8(truncatingIfNeeded: (i < 8 ? high : low) >> UInt64(56 - 8 * (i % 8)))
    }
  }

  @usableFromInline
  static func < (a: Self, b: Self) -> Bool { a.high != b.high ? a.high < b.high : a.low < b.low }
}

/// The id of a run: 16 random bytes.
public struct RunID: Identifier {
  /// 16 bytes.
  public static let byteCount = 16
  @usableFromInline let words: Words2
  /// The bytes of the id.
  public var bytes: [UInt8] { words.bytes }
  /// Makes an id of exactly 16 bytes.
  public init?(_ bytes: [UInt8]) {
    guard let words = Words2(bytes) else { return nil }
    self.words = words
  }
  /// Sixteen zero bytes, for associated data that names no run.
  public static let zero = RunID(words: Words2.zero)
  private init(words: Words2) { self.words = words }
  /// Compares ids by their bytes.
  public static func < (a: Self, b: Self) -> Bool { a.words < b.words }
}

/// The id of a data set: the first 16 bytes of the SHA-256 of its X-Wing public key.
public struct SetID: Identifier {
  /// 16 bytes.
  public static let byteCount = 16
  @usableFromInline let words: Words2
  /// The bytes of the id.
  public var bytes: [UInt8] { words.bytes }
  /// Makes an id of exactly 16 bytes.
  public init?(_ bytes: [UInt8]) {
    guard let words = Words2(bytes) else { return nil }
    self.words = words
  }
  /// Sixteen zero bytes, for associated data that names no set.
  public static let zero = SetID(words: Words2.zero)
  private init(words: Words2) { self.words = words }
  /// Compares ids by their bytes.
  public static func < (a: Self, b: Self) -> Bool { a.words < b.words }
}

/// The id of a key: the first 16 bytes of a SHA-256 over its public halves.
public struct KeyID: Identifier {
  /// 16 bytes.
  public static let byteCount = 16
  @usableFromInline let words: Words2
  /// The bytes of the id.
  public var bytes: [UInt8] { words.bytes }
  /// Makes an id of exactly 16 bytes.
  public init?(_ bytes: [UInt8]) {
    guard let words = Words2(bytes) else { return nil }
    self.words = words
  }
  /// Compares ids by their bytes.
  public static func < (a: Self, b: Self) -> Bool { a.words < b.words }
}

extension Words2 {
  static let zero = Words2(high: 0, low: 0)
  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// A SHA-256: the name of an object, or the hash of a block or an entry.
public struct Digest: Identifier {
  /// 32 bytes.
  public static let byteCount = 32
  @usableFromInline let first: Words2
  @usableFromInline let second: Words2
  /// The bytes of the hash.
  public var bytes: [UInt8] { first.bytes + second.bytes }
  /// Takes exactly 32 bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == 32, let first = Words2([UInt8](bytes[0..<16])),
      let second = Words2([UInt8](bytes[16..<32]))
    else { return nil }
    self.first = first
    self.second = second
  }
  /// Compares hashes by their bytes.
  public static func < (a: Self, b: Self) -> Bool {
    a.first != b.first ? a.first < b.first : a.second < b.second
  }
}

/// The id of a repository: the SHA-256 of entry 0 of its log.
public struct RepositoryID: Identifier {
  /// 32 bytes.
  public static let byteCount = 32
  /// The SHA-256 of entry 0.
  public let digest: Digest
  /// The bytes of the id.
  public var bytes: [UInt8] { digest.bytes }
  /// Takes exactly 32 bytes.
  public init?(_ bytes: [UInt8]) {
    guard let digest = Digest(bytes) else { return nil }
    self.digest = digest
  }
  /// Makes the id from the hash of entry 0.
  public init(_ digest: Digest) { self.digest = digest }
  /// Compares ids by their bytes.
  public static func < (a: Self, b: Self) -> Bool { a.digest < b.digest }
}

/// Where a block is, for life: the run that sealed it and its number in that run.
public struct BlockAddress: Hashable, Comparable, Sendable {
  /// The run that sealed the block.
  public var run: RunID
  /// The number of the block in its run, from 0.
  public var number: UInt32
  /// Makes an address.
  public init(run: RunID, number: UInt32) {
    self.run = run
    self.number = number
  }
  /// Compares by run, then by number.
  public static func < (a: Self, b: Self) -> Bool {
    a.run != b.run ? a.run < b.run : a.number < b.number
  }
}

extension ByteReader {
  /// Reads an id.
  public mutating func id<ID: Identifier>(_: ID.Type = ID.self) throws(FormatError) -> ID {
    let bytes = try raw(ID.byteCount)
    guard let id = ID(bytes) else { throw .outOfRange(.identifier) }
    return id
  }
}
