import BackupDatabase
import BackupSystem
import BackupTestSupport
import Testing

@Suite("SQLite databases")
struct DatabaseFileTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func run(_ sql: String, _ database: String = "a.db") throws -> String {
    let outcome = try ChildProcess(
      arguments: ["sqlite3", "-bail", String(decoding: folder.path(database), as: UTF8.self), sql]
        .map { Array($0.utf8) }, errorOutput: .captured
    ).run()
    try #require(outcome.isSuccess, "\(String(decoding: outcome.errorOutput, as: UTF8.self))")
    return String(decoding: outcome.output, as: UTF8.self)
  }

  @Test(arguments: ["wal", "delete"])
  func copiesWhatIsCommitted(_ mode: String) throws {
    _ = try run("PRAGMA journal_mode=\(mode); CREATE TABLE t(x); INSERT INTO t VALUES(7),(8)")
    try folder.write("copy", [])
    try DatabaseFile.copy(folder.path("a.db"), to: folder.path("copy"))
    #expect(try run("SELECT sum(x) FROM t", "copy") == "15\n")
    #expect(try DatabaseFile.isSound(folder.path("copy")))
  }

  @Test func leavesNothingBesideTheSource() throws {
    _ = try run("PRAGMA journal_mode=wal; CREATE TABLE t(x)")
    let before = try folder.names()
    try folder.write("copy", [])
    try DatabaseFile.copy(folder.path("a.db"), to: folder.path("copy"))
    #expect(try folder.names() == (before + ["copy"]).sorted())
  }

  @Test func takesBackWhatACrashedWriterLeftHalfDone() throws {
    // A transaction that spills into the file, cut off by a kill: the journal is hot.
    _ = try run("CREATE TABLE t(x); INSERT INTO t VALUES(1)")
    let path = String(decoding: folder.path("a.db"), as: UTF8.self)
    let outcome = try ChildProcess(
      arguments: [
        "sh", "-c",
        """
        sqlite3 "$0" "PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN; \
        INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<50000) \
        SELECT randomblob(100) FROM c;" ".shell kill -9 \\$PPID"
        """, path,
      ].map { Array($0.utf8) }, errorOutput: .captured
    ).run()
    #expect(!outcome.isSuccess)
    try #require(try folder.names() == ["a.db", "a.db-journal"])
    try folder.write("copy", [])
    try DatabaseFile.copy(folder.path("a.db"), to: folder.path("copy"))
    #expect(try run("SELECT count(*) FROM t", "copy") == "1\n")
  }

  @Test func refusesWhatIsNoDatabase() throws {
    try folder.write("a.db", [UInt8](repeating: 0x41, count: 8192))
    try folder.write("copy", [])
    #expect(throws: DatabaseError.damaged) {
      try DatabaseFile.copy(folder.path("a.db"), to: folder.path("copy"))
    }
    #expect(try !DatabaseFile.isSound(folder.path("a.db")))
  }

  @Test func saysThatADatabaseStaysLocked() throws {
    _ = try run("CREATE TABLE t(x)")
    try folder.write("copy", [])
    // Another connection holds the lock for as long as its input is open.
    let path = String(decoding: folder.path("a.db"), as: UTF8.self)
    let holder = try ChildProcess(
      arguments: [
        "sh", "-c", "(echo 'BEGIN EXCLUSIVE; SELECT 1;'; sleep 600) | sqlite3 \"$0\"", path,
      ].map { Array($0.utf8) }, timeLimitMilliseconds: 60_000
    ).stream()
    var said = [UInt8](repeating: 0, count: 2)
    var span = said.mutableSpan
    #expect(try holder.read(into: &span) == 2)
    #expect(throws: DatabaseError.busy) {
      try DatabaseFile.copy(folder.path("a.db"), to: folder.path("copy"), waitMilliseconds: 1)
    }
  }

  @Test func findsAFaultInADamagedCopy() throws {
    _ = try run(
      "CREATE TABLE t(x); CREATE INDEX i ON t(x); INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 "
        + "UNION ALL SELECT i+1 FROM c WHERE i<2000) SELECT i FROM c")
    #expect(try DatabaseFile.isSound(folder.path("a.db")))
    let file = try Descriptor.openForWriting(at: folder.descriptor, Array("a.db".utf8))
    try file.write([UInt8](repeating: 0xff, count: 4096).span, at: 4096 * 3)
    #expect(try !DatabaseFile.isSound(folder.path("a.db")))
  }

  @Test func opensPathsWithStrangeBytes() throws {
    let name = "a b?c#d%e\u{e9}.db"
    _ = try run("CREATE TABLE t(x)", name)
    #expect(try DatabaseFile.isSound(folder.path(name)))
  }
}
