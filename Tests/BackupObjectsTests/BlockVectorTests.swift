import BackupCrypto
import BackupFormat
import BackupObjects
import BackupTestSupport
import Testing

@Suite("Blocks and packs follow their vectors")
struct BlockVectorTests {
  static let refusals: [String: ObjectError] = [
    "a byte was changed": .authenticationFailed, "the end is missing": .authenticationFailed,
    "sealed as a catalogue page": .authenticationFailed,
    "sealed under another number": .authenticationFailed,
    "codec 3 is unknown": .malformed(.outOfRange(.codec)),
    "raw length 0": .malformed(.outOfRange(.size)),
    "raw length above 4,194,304": .malformed(.outOfRange(.size)),
    "codec 0, a byte too many": .malformed(.inconsistent(.size)),
    "codec 0, a byte too few": .malformed(.inconsistent(.size)),
    "a plaintext of 4 bytes": .malformed(.outOfRange(.size)),
  ]

  @Test("Blocks", arguments: FormatVector.load("block"))
  func block(_ vector: FormatVector) throws {
    var opener = try BlockOpener(repository: vector.id("repository"), set: vector.id("set"))
    let kind = try #require(ObjectKind(rawValue: UInt8(vector.number("kind"))))
    let address = BlockAddress(
      run: try vector.id("run"), number: UInt32(vector.number("number")))
    let key = try SecretKey.of(vector.bytes("contentKey"))
    let sealed = vector.bytes("hex")
    var raw: [UInt8] = []
    if vector.isAccepted {
      let byteCount = try opener.open(
        sealed.span, key: key, kind: kind, address: address, into: &raw)
      #expect([UInt8](raw[0..<byteCount]) == vector.bytes("raw"))
      return
    }
    // What is left is wrong inside the compressed payload.
    let expected = Self.refusals[vector.why] ?? .badCompression
    let error = #expect(throws: ObjectError.self) {
      _ = try opener.open(sealed.span, key: key, kind: kind, address: address, into: &raw)
    }
    #expect(error == expected)
  }

  /// Checks a whole pack as `Docs/format.md`, section 4, asks.
  private static func check(_ pack: [UInt8]) throws -> PackEnd {
    var reader = ByteReader(pack)
    try reader.expect(mark: PackEnd.packMark)
    let endByteCount = try PackEnd.byteCount(fromTail: [UInt8](pack.suffix(PackEnd.tailByteCount)))
    let end = try PackEnd(decoding: [UInt8](pack.suffix(endByteCount)))
    guard end.packByteCount == UInt64(pack.count) else { throw FormatError.inconsistent(.size) }
    for (i, byteCount) in end.segments.byteCounts.enumerated() {
      let digest = SHA256.hash(try reader.raw(Int(byteCount)))
      guard end.segments.digest(at: i)?.bytes == digest else {
        throw ObjectError.identifierMismatch
      }
    }
    return end
  }

  @Test("Packs", arguments: FormatVector.load("pack"))
  func pack(_ vector: FormatVector) throws {
    let pack = vector.bytes("hex")
    switch vector.why {
    case "":
      let end = try Self.check(pack)
      #expect(end.heads[0].run.hex == vector.text("run"))
      let name = PackName(run: end.heads[0].run, number: UInt32(vector.number("number")))
      #expect(name.path == vector.text("path"))
    case "a sealed block does not have the digest that the end names":
      #expect(throws: ObjectError.identifierMismatch) { try Self.check(pack) }
    case "a byte before the end is left over":
      #expect(throws: FormatError.inconsistent(.size)) { try Self.check(pack) }
    default: #expect(throws: FormatError.wrongMark) { try Self.check(pack) }
    }
  }
}
