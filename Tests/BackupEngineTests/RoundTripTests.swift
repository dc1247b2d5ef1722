import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("A backup and its restore")
struct RoundTripTests {
  @Test func restoresWhatWasBackedUp() throws {
    let stage = try RepositoryStage()
    try stage.write("empty", [])
    try stage.write("a/one.txt", Array("one".utf8))
    try stage.write("a/b/large.bin", RepositoryStage.bytes(3 << 20, seed: 1))
    let outcome = try stage.backUp()
    #expect(outcome.counters.fileCount == 3)
    #expect(outcome.selfCheck?.failed.isEmpty == true)
    let (report, folder) = try stage.restore()
    #expect(report.writtenFileCount == 3)
    let restored = try RepositoryStage.contents(of: folder)
    #expect(try restored == RepositoryStage.contents(of: stage.folder.path("source")))
  }

  @Test func storesNothingAnewWhereNothingChanged() throws {
    let stage = try RepositoryStage()
    try stage.write("file", RepositoryStage.bytes(1 << 20, seed: 2))
    try stage.passNight()
    let second = try stage.passNight()
    #expect(second.counters.fileCount == 1)
    // No more than the page of the folders above, whose times may have changed.
    #expect(second.counters.newByteCount < 1 << 10)
    #expect(second.blockCount <= 1)
  }

  /// A program that was open all the while reads of objects that have come and gone.
  @Test func isNotCalledDamagedWhereOthersHaveDeletedMeanwhile() throws {
    let stage = try RepositoryStage(retention: BackupPolicy.Retention(daily: 1, maximumAgeDays: 30))
    try stage.write("a", Array("a".utf8))
    try stage.passNight()
    let other = try stage.openAsStranger()
    for night in 0..<5 {
      try stage.write("a", RepositoryStage.bytes(1 << 16, seed: UInt64(night)))
      try stage.passNight()
    }
    try #require(stage.storage.list("index").objects.count < 6)
    try other.refresh()
    #expect(!other.isDamaged)
    #expect(other.logFindings.isEmpty)
    #expect(other.logState.head == (try stage.session().logState.head))
  }

  @Test func takesASingleFileAsASourceNightAfterNight() throws {
    let stage = try RepositoryStage()
    try stage.write("only", Array("one".utf8))
    try stage.write("other", [])
    stage.plan.sources = [stage.sourcePath("only")]
    stage.plan.acceptsMovedSources = false
    for _ in 0..<2 { #expect(try stage.passNight().counters.fileCount == 1) }
    let (_, folder) = try stage.restore()
    #expect(try RepositoryStage.contents(of: folder) == ["only": Array("one".utf8)])
  }
}
