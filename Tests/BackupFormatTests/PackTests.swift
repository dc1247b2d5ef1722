import BackupFormat
import BackupTestSupport
import Testing

@Suite("Ends of packs and index objects")
struct PackTests {
  static let common: [String: FormatError] = [
    "two segments could be one": .wrongOrder(.segment),
    "segments of one head overlap": .inconsistent(.segment),
    "a head is not used": .inconsistent(.head),
    "a head index is out of range": .outOfRange(.segment),
    "a segment of no blocks": .outOfRange(.segment),
    "the heads are of two data sets": .inconsistent(.head),
    "the block count differs from the segments": .inconsistent(.block),
    "block numbers reach 2^32": .outOfRange(.segment),
    "a sealed length above the limit": .outOfRange(.block),
    "two heads of one run": .inconsistent(.head),
    "another magic": .wrongMark,
  ]

  static let endRefusals: [String: FormatError] = [
    "head indices do not first appear in ascending order": .wrongOrder(.head),
    "the end length is another": .inconsistent(.size),
    "a byte before the end length is left over": .inconsistent(.size),
  ]

  static let indexRefusals: [String: FormatError] = [
    "packs are not sorted": .wrongOrder(.pack), "a pack stands twice": .wrongOrder(.pack),
    "the pack's size differs": .inconsistent(.size),
    "the heads are of another set": .inconsistent(.head),
    // The head that is not used counts in the end length of the case.
    "a head is not used": .inconsistent(.size),
  ]

  @Test("Ends follow their vectors", arguments: FormatVector.load("pack-end"))
  func end(_ vector: FormatVector) throws {
    let bytes = vector.bytes("hex")
    if let expected = Self.common[vector.why] ?? Self.endRefusals[vector.why] {
      #expect(throws: expected) { try PackEnd(decoding: bytes) }
      return
    }
    if vector.why == "a pack without blocks" {
      #expect(throws: FormatError.self) { try PackEnd(decoding: bytes) }
      return
    }
    let end = try PackEnd(decoding: bytes)
    #expect(end.encode() == bytes)
    #expect((end.packByteCount == UInt64(vector.number("packSize"))) == vector.isAccepted)
    #expect(try PackEnd.byteCount(fromTail: [UInt8](bytes.suffix(12))) == bytes.count)
    guard vector.isAccepted else { return }
    #expect(end.heads.map(\.run.hex) == vector.texts("runs"))
    var offset = 8
    var blocks: [[String]] = []
    var position = 0
    for segment in end.segments.segments {
      for number in segment.first..<segment.first + segment.count {
        let byteCount = Int(end.segments.byteCounts[position])
        let digest = try #require(end.segments.digest(at: position))
        blocks.append(
          [
            end.heads[segment.headIndex].run.hex, "\(number)", "\(offset)", "\(byteCount)",
            digest.hex,
          ])
        offset += byteCount
        position += 1
      }
    }
    #expect(
      blocks
        == vector.objects("blocks").map {
          [
            $0.text("run"), "\($0.number("number"))", "\($0.number("offset"))",
            "\($0.number("length"))", $0.text("sha256"),
          ]
        })
  }

  @Test("Index objects follow their vectors", arguments: FormatVector.load("index"))
  func index(_ vector: FormatVector) throws {
    let bytes = vector.bytes("hex")
    if let expected = Self.indexRefusals[vector.why] ?? Self.common[vector.why] {
      #expect(throws: expected) { try IndexObject(decoding: bytes) }
      return
    }
    if vector.isAccepted || vector.why == "another repository" {
      let index = try IndexObject(decoding: bytes)
      #expect(index.encode() == bytes)
      // Whose repository it is, the reader compares.
      #expect((index.repository.hex == vector.text("repository")) == vector.isAccepted)
      if vector.isAccepted { #expect(index.packs.map(\.name.path) == vector.texts("packs")) }
      return
    }
    if vector.why.hasPrefix("the hash of an end") {
      // This target has no hash: whoever has compares (BackupLogTests).
      let index = try IndexObject(decoding: bytes)
      #expect(index.encode() == bytes)
      return
    }
    #expect(throws: FormatError.self) { try IndexObject(decoding: bytes) }
  }

  @Test("Random ends and index objects come back", arguments: 90..<100 as Range<UInt64>)
  func roundTrips(_ seed: UInt64) throws {
    var samples = Samples(seed: seed)
    for _ in 0..<6 {
      let end = samples.packEnd(headCount: samples.number(1...6))
      #expect(try PackEnd(decoding: end.encode()) == end)
      let index = samples.index(packCount: samples.number(1...5))
      #expect(try IndexObject(decoding: index.encode()) == index)
    }
  }

  @Test("The end length of an index follows from its segments")
  func endLength() throws {
    var index = Samples.index(seed: 101)
    for (i, change) in [(0, 1), (0, -1), (1, Int(RunHead.byteCount)), (2, 36)] {
      var wrong = index
      wrong.packs[i].endByteCount = UInt32(Int(wrong.packs[i].endByteCount) + change)
      wrong.packs[i].byteCount = UInt64(Int(wrong.packs[i].byteCount) + change)
      #expect(throws: FormatError.inconsistent(.size)) {
        try IndexObject(decoding: wrong.encode())
      }
    }
    index.packs[0].byteCount += 1
    #expect(throws: FormatError.inconsistent(.size)) { try IndexObject(decoding: index.encode()) }
  }

  @Test("An index object names no head that no segment uses")
  func unusedHead() {
    var samples = Samples(seed: 105)
    var index = samples.index(packCount: 2)
    index.heads.append(samples.head(samples.runs[5]))
    #expect(throws: FormatError.inconsistent(.head)) { try IndexObject(decoding: index.encode()) }
  }

  @Test("A pack number has eight digits")
  func packNumber() throws {
    var index = Samples.index(seed: 102)
    index.packs[2].name.number = 99_999_999
    #expect(index.packs[2].name.path.hasSuffix("/99999999"))
    #expect(throws: Never.self) { try IndexObject(decoding: index.encode()) }
    index.packs[2].name.number = 100_000_000
    #expect(throws: FormatError.outOfRange(.pack)) { try IndexObject(decoding: index.encode()) }
    #expect(PackName(run: index.run, number: 7).path == "packs/\(index.run.hex)/00000007")
  }

  private static func segments(_ parts: (head: Int, first: UInt32, lengths: [UInt32])...) -> [UInt8]
  {
    var writer = ByteWriter()
    writer.u32(UInt32(parts.count))
    for part in parts {
      writer.u16(UInt16(part.head))
      writer.u32(part.first)
      writer.u32(UInt32(part.lengths.count))
    }
    writer.u32(UInt32(parts.reduce(0) { $0 + $1.lengths.count }))
    for length in parts.flatMap(\.lengths) {
      writer.u32(length)
      writer.raw([UInt8](repeating: 7, count: 32))
    }
    return writer.bytes
  }

  private static func decode(_ bytes: [UInt8]) throws(FormatError) -> Segments {
    var reader = ByteReader(bytes)
    return try Segments(from: &reader, headCount: 2)
  }

  @Test("A sealed block has 46 to 4,194,349 bytes")
  func sealedLength() {
    for (length, isValid): (UInt32, Bool) in [
      (0, false), (45, false), (46, true), (4_194_349, true), (4_194_350, false), (.max, false),
    ] {
      let bytes = Self.segments((0, 0, [46, length]))
      if isValid {
        #expect(throws: Never.self) { try Self.decode(bytes) }
      } else {
        #expect(throws: FormatError.outOfRange(.block)) { try Self.decode(bytes) }
      }
    }
  }

  @Test("A pack has at least one block")
  func noBlock() {
    #expect(throws: FormatError.outOfRange(.segment)) { try Self.decode(Self.segments()) }
  }

  @Test("Blocks are numbered up to 2^32 - 2")
  func lastNumber() {
    #expect(throws: Never.self) { try Self.decode(Self.segments((0, .max - 2, [50, 50]))) }
    #expect(throws: Never.self) { try Self.decode(Self.segments((0, .max - 1, [50]))) }
    for bad in [
      Self.segments((0, .max - 1, [50, 50])), Self.segments((0, .max, [50])),
    ] {
      #expect(throws: FormatError.outOfRange(.segment)) { try Self.decode(bad) }
    }
  }

  @Test("Segments of different heads may have the same numbers")
  func sameNumbers() throws {
    let segments = try Self.decode(
      Self.segments((0, 5, [50, 51]), (1, 5, [52]), (0, 4, [53]), (1, 6, [54])))
    #expect(segments.blockCount == 5)
    #expect(segments.sealedByteCount == 260)
    #expect(throws: FormatError.inconsistent(.segment)) {
      try Self.decode(Self.segments((0, 5, [50, 51]), (1, 5, [52]), (0, 6, [53])))
    }
  }

  @Test("The tail of a pack tells a length within its limits")
  func tail() throws {
    func tail(_ count: UInt32, _ mark: String = "NSPKEND1") -> [UInt8] {
      var writer = ByteWriter()
      writer.u32(count)
      return writer.bytes + [UInt8](mark.utf8)
    }
    let largest = 2 + 1_024 * 1_232 + 4 + 65_536 * 10 + 4 + 65_536 * 36 + 12
    #expect(try PackEnd.byteCount(fromTail: tail(UInt32(largest))) == largest)
    for bad in [UInt32(largest + 1), 11, 0, .max] {
      #expect(throws: FormatError.outOfRange(.size)) { try PackEnd.byteCount(fromTail: tail(bad)) }
    }
    #expect(throws: FormatError.wrongMark) { try PackEnd.byteCount(fromTail: tail(99, "NSPKEND2")) }
    #expect(throws: FormatError.self) { try PackEnd.byteCount(fromTail: tail(99) + [0]) }
    #expect(throws: FormatError.self) { try PackEnd.byteCount(fromTail: [1, 2, 3]) }
  }

  @Test("An end that tells of more than a gibibyte is refused")
  func tooLarge() {
    var samples = Samples(seed: 103)
    var segments = Segments()
    for number in 0..<UInt32(257) {
      segments.append(
        headIndex: 0, number: number, byteCount: UInt32(Limits.sealedBlockByteCount),
        digest: samples.generator.bytes(32).span)
    }
    let head = samples.head(samples.runs[0])
    #expect(throws: FormatError.limitExceeded(.size)) {
      try PackEnd(decoding: PackEnd(heads: [head], segments: segments).encode())
    }
  }

  @Test("Heads of one run, or too many heads, are refused")
  func heads() {
    var samples = Samples(seed: 104)
    var end = samples.packEnd(headCount: 2)
    end.heads[1] = samples.head(end.heads[0].run)
    #expect(throws: FormatError.inconsistent(.head)) { try PackEnd(decoding: end.encode()) }
    var bytes = end.encode()
    bytes.replaceSubrange(0..<2, with: [1, 4])
    #expect(throws: FormatError.limitExceeded(.head)) { try PackEnd(decoding: bytes) }
  }
}

extension Samples {
  fileprivate static func index(seed: UInt64) -> IndexObject {
    var samples = Samples(seed: seed)
    return samples.index(packCount: 3)
  }
}
