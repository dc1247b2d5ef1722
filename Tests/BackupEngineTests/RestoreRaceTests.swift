import BackupEngine
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Synchronization
import Testing

/// Somebody who may write to the target turns its folders into links out of it while files are restored.
@Suite("A restore in a race for its target")
struct RestoreRaceTests {
  private final class Swapper: Sendable {
    let count = Atomic<Int>(0)
    let isOver = Atomic<Bool>(false)

    /// Lets a link and a folder take turns under one name.
    func swap(_ folder: Descriptor, _ name: String) throws(SystemError) {
      let (name, link, real) = (Array(name.utf8), Array("a link".utf8), Array("the folder".utf8))
      while !isOver.load(ordering: .relaxed) {
        do throws(SystemError) {
          try FileSystem.rename(at: folder, name, to: folder, real)
          try FileSystem.rename(at: folder, link, to: folder, name)
          try FileSystem.rename(at: folder, name, to: folder, link)
        } catch {
          // The restore was faster, and made or removed one of them.
        }
        do throws(SystemError) {
          try FileSystem.makeSymlink(at: folder, link, target: Array("../outside".utf8))
        } catch {
          guard error.exists else { throw error }
        }
        do throws(SystemError) {
          try FileSystem.rename(at: folder, real, to: folder, name)
        } catch {
          // A folder that has files already is not replaced.
        }
        count.add(1, ordering: .relaxed)
      }
    }
  }

  @Test(arguments: [false, true])
  func neverLeavesTheTarget(deletesExtras: Bool) throws {
    let stage = try RepositoryStage()
    for i in 0..<60 {
      try stage.write("d/\(i)", RepositoryStage.bytes(300, seed: UInt64(i)))
      try stage.write("d/deep/\(i)", [UInt8(i)])
    }
    try stage.backUp()
    for name in ["outside", "target", "outside/deep"] {
      try FileSystem.makeDirectory(at: stage.folder.descriptor, Array(name.utf8), mode: 0o755)
    }
    for name in ["outside/keep", "outside/1", "outside/deep/2"] {
      try stage.folder.write(name, [UInt8]("do not touch".utf8))
    }
    let outside = stage.folder.path("outside")
    let before = try fingerprint(outside)
    let swapper = Swapper()
    let target = try Descriptor.openRootDirectory(stage.folder.path("target"))
    let thread = try WorkerThread("swapper") { try swapper.swap(target, "d") }
    for _ in 0..<25 {
      // What the race breaks is told as a failure of an entry, or ends the restore.
      _ = try? Restore(
        try stage.open(),
        RestoreRequest(
          target: stage.folder.path("target"),
          strip: Array(stage.folder.path("source").dropFirst()), deletesExtras: deletesExtras,
          rewritesUnchanged: true)
      ).run()
    }
    swapper.isOver.store(true, ordering: .relaxed)
    _ = thread.join()
    #expect(swapper.count.load(ordering: .relaxed) > 100)
    #expect(try fingerprint(outside) == before)
  }

  /// Names, contents, modes and times of everything below a folder.
  private func fingerprint(_ folder: [UInt8]) throws -> [String] {
    let found = try ChildProcess(
      arguments: [Array("find".utf8), folder]
        + ["-printf", "%p %y %m %U %T@ %s\\n"].map { Array($0.utf8) }
    ).run()
    return String(decoding: found.output, as: UTF8.self).split(separator: "\n").map(String.init)
      .sorted()
  }
}
