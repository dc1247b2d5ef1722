import BackupFormat
import BackupTestSupport
import Testing

@Suite("Numbers")
struct NumberTests {
  private static func varint(_ bytes: [UInt8]) throws(FormatError) -> UInt64 {
    var reader = ByteReader(bytes)
    let value = try reader.varint()
    try reader.expectEnd()
    return value
  }

  private static func svarint(_ bytes: [UInt8]) throws(FormatError) -> Int64 {
    var reader = ByteReader(bytes)
    let value = try reader.svarint()
    try reader.expectEnd()
    return value
  }

  @Test("varint follows its vectors", arguments: FormatVector.load("varint"))
  func unsignedVector(_ vector: FormatVector) throws {
    let bytes = vector.bytes("hex")
    guard vector.isAccepted else {
      let expected: FormatError =
        switch vector.why {
        case "nothing": .truncated(at: 0, needed: 1)
        case "it ends too early": .truncated(at: bytes.count, needed: 1)
        case "a byte follows": .trailingBytes(at: 1)
        default: .nonCanonicalNumber(at: 0)
        }
      #expect(throws: expected) { try Self.varint(bytes) }
      return
    }
    let value = try #require(UInt64(vector.text("value")))
    #expect(try Self.varint(bytes) == value)
    var writer = ByteWriter()
    writer.varint(value)
    #expect(writer.bytes == bytes)
  }

  @Test("svarint follows its vectors", arguments: FormatVector.load("svarint"))
  func signedVector(_ vector: FormatVector) throws {
    let bytes = vector.bytes("hex")
    guard vector.isAccepted else {
      #expect(throws: FormatError.nonCanonicalNumber(at: 0)) { try Self.svarint(bytes) }
      return
    }
    let value = try #require(Int64(vector.text("value")))
    #expect(try Self.svarint(bytes) == value)
    var writer = ByteWriter()
    writer.svarint(value)
    #expect(writer.bytes == bytes)
  }

  @Test("Numbers of every size come back")
  func roundTrips() throws {
    var samples = Samples(seed: 20)
    for _ in 0..<2_000 {
      let value = samples.wide(bitCountMax: 63)
      let signed = Int64(bitPattern: samples.wide(bitCountMax: 62)) * (samples.once(in: 2) ? 1 : -1)
      var writer = ByteWriter()
      writer.varint(value)
      #expect(writer.bytes.count == max(1, (64 - value.leadingZeroBitCount + 6) / 7))
      let unsignedEnd = writer.bytes.count
      writer.svarint(signed)
      writer.u64(value)
      writer.u32(UInt32(truncatingIfNeeded: value))
      writer.u16(UInt16(truncatingIfNeeded: value))
      var reader = ByteReader(writer.bytes)
      #expect(try reader.varint() == value)
      #expect(reader.offset == unsignedEnd)
      #expect(try reader.svarint() == signed)
      #expect(try reader.u64() == value)
      #expect(try reader.u32() == UInt32(truncatingIfNeeded: value))
      #expect(try reader.u16() == UInt16(truncatingIfNeeded: value))
      try reader.expectEnd()
    }
  }

  @Test("Integers are little-endian, and a limit is a limit")
  func layout() throws {
    var writer = ByteWriter()
    writer.u16(0x0102)
    writer.u32(0x0304_0506)
    writer.u64(0x0708_090a_0b0c_0d0e)
    #expect(
      writer.bytes == [2, 1, 6, 5, 4, 3, 0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 9, 8, 7])
    var reader = ByteReader([5, 1, 2, 3, 4, 5, 6])
    #expect(throws: FormatError.limitExceeded(.name)) {
      try reader.byteString(limit: 4, .name)
    }
    reader = ByteReader([5, 1, 2, 3])
    #expect(throws: FormatError.truncated(at: 1, needed: 5)) {
      try reader.byteString(limit: 5, .name)
    }
    reader = ByteReader([9, 9, 1, 2, 3, 9], in: 2..<5)
    #expect(try reader.raw(3) == [1, 2, 3])
    #expect(reader.isAtEnd)
    #expect(throws: FormatError.truncated(at: 5, needed: 1)) { try reader.u8() }
  }

  @Test("Associated data follows its vectors", arguments: FormatVector.load("aad"))
  func associatedData(_ vector: FormatVector) throws {
    let kind = try #require(ObjectKind(rawValue: UInt8(vector.number("kind"))))
    let repository = try #require(RepositoryID(vector.bytes("repository")))
    let set = try #require(SetID(vector.bytes("set")))
    let run = try #require(RunID(vector.bytes("run")))
    let number = UInt64(vector.number("number"))
    let data = AssociatedData(kind, repository: repository, set: set, run: run, number: number)
    #expect(data.bytes == vector.bytes("hex"))
    #expect(data.bytes.count == AssociatedData.byteCount)
    var other = AssociatedData(
      .record, repository: repository, set: set, run: run, number: .max)
    other.set(kind, number: number)
    #expect(other.bytes == data.bytes)
  }
}
