import BackupFormat
import BackupObjects
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Testing

@testable import BackupEngine

/// The yardsticks of the benchmarks.
@Suite("Yardsticks")
struct MeasureTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  @Test(
    "The machine's limit reads every byte, seals each chunk once, and opens it where that is asked")
  func limit() throws {
    let stage = try RepositoryStage(storage: MemoryStorage())
    let noise = RepositoryStage.bytes(300_000, seed: 7)
    try stage.write("a", noise)
    try stage.write("below/b", noise)
    try stage.write("text", [UInt8](repeating: 0x61, count: 50_000))
    try stage.write("zeros", [UInt8](repeating: 0, count: 1 << 20))
    try stage.write("empty", [])
    let lengths = try #require(MachineLimit.Lengths())
    let limit = try MachineLimit(compression: .zstd(level: 3), lengths: lengths)
    let outcome = try limit.execute(stage.folder.path("source"))
    #expect(outcome.readByteCount == 650_000 + 1 << 20)
    #expect(outcome.newByteCount == 350_000)
    #expect(1...352_000 ~= outcome.sealedByteCount)
    #expect(outcome.openedByteCount == 0)
    #expect(throws: (any Error).self) { try limit.execute(stage.folder.path("absent")) }
    let opening = try MachineLimit(
      compression: .zstd(level: 3), lengths: lengths, opensAgain: true)
    let opened = try opening.execute(stage.folder.path("source"))
    #expect(opened.newByteCount == 350_000)
    #expect(opened.openedByteCount == 350_000)
  }

  @Test("The machine's limit is tried with other lengths, within those of the format")
  func lengths() throws {
    for (chunk, block) in [
      (0, 1 << 20), (3 << 10, 1 << 20), (2 << 20, 4 << 20), (1 << 10, 5 << 20),
    ] {
      #expect(MachineLimit.Lengths(chunkAverage: chunk, block: block) == nil)
    }
    let stage = try RepositoryStage(storage: MemoryStorage())
    // Twice the same, but shifted: short chunks find it again, and long ones do not.
    let noise = RepositoryStage.bytes(200_000, seed: 8)
    try stage.write("twice", noise + [1] + noise)
    var new: [UInt64] = []
    for chunk in [1 << 10, 1 << 20] {
      let lengths = try #require(MachineLimit.Lengths(chunkAverage: chunk, block: 64 << 10))
      let limit = try MachineLimit(compression: .zstd(level: 1), lengths: lengths)
      new.append(try limit.execute(stage.folder.path("source")).newByteCount)
    }
    #expect(200_001..<230_000 ~= new[0])
    #expect(new[1] == 400_001)
  }

  @Test(
    "A made-up index answers for each of its chunks and for no other", arguments: [1, 3, 70_000])
  func index(_ count: Int) throws {
    let outcome = try IndexTrial.run(chunkCount: count, in: folder.path(""))
    #expect(outcome.chunkCount == count)
    #expect(outcome.byteCount == UInt64(80 + 48 * count))
  }
}
