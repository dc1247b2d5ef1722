import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Foundation
import Testing

/// Nights of a small office, and what its repository weighs.
private struct OfficeYear {
  /// What one night left behind.
  struct Night {
    var number: Int
    var sourceByteCount: Int
    var packByteCount: UInt64
    var packCount: Int
    /// The age of the oldest dead block that is still stored, in days.
    var oldestDeadDays: Int
    /// The age in days of the oldest content that left the source and still lies in the store, in a
    /// block that may hold other things too.
    var oldestGoneDays: Int
    var copiedByteCount: UInt64
    var newByteCount: UInt64
  }

  static let fileCount = 120
  static let fileByteCount = 12_000
  /// Files that nobody touches; they share the first pack with files that change.
  static let archiveCount = 200
  let stage: RepositoryStage
  private var generator = SeededGenerator(seed: 365)
  private var names: [String] = []
  private var nextName = 0
  private var edition: UInt64 = 0
  private var contents: [String: Content] = [:]
  /// What was edited away or thrown away.
  private var gone: [Content] = []

  /// One edition of a file: every block that ever held it, and when it left the source.
  private struct Content {
    var addresses: Set<BlockAddress> = []
    var goneOn: Int64 = 0
  }

  init(refreshDays: Int, collectionLagDays: Int) throws {
    stage = try RepositoryStage(
      storage: MemoryStorage(),
      retention: BackupPolicy.Retention(
        daily: 7, weekly: 4, maximumAgeDays: 60, floor: 3, refreshDays: refreshDays,
        collectionLagDays: collectionLagDays))
    for _ in 0..<Self.fileCount { try add() }
    for i in 0..<Self.archiveCount {
      try stage.write(
        "archive-\(i)", RepositoryStage.bytes(Self.fileByteCount, seed: UInt64(1_000_000 + i)))
    }
  }

  private mutating func add() throws {
    let name = "file-\(nextName)"
    nextName += 1
    names.append(name)
    try edit(name)
  }

  private mutating func edit(_ name: String) throws {
    edition += 1
    forget(name)
    contents[name] = Content()
    try stage.write(name, RepositoryStage.bytes(Self.fileByteCount, seed: edition))
  }

  private mutating func forget(_ name: String) {
    guard var content = contents.removeValue(forKey: name), !content.addresses.isEmpty else {
      return
    }
    content.goneOn = stage.clock.now.unix
    gone.append(content)
  }

  /// Notes where the newest snapshot finds each file.
  private mutating func look() throws {
    var found: [String: [BlockAddress]] = [:]
    var cursor = EntryCursor(try stage.open())
    while let (_, entry) = try cursor.next() {
      guard case .file(_, let extents) = entry.content else { continue }
      found[String(decoding: entry.name, as: UTF8.self)] = extents.map(\.address)
    }
    for (name, addresses) in found { contents[name]?.addresses.formUnion(addresses) }
  }

  /// Since when, in days, the oldest content is gone of which the store still holds the bytes.
  private mutating func oldestGoneDays() throws -> Int {
    let state = try stage.state
    gone.removeAll { content in !content.addresses.contains { state.isPresent($0) } }
    let oldest = gone.map(\.goneOn).min()
    return oldest.map { Int((stage.clock.now.unix - $0) / 86_400) } ?? 0
  }

  /// Three files of a hundred are edited, one is thrown away, one is new.
  mutating func pass(_ number: Int) throws -> Night {
    for _ in 0..<(Self.fileCount * 3 / 100) {
      try edit(names[Int(generator.next() % UInt64(names.count))])
    }
    for _ in 0..<(Self.fileCount / 100) {
      let name = names.remove(at: Int(generator.next() % UInt64(names.count)))
      forget(name)
      try stage.remove(name)
      try add()
    }
    let backup = try stage.backUp()
    try look()
    let rotation = try stage.rotate()
    try stage.closeNight()
    let oldest = rotation.oldestDeadBlocks[stage.set].map {
      Int((stage.clock.now.unix - $0) / 86_400)
    }
    let oldestGone = try oldestGoneDays()
    stage.clock.advance(days: 1)
    return Night(
      number: number, sourceByteCount: names.count * Self.fileByteCount,
      packByteCount: try stage.packByteCount, packCount: try stage.packCount,
      oldestDeadDays: oldest ?? 0, oldestGoneDays: oldestGone,
      copiedByteCount: rotation.copiedByteCount, newByteCount: backup.counters.newByteCount)
  }
}

@Suite("Space over time")
struct SpaceTests {
  private func pass(_ nights: Int, refreshDays: Int, lagDays: Int) throws -> [OfficeYear.Night] {
    var office = try OfficeYear(refreshDays: refreshDays, collectionLagDays: lagDays)
    return try (1...nights).map { try office.pass($0) }
  }

  /// Maximum age + refresh + collection lag is true of bytes, not of names alone.
  @Test func noByteOutlivesTheOuterLimit() throws {
    let nights = try pass(130, refreshDays: 10, lagDays: 12)
    let oldest = nights.map(\.oldestDeadDays).max() ?? 0
    #expect(oldest <= 12)
    #expect(oldest >= 10)
    let gone = nights.map(\.oldestGoneDays).max() ?? 0
    #expect(gone <= 60 + 10 + 12)
    #expect(nights.contains { $0.copiedByteCount > 0 })
  }

  @Test func withoutThemBytesStayForEver() throws {
    let nights = try pass(100, refreshDays: 36_500, lagDays: 36_500)
    #expect((nights.last?.oldestGoneDays ?? 0) >= 98)
  }

  /// Prints a table for `Docs/architecture.md`: `NIGHTSAFE_YEAR=1 swift test --filter SpaceTests`.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["NIGHTSAFE_YEAR"] != nil))
  func aYearOfNights() throws {
    let ways: [(name: String, refresh: Int, lag: Int)] = [
      ("neither", 36_500, 36_500), ("compaction only", 36_500, 60), ("refresh only", 30, 36_500),
      ("both", 30, 60),
    ]
    for way in ways {
      let nights = try pass(365, refreshDays: way.refresh, lagDays: way.lag)
      for night in nights where night.number % 73 == 0 {
        print(
          "\(way.name), night \(night.number): source \(night.sourceByteCount / 1_000) kB, packs "
            + "\(night.packByteCount / 1_000) kB in \(night.packCount), oldest dead block "
            + "\(night.oldestDeadDays) days, oldest content that is gone \(night.oldestGoneDays) days"
        )
      }
      print(
        "\(way.name): oldest dead block of the year "
          + "\(nights.map(\.oldestDeadDays).max() ?? 0) days, oldest content that is gone "
          + "\(nights.map(\.oldestGoneDays).max() ?? 0) days, stored "
          + "\(nights.reduce(0) { $0 + $1.newByteCount } / 1_000) kB, copied "
          + "\(nights.reduce(0) { $0 + $1.copiedByteCount } / 1_000) kB")
    }
  }
}
