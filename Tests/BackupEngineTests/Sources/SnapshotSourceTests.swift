import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Synchronization
import Testing

/// Pictures that are copies made by `cp`, for tests of what is done with them.
private final class CopiedPictures: FileSystemSnapshots {
  let name = "copied"
  /// Guards what was removed, and whether removing fails.
  private let state = Mutex((removed: [[UInt8]](), fails: false))

  var removed: [[UInt8]] { state.withLock { $0.removed } }

  func failToRemove() { state.withLock { $0.fails = true } }

  func place(of folder: [UInt8], mark: String) throws(EngineError) -> FileSystemPicture {
    let path = folder + Array(".picture-\(mark)".utf8)
    return FileSystemPicture(folder: folder, subject: folder, path: path, folderInPicture: path)
  }

  func take(_ picture: FileSystemPicture) throws(EngineError) {
    try shell(["cp", "-a", "--"], picture.subject, picture.path)
  }

  func remove(_ path: [UInt8]) throws(EngineError) {
    let fails = state.withLock { state in
      state.removed.append(path)
      return state.fails
    }
    if fails { throw .source(path: path, .snapshot("busy")) }
    try shell(["rm", "-rf", "--"], path)
  }

  func isLeftOut(_ status: FileStatus) -> Bool { status.permissions == 0o711 }

  private func shell(_ words: [String], _ paths: [UInt8]...) throws(EngineError) {
    do {
      let outcome = try ChildProcess(arguments: words.map { Array($0.utf8) } + paths).run()
      guard outcome.isSuccess else { throw SystemError.invalid("cp") }
    } catch {
      throw .source(path: paths[0], .snapshot("\(error)"))
    }
  }
}

@Suite("Pictures of a file system")
struct SnapshotSourceTests {
  private let stage: RepositoryStage
  private let pictures = CopiedPictures()

  init() throws {
    stage = try RepositoryStage()
    try stage.write("a/file", Array("as it was".utf8))
    stage.plan.sources = []
    stage.plan.liveSources = [.snapshot(stage.folder.path("source"), by: pictures)]
  }

  /// A program that runs while the picture is read.
  private func then(_ script: String) -> LiveSource {
    .command(
      CommandSource(
        arguments: ["/bin/sh", "-c", script].map { Array($0.utf8) }, path: Array("/out".utf8),
        timeLimitSeconds: 60))
  }

  @Test func areReadInPlaceOfTheFolderUnderItsOwnPaths() throws {
    try stage.backUp()
    let source = String(decoding: stage.folder.path("source"), as: UTF8.self)
    #expect(try stage.open().root.sources == [Array(source.utf8)])
    let (_, folder) = try stage.restore()
    #expect(try RepositoryStage.contents(of: folder) == ["a/file": Array("as it was".utf8)])
    #expect(pictures.removed.count == 1)
    #expect(try stage.folder.names() == ["repository", "restored", "source", "state"])
  }

  @Test func areRemovedThoughTheRunFails() throws {
    stage.plan.liveSources.append(then("exit 1"))
    #expect(throws: EngineError.self) { try stage.backUp() }
    #expect(pictures.removed.count == 1)
    #expect(try stage.folder.names() == ["repository", "source", "state"])
  }

  @Test func areRemovedAtTheNextStartWhereARunWasKilled() throws {
    try stage.backUp()
    let left = stage.folder.path("source.picture-left")
    try FileSystem.makeDirectory(at: nil, left, mode: 0o700)
    let state = "state/\(stage.id.hex.prefix(32))/\(stage.set.hex)/copies"
    try stage.folder.write(state + "/picture-0", Array("copied".utf8) + [0] + left)
    try stage.backUp()
    #expect(pictures.removed.contains(left))
    #expect(try stage.folder.names() == ["repository", "source", "state"])
  }

  @Test func thatCannotBeRemovedCostNoBackupAndAreReported() throws {
    pictures.failToRemove()
    let outcome = try stage.backUp()
    guard case .source(_, .snapshot("busy"))? = outcome.cleanUpFailure else {
      Issue.record("not reported")
      return
    }
    #expect(try stage.session().logState.liveSnapshots.count == 1)
  }

  @Test func reportWhatTheyDoNotHold() throws {
    try FileSystem.makeDirectory(at: nil, stage.sourcePath("inner"), mode: 0o755)
    try FileSystem.setPermissions(at: nil, stage.sourcePath("inner"), 0o711)
    let outcome = try stage.backUp()
    #expect(outcome.counters.unreadableCount == 1)
    #expect(outcome.unreadable.count == 1)
  }
}

/// A btrfs file system in a file, mounted while the object lives.
private final class LoopBtrfs {
  let folder: TemporaryDirectory
  let path: String

  /// Whether this machine can do it.
  static var isPossible: Bool {
    guard Accounts.effectiveUser == 0 else { return false }
    return (try? LoopBtrfs()) != nil
  }

  init() throws {
    folder = try TemporaryDirectory()
    path = String(decoding: folder.path("mounted"), as: UTF8.self)
    try Self.run(
      "truncate -s 200M image && mkfs.btrfs -q image && mkdir mounted && mount -o loop image mounted",
      in: folder)
  }

  deinit {
    // What can't be unmounted stays for the person who finds it.
    try? Self.run("umount mounted", in: folder)
  }

  static func run(_ script: String, in folder: TemporaryDirectory) throws {
    let outcome = try ChildProcess(
      arguments: ["sh", "-c", "cd '\(folder.text)' && \(script)"].map { Array($0.utf8) },
      errorOutput: .captured
    ).run()
    try #require(outcome.isSuccess, "\(String(decoding: outcome.errorOutput, as: UTF8.self))")
  }
}

@Suite("Snapshots of btrfs", .enabled(if: LoopBtrfs.isPossible, "needs root and a loop device"))
struct BtrfsTests {
  private let disk: LoopBtrfs
  private let stage: RepositoryStage

  init() throws {
    disk = try LoopBtrfs()
    stage = try RepositoryStage()
    try LoopBtrfs.run(
      "btrfs -q subvolume create mounted/data && mkdir -p mounted/data/mail/in && "
        + "echo one > mounted/data/mail/in/1 && echo out > mounted/data/outside",
      in: disk.folder)
    stage.plan.sources = []
    stage.plan.liveSources = [
      .snapshot(Array((disk.path + "/data/mail").utf8), by: BtrfsSnapshots())
    ]
  }

  private func subvolumes() throws -> Int {
    let outcome = try ChildProcess(
      arguments: ["btrfs", "subvolume", "list", disk.path].map { Array($0.utf8) }
    ).run()
    return outcome.output.count { $0 == 0x0a }
  }

  @Test func showTheFolderAsItWasInOneMoment() throws {
    // A program that runs when the snapshot was taken already: what it changes is not in it.
    stage.plan.liveSources.append(
      .command(
        CommandSource(
          arguments: ["/bin/sh", "-c", "echo two > '\(disk.path)/data/mail/in/1'; echo done"]
            .map { Array($0.utf8) }, path: Array("/a".utf8), timeLimitSeconds: 60)))
    stage.plan.workerCount = 1
    try stage.backUp()
    let bytes = try stage.content(of: String((disk.path + "/data/mail/in/1").dropFirst()))
    #expect(bytes == Array("one\n".utf8))
    #expect(try subvolumes() == 1)
    #expect(
      try DirectoryEntries.read(Descriptor.openRootDirectory(Array((disk.path + "/data").utf8)))
        .map { String(decoding: $0.name, as: UTF8.self) }.sorted() == ["mail", "outside"])
  }

  @Test func storeNothingAnewWhereNothingChanged() throws {
    try LoopBtrfs.run("sync mounted", in: disk.folder)
    try stage.backUp()
    let second = try stage.backUp()
    // Nothing but the page that says when the folder of the snapshot changed.
    #expect(second.counters.newByteCount < 1_000)
    #expect(second.counters.fileCount == 1)
    #expect(try subvolumes() == 1)
  }

  @Test func reportASubvolumeInsideThatTheyDoNotHold() throws {
    try LoopBtrfs.run(
      "btrfs -q subvolume create mounted/data/mail/inner && echo x > mounted/data/mail/inner/x",
      in: disk.folder)
    let outcome = try stage.backUp()
    #expect(
      outcome.unreadable.map { String(decoding: $0.path, as: UTF8.self) }
        == [String((disk.path + "/data/mail/inner").dropFirst())])
  }

  @Test func areGoneThoughTheRunFails() throws {
    stage.plan.liveSources.append(
      .command(
        CommandSource(
          arguments: [Array("/bin/false".utf8)], path: Array("/a".utf8), timeLimitSeconds: 60)))
    #expect(throws: EngineError.self) { try stage.backUp() }
    #expect(try subvolumes() == 1)
  }

  @Test func areRefusedWhereNoSubvolumeIs() throws {
    stage.plan.liveSources = [
      .snapshot(stage.folder.path("source"), by: BtrfsSnapshots())
    ]
    do {
      _ = try stage.backUp()
      Issue.record("a snapshot of what is no btrfs")
    } catch EngineError.source(_, .snapshot) {}
  }
}
