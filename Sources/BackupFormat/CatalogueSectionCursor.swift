/// Goes through a page of one section without making an entry, for whoever compares many of them.
///
/// It checks less than ``CataloguePage``: it is for pages whose bytes are known to be those that were
/// written. Bytes that are no page are refused all the same, with a ``FormatError``.
public struct CatalogueSectionCursor: Sendable {
  /// The path of the folder.
  public let folder: [UInt8]
  /// How many entries there are.
  public let entryCount: Int
  /// What kind of thing the entry is.
  public private(set) var type: UInt8 = 0
  /// Whether it changed while it was read, or could not be read.
  public private(set) var isDoubtful = false
  /// Its modification time, whole seconds since 1970 UTC.
  public private(set) var modificationSeconds: Int64 = 0
  /// Nanoseconds to be added.
  public private(set) var modificationNanoseconds: UInt64 = 0
  /// Of a regular file, the bytes of its content; else 0.
  public private(set) var byteCount: UInt64 = 0
  /// The blocks of all entries so far, in order; what names the same block as the one before is left out.
  public private(set) var addresses: [BlockAddress] = []
  private let runs: [RunID]
  private let bytes: [UInt8]
  private var reader: ByteReader
  private var name = 0..<0

  /// Begins before the first entry of the page that lies at `range`.
  public init(_ bytes: [UInt8], in range: Range<Int>) throws(FormatError) {
    self.bytes = bytes
    reader = ByteReader(bytes, in: range)
    var runs: [RunID] = []
    for _ in 0..<(try reader.varint(limit: reader.remainingByteCount / 16, .run)) {
      runs.append(try reader.id())
    }
    self.runs = runs
    for _ in 0..<(try reader.varint(limit: reader.remainingByteCount / 4, .owner)) {
      _ = try reader.u8()
      _ = try reader.varint()
      _ = try reader.byteString(limit: Limits.nameByteCount, .owner)
    }
    folder = try reader.byteString(limit: Limits.pathByteCount, .path)
    guard CataloguePath.isValid(folder) else { throw .badPath }
    entryCount = try reader.varint(limit: reader.remainingByteCount / 8, .entry)
    guard entryCount >= 1 else { throw .outOfRange(.entry) }
  }

  /// Goes on to the next entry; the caller counts them.
  public mutating func next() throws(FormatError) {
    name = try reader.skip(try reader.varint(limit: Limits.nameByteCount, .name))
    type = try reader.u8()
    let flags = try reader.u8()
    isDoubtful = flags & 3 != 0
    _ = try reader.varint()
    _ = try reader.varint()
    _ = try reader.varint()
    modificationSeconds = try reader.svarint()
    modificationNanoseconds = try reader.varint()
    byteCount = 0
    switch type {
    case 0:
      byteCount = try reader.varint()
      try readExtents()
    case 1, 3: break
    case 2, 6: _ = try reader.skip(try reader.varint(limit: Limits.pathByteCount, .path))
    case 4, 5:
      _ = try reader.varint()
      _ = try reader.varint()
    default: throw .outOfRange(.type)
    }
    guard flags & 4 != 0 else { return }
    for _ in 0..<(try reader.varint(limit: reader.remainingByteCount / 2, .attribute)) {
      _ = try reader.skip(try reader.varint(limit: Limits.nameByteCount, .attribute))
      _ = try reader.skip(try reader.varint(limit: Limits.attributeValueByteCount, .attribute))
    }
  }

  /// Throws unless the last entry was read.
  public func expectEnd() throws(FormatError) { try reader.expectEnd() }

  /// The name of the entry.
  public var nameBytes: [UInt8] { [UInt8](bytes[name]) }

  /// Whether the entry has this name.
  public func isNamed(_ other: [UInt8]) -> Bool {
    guard name.count == other.count else { return false }
    for i in other.indices where bytes[name.lowerBound + i] != other[i] { return false }
    return true
  }

  private mutating func readExtents() throws(FormatError) {
    for _ in 0..<(try reader.varint(limit: reader.remainingByteCount / 2, .extent)) {
      let tag = try reader.varint(limit: runs.count, .run)
      if tag > 0 {
        let number = try reader.varint(limit: Int(Limits.blockNumberMax), .number)
        _ = try reader.varint()
        let address = BlockAddress(run: runs[tag - 1], number: UInt32(number))
        if addresses.last != address { addresses.append(address) }
      }
      _ = try reader.varint()
    }
  }
}
