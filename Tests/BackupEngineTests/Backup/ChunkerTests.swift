import BackupTestSupport
import EngineTestSupport
import Testing

@testable import BackupEngine

@Suite("Cuts by content")
struct ChunkerTests {
  let table: [UInt64]
  let chunker: Chunker

  init() {
    var generator = SeededGenerator(seed: 11)
    table = (0..<256).map { _ in generator.next() }
    chunker = Chunker(sizes: Chunker.Sizes(average: 1024), table: table)
  }

  /// One byte after another, as the definition says: the hash of the last 64 bytes, a mask of 12 bits
  /// before the average and of 8 behind it.
  private func expectedCut(_ bytes: ArraySlice<UInt8>) -> Int {
    let bytes = Array(bytes.prefix(4096))
    guard bytes.count > 256 else { return bytes.count }
    for length in 257..<max(257, bytes.count + 1) {
      // The hash begins 64 bytes before the least length.
      var hash: UInt64 = 0
      for byte in bytes[max(192, length - 64)..<length] {
        hash = hash << 1 &+ table[Int(byte)]
      }
      if hash >> (length <= 1024 ? 52 : 56) == 0 { return length }
    }
    return bytes.count
  }

  @Test func areWhereTheBytesBeforeThemSaySo() {
    var generator = SeededGenerator(seed: 12)
    let bytes = (0..<300_000).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 20) }
    var start = 0
    var lengths: Set<Int> = []
    while start < bytes.count {
      let length = chunker.firstCut(bytes.span.extracting(start..<bytes.count))
      #expect(length == expectedCut(bytes[start...]))
      lengths.insert(length)
      start += length
    }
    // Cuts at every remainder of the step, and on both sides of the average.
    #expect(Set(lengths.map { $0 % 4 }).count == 4)
    #expect(lengths.contains { $0 < 1024 } && lengths.contains { $0 > 1024 })
  }

  @Test func endWithWhatThereIs() {
    var generator = SeededGenerator(seed: 13)
    for count in Array(0..<12) + Array(250..<270) + Array(1020..<1030) {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 20) }
      #expect(chunker.firstCut(bytes.span) == expectedCut(bytes[...]))
    }
  }
}
