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

@Suite("What a program writes")
struct CommandSourceTests {
  private let stage: RepositoryStage

  init() throws {
    stage = try RepositoryStage()
    try stage.write("plain", Array("plain".utf8))
  }

  private func shell(
    _ script: String, path: String = "/made up/by/dump.sql", user: String? = nil,
    timeLimitSeconds: Int = 60, minimumByteCount: UInt64 = 1, variables: [String] = []
  ) -> LiveSource {
    .command(
      CommandSource(
        arguments: ["/bin/sh", "-c", script].map { Array($0.utf8) }, path: Array(path.utf8),
        user: user.map { Array($0.utf8) }, timeLimitSeconds: timeLimitSeconds,
        minimumByteCount: minimumByteCount, variables: variables.map { Array($0.utf8) }))
  }

  @Test func becomesAFileThoughNoFolderIsThere() throws {
    let bytes = RepositoryStage.bytes(11 << 20, seed: 4)
    try stage.folder.write("made", bytes)
    let made = String(decoding: stage.folder.path("made"), as: UTF8.self)
    stage.plan.liveSources = [shell("cat '\(made)'"), shell("echo two", path: "/made up/b")]
    let outcome = try stage.backUp()
    #expect(outcome.counters.fileCount == 3)
    #expect(try stage.content(of: "made up/by/dump.sql") == bytes)
    #expect(try stage.content(of: "made up/b") == Array("two\n".utf8))
    let (report, folder) = try stage.restore()
    #expect(report.failures.isEmpty && !report.isDamaged)
    let restored = try RepositoryStage.contents(of: folder)
    #expect(restored["plain"] == Array("plain".utf8))
    #expect(try stage.open().root.sources.contains(Array("/made up/by/dump.sql".utf8)))
  }

  @Test func isReadAgainEachNightAndStoredOnce() throws {
    stage.plan.liveSources = [shell("seq 300000")]
    try stage.passNight()
    let second = try stage.passNight()
    // Nothing but the page that says when it was written.
    #expect(second.counters.newByteCount < 1_000)
    #expect(second.counters.readByteCount > 1_000_000)
    stage.plan.liveSources = [shell("seq 300001")]
    #expect(try stage.passNight().counters.newByteCount > 0)
  }

  private func refusal(_ source: LiveSource) throws -> EngineError.SourceProblem? {
    stage.plan.liveSources = [source]
    do {
      _ = try stage.backUp()
      return nil
    } catch EngineError.source(_, let problem) {
      #expect(try stage.session().logState.liveSnapshots.isEmpty)
      return problem
    }
  }

  @Test func leavesNoSnapshotWhenTheProgramFails() throws {
    let problem = try refusal(shell("seq 10000; echo 'no server' >&2; exit 3"))
    #expect(
      problem
        == .commandFailed(.exited(status: 3), errorOutput: Array("no server\n".utf8)))
    // The next night goes on from there.
    stage.plan.liveSources = [shell("seq 10000")]
    #expect(try stage.backUp().counters.fileCount == 2)
    #expect(try stage.session().logFindings.isEmpty)
  }

  @Test func leavesNoSnapshotWhenTheProgramTakesTooLong() throws {
    let problem = try refusal(shell("echo begin; sleep 600", timeLimitSeconds: 1))
    #expect(problem == .commandFailed(.timedOut, errorOutput: []))
  }

  @Test func leavesNoSnapshotWhenTooLittleIsWritten() throws {
    #expect(try refusal(shell("true")) == .outputTooShort)
    #expect(try refusal(shell("echo 123", minimumByteCount: 5)) == .outputTooShort)
    #expect(try refusal(shell("echo 1234", minimumByteCount: 5)) == nil)
    #expect(try refusal(shell("true", minimumByteCount: 0)) == nil)
    #expect(try stage.content(of: "made up/by/dump.sql") == [])
  }

  @Test func saysThatAProgramIsNotThere() throws {
    let missing = LiveSource.command(
      CommandSource(
        arguments: [Array("/no/such/program".utf8)], path: Array("/x".utf8), timeLimitSeconds: 5))
    guard case .commandNotRun(let error)? = try refusal(missing) else {
      Issue.record("it ran")
      return
    }
    #expect(error.isNotFound)
    #expect(try refusal(shell("true", user: "nobody-of-that-name")) == .noSuchUser)
  }

  @Test(.enabled(if: Accounts.effectiveUser == 0, "only root can become another user"))
  func runsAsTheUserThatIsNamed() throws {
    stage.plan.liveSources = [
      shell(
        "id -un; id -gn; echo $HOME $USER $NIGHTSAFE_DATA_SET", user: "daemon",
        variables: ["NIGHTSAFE_DATA_SET=shop"])
    ]
    try stage.backUp()
    #expect(
      try stage.content(of: "made up/by/dump.sql")
        == Array("daemon\ndaemon\n/usr/sbin daemon shop\n".utf8))
  }
}
