/// Writes the fields of an object one after another; the inverse of ``ByteReader``.
public struct ByteWriter: Sendable {
  /// What was written so far.
  public var bytes: [UInt8]

  /// Begins an empty object with room for `capacity` bytes.
  public init(capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Writes one byte.
  public mutating func u8(_ value: UInt8) { bytes.append(value) }

  /// Writes a 16-bit integer.
  public mutating func u16(_ value: UInt16) {
    bytes.append(UInt8(truncatingIfNeeded: value))
    bytes.append(UInt8(truncatingIfNeeded: value >> 8))
  }

  /// Writes a 32-bit integer.
  public mutating func u32(_ value: UInt32) {
    for i in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(i)))) }
  }

  /// Writes a 64-bit integer.
  public mutating func u64(_ value: UInt64) {
    for i in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(i)))) }
  }

  /// Writes a number below 2^63 as unsigned LEB128.
  public mutating func varint(_ value: UInt64) {
    precondition(value < 1 << 63, "a varint has 63 bits")
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Writes a non-negative number as unsigned LEB128.
  public mutating func varint(_ value: Int) { varint(UInt64(value)) }

  /// Writes a signed number between -2^62 and 2^62 - 1.
  public mutating func svarint(_ value: Int64) {
    varint(value >= 0 ? UInt64(value) << 1 : UInt64(-(value + 1)) << 1 | 1)
  }

  /// Writes bytes as they are.
  public mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }

  /// Writes a length and the bytes.
  public mutating func byteString(_ value: [UInt8]) {
    varint(value.count)
    bytes.append(contentsOf: value)
  }

  /// Writes the mark that an object begins with.
  public mutating func mark(_ mark: StaticString) {
    bytes.append(contentsOf: mark.description.utf8)
  }
}
