import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Testing

/// A PostgreSQL server of its own, on a socket in its folder, run as `postgres` while the object
/// lives.
private final class PostgreSQLServer {
  static let programs = "/usr/lib/postgresql/15/bin"
  let folder: TemporaryDirectory

  static var isPossible: Bool {
    guard Accounts.effectiveUser == 0, (try? Accounts.user(Array("postgres".utf8))) != nil else {
      return false
    }
    return (try? FileStatus.read(path: Array((programs + "/initdb").utf8))) != nil
  }

  init() throws {
    folder = try TemporaryDirectory()
    guard let user = try Accounts.user(Array("postgres".utf8)) else {
      throw SystemError.invalid("getpwnam")
    }
    try FileSystem.setOwner(at: nil, folder.path, user: user.number, group: user.group)
    try run(
      "\(Self.programs)/initdb -D data -A trust -N >log1 && "
        + "\(Self.programs)/pg_ctl -D data -l log2 -w "
        + "-o \"-k '\(folder.text)' -c listen_addresses= -c fsync=off\" start >log3")
  }

  deinit {
    // It ends with the machine at the latest.
    _ = try? run("\(Self.programs)/pg_ctl -D data -m immediate stop >log4")
  }

  /// Runs a script as `postgres` in the server's folder.
  @discardableResult
  func run(_ script: String) throws -> String {
    let outcome = try ChildProcess(
      arguments: [
        "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", "sh", "-c",
        "cd '\(folder.text)' && export PGHOST='\(folder.text)' PGDATABASE=postgres && \(script)",
      ].map { Array($0.utf8) }, errorOutput: .captured
    ).run()
    try #require(outcome.isSuccess, "\(String(decoding: outcome.errorOutput, as: UTF8.self))")
    return String(decoding: outcome.output, as: UTF8.self)
  }
}

@Suite(
  "A running PostgreSQL",
  .enabled(if: PostgreSQLServer.isPossible, "needs root and PostgreSQL 15 (Scripts/setup)"))
struct PostgreSQLTests {
  @Test func isBackedUpWhileItIsBusyAndComesBackWhole() throws {
    let server = try PostgreSQLServer()
    let programs = PostgreSQLServer.programs
    try server.run("createdb shop && \(programs)/pgbench -q -i -s 1 shop")
    // Transactions that each move an amount in three tables, until the backup is done.
    let load = try ChildProcess(
      arguments: [
        "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--",
        programs + "/pgbench", "-h", server.folder.text, "-n", "-c", "2", "-T", "300", "-P", "1",
        "shop",
      ].map { Array($0.utf8) }
    ).stream()
    let stage = try RepositoryStage()
    stage.plan.sources = []
    let moved = "SELECT count(*) > 100 FROM pgbench_history"
    while try server.run("psql -Atc '\(moved)' shop") != "t\n" {}
    stage.plan.liveSources = [
      .command(
        CommandSource(
          arguments: [
            programs + "/pg_dump", "-h", server.folder.text, "-Fc", "-Z0", "shop",
          ].map { Array($0.utf8) }, path: Array("/postgresql/shop.dump".utf8),
          user: Array("postgres".utf8), timeLimitSeconds: 120))
    ]
    let outcome = try stage.backUp()
    withExtendedLifetime(load) {}
    #expect(outcome.counters.byteCount > 1 << 20)

    let copy = try stage.content(of: "postgresql/shop.dump")
    try server.folder.write("back.dump", copy)
    try FileSystem.setPermissions(at: nil, server.folder.path("back.dump"), 0o644)
    try server.run("createdb back && \(programs)/pg_restore -d back back.dump")
    let same = try server.run(
      """
      psql -Atc "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = \
      (SELECT sum(tbalance) FROM pgbench_tellers) AND \
      (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history) AND \
      (SELECT count(*) FROM pgbench_history) >= 100" back
      """)
    #expect(same == "t\n")
  }

  @Test func leavesNoSnapshotWhenItDoesNotAnswer() throws {
    let stage = try RepositoryStage()
    try stage.write("file", [1])
    stage.plan.liveSources = [
      .command(
        CommandSource(
          arguments: [
            PostgreSQLServer.programs + "/pg_dump", "-h", "/nonexistent", "shop",
          ].map { Array($0.utf8) }, path: Array("/postgresql/shop.dump".utf8),
          timeLimitSeconds: 60))
    ]
    do {
      _ = try stage.backUp()
      Issue.record("backed up without a server")
    } catch EngineError.source(_, .commandFailed(.exited(status: 1), let text)) {
      #expect(String(decoding: text, as: UTF8.self).contains("connection to server"))
    }
    #expect(try stage.session().logState.liveSnapshots.isEmpty)
  }
}
