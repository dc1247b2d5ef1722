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

  /// Reads an id from lower-case hex; nil if it is not.
  public init?(hex: Span<UInt8>) {
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
    self.init(bytes, at: 0)
  }

  /// Takes the 16 bytes from `start`, which are there.
  init(_ bytes: [UInt8], at start: Int) {
    high = 0
    low = 0
    for i in start..<(start + 8) {
      high = high << 8 | UInt64(bytes[i])
      low = low << 8 | UInt64(bytes[i + 8])
    }
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    append(to: &bytes)
    return bytes
  }

  func append(to bytes: inout [UInt8]) {
    for i in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * i))) }
    for i in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * i))) }
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
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    append(to: &bytes)
    return bytes
  }
  /// Appends the bytes of the hash.
  public func append(to bytes: inout [UInt8]) {
    first.append(to: &bytes)
    second.append(to: &bytes)
  }
  /// Takes exactly 32 bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    first = Words2(bytes, at: 0)
    second = Words2(bytes, at: 16)
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
