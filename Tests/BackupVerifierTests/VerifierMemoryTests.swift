import BackupFormat
import BackupLog
import EngineTestSupport
import Testing

@testable import BackupVerifier

@Suite("A verifier's memory")
struct VerifierMemoryTests {
  private func memory() throws -> VerifierMemory {
    let night = try #require(Night(dayNumber: 20_000))
    return VerifierMemory(
      repository: RepositoryID(Digest(hashing: [1])),
      head: LogHead(size: 5, root: Digest(hashing: [2])), visited: 7, readSize: 4, readAt: 6,
      slices: [0, 3, 9],
      checkpoints: [try #require(KeyID([UInt8](repeating: 3, count: 16))): [1, 5]],
      seed: VerifierMemory.Seed(
        root: Digest(hashing: [4]), night: night, seed: [UInt8](repeating: 8, count: 32)))
  }

  @Test func isReadBackAsItWasWritten() throws {
    let memory = try memory()
    #expect(try VerifierMemory(decoding: memory.encode()) == memory)
    #expect(try VerifierMemory(decoding: memory.encode() + [0x0a]) == memory)
    var empty = memory
    empty.seed = nil
    #expect(try VerifierMemory(decoding: empty.encode()) == empty)
  }

  @Test func isRefusedWhenAnyOfItIsMissing() throws {
    let bytes = try memory().encode()
    for count in 0..<bytes.count {
      #expect(throws: FormatError.self) {
        try VerifierMemory(decoding: [UInt8](bytes.prefix(count)))
      }
    }
  }

  @Test func keepsTheNewestCheckpointsOfEachKeyAndStaysBelowItsLimit() throws {
    var memory = try memory()
    var seen: [KeyID: [Int]] = [:]
    for i in 0..<3 {
      seen[try #require(KeyID([UInt8](repeating: UInt8(i), count: 16)))] = [Int](0..<5_000)
    }
    memory.slices = [Int64](repeating: 1_772_416_800, count: VerifierMemory.sliceCountMax)
    memory.remember(seen) { _, _ in true }
    #expect(
      memory.checkpoints.values.reduce(0) { $0 + $1.count } <= VerifierMemory.checkpointCountMax)
    #expect(memory.checkpoints.values.allSatisfy { $0.last == 4_999 || $0 == [1, 5] })
    #expect(memory.encode().count <= VerifierMemory.byteCountMax)
    #expect(try VerifierMemory(decoding: memory.encode()) == memory)
  }

  @Test func forgetsCheckpointsThatAreNoLongerWanted() throws {
    var memory = try memory()
    memory.remember([:]) { _, size in size > 1 }
    #expect(memory.checkpoints.values.map { $0 } == [[5]])
  }

  @Test func isNotReplacedByABrokenLog() throws {
    let full = try FullRepository()
    let before = try full.check().memory
    let damage = try Damage(full)
    try damage.flip(.log(3))
    #expect(try full.check(memory: before).memory == before)
  }
}
