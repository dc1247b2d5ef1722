import Testing

import BackupCompression

/// What holds for each codec; the bytes' own rules are in the codec's tests.
@Suite("Codecs")
struct CodecTests {
  enum Codec: CaseIterable, Sendable {
    case zstd, zlib

    var levels: ClosedRange<Int> {
      switch self {
      case .zstd: ZstdCompressor.levels
      case .zlib: ZlibCompressor.levels
      }
    }

    func bound(_ byteCount: Int) -> Int {
      switch self {
      case .zstd: ZstdCompressor.compressBound(byteCount: byteCount)
      case .zlib: ZlibCompressor.compressBound(byteCount: byteCount)
      }
    }

    /// Compresses into `room` bytes, by default the bound.
    func compress(
      _ input: [UInt8], level: Int = 3, room: Int? = nil
    ) throws(CompressionError) -> [UInt8]? {
      var output = [UInt8](repeating: 0xee, count: room ?? bound(input.count))
      var span = output.mutableSpan
      let byteCount =
        switch self {
        case .zstd: try ZstdCompressor(level: level).compress(input.span, into: &span)
        case .zlib: try ZlibCompressor(level: level).compress(input.span, into: &span)
        }
      return byteCount.map { Array(output.prefix($0)) }
    }

    /// Decompresses into `room` bytes, behind which a guard must stay as it is.
    func decompress(_ input: [UInt8], room: Int) throws(CompressionError) -> [UInt8] {
      var output = [UInt8](repeating: 0xee, count: room + 64)
      var whole = output.mutableSpan
      var span = whole._mutatingExtracting(0..<room)
      defer { #expect(output.suffix(64).allSatisfy { $0 == 0xee }) }
      let byteCount =
        switch self {
        case .zstd: try ZstdDecompressor().decompress(input.span, into: &span)
        case .zlib: try ZlibDecompressor().decompress(input.span, into: &span)
        }
      return Array(output.prefix(byteCount))
    }
  }

  static let contents: [[UInt8]] =
    [0, 1, 2, 3, 17, 255, 256, 4095, 65_537].flatMap { byteCount in
      [
        Samples.noise(byteCount: byteCount), Samples.text(byteCount: byteCount),
        Samples.pages(byteCount: byteCount), [UInt8](repeating: 0, count: byteCount),
      ]
    }

  @Test(arguments: Codec.allCases)
  func givesBackWhatItTook(codec: Codec) throws {
    for content in Self.contents {
      let compressed = try #require(try codec.compress(content))
      #expect(compressed.count <= codec.bound(content.count))
      #expect(try codec.decompress(compressed, room: content.count) == content)
      #expect(try codec.decompress(compressed, room: content.count + 1000) == content)
    }
  }

  /// Spans of nothing have a null address, which C libraries like to refuse.
  @Test func nothingNeedsNoMemory() throws {
    for content in [[], [1]] as [[UInt8]] {
      let isRefused = !content.isEmpty
      let zstd = try #require(try Codec.zstd.compress(content))
      let zlib = try #require(try Codec.zlib.compress(content))
      var none = MutableSpan<UInt8>()
      #expect(try ZstdCompressor(level: 3).compress(Span(), into: &none) == nil)
      #expect(try ZlibCompressor(level: 3).compress(Span(), into: &none) == nil)
      do {
        #expect(try ZstdDecompressor().decompress(zstd.span, into: &none) == 0 && !isRefused)
      } catch { #expect(error == .exceedsOutput(byteCountMax: 0) && isRefused) }
      do {
        #expect(try ZlibDecompressor().decompress(zlib.span, into: &none) == 0 && !isRefused)
      } catch { #expect(error == .exceedsOutput(byteCountMax: 0) && isRefused) }
    }
    var none = MutableSpan<UInt8>()
    #expect(throws: CompressionError.truncated) {
      try ZstdDecompressor().decompress(Span(), into: &none)
    }
    #expect(throws: CompressionError.truncated) {
      try ZlibDecompressor().decompress(Span(), into: &none)
    }
  }

  @Test(arguments: Codec.allCases)
  func worksAtEveryLevelAndNoOther(codec: Codec) throws {
    let text = Samples.text(byteCount: 50_000)
    var byteCounts: [Int] = []
    for level in codec.levels {
      let compressed = try #require(try codec.compress(text, level: level))
      byteCounts.append(compressed.count)
      #expect(try codec.decompress(compressed, room: text.count) == text)
    }
    let (first, last) = (try #require(byteCounts.first), try #require(byteCounts.last))
    #expect(last < first)
    for level in [Int.min, -1, 0, codec.levels.upperBound + 1, Int.max] {
      #expect(throws: CompressionError.levelOutOfRange(level: level, accepted: codec.levels)) {
        try codec.compress(text, level: level)
      }
    }
  }

  @Test(arguments: Codec.allCases)
  func saysWhenTheResultDoesNotFit(codec: Codec) throws {
    let text = Samples.text(byteCount: 3000)
    let byteCount = try #require(try codec.compress(text)).count
    #expect(byteCount < 3000)
    for room in Array(0..<20) + [byteCount / 2, byteCount - 20] {
      #expect(try codec.compress(text, room: room) == nil)
    }
    let noise = Samples.noise(byteCount: 100_000)
    #expect(try codec.compress(noise, room: noise.count - 1) == nil)
  }

  @Test(arguments: Codec.allCases)
  func refusesEveryPrefix(codec: Codec) throws {
    let content = Samples.text(byteCount: 2000)
    let compressed = try #require(try codec.compress(content))
    for byteCount in 0..<compressed.count {
      #expect(throws: CompressionError.truncated, "\(byteCount) bytes") {
        try codec.decompress(Array(compressed.prefix(byteCount)), room: content.count + 1)
      }
    }
  }

  @Test(arguments: Codec.allCases)
  func refusesWhatFollows(codec: Codec) throws {
    let content = Samples.text(byteCount: 500)
    let compressed = try #require(try codec.compress(content))
    for tail in [[0], [0x28], compressed, [UInt8](repeating: 0, count: 1000)] as [[UInt8]] {
      #expect(throws: CompressionError.trailingBytes) {
        try codec.decompress(compressed + tail, room: 5000)
      }
    }
  }

  /// A hundred mebibytes of zeros in a few kilobytes give no byte beyond the output.
  @Test(arguments: Codec.allCases)
  func aBombFillsNoMoreThanTheOutput(codec: Codec) throws {
    let bomb = try #require(try codec.compress([UInt8](repeating: 0, count: 100 << 20), level: 1))
    #expect(bomb.count < 1 << 20)
    for room in [0, 1, 1000, 1 << 20] {
      #expect(throws: CompressionError.exceedsOutput(byteCountMax: room)) {
        try codec.decompress(bomb, room: room)
      }
    }
  }

  @Test(arguments: Codec.allCases)
  func oneByteTooLittleRoomIsRefused(codec: Codec) throws {
    for content in Self.contents where !content.isEmpty {
      let compressed = try #require(try codec.compress(content))
      #expect(throws: CompressionError.exceedsOutput(byteCountMax: content.count - 1)) {
        try codec.decompress(compressed, room: content.count - 1)
      }
    }
  }

  /// Neither codec promises to notice; the output's bound must hold and nothing may crash.
  @Test(arguments: Codec.allCases)
  func changedBitsGiveAnErrorOrABoundedResult(codec: Codec) throws {
    let content = Samples.text(byteCount: 700)
    let compressed = try #require(try codec.compress(content))
    var refusedCount = 0
    for bit in 0..<compressed.count * 8 {
      var changed = compressed
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      do {
        let result = try codec.decompress(changed, room: content.count)
        #expect(result.count <= content.count)
      } catch {
        refusedCount += 1
      }
    }
    // zlib carries a checksum, which any changed bit breaks but those that fill the last byte.
    if codec == .zlib { #expect(refusedCount >= compressed.count * 8 - 7) }
    #expect(refusedCount > 0)
  }

  @Test(arguments: Codec.allCases)
  func refusesNoise(codec: Codec) throws {
    for seed in 0..<200 as Range<UInt64> {
      let noise = Samples.noise(byteCount: 1 + Int(seed) * 3, seed: seed + 1000)
      #expect(throws: CompressionError.self) { try codec.decompress(noise, room: 10_000) }
    }
  }
}
