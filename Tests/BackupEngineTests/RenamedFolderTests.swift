import BackupEngine
import BackupFormat
import BackupLog
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("Renamed folders")
struct RenamedFolderTests {
  private let stage: RepositoryStage

  /// Three folders of which last night's catalogue is trusted: the files are older than the grain of the
  /// clock.
  init() throws {
    stage = try RepositoryStage(storage: MemoryStorage())
    // What changed before last night is told by the clock of the machine.
    stage.clock.advance(
      seconds: SystemClock.now().seconds + 3_600 - stage.clock.now.unix)
    for folder in ["d", "k", "p"] {
      for i in 0..<20 {
        try stage.write(
          "\(folder)/sub/file-\(i)",
          RepositoryStage.bytes(5_000, seed: UInt64(i) + UInt64(folder.utf8.first ?? 0) * 100))
      }
    }
    var nights = 0
    while try stage.passNight().counters.readByteCount > 0 {
      nights += 1
      try #require(nights < 1_000)
    }
  }

  private func rename(_ old: String, _ new: String) throws {
    try FileSystem.rename(
      at: stage.folder.descriptor, Array("source/\(old)".utf8), to: stage.folder.descriptor,
      Array("source/\(new)".utf8))
  }

  private func checkRestore() throws {
    let (report, folder) = try stage.restore()
    #expect(!report.isDamaged)
    #expect(
      try RepositoryStage.contents(of: folder)
        == RepositoryStage.contents(of: stage.folder.path("source")))
  }

  @Test func areNotReadAgain() throws {
    // To before and to behind where they were; and one file alone.
    try rename("k", "a")
    try rename("d", "z")
    try rename("p/sub/file-7", "p/seven")
    let outcome = try stage.passNight()
    // A file that is renamed itself has a new change time.
    #expect(outcome.counters.readByteCount == 5_000)
    #expect(outcome.counters.addedFileCount == 41)
    #expect(outcome.counters.movedFileCount == 41)
    #expect(outcome.counters.goneFileCount == 41)
    try checkRestore()
    // And the night after that nothing is new.
    #expect(try stage.passNight().counters.addedFileCount == 0)
  }

  @Test func aFileThatChangedInOneIsRead() throws {
    try rename("k", "a")
    try stage.write("a/sub/file-3", RepositoryStage.bytes(5_000, seed: 9_999))
    try stage.write("a/sub/new", RepositoryStage.bytes(700, seed: 5))
    let outcome = try stage.passNight()
    #expect(outcome.counters.readByteCount == 5_700)
    #expect(outcome.counters.movedFileCount == 19)
    try checkRestore()
  }

  @Test func areStoredAnewInARefresh() throws {
    try stage.remove("k/sub/file-0")
    try stage.passNight()
    stage.clock.advance(days: 40)
    try rename("k", "a")
    let outcome = try stage.passNight()
    #expect(outcome.isRefresh)
    #expect(outcome.counters.newByteCount >= 19 * 5_000)
    try checkRestore()
  }
}
