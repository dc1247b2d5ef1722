import Testing

import BackupCompression

@Suite("zlib")
struct ZlibTests {
  /// Python's `zlib.compress(b"hi")`: header, one block of fixed codes, Adler-32.
  static let stream: [UInt8] = [0x78, 0x9c, 0xcb, 0xc8, 0x04, 0x00, 0x01, 0x3b, 0x00, 0xd2]

  @Test func opensAStreamOfAnotherWriter() throws {
    #expect(try decompress(Self.stream, room: 2) == [0x68, 0x69])
  }

  @Test func refusesAWrongChecksum() {
    for bit in 48..<80 {
      var stream = Self.stream
      stream[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: CompressionError.malformed) { try decompress(stream, room: 2) }
    }
  }

  /// RFC 1950, section 2.2: FDICT, then the dictionary's Adler-32.
  @Test func refusesAStreamThatNeedsADictionary() {
    let stream: [UInt8] = [0x78, 0xbb, 0, 0, 0, 1] + Self.stream[2...]
    #expect(throws: CompressionError.malformed) { try decompress(stream, room: 100) }
  }

  @Test func refusesGzipAndBareDeflate() {
    #expect(throws: CompressionError.malformed) {
      try decompress([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], room: 100)
    }
    #expect(throws: CompressionError.malformed) {
      try decompress(Array(Self.stream[2..<6]), room: 100)
    }
  }

  @Test func oneObjectServesManyMessages() throws {
    let (compressor, decompressor) = (try ZlibCompressor(level: 6), try ZlibDecompressor())
    for byteCount in [10, 0, 100_000, 5, 70_000] {
      let content = Samples.text(byteCount: byteCount)
      var stream = [UInt8](repeating: 0, count: 200_000)
      var small = [UInt8](repeating: 0, count: 3)
      var output = small.mutableSpan
      #expect(try compressor.compress(content.span, into: &output) == nil)
      output = stream.mutableSpan
      let streamByteCount = try #require(try compressor.compress(content.span, into: &output))
      var result = [UInt8](repeating: 0, count: byteCount)
      output = result.mutableSpan
      #expect(throws: CompressionError.self) {
        try decompressor.decompress([1, 2, 3, 4, 5].span, into: &output)
      }
      let resultByteCount = try decompressor.decompress(
        stream.span.extracting(0..<streamByteCount), into: &output)
      #expect(resultByteCount == byteCount)
      #expect(result == content)
    }
  }

  private func decompress(_ stream: [UInt8], room: Int) throws(CompressionError) -> [UInt8] {
    try CodecTests.Codec.zlib.decompress(stream, room: room)
  }
}
