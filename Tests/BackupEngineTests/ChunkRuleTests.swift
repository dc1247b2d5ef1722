import BackupFormat
import BackupTestSupport
import EngineTestSupport
import Testing

@testable import BackupEngine

@Suite("How long chunks are")
struct ChunkRuleTests {
  @Test func growsWithTheFileSoThatItsExtentsFitAPage() {
    let usual = 256 << 10
    #expect(ChunkRule.average(ofFile: 64 << 20 - 1, usual) == usual)
    #expect(ChunkRule.average(ofFile: 64 << 20, usual) == 64 << 10)
    #expect(ChunkRule.average(ofFile: 8 << 30, usual) == 64 << 10)
    #expect(ChunkRule.average(ofFile: 12 << 30, usual) == 128 << 10)
    #expect(ChunkRule.databaseChunk(ofFile: 4096) == 16 << 10)
    #expect(ChunkRule.databaseChunk(ofFile: 5 << 30) == 64 << 10)
    // An extent has a run, a block, an offset and a length: ten bytes are more than it takes.
    for gibibytes: UInt64 in [1, 3, 10, 50, 200] {
      let byteCount = gibibytes << 30
      for length in [
        ChunkRule.average(ofFile: byteCount, usual), ChunkRule.databaseChunk(ofFile: byteCount),
      ] {
        #expect(byteCount / UInt64(length) * 10 < 4 << 20)
      }
    }
    // The read buffer holds two of the largest chunks, and a block one.
    let largest = Chunker.Sizes(average: ChunkRule.coarseAverageByteCount).largest
    #expect(largest * 2 <= EngineLimits.readBufferByteCount)
    #expect(largest <= Limits.rawBlockByteCount)
  }

  @Test func storesLittleOfADatabaseOfWhichOnePageChanged() throws {
    let stage = try RepositoryStage()
    stage.clock.advance(days: 1)
    var bytes = RepositoryStage.bytes(4 << 20, seed: 5)
    bytes.replaceSubrange(0..<16, with: Array("SQLite format 3\0".utf8))
    try stage.write("shop.sqlite", bytes)
    try stage.write("shop.bin", RepositoryStage.bytes(4 << 20, seed: 6))
    try stage.passNight()
    for page in [7, 300, 700] { bytes[page << 12] ^= 1 }
    try stage.write("shop.sqlite", bytes)
    let outcome = try stage.passNight()
    // Three chunks of 16 KiB of noise, and the catalogue.
    #expect((48 << 10..<80 << 10).contains(outcome.counters.newByteCount))
    let (_, folder) = try stage.restore()
    #expect(
      try RepositoryStage.contents(of: folder)
        == RepositoryStage.contents(of: stage.folder.path("source")))
  }
}
