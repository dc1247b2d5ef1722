import BackupFormat
import BackupTestSupport
import Testing

@Suite("Chunk lists")
struct ChunkListTests {
  private static func plain(
    runs: [RunID], _ blocks: (run: Int, number: UInt32, kind: UInt8, lengths: [UInt64])...
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.u16(UInt16(runs.count))
    for run in runs { writer.raw(run.bytes) }
    writer.u32(UInt32(blocks.count))
    for block in blocks {
      writer.u16(UInt16(block.run))
      writer.u32(block.number)
      writer.u8(block.kind)
      writer.varint(block.lengths.count)
      for length in block.lengths {
        writer.raw([UInt8](repeating: 9, count: 32))
        writer.varint(length)
      }
    }
    return writer.bytes
  }

  @Test("Random lists come back", arguments: 130..<140 as Range<UInt64>)
  func roundTrips(_ seed: UInt64) throws {
    var samples = Samples(seed: seed)
    for _ in 0..<10 {
      let list = samples.chunkList()
      #expect(try ChunkList(decoding: list.encode()) == list)
      let front = ChunkList.Front(
        repository: samples.repository, set: samples.set, run: samples.runs[0],
        sequence: samples.wide(bitCountMax: 64))
      var writer = ByteWriter()
      front.encode(to: &writer)
      #expect(writer.bytes.count == ChunkList.Front.byteCount)
      var reader = ByteReader(writer.bytes)
      #expect(try ChunkList.Front(from: &reader) == front)
    }
  }

  @Test("Runs ascend, and each is used")
  func runs() {
    let runs = Samples(seed: 141).runs.sorted()
    #expect(throws: Never.self) {
      try ChunkList(decoding: Self.plain(runs: [runs[0], runs[1]], (0, 0, 1, [1]), (1, 0, 1, [1])))
    }
    #expect(throws: FormatError.inconsistent(.run)) {
      try ChunkList(decoding: Self.plain(runs: [runs[0], runs[1]], (0, 0, 1, [1])))
    }
    #expect(throws: FormatError.wrongOrder(.run)) {
      try ChunkList(decoding: Self.plain(runs: [runs[1], runs[0]], (0, 0, 1, [1]), (1, 0, 1, [1])))
    }
    #expect(throws: FormatError.wrongOrder(.run)) {
      try ChunkList(decoding: Self.plain(runs: [runs[0], runs[0]], (0, 0, 1, [1]), (1, 0, 1, [1])))
    }
  }

  @Test("Blocks are of the two kinds, in order, numbered below 2^32 - 1 and full of chunks")
  func blocks() {
    let runs = [Samples(seed: 142).runs[0]]
    func refuses(
      _ error: FormatError, _ blocks: (run: Int, number: UInt32, kind: UInt8, lengths: [UInt64])
    ) {
      #expect(throws: error) {
        try ChunkList(decoding: Self.plain(runs: runs, (0, 3, 1, [1, 1]), blocks))
      }
    }
    #expect(throws: Never.self) {
      try ChunkList(
        decoding: Self.plain(
          runs: runs, (0, 3, 2, [4_194_304]), (0, .max - 1, 1, [4_194_303, 1])))
    }
    refuses(.wrongOrder(.block), (0, 3, 1, [1]))
    refuses(.wrongOrder(.block), (0, 2, 1, [1]))
    refuses(.outOfRange(.run), (1, 4, 1, [1]))
    refuses(.outOfRange(.number), (0, .max, 1, [1]))
    refuses(.outOfRange(.type), (0, 4, 0, [1]))
    refuses(.outOfRange(.type), (0, 4, 3, [1]))
    refuses(.outOfRange(.chunk), (0, 4, 1, []))
    refuses(.outOfRange(.chunk), (0, 4, 2, [1, 1]))
    refuses(.outOfRange(.chunk), (0, 4, 1, [0]))
    refuses(.limitExceeded(.block), (0, 4, 1, [4_194_304, 1]))
    refuses(.limitExceeded(.chunk), (0, 4, 1, [4_194_305]))
  }

  @Test("A count that the bytes can't hold is refused before memory is taken")
  func counts() {
    let runs = [Samples(seed: 143).runs[0]]
    var bytes = Self.plain(runs: runs, (0, 0, 1, [1]))
    bytes[18] = 2
    #expect(throws: FormatError.limitExceeded(.block)) { try ChunkList(decoding: bytes) }
    bytes[18] = 1
    bytes.replaceSubrange(29..<30, with: [0x80, 0x80, 0x40])
    #expect(throws: FormatError.limitExceeded(.chunk)) { try ChunkList(decoding: bytes) }
  }
}
