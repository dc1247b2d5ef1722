import BackupDatabase
import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("SQLite sources")
struct DatabaseSourceTests {
  private let stage: RepositoryStage
  private let database: String

  init() throws {
    stage = try RepositoryStage()
    try stage.write("app/notes", Array("notes".utf8))
    database = String(decoding: stage.sourcePath("app/shop.db"), as: UTF8.self)
    stage.plan.liveSources = [.database(Array(database.utf8))]
  }

  private func run(_ sql: String, _ path: String? = nil) throws -> String {
    let outcome = try ChildProcess(
      arguments: ["sqlite3", "-bail", "-cmd", ".timeout 100000", path ?? database, sql]
        .map { Array($0.utf8) }, errorOutput: .captured
    ).run()
    try #require(outcome.isSuccess, "\(String(decoding: outcome.errorOutput, as: UTF8.self))")
    return String(decoding: outcome.output, as: UTF8.self)
  }

  /// The folder of clear copies in the state directory.
  private var copies: String {
    let state = stage.id.hex.prefix(32)
    return "state/\(state)/\(stage.set.hex)/copies"
  }

  private func names(_ folder: String) throws -> [String] {
    try DirectoryEntries.read(Descriptor.openRootDirectory(stage.folder.path(folder)))
      .map { String(decoding: $0.name, as: UTF8.self) }.sorted()
  }

  /// A policy whose data set has the database as a source, for the restore test.
  private func policyText() -> [UInt8] {
    let digits = String(repeating: "0", count: 64)
    return Policy(
      repository: .init(location: "/elsewhere", id: digits),
      controller: .init(name: "Firm", contact: "privacy@firm.example"),
      dataSets: [
        .init(
          name: "business",
          sources: [
            .path(String(decoding: stage.folder.path("source"), as: UTF8.self)),
            .database(database),
          ], retention: .init(daily: 7, maximumAgeDays: 30))
      ]
    ).encode()
  }

  @Test(arguments: ["wal", "delete"])
  func areConsistentThoughAWriterIsBusy(_ mode: String) throws {
    // Each transaction writes to both tables: a torn copy would show unequal sums.
    _ = try run(
      "PRAGMA journal_mode=\(mode); CREATE TABLE a(x, y); CREATE TABLE b(x, y); CREATE INDEX i ON a(x)"
    )
    let writer = try ChildProcess(
      arguments: [
        "sh", "-c",
        """
        i=0; while :; do i=$((i+1)); \
        echo "BEGIN IMMEDIATE; INSERT INTO a VALUES($i, randomblob(100)); \
        INSERT INTO b VALUES($i, randomblob(100)); COMMIT;"; \
        [ $i = 20 ] && echo '.print ready'; done | sqlite3 -cmd '.timeout 100000' "$0"
        """, database,
      ].map { Array($0.utf8) }, timeLimitMilliseconds: 120_000
    ).stream()
    var ready = [UInt8](repeating: 0, count: 6)
    var span = ready.mutableSpan
    #expect(try writer.read(into: &span) == 6)
    try stage.backUp()
    let before = try #require(Int(try run("SELECT max(x) FROM b").dropLast()))
    try stage.backUp()
    withExtendedLifetime(writer) {}
    let (report, folder) = try stage.restore()
    #expect(!report.isDamaged)
    let restored = String(decoding: folder, as: UTF8.self) + "/app/shop.db"
    #expect(try run("PRAGMA integrity_check", restored) == "ok\n")
    let sums = try run("SELECT (SELECT sum(x) FROM a) = (SELECT sum(x) FROM b)", restored)
    #expect(sums == "1\n")
    let found = try #require(Int(try run("SELECT max(x) FROM b", restored).dropLast()))
    #expect(found >= before)
  }

  @Test func standInThePlaceOfTheFileAndLeaveOutWhatBelongsToIt() throws {
    _ = try run("PRAGMA journal_mode=wal; CREATE TABLE t(x); INSERT INTO t VALUES(42)")
    try FileSystem.setPermissions(at: nil, Array(database.utf8), 0o640)
    // What a program that is using it keeps beside it.
    try stage.write("app/shop.db-wal", [])
    try stage.write("app/shop.db-shm", [UInt8](repeating: 0, count: 32_768))
    try stage.write("app/other.db-wal", [])
    let outcome = try stage.backUp()
    #expect(outcome.counters.fileCount == 3)
    let (_, folder) = try stage.restore()
    #expect(
      try RepositoryStage.contents(of: folder).keys.sorted()
        == ["app/notes", "app/other.db-wal", "app/shop.db"])
    let path = folder + Array("/app/shop.db".utf8)
    let (old, new) = (
      try FileStatus.read(path: Array(database.utf8)), try FileStatus.read(path: path)
    )
    #expect(new.permissions == 0o640)
    #expect(new.modificationTime == old.modificationTime)
    #expect(try run("SELECT x FROM t", String(decoding: path, as: UTF8.self)) == "42\n")
  }

  @Test func standAloneWhereNoFolderHoldsThem() throws {
    _ = try run("CREATE TABLE t(x); INSERT INTO t VALUES(1)")
    stage.plan.sources = []
    #expect(try stage.backUp().counters.fileCount == 1)
    // An unchanged database is stored once.
    let second = try stage.backUp()
    #expect(second.counters.fileCount == 1)
    #expect(second.counters.newByteCount < 1_000)
  }

  @Test func leaveNoClearCopyBehind() throws {
    _ = try run("CREATE TABLE t(x)")
    let before = try names("source/app")
    try stage.backUp()
    #expect(try names(copies) == [])
    #expect(
      try FileStatus.read(path: stage.folder.path(copies)).permissions == 0o700)
    #expect(try names("source/app") == before)
    // Nor when the run fails after the copy was made.
    stage.plan.liveSources.append(
      .command(
        CommandSource(
          arguments: ["/bin/false"].map { Array($0.utf8) }, path: Array("/out".utf8),
          timeLimitSeconds: 5)))
    #expect(throws: EngineError.self) { try stage.backUp() }
    #expect(try names(copies) == [])
  }

  @Test func leaveNoClearCopyOfAnEarlierRunThatWasKilled() throws {
    _ = try run("CREATE TABLE t(x)")
    try stage.backUp()
    for name in ["copy-0", "copy-0-journal", "copy-7", "picture-3"] {
      try stage.folder.write(copies + "/" + name, Array("secret".utf8))
    }
    stage.plan.liveSources = []
    try stage.backUp()
    #expect(try names(copies) == [])
  }

  @Test func areNotLostToARuleThatLeavesTheirFolderOut() throws {
    _ = try run("CREATE TABLE t(x)")
    stage.plan.rules = PathRules(
      include: [], exclude: [Array("/app/".utf8)], excludeFile: [])
    do {
      _ = try stage.backUp()
      Issue.record("backed up without the database")
    } catch EngineError.source(let path, .excluded) {
      #expect(path == Array(database.utf8))
    }
  }

  @Test func failTheRunWhenTheyAreNoDatabases() throws {
    try stage.write("app/shop.db", [UInt8](repeating: 0x55, count: 9000))
    do {
      _ = try stage.backUp()
      Issue.record("backed up")
    } catch EngineError.source(_, .database(.damaged)) {}
    try stage.remove("app/shop.db")
    do {
      _ = try stage.backUp()
      Issue.record("backed up")
    } catch EngineError.source(_, .missing) {}
  }

  @Test func areOpenedByARestoreTest() throws {
    _ = try run("CREATE TABLE t(x); INSERT INTO t VALUES(zeroblob(100000))")
    stage.plan.policyText = policyText()
    try stage.backUp()
    _ = try run("INSERT INTO t VALUES(1)")
    let clock = stage.clock
    let outcome = try RestoreTest(
      try stage.open(), below: stage.folder.path, clock: { clock.now }
    ).execute([])
    #expect(outcome.databasesOpenedCount == 1)
    #expect(outcome.databasesFailedCount == 0)
    #expect(outcome.result == .passed)
    #expect(try stage.folder.names() == ["repository", "source", "state"])
  }

  @Test func failARestoreTestWhenTheyWereDamagedBefore() throws {
    _ = try run(
      "CREATE TABLE t(x); CREATE INDEX i ON t(x); INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 "
        + "UNION ALL SELECT i+1 FROM c WHERE i<2000) SELECT i FROM c")
    let file = try Descriptor.openForWriting(at: nil, Array(database.utf8))
    try file.write([UInt8](repeating: 0xff, count: 4096).span, at: 4096 * 3)
    stage.plan.policyText = policyText()
    try stage.backUp()
    let clock = stage.clock
    let outcome = try RestoreTest(
      try stage.open(), below: stage.folder.path, clock: { clock.now }
    ).execute([])
    #expect(outcome.mismatchCount == 0)
    #expect(outcome.databasesFailedCount == 1)
    #expect(outcome.result == .failed)
  }
}
