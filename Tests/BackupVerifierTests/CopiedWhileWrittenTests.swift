import BackupEngine
import BackupKeys
import BackupLog
import BackupObjects
import BackupStorage
import BackupSystem
import BackupTestSupport
import BackupVerifier
import EngineTestSupport
import Testing

@Suite("A repository that others copied")
struct CopiedWhileWrittenTests {
  private let stage: RepositoryStage

  init() throws {
    stage = try RepositoryStage()
    try stage.write("a", RepositoryStage.bytes(300_000, seed: 1))
    try stage.passNight()
  }

  private func rsync(_ arguments: String...) throws {
    let outcome = try ChildProcess(
      arguments: (["rsync", "-a"] + arguments).map { Array($0.utf8) }, errorOutput: .captured
    ).run()
    try #require(outcome.isSuccess, "\(String(decoding: outcome.errorOutput, as: UTF8.self))")
  }

  private var repository: String {
    String(decoding: stage.folder.path("repository"), as: UTF8.self)
  }
  private var copy: String { String(decoding: stage.folder.path("copy"), as: UTF8.self) }

  @Test func byRsyncWhileItWasWrittenVerifiesAndRestores() throws {
    try FileSystem.makeDirectory(at: nil, stage.folder.path("copy"), mode: 0o700)
    try rsync(repository + "/log", copy)
    // Between the two halves of the copy: another file, another night, rotation, collection.
    let copied = try RepositoryStage.contents(of: stage.folder.path("source"))
    for night in 0..<3 {
      try stage.write("b\(night)", RepositoryStage.bytes(200_000, seed: UInt64(night)))
      try stage.passNight()
    }
    try rsync("--exclude=/log/", repository + "/", copy)
    let storage = try FolderStorage(path: Array(copy.utf8))
    let report = try Verifier(storage: storage, repository: stage.id).check(
      level: .l1(.everything), memory: nil, now: stage.clock.now)
    // What later entries brought is there and not explained yet; nothing is missing or altered.
    #expect(report.findings.allSatisfy { $0.kind == .unknownObject }, "\(report.findings)")
    #expect(!report.findings.isEmpty)
    let session = try stage.openAsStranger(storage)
    guard case .restorer(let keys)? = try session.openSets(with: stage.owner)[stage.set] else {
      throw EngineError.noKey(.forSet(stage.set))
    }
    let snapshot = try #require(session.logState.liveSnapshots.last)
    let target = stage.folder.path("restored")
    let restored = try Restore(
      try session.open(snapshot, keys: keys),
      RestoreRequest(target: target, strip: Array(stage.folder.path("source").dropFirst()))
    ).run()
    #expect(!restored.isDamaged)
    #expect(try RepositoryStage.contents(of: target) == copied)
    // The next copy brings the log up, and everything is explained.
    try rsync(repository + "/log", copy)
    try rsync("--exclude=/log/", repository + "/", copy)
    #expect(
      try Verifier(storage: storage, repository: stage.id).check(
        level: .l1(.everything), memory: nil, now: stage.clock.now
      ).findings.isEmpty)
  }

  @Test func andPutBackIsRefusedByAVerifierUntilTheOwnerAcknowledges() throws {
    try rsync(repository + "/", copy)
    let size = try stage.session().logState.size
    try stage.passNight()
    let memory = VerifierMemory(
      repository: stage.id, head: try stage.session().logState.head, visited: stage.clock.now.unix)
    try rsync("--delete", copy + "/", repository)
    func findings() throws -> [Finding] {
      try Verifier(storage: try FolderStorage(path: Array(repository.utf8)), repository: stage.id)
        .check(level: .l0, memory: memory, now: stage.clock.now).findings
    }
    #expect(try findings().contains { $0.kind == .logRolledBack && $0.severity == .incident })
    #expect(throws: EngineError.self) { try stage.reopen() }
    try stage.openAsStranger(try FolderStorage(path: Array(repository.utf8))).append(
      [Draft(.acknowledged(Predicate.Acknowledged(entries: [], restoredSize: size)))],
      by: stage.owner.signer)
    #expect(try !findings().contains { $0.severity >= .damage })
    try stage.reopen()
    try stage.passNight()
  }
}
