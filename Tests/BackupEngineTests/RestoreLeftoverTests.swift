import BackupEngine
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("What a killed restore left in its target")
struct RestoreLeftoverTests {
  private let stage: RepositoryStage
  /// No process: the kernel counts to 4,194,304.
  private static let gone: Int32 = 2_000_000_000

  init() throws {
    stage = try RepositoryStage()
    try stage.write("d/file", RepositoryStage.bytes(300, seed: 1))
    // A file of that name that people have stored comes back, as any other.
    try stage.write("d/.nightsafe-restore-\(Self.gone)-7", [1, 2, 3])
    try stage.backUp()
    _ = try stage.restore()
  }

  private func names() throws -> Set<String> {
    Set(try RepositoryStage.contents(of: stage.folder.path("restored/d")).keys)
  }

  @Test func isRemovedByTheNext() throws {
    let stays = [
      // In use: this process is one that runs.
      ".nightsafe-restore-1-0",
      // Not by such a name.
      ".nightsafe-restore-\(Self.gone)", ".nightsafe-restore-x-1", "nightsafe-restore-1-1",
      ".nightsafe-restore-\(Self.gone)-1-2",
    ]
    for name in stays + [".nightsafe-restore-\(Self.gone)-12"] {
      try stage.folder.write("restored/d/" + name, [9])
    }
    try FileSystem.makeDirectory(
      at: stage.folder.descriptor, Array("restored/d/.nightsafe-restore-\(Self.gone)-3".utf8),
      mode: 0o755)
    try stage.folder.write("restored/d/.nightsafe-restore-\(Self.gone)-3/in", [9])
    let (report, _) = try stage.restore()
    #expect(report.failures.isEmpty)
    #expect(
      try names()
        == Set(stays).union([
          "file", ".nightsafe-restore-\(Self.gone)-7", ".nightsafe-restore-\(Self.gone)-3/in",
        ]))
  }

  @Test func staysWhileAnotherRestoreHoldsTheTarget() throws {
    let name = ".nightsafe-restore-\(Self.gone)-12"
    try stage.folder.write("restored/d/" + name, [9])
    let other = try Descriptor.openRootDirectory(stage.folder.path("restored"))
    #expect(try other.tryLock(exclusive: false))
    _ = try stage.restore()
    #expect(try names().contains(name))
    try other.unlock()
    _ = try stage.restore()
    #expect(try !names().contains(name))
  }
}
