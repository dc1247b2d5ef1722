import BackupStorage
import BackupTestSupport
import Testing

@Suite("The storage that fails on purpose")
struct FaultyStorageTests {
  private let a = StorageKey(literal: "a")
  private let b = StorageKey(literal: "b")
  private let inner = MemoryStorage()

  @Test func failsTheCallThatWasNamed() throws {
    let storage = FaultyStorage(inner)
    storage.fail(.put, number: 2, with: .noSpace)
    #expect(try storage.put(a, [1].span) == .created)
    #expect(throws: StorageError.noSpace) { _ = try storage.put(b, [1].span) }
    #expect(try storage.put(b, [2].span) == .created)
    #expect(storage.records.map(\.call) == [.put, .put, .put])
    #expect(storage.changeCount == 3)
  }

  @Test func losesAnswersButNotTheWork() throws {
    let storage = FaultyStorage(inner)
    storage.loseAnswer(.put)
    #expect(throws: StorageError.unreachable) { _ = try storage.put(a, [1].span) }
    #expect(try storage.read(a, limitByteCount: 1) == [1])
  }

  @Test func tearsPuts() throws {
    let storage = FaultyStorage(inner)
    storage.tearPut(number: 1, keepingByteCount: 2)
    #expect(throws: StorageError.unreachable) { _ = try storage.put(a, [1, 2, 3].span) }
    #expect(try storage.read(a, limitByteCount: 9) == [1, 2])
  }

  @Test func crashesAndStaysDown() throws {
    let storage = FaultyStorage(inner)
    storage.crash(afterChanges: 1)
    #expect(try storage.put(a, [1].span) == .created)
    #expect(try storage.read(a, limitByteCount: 1) == [1])
    #expect(throws: FaultyStorage.crashError) { _ = try storage.put(b, [1].span) }
    #expect(throws: FaultyStorage.crashError) { _ = try storage.read(a, limitByteCount: 1) }
    #expect(throws: FaultyStorage.crashError) { _ = try storage.list("") }
    storage.heal()
    #expect(try storage.list("").objects.map(\.key) == [a])
  }

  @Test func strikesTheCallOfANumber() throws {
    let storage = FaultyStorage(inner)
    _ = try storage.put(a, [1].span)
    storage.strike(.inputOutput, atCall: 2)
    #expect(try storage.read(a, limitByteCount: 1) == [1])
    #expect(!storage.hasStruck)
    #expect(throws: StorageError.self) { _ = try storage.list("") }
    #expect(storage.hasStruck)
    #expect(try storage.list("").objects.map(\.key) == [a])
    storage.strike(.lostAnswer, atCall: 1)
    #expect(throws: StorageError.unreachable) { _ = try storage.put(b, [2].span) }
    #expect(try storage.read(b, limitByteCount: 1) == [2])
    storage.strike(.crash, atCall: 1)
    #expect(throws: FaultyStorage.crashError) { try storage.barrier() }
    #expect(throws: FaultyStorage.crashError) { _ = try storage.read(b, limitByteCount: 1) }
    storage.heal()
    #expect(try storage.read(b, limitByteCount: 1) == [2])
  }

  @Test func losesWhatNoBarrierHolds() throws {
    let storage = FaultyStorage(inner, keepsUndo: true)
    let c = StorageKey(literal: "c")
    _ = try storage.put(a, [1].span)
    _ = try storage.put(c, [3].span)
    try storage.barrier()
    _ = try storage.put(b, [2].span)
    let writer = try storage.makeWriter(for: StorageKey(literal: "d"))
    try writer.append([4].span)
    _ = try writer.finish()
    try storage.remove(a)
    try storage.replace(c, with: [9, 9].span)
    try storage.loseUnsynced()
    #expect(try storage.list("").objects.map(\.key) == [a, c])
    #expect(try storage.read(a, limitByteCount: 1) == [1])
    #expect(try storage.read(c, limitByteCount: 2) == [3])
  }

  @Test func failsWriters() throws {
    let storage = FaultyStorage(inner)
    storage.fail(.append, number: 2, with: .noSpace)
    let writer = try storage.makeWriter(for: a)
    try writer.append([1].span)
    #expect(throws: StorageError.noSpace) { try writer.append([2].span) }
    writer.cancel()
    storage.fail(.finish, with: .unreachable)
    let other = try storage.makeWriter(for: a)
    #expect(throws: StorageError.unreachable) { _ = try other.finish() }
    #expect(try storage.list("") == StorageListing())
  }

  @Test func hexGoesBothWays() {
    #expect([UInt8](hex: "00 ff\n7F") == [0, 255, 127])
    #expect([0, 255, 127].hex == "00ff7f")
    for bad in ["0", "0g", "f f", "é0", "１0"] { #expect([UInt8](hex: bad) == nil) }
  }
}
