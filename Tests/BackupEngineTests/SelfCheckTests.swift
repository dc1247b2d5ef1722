import BackupEngine
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Synchronization
import Testing

@Suite("What was written is read back")
struct SelfCheckTests {
  private func outcome(_ fault: LosingMedium.Fault?, at offset: UInt64) throws -> SelfCheckOutcome {
    let stage = try RepositoryStage(storage: LosingMedium(MemoryStorage(), fault, at: offset))
    try stage.write("noise", RepositoryStage.bytes(5 << 20, seed: 3))
    return try #require(try stage.backUp().selfCheck)
  }

  @Test("Every block of a good medium is opened")
  func good() throws {
    let outcome = try outcome(nil, at: 0)
    #expect(outcome.blockCount >= 6)
    #expect(outcome.openedCount == outcome.blockCount)
    #expect(outcome.byteCount > 2 << 20)
    #expect(outcome.failed.isEmpty)
  }

  @Test(
    "A byte that the medium changed fails its block and no other",
    arguments: [8, 1 << 20, 2 << 20] as [UInt64])
  func changed(_ offset: UInt64) throws {
    let outcome = try outcome(.changes, at: offset)
    // The first place is in every pack: that of the file, and that of the catalogue.
    let bad = outcome.failed.count
    #expect(offset == 8 ? 1...3 ~= bad : bad == 1)
    #expect(outcome.openedCount == outcome.blockCount - bad)
  }

  @Test("Blocks behind the end of what the medium kept fail")
  func short() throws {
    let outcome = try outcome(.ends, at: 2 << 20)
    // How many there are depends on where the chunks end, under keys that were drawn.
    #expect(1..<outcome.blockCount - 1 ~= outcome.failed.count)
    #expect(outcome.openedCount == outcome.blockCount - outcome.failed.count)
  }

  @Test("A store that goes away ends the run")
  func gone() throws {
    #expect(throws: EngineError.self) { try outcome(.disconnects, at: 1 << 20) }
  }
}

/// A storage of which the packs come back otherwise than they were written, from where the caches are
/// forgotten.
private final class LosingMedium: WrappingStorage {
  enum Fault { case changes, ends, disconnects }

  let inner: any Storage
  private let fault: Fault?
  private let offset: UInt64
  private let forgotten = Mutex<Set<StorageKey>>([])

  init(_ inner: any Storage, _ fault: Fault?, at offset: UInt64) {
    self.inner = inner
    self.fault = fault
    self.offset = offset
  }

  func forgetCached(_ key: StorageKey) throws(StorageError) {
    _ = forgotten.withLock { $0.insert(key) }
  }

  func read(
    _ key: StorageKey, at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    try inner.read(key, at: offset, into: &bytes)
    guard let fault, forgotten.withLock({ $0.contains(key) }) else { return }
    let range = offset..<offset + UInt64(bytes.count)
    switch fault {
    case .changes where range.contains(self.offset): bytes[Int(self.offset - offset)] ^= 0x10
    case .ends where range.upperBound > self.offset: throw .truncated(key)
    case .disconnects where range.contains(self.offset): throw .unreachable
    default: break
    }
  }
}
