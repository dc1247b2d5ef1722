import BackupFormat
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Testing

@testable import BackupEngine

@Suite("A large file, stored by several workers")
struct LargeFileTests {
  let stage: RepositoryStage

  init() throws { stage = try RepositoryStage() }

  private func expectRestored() throws {
    let (_, folder) = try stage.restore()
    #expect(
      try RepositoryStage.contents(of: folder)
        == RepositoryStage.contents(of: stage.folder.path("source")))
  }

  /// 13 MiB: noise, a run of zeros across the end of the read buffer, and more noise.
  private func image() -> [UInt8] {
    RepositoryStage.bytes(3 << 20, seed: 1) + [UInt8](repeating: 0, count: 2 << 20)
      + RepositoryStage.bytes(8 << 20 + 12_345, seed: 2)
  }

  @Test func isCutAsOneWorkerWouldCutIt() throws {
    let bytes = image()
    try stage.write("image", bytes)
    stage.plan.workerCount = 1
    let alone = try stage.passNight()
    #expect(alone.counters.newByteCount > 10 << 20)
    // Ten bytes in front: all chunks but the first are found again, whoever cuts.
    try stage.write("copy", Array("ten bytes.".utf8) + bytes)
    stage.plan.workerCount = 4
    let together = try stage.passNight()
    #expect(together.counters.newByteCount < 2 << 20)
    try expectRestored()
  }

  @Test(arguments: [1, 3])
  func comesBackAsItWas(_ workerCount: Int) throws {
    stage.plan.workerCount = workerCount
    var database = RepositoryStage.bytes(9 << 20 + 5, seed: 3)
    database.replaceSubrange(0..<16, with: Array("SQLite format 3\0".utf8))
    try stage.write("database", database)
    try stage.write("image", image())
    try stage.write("zeros", [UInt8](repeating: 0, count: 10 << 20))
    try stage.write("just large", RepositoryStage.bytes(8 << 20, seed: 4))
    try stage.write("not large", RepositoryStage.bytes(8 << 20 - 1, seed: 5))
    for number in 0..<40 {
      try stage.write("small/\(number)", RepositoryStage.bytes(100 + number, seed: UInt64(number)))
    }
    #expect(try stage.passNight().counters.fileCount == 45)
    try expectRestored()
  }

  /// Many small regions share a buffer; long ones, and the end, fill several.
  @Test func comesBackWithItsHoles() throws {
    let path = stage.sourcePath("sparse")
    let file = try Descriptor.createFile(at: nil, path, mode: 0o600)
    try file.truncate(toByteCount: 40 << 20)
    var offset: UInt64 = 4096
    for number in 0..<400 {
      let region = RepositoryStage.bytes(4096 * (1 + number % 3), seed: UInt64(number))
      try file.write(region.span, at: offset)
      offset += 65_536
    }
    let last = RepositoryStage.bytes(9 << 20, seed: 1_000)
    try file.write(last.span, at: 28 << 20)
    let outcome = try stage.passNight()
    #expect(outcome.counters.readByteCount < 13 << 20)
    #expect(outcome.counters.newByteCount > 11 << 20)
    try expectRestored()
  }

  /// What a worker does for another's file fails the run as its own work does, and nobody waits for ever.
  @Test(arguments: [1, 2, 5])
  func failsTheRunWhereTheStoreFails(_ workerCount: Int) throws {
    let storage = SmallStorage(MemoryStorage())
    let stage = try RepositoryStage(storage: storage)
    stage.plan.workerCount = workerCount
    try stage.write("image", image())
    try stage.write("other", image())
    // The first block that arrives finds no room for a pack.
    storage.free = 1
    #expect {
      try stage.backUp()
    } throws: {
      if case EngineError.noSpace = $0 { true } else { false }
    }
    storage.free = nil
    #expect(try stage.passNight().counters.fileCount == 2)
  }
}
