/// Reads the fields of an object from the front, and refuses what does not fit.
///
/// Integers are little-endian (`Docs/format.md`, section 1). Each method throws
/// ``FormatError/truncated(at:needed:)`` when the bytes end too early.
public struct ByteReader: Sendable {
  @usableFromInline let bytes: [UInt8]
  @usableFromInline let end: Int
  /// The offset of the next byte.
  public private(set) var offset: Int

  /// Reads all of `bytes`.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    self.offset = 0
    self.end = bytes.count
  }

  /// Reads the bytes of `range`.
  public init(_ bytes: [UInt8], in range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a range of the bytes")
    self.bytes = bytes
    self.offset = range.lowerBound
    self.end = range.upperBound
  }

  /// How many bytes are left.
  public var remainingByteCount: Int { end - offset }

  /// Whether every byte was read.
  public var isAtEnd: Bool { offset == end }

  /// Throws unless every byte was read.
  public func expectEnd() throws(FormatError) {
    guard offset == end else { throw .trailingBytes(at: offset) }
  }

  @inline(__always)
  private func require(_ count: Int) throws(FormatError) {
    guard count >= 0, end - offset >= count else { throw .truncated(at: offset, needed: count) }
  }

  /// Reads one byte.
  public mutating func u8() throws(FormatError) -> UInt8 {
    try require(1)
    let value = bytes[offset]
    offset += 1
    return value
  }

  /// Reads a 16-bit integer.
  public mutating func u16() throws(FormatError) -> UInt16 {
    try require(2)
    let value = UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    offset += 2
    return value
  }

  /// Reads a 32-bit integer.
  public mutating func u32() throws(FormatError) -> UInt32 {
    try require(4)
    var value: UInt32 = 0
    for i in 0..<4 { value |= UInt32(bytes[offset + i]) << (8 * UInt32(i)) }
    offset += 4
    return value
  }

  /// Reads a 64-bit integer.
  public mutating func u64() throws(FormatError) -> UInt64 {
    try require(8)
    var value: UInt64 = 0
    for i in 0..<8 { value |= UInt64(bytes[offset + i]) << (8 * UInt64(i)) }
    offset += 8
    return value
  }

  /// Reads an unsigned LEB128 number below 2^63 in its shortest form.
  public mutating func varint() throws(FormatError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      try require(1)
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 {
        guard byte != 0 || shift == 0 else { throw .nonCanonicalNumber(at: start) }
        return value
      }
      shift += 7
      guard shift < 63 else { throw .nonCanonicalNumber(at: start) }
    }
  }

  /// Reads a varint that is at most `limit`.
  public mutating func varint(
    limit: Int, _ field: FormatError.Field
  ) throws(FormatError) -> Int {
    let value = try varint()
    guard value <= UInt64(limit) else { throw .limitExceeded(field) }
    return Int(value)
  }

  /// Reads a signed number: non-negative v as 2v, negative v as -2v - 1.
  public mutating func svarint() throws(FormatError) -> Int64 {
    let value = try varint()
    return value & 1 == 0 ? Int64(value >> 1) : -Int64(value >> 1) - 1
  }

  /// Reads `count` bytes.
  public mutating func raw(_ count: Int) throws(FormatError) -> [UInt8] {
    try require(count)
    defer { offset += count }
    return [UInt8](bytes[offset..<offset + count])
  }

  /// Skips `count` bytes and returns where they stand.
  public mutating func skip(_ count: Int) throws(FormatError) -> Range<Int> {
    try require(count)
    defer { offset += count }
    return offset..<offset + count
  }

  /// Reads a varint length of at most `limit`, then that many bytes.
  public mutating func byteString(
    limit: Int, _ field: FormatError.Field
  ) throws(FormatError) -> [UInt8] {
    try raw(try varint(limit: limit, field))
  }

  /// Throws unless the next bytes are `mark`.
  public mutating func expect(mark: StaticString) throws(FormatError) {
    let expected = mark.description.utf8
    guard end - offset >= expected.count else { throw .wrongMark }
    for byte in expected {
      guard bytes[offset] == byte else { throw .wrongMark }
      offset += 1
    }
  }
}
