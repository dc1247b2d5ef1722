import BackupSystem
import BackupTestSupport
import Testing

@Suite("Files that matter")
struct SecureFileTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  @Test func writesNewOnceOnly() throws {
    let path = folder.path("key")
    try SecureFile.writeNew(path, [1, 2].span)
    do {
      try SecureFile.writeNew(path, [3].span)
      Issue.record("a file was overwritten")
    } catch {
      #expect(error.exists)
    }
    #expect(try SecureFile.readWhole(path, limitByteCount: 2) == [1, 2])
    #expect(try FileStatus.read(path: path).permissions == 0o600)
    #expect(try FileStatus.read(path: path).linkCount == 1)
    #expect(try folder.names() == ["key"])
  }

  @Test func isWholeBeforeItHasAName() throws {
    let path = folder.path("bundle")
    do {
      let file = try PreparedFile(path, [1, 2].span)
      let names = try folder.names()
      #expect(names.count == 1 && names[0].hasPrefix(".new-"))
      #expect(try SecureFile.readWhole(folder.path(names[0]), limitByteCount: 2) == [1, 2])
      try file.putInPlace()
    }
    #expect(try folder.names() == ["bundle"])
    #expect(try SecureFile.readWhole(path, limitByteCount: 2) == [1, 2])
    // A name that came to be meanwhile is not taken, and what has none goes away.
    do {
      let file = try PreparedFile(path, [3].span)
      do {
        try file.putInPlace()
        Issue.record("a file was overwritten")
      } catch {
        #expect(error.exists)
      }
      #expect(try folder.names().count == 2)
    }
    #expect(try folder.names() == ["bundle"])
    #expect(try SecureFile.readWhole(path, limitByteCount: 2) == [1, 2])
  }

  @Test func replacesInOneStep() throws {
    let path = folder.path("state")
    try SecureFile.replaceDurably(path, [1].span)
    try SecureFile.replaceDurably(path, [2, 3].span, mode: 0o640)
    #expect(try SecureFile.readWhole(path, limitByteCount: 2) == [2, 3])
    #expect(try FileStatus.read(path: path).permissions == 0o640)
    #expect(try folder.names() == ["state"])
  }

  @Test func replacesALinkAndNotItsTarget() throws {
    try folder.write("target", [9])
    try FileSystem.makeSymlink(
      at: folder.descriptor, Array("link".utf8), target: Array("target".utf8))
    try SecureFile.replaceDurably(folder.path("link"), [1].span)
    #expect(try SecureFile.readWhole(folder.path("target"), limitByteCount: 1) == [9])
    #expect(
      try FileStatus.read(at: folder.descriptor, name: Array("link".utf8)).type == .regular)
  }

  @Test func refusesLongFilesAndOtherKinds() throws {
    try folder.write("long", [1, 2, 3])
    do {
      _ = try SecureFile.readWhole(folder.path("long"), limitByteCount: 2)
      Issue.record("a long file was read")
    } catch {
      #expect(error.isTooLarge)
    }
    try FileSystem.makeFIFO(at: folder.descriptor, Array("fifo".utf8), mode: 0o600)
    #expect(throws: SystemError.self) {
      _ = try SecureFile.readWhole(folder.path("fifo"), limitByteCount: 2)
    }
    #expect(throws: SystemError.self) {
      _ = try SecureFile.readWhole(folder.path, limitByteCount: 2)
    }
  }

  @Test func readsAPipeWhereThatIsAllowed() throws {
    try FileSystem.makeFIFO(at: folder.descriptor, Array("pipe".utf8), mode: 0o600)
    let path = folder.path("pipe")
    let writer = ChildProcess(
      arguments: ["sh", "-c", "printf secret >\"$1\"", "sh"].map { Array($0.utf8) } + [path],
      timeLimitMilliseconds: 60_000)
    for limit in [6, 5] {
      let running = try writer.stream()
      do {
        let read = try SecureFile.readWhole(path, limitByteCount: limit, allowsPipe: true)
        #expect(read == Array("secret".utf8))
      } catch {
        #expect(error.isTooLarge && limit == 5)
      }
      #expect(try running.finish().isSuccess)
    }
  }

  @Test(arguments: ["", "/", "a/", ".", "..", "a/.."])
  func refusesPathsWithoutAName(_ path: String) {
    #expect(throws: SystemError.self) {
      try SecureFile.writeNew(folder.path + [0x2F] + Array(path.utf8), [1].span)
    }
  }

  @Test func refusesAMissingFolder() {
    do {
      try SecureFile.writeNew(folder.path("none/key"), [1].span)
      Issue.record("a folder was made")
    } catch {
      #expect(error.isNotFound)
    }
  }

  /// The process's umask is everybody's, so another process has it.
  @Test func isPrivateUnderAnyUmask() async throws {
    await #expect(processExitsWith: .success) {
      ProcessGuards.setUmask(0)
      let folder = try TemporaryDirectory()
      try SecureFile.writeNew(folder.path("key"), [1].span)
      #expect(try FileStatus.read(path: folder.path("key")).permissions == 0o600)
    }
  }
}
