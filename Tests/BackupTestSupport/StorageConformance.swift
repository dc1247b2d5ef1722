public import BackupStorage
internal import BackupSystem

/// What every storage must do; each case is one promise and is run on an empty storage.
public enum StorageConformance: String, CaseIterable, Sendable {
  case readsWhatWasPut
  case keepsTheFirstOfTwoPuts
  case storesEmptyObjects
  case saysNotFound
  case refusesLargerThanTheLimit
  case readsRanges
  case refusesRangesBehindTheEnd
  case listsBelowAFolderInOrder
  case writesInPieces
  case hidesUnfinishedWriters
  case refusesClosedWriters
  case writerKeepsTheFirst
  case removesAndRemovesAgain
  case putsAgainAfterRemoval
  case replacesAndForgetsTheOld
  case letsExactlyOneOfEightCreate
  case passesTheTrial
  case survivesBarriers

  /// A promise that a storage broke.
  public struct Failure: Error, CustomStringConvertible, Sendable {
    /// What was expected.
    public let description: String
  }

  /// Checks this promise on `storage`, which must be empty.
  public func run(on storage: any Storage) throws {
    let a = StorageKey(literal: "packs/0a/1")
    switch self {
    case .readsWhatWasPut:
      var generator = SeededGenerator(seed: 1)
      for byteCount in [1, 255, 65_537] {
        let bytes = generator.bytes(byteCount)
        guard let key = a.parent?.appending("\(byteCount)") else { continue }
        try expect(try storage.put(key, bytes.span) == .created, "put creates")
        try expect(try storage.read(key, limitByteCount: byteCount) == bytes, "bytes come back")
        try expect(try storage.byteCount(of: key) == UInt64(byteCount), "size is right")
      }
    case .keepsTheFirstOfTwoPuts:
      try expect(try storage.put(a, [1].span) == .created, "first creates")
      try expect(try storage.put(a, [2, 3].span) == .exists, "second finds it taken")
      try expect(try storage.read(a, limitByteCount: 9) == [1], "first stays")
    case .storesEmptyObjects:
      try expect(try storage.put(a, [UInt8]().span) == .created, "empty put creates")
      try expect(try storage.read(a, limitByteCount: 0) == [], "empty comes back")
      try expect(try storage.put(a, [1].span) == .exists, "empty is taken too")
    case .saysNotFound:
      try refuses(.notFound(a)) { () throws(StorageError) in
        _ = try storage.read(a, limitByteCount: 9)
      }
      try refuses(.notFound(a)) { () throws(StorageError) in
        _ = try Self.readRange(storage, a, 0, 1)
      }
      try expect(try storage.byteCount(of: a) == nil, "no size")
      try expect(try storage.list("packs") == StorageListing(), "no folder is an empty one")
    case .refusesLargerThanTheLimit:
      _ = try storage.put(a, [1, 2, 3].span)
      try refuses(.tooLarge(a, limitByteCount: 2)) { () throws(StorageError) in
        _ = try storage.read(a, limitByteCount: 2)
      }
    case .readsRanges, .refusesRangesBehindTheEnd:
      try runRanges(a, storage)
    case .listsBelowAFolderInOrder:
      try runLists(storage)
    case .writesInPieces, .hidesUnfinishedWriters, .refusesClosedWriters, .writerKeepsTheFirst:
      try runWriters(a, storage)
    case .removesAndRemovesAgain, .putsAgainAfterRemoval, .replacesAndForgetsTheOld:
      try runChanges(a, storage)
    case .letsExactlyOneOfEightCreate:
      try runRace(a, storage)
    case .passesTheTrial:
      try expect(try PutIfAbsentTrial.run(on: storage) == .holds, "put-if-absent holds")
      try expect(try storage.list("").objects.isEmpty, "the probe is gone")
    case .survivesBarriers:
      try storage.barrier()
      _ = try storage.put(a, [1].span)
      try storage.barrier()
      try storage.remove(a)
      try storage.barrier()
      _ = try storage.put(a, [2].span)
      try storage.barrier()
      try storage.forgetCached(a)
      try expect(try storage.read(a, limitByteCount: 1) == [2], "the last put is there")
      _ = try storage.freeByteCount()
      try expect(!storage.location.isEmpty, "a location has a name")
    }
  }

  private func runRanges(_ a: StorageKey, _ storage: any Storage) throws {
    var generator = SeededGenerator(seed: 2)
    let bytes = generator.bytes(10_000)
    _ = try storage.put(a, bytes.span)
    if self == .readsRanges {
      for (offset, count) in [(0, 1), (9_999, 1), (17, 4096), (0, 10_000), (10_000, 0)] {
        try expect(
          try Self.readRange(storage, a, UInt64(offset), count)
            == Array(bytes[offset..<(offset + count)]), "range \(offset)+\(count)")
      }
      return
    }
    for (offset, count) in [(UInt64(9_999), 2), (10_001, 1), (.max, 1), (UInt64(Int64.max), 7)] {
      try refuses(.truncated(a)) { () throws(StorageError) in
        _ = try Self.readRange(storage, a, offset, count)
      }
    }
  }

  private func runLists(_ storage: any Storage) throws {
    let names = ["FORMAT", "log/2", "log/10", "packs/b/1", "packs/a/1", "packs/a/2", "packsx/1"]
    for name in names {
      guard let key = StorageKey(name) else { throw Failure(description: "key \(name)") }
      _ = try storage.put(key, Array(name.utf8).span)
    }
    func found(_ prefix: String) throws -> [String] {
      let found = try storage.list(prefix).objects.map(\.key)
      try expect(try storage.names(prefix) == found, "the names are those of the list")
      return found.map(\.description)
    }
    try expect(try found("") == names.sorted(), "all, in order")
    try expect(
      try found("packs") == ["packs/a/1", "packs/a/2", "packs/b/1"], "a folder at any depth")
    try expect(try found("packs/a") == ["packs/a/1", "packs/a/2"], "a folder in a folder")
    try expect(try found("log") == ["log/10", "log/2"], "by bytes, not by number")
    try expect(try found("pack").isEmpty, "part of a component is no folder")
    try expect(try found("FORMAT").isEmpty, "an object is no folder")
    for prefix in ["..", "../x", "/", "packs/", "packs/../log", ".put"] {
      try expect(try found(prefix).isEmpty, "\(prefix) has nothing below")
    }
    try expect(
      try storage.list("").objects.map(\.byteCount) == names.sorted().map { UInt64($0.utf8.count) },
      "sizes")
    try expect(try storage.list("").foreignNames.isEmpty, "nothing is foreign")
  }

  private func runWriters(_ a: StorageKey, _ storage: any Storage) throws {
    let writer = try storage.makeWriter(for: a)
    try expect(writer.key == a, "a writer knows its key")
    switch self {
    case .writesInPieces:
      for piece in 0..<100 {
        try writer.append([UInt8](repeating: UInt8(piece), count: piece).span)
      }
      try expect(writer.byteCount == 4950, "pieces are counted")
      try expect(try writer.finish() == .created, "finish creates")
      let expected = (0..<100).flatMap { [UInt8](repeating: UInt8($0), count: $0) }
      try expect(try storage.read(a, limitByteCount: 4950) == expected, "pieces are in order")
    case .hidesUnfinishedWriters:
      try writer.append([1, 2].span)
      try expect(try storage.list("") == StorageListing(), "not listed")
      try expect(try storage.byteCount(of: a) == nil, "not there")
      writer.cancel()
      try expect(try storage.byteCount(of: a) == nil, "not there after cancelling")
      try expect(try storage.put(a, [3].span) == .created, "the key is free")
    case .refusesClosedWriters:
      writer.cancel()
      writer.cancel()
      try refuses(.writerClosed(a)) { () throws(StorageError) in try writer.append([1].span) }
      try refuses(.writerClosed(a)) { () throws(StorageError) in _ = try writer.finish() }
      let other = try storage.makeWriter(for: a)
      _ = try other.finish()
      try refuses(.writerClosed(a)) { () throws(StorageError) in _ = try other.finish() }
      other.cancel()
      try expect(try storage.byteCount(of: a) == 0, "cancel after finish does nothing")
    default:
      try writer.append([1].span)
      _ = try storage.put(a, [9].span)
      try expect(try writer.finish() == .exists, "the writer came late")
      try expect(try storage.read(a, limitByteCount: 9) == [9], "the first stays")
    }
  }

  private func runChanges(_ a: StorageKey, _ storage: any Storage) throws {
    _ = try storage.put(a, [1, 2, 3].span)
    // A ranged read makes the folder storage keep the file open.
    try expect(try Self.readRange(storage, a, 1, 2) == [2, 3], "range before")
    if self == .replacesAndForgetsTheOld {
      try storage.replace(a, with: [7, 8, 9, 10].span)
      try expect(try Self.readRange(storage, a, 1, 3) == [8, 9, 10], "range of the new")
      try expect(try storage.byteCount(of: a) == 4, "size of the new")
      let b = StorageKey(literal: "log/1")
      try storage.replace(b, with: [5].span)
      try expect(try storage.read(b, limitByteCount: 1) == [5], "a missing one is made")
      let writer = try storage.makeReplacement(for: a)
      try writer.append([3].span)
      try writer.append([2, 1].span)
      try expect(try Self.readRange(storage, a, 1, 3) == [8, 9, 10], "not before it is whole")
      try expect(try writer.finish() == .created, "a replacement always comes about")
      try expect(try Self.readRange(storage, a, 0, 3) == [3, 2, 1], "range of the replacement")
      let cancelled = try storage.makeReplacement(for: a)
      try cancelled.append([0].span)
      cancelled.cancel()
      try expect(try storage.read(a, limitByteCount: 3) == [3, 2, 1], "cancelled: as it was")
      return
    }
    try storage.remove(a)
    try refuses(.notFound(a)) { () throws(StorageError) in
      _ = try Self.readRange(storage, a, 1, 2)
    }
    try storage.remove(a)
    try expect(try storage.list("") == StorageListing(), "nothing is left")
    if self == .putsAgainAfterRemoval {
      try expect(try storage.put(a, [4].span) == .created, "put again")
      try expect(try Self.readRange(storage, a, 0, 1) == [4], "the new is read")
    }
  }

  /// Eight threads put different bytes under one key.
  private func runRace(_ a: StorageKey, _ storage: any Storage) throws {
    for round in 0..<10 {
      guard let key = a.appending("race\(round)") ?? a.parent?.appending("race\(round)") else {
        continue
      }
      let gate = Monitor(0)
      let threads = try (0..<8).map { number in
        try WorkerThread("race") {
          let bytes = [UInt8](repeating: UInt8(number), count: 5000 + number)
          gate.withLock { $0 += 1 }
          gate.wait { $0 == 8 ? true : nil }
          if number % 2 == 0 { return try storage.put(key, bytes.span) }
          let writer = try storage.makeWriter(for: key)
          try writer.append(bytes.span)
          return try writer.finish()
        }
      }
      let outcomes = try threads.map { try $0.join().get() }
      try expect(outcomes.count { $0 == .created } == 1, "exactly one creates")
      guard let winner = outcomes.firstIndex(of: .created) else { return }
      try expect(
        try storage.read(key, limitByteCount: 6000)
          == [UInt8](repeating: UInt8(winner), count: 5000 + winner), "the winner's bytes stand")
    }
  }

  private static func readRange(
    _ storage: any Storage, _ key: StorageKey, _ offset: UInt64, _ count: Int
  ) throws(StorageError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    try storage.read(key, at: offset, into: &span)
    return bytes
  }

  private func expect(_ condition: Bool, _ what: String) throws(Failure) {
    if !condition { throw Failure(description: "\(rawValue): \(what)") }
  }

  private func refuses(
    _ error: StorageError, _ body: () throws(StorageError) -> Void
  ) throws(Failure) {
    do {
      try body()
    } catch let thrown {
      return try expect(thrown == error, "throws \(error), not \(thrown)")
    }
    throw Failure(description: "\(rawValue): throws \(error)")
  }
}
