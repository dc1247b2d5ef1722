import Foundation
import Testing

import BackupCompression

@Suite("Entropy")
struct EntropyTests {
  static let byteCounts = [1024, 4095, 4096, 4097, 20_000, 65_536, 1 << 20]

  @Test(arguments: byteCounts)
  func noiseLooksIncompressible(byteCount: Int) {
    for seed in 1...20 as ClosedRange<UInt64> {
      let noise = Samples.noise(byteCount: min(byteCount, 100_000), seed: seed)
      #expect(looksIncompressible(noise))
    }
  }

  @Test(arguments: [4096, 50_000, 262_144])
  func picturesLookIncompressible(byteCount: Int) {
    #expect(looksIncompressible(Samples.scan(byteCount: byteCount)))
  }

  @Test(arguments: byteCounts)
  func textAndPagesLookCompressible(byteCount: Int) {
    for content in [
      Samples.text(byteCount: byteCount), Samples.pages(byteCount: byteCount),
      [UInt8](repeating: 0, count: byteCount), [UInt8](repeating: 0xff, count: byteCount),
    ] {
      #expect(!looksIncompressible(content))
    }
  }

  /// The running test program is an ELF file.
  @Test func programsLookCompressible() throws {
    let program = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/exe"))
    let bytes = [UInt8](try program.read(upToCount: 8 << 20) ?? Data())
    #expect(bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]))
    for start in stride(from: 0, to: bytes.count - 262_144, by: 262_144) {
      #expect(!looksIncompressible(Array(bytes[start..<start + 262_144])), "at \(start)")
    }
  }

  @Test(arguments: [CodecTests.Codec.zstd, .zlib], [65_536, 300_000])
  func compressedTextLooksIncompressible(codec: CodecTests.Codec, byteCount: Int) throws {
    let compressed = try #require(
      try codec.compress(Samples.text(byteCount: byteCount * 4), level: 6))
    #expect(looksIncompressible(Array(compressed[(compressed.count / 8)...])))
  }

  /// Base64 has 64 values and hexadecimal 16: both are worth compressing.
  @Test func writtenOutNoiseLooksCompressible() {
    let base64 = Samples.noise(byteCount: 100_000).map { 0x30 + ($0 & 0x3f) }
    #expect(!looksIncompressible(base64))
  }

  /// A window in one of a mebibyte's sections is enough.
  @Test func mixedBlocksLookCompressible() {
    let noise = Samples.noise(byteCount: 1 << 20)
    #expect(looksIncompressible(noise))
    for section in 0..<17 {
      var block = noise
      let start = section * (1 << 20) / 17
      let byteCount = (1 << 20) / 17
      block.replaceSubrange(
        start..<start + byteCount, with: Samples.text(byteCount: byteCount))
      #expect(!looksIncompressible(block), "section \(section)")
    }
  }

  /// Too few bytes to tell, and too little time to lose.
  @Test(arguments: [0, 1, 100, 1023])
  func shortBlocksAreNeverRefused(byteCount: Int) {
    #expect(!looksIncompressible(Samples.noise(byteCount: byteCount)))
  }

  /// Spans cannot stand inside `#expect`.
  private func looksIncompressible(_ bytes: [UInt8]) -> Bool {
    Entropy.looksIncompressible(bytes.span)
  }
}
