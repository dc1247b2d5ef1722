import BackupStorage
import BackupSystem
import BackupTestSupport
import Testing

@Suite("What every storage does")
struct StorageTests {
  @Test(arguments: StorageConformance.allCases)
  func inMemory(_ promise: StorageConformance) throws {
    try promise.run(on: MemoryStorage())
  }

  @Test(arguments: StorageConformance.allCases)
  func inAFolder(_ promise: StorageConformance) throws {
    let folder = try TemporaryDirectory()
    try promise.run(on: FolderStorage(path: folder.path))
  }

  @Test(arguments: StorageConformance.allCases)
  func throughAFaultyStorageWithoutFaults(_ promise: StorageConformance) throws {
    try promise.run(on: FaultyStorage(MemoryStorage(), keepsUndo: true))
  }

  /// The canary: a storage that overwrites must fail the suite.
  @Test func conformanceFindsAStorageThatOverwrites() {
    #expect(throws: StorageConformance.Failure.self) {
      try StorageConformance.keepsTheFirstOfTwoPuts.run(on: OverwritingStorage())
    }
    #expect(throws: StorageConformance.Failure.self) {
      try StorageConformance.passesTheTrial.run(on: OverwritingStorage())
    }
    #expect(throws: StorageConformance.Failure.self) {
      try StorageConformance.letsExactlyOneOfEightCreate.run(on: OverwritingStorage())
    }
  }

  @Test func trialFindsStoragesThatOverwrite() throws {
    #expect(try PutIfAbsentTrial.run(on: OverwritingStorage()) == .fails)
    #expect(try PutIfAbsentTrial.run(on: OverwritingStorage(isHonest: true)) == .fails)
    #expect(try PutIfAbsentTrial.run(on: MemoryStorage()) == .holds)
  }

  @Test func memoryHasACapacity() throws {
    let storage = MemoryStorage(capacityByteCount: 10)
    _ = try storage.put(StorageKey(literal: "a"), [UInt8](repeating: 1, count: 8).span)
    #expect(try storage.freeByteCount() == 2)
    #expect(throws: StorageError.noSpace) {
      _ = try storage.put(StorageKey(literal: "b"), [1, 2, 3].span)
    }
    try storage.replace(StorageKey(literal: "a"), with: [1].span)
    try storage.remove(StorageKey(literal: "a"))
    #expect(try storage.freeByteCount() == 10)
    #expect(try storage.list("") == StorageListing())
  }
}

/// A storage as it may not be: the last put wins.
private final class OverwritingStorage: WrappingStorage {
  let inner: any Storage = MemoryStorage()
  /// Whether it says at least that the key exists.
  private let isHonest: Bool

  init(isHonest: Bool = false) { self.isHonest = isHonest }

  func put(_ key: StorageKey, _ bytes: Span<UInt8>) throws(StorageError) -> PutOutcome {
    let exists = try inner.byteCount(of: key) != nil
    try inner.replace(key, with: bytes)
    return isHonest && exists ? .exists : .created
  }
}
