import Testing

import BackupCompression

@Suite("zstd")
struct ZstdTests {
  /// RFC 8878, section 3.1.1: a frame with one raw block, "hi", whose header declares the length.
  static let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 2, 0x11, 0, 0, 0x68, 0x69]

  @Test func opensAFrameMadeByHand() throws {
    #expect(try decompress(Self.frame, room: 2) == [0x68, 0x69])
  }

  /// The same frame without a declared length: a window descriptor stands in its place.
  @Test func opensAFrameThatDeclaresNoLength() throws {
    let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0x11, 0, 0, 0x68, 0x69]
    #expect(try decompress(frame, room: 2) == [0x68, 0x69])
    #expect(throws: CompressionError.exceedsOutput(byteCountMax: 1)) {
      try decompress(frame, room: 1)
    }
  }

  /// RFC 8878, section 3.1.2.
  @Test func refusesASkippableFrame() {
    let skippable: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]
    #expect(throws: CompressionError.malformed) { try decompress(skippable, room: 100) }
    #expect(throws: CompressionError.malformed) {
      try decompress(skippable + Self.frame, room: 100)
    }
    #expect(throws: CompressionError.trailingBytes) {
      try decompress(Self.frame + skippable, room: 100)
    }
  }

  @Test func refusesAFrameThatNeedsADictionary() {
    let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 2, 0x11, 0, 0, 0x68, 0x69]
    #expect(throws: CompressionError.malformed) { try decompress(frame, room: 100) }
  }

  /// Section 3.1.1.1.4: eight bytes of length, here 2^63.
  @Test func refusesAnEnormousDeclaredLength() {
    let frame: [UInt8] =
      [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x11, 0, 0, 0x68, 0x69]
    #expect(throws: CompressionError.exceedsOutput(byteCountMax: 100)) {
      try decompress(frame, room: 100)
    }
  }

  @Test func refusesALengthThatTheContentDoesNotHave() {
    var frame = Self.frame
    frame[5] = 3
    #expect(throws: CompressionError.self) { try decompress(frame, room: 100) }
    frame[5] = 1
    #expect(throws: CompressionError.self) { try decompress(frame, room: 100) }
  }

  @Test func oneObjectServesManyMessages() throws {
    let (compressor, decompressor) = (try ZstdCompressor(level: 3), try ZstdDecompressor())
    for byteCount in [10, 0, 100_000, 5, 70_000] {
      let content = Samples.text(byteCount: byteCount)
      var frame = [UInt8](repeating: 0, count: 200_000)
      var small = [UInt8](repeating: 0, count: 3)
      var output = small.mutableSpan
      #expect(try compressor.compress(content.span, into: &output) == nil)
      output = frame.mutableSpan
      let frameByteCount = try #require(try compressor.compress(content.span, into: &output))
      var result = [UInt8](repeating: 0, count: byteCount)
      output = result.mutableSpan
      #expect(throws: CompressionError.self) {
        try decompressor.decompress([1, 2, 3, 4, 5].span, into: &output)
      }
      let resultByteCount = try decompressor.decompress(
        frame.span.extracting(0..<frameByteCount), into: &output)
      #expect(resultByteCount == byteCount)
      #expect(result == content)
    }
  }

  private func decompress(_ frame: [UInt8], room: Int) throws(CompressionError) -> [UInt8] {
    try CodecTests.Codec.zstd.decompress(frame, room: room)
  }
}
