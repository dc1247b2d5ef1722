@testable import BackupStorage
import BackupSystem
import BackupTestSupport
import Synchronization
import Testing

@Suite("A storage in a folder")
struct FolderStorageTests {
  let folder: TemporaryDirectory
  private let a = StorageKey(literal: "packs/0a/1")

  init() throws { folder = try TemporaryDirectory() }

  private func name(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func readByte(_ storage: FolderStorage, _ key: StorageKey) throws(StorageError) -> UInt8 {
    var bytes: [UInt8] = [0]
    var span = bytes.mutableSpan
    try storage.read(key, at: 0, into: &span)
    return bytes[0]
  }

  @Test func isMadeOnlyWhenAsked() throws {
    #expect(throws: StorageError.storageNotFound) {
      _ = try FolderStorage(path: folder.path("new"))
    }
    let storage = try FolderStorage(path: folder.path("new"), creates: true)
    #expect(try FileStatus.read(path: folder.path("new")).permissions == 0o700)
    _ = try storage.put(a, [1].span)
    _ = try FolderStorage(path: folder.path("new"), creates: true)
    try folder.write("file", [])
    #expect(throws: StorageError.storageNotFound) {
      _ = try FolderStorage(path: folder.path("file"), creates: true)
    }
    #expect(throws: StorageError.storageNotFound) {
      _ = try FolderStorage(path: folder.path("none/new"), creates: true)
    }
    #expect(storage.location == folder.text + "/new")
  }

  @Test func isPrivateUnderAnyUmask() async throws {
    await #expect(processExitsWith: .success) {
      ProcessGuards.setUmask(0)
      let folder = try TemporaryDirectory()
      let storage = try FolderStorage(path: folder.path)
      _ = try storage.put(StorageKey(literal: "packs/0a/1"), [1].span)
      #expect(try FileStatus.read(path: folder.path("packs")).permissions == 0o700)
      #expect(try FileStatus.read(path: folder.path("packs/0a")).permissions == 0o700)
      #expect(try FileStatus.read(path: folder.path("packs/0a/1")).permissions == 0o600)
    }
  }

  @Test func leavesNothingBeside() throws {
    let storage = try FolderStorage(path: folder.path)
    _ = try storage.put(a, [1].span)
    _ = try storage.put(a, [2].span)
    let late = try storage.makeWriter(for: a)
    _ = try late.finish()
    try storage.makeWriter(for: a).cancel()
    do {
      let forgotten = try storage.makeWriter(for: a)
      try forgotten.append([1].span)
    }
    try storage.replace(a, with: [3].span)
    let pack = try Descriptor.openRootDirectory(folder.path("packs/0a"))
    #expect(try DirectoryEntries.read(pack).map(\.name) == [name("1")])
    #expect(try FileStatus.read(path: folder.path("packs/0a/1")).linkCount == 1)
  }

  @Test func reportsWhatIsForeign() throws {
    let storage = try FolderStorage(path: folder.path)
    _ = try storage.put(a, [1].span)
    try folder.write("with space", [])
    try folder.write("packs/é", [])
    try folder.write(".hidden", [])
    try folder.write("packs/.put-debris", [])
    try FileSystem.makeSymlink(at: folder.descriptor, name("link"), target: name("packs"))
    try FileSystem.makeFIFO(at: folder.descriptor, name("fifo"), mode: 0o600)
    try FileSystem.makeDirectory(at: folder.descriptor, name("bad folder"), mode: 0o700)
    try folder.write("bad folder/ok", [])
    _ = try Descriptor.createFile(at: folder.descriptor, [0xFF], mode: 0o600)
    var deep = folder.path
    for _ in 0..<5 {
      deep += name("/d")
      try FileSystem.makeDirectory(at: nil, deep, mode: 0o700)
    }
    let listing = try storage.list("")
    #expect(listing.objects == [StorageObject(key: a, byteCount: 1)])
    #expect(
      listing.foreignNames == [
        name("bad folder"), name("d/d/d/d"), name("fifo"), name("link"), name("packs/é"),
        name("with space"), [0xFF],
      ])
    #expect(try storage.names("") == [a])
    #expect(try storage.names("d/d/d/d/d").isEmpty)
    #expect(try storage.names("../etc").isEmpty)
  }

  @Test func bringsHostileFoldersToNoEnd() throws {
    let storage = try FolderStorage(path: folder.path)
    try FileSystem.makeSymlink(at: folder.descriptor, name("packs"), target: name("/etc"))
    try FileSystem.makeSymlink(at: folder.descriptor, name("FORMAT"), target: name("/etc/passwd"))
    let passwd = StorageKey(literal: "packs/passwd")
    let format = StorageKey(literal: "FORMAT")
    #expect(throws: StorageError.notAnObject(passwd)) {
      _ = try storage.read(passwd, limitByteCount: 1 << 20)
    }
    #expect(throws: StorageError.notAnObject(format)) {
      _ = try storage.read(format, limitByteCount: 1 << 20)
    }
    #expect(throws: StorageError.notAnObject(format)) { _ = try storage.put(format, [1].span) }
    #expect(throws: StorageError.self) { _ = try storage.put(passwd, [1].span) }
    #expect(try storage.list("packs").objects.isEmpty)
    try FileSystem.makeFIFO(at: folder.descriptor, name("pipe"), mode: 0o600)
    let pipe = StorageKey(literal: "pipe")
    #expect(throws: StorageError.notAnObject(pipe)) {
      _ = try storage.read(pipe, limitByteCount: 9)
    }
    #expect(throws: StorageError.notAnObject(pipe)) { _ = try storage.byteCount(of: pipe) }
  }

  @Test func keepsFewFilesOpen() throws {
    let storage = try FolderStorage(path: folder.path)
    for number in 0..<40 {
      guard let key = StorageKey("packs/x/\(number)") else { continue }
      _ = try storage.put(key, [UInt8(number)].span)
    }
    for _ in 0..<2 {
      for number in 0..<40 {
        guard let key = StorageKey("packs/x/\(number)") else { continue }
        #expect(try readByte(storage, key) == UInt8(number))
      }
    }
    let prefix = folder.path("packs/x/")
    let opened = try DirectoryEntries.read(
      Descriptor.openRootDirectory(name("/proc/self/fd"))
    ).count { entry in
      let target = try? FileSystem.readSymlink(at: nil, name("/proc/self/fd/") + entry.name)
      return target?.starts(with: prefix) == true
    }
    #expect(opened == FolderStorage.openFileCountMax)
  }

  @Test func worksWithSixtyFourDescriptors() async throws {
    await #expect(processExitsWith: .success) {
      let limit = ["prlimit", "--pid", "\(Machine.processNumber)", "--nofile=64:64"]
      #expect(try ChildProcess(arguments: limit.map { Array($0.utf8) }).run().isSuccess)
      #expect(try ProcessGuards.raiseDescriptorLimit() == 64)
      let folder = try TemporaryDirectory()
      let storage = try FolderStorage(path: folder.path)
      for number in 0..<80 {
        guard let key = StorageKey("packs/x/\(number)") else { continue }
        _ = try storage.put(key, [1].span)
        var bytes: [UInt8] = [0]
        var span = bytes.mutableSpan
        try storage.read(key, at: 0, into: &span)
      }
    }
  }

  @Test func survivesFoldersThatComeAndGo() throws {
    let storage = try FolderStorage(path: folder.path)
    let threads = try (0..<4).map { number in
      try WorkerThread("t\(number)") {
        for round in 0..<100 {
          guard let key = StorageKey("packs/shared/\(number)-\(round)") else { return }
          _ = try storage.put(key, [1].span)
          if round % 10 == 0 { try storage.barrier() }
          try storage.remove(key)
        }
      }
    }
    for thread in threads { try thread.join().get() }
    try storage.barrier()
    #expect(try storage.list("") == StorageListing())
    #expect(throws: SystemError.self) { _ = try FileStatus.read(path: folder.path("packs/shared")) }
  }

  @Test func removesOnlyOldUnfinishedFiles() throws {
    let storage = try FolderStorage(path: folder.path)
    _ = try storage.put(a, [1].span)
    try folder.write("packs/0a/.put-old", [1])
    try folder.write("packs/0a/.put-new", [1])
    try folder.write("packs/0a/.other", [1])
    let pack = try Descriptor.openRootDirectory(folder.path("packs/0a"))
    for old in [".put-old", ".other", "1"] {
      try FileSystem.setTimes(
        at: pack, name(old), access: nil, modification: FileTime(seconds: 1000, nanoseconds: 0))
    }
    #expect(try storage.removeUnfinished(changedBefore: 2000) == 1)
    #expect(
      try Set(DirectoryEntries.read(pack).map(\.name))
        == [name("1"), name(".put-new"), name(".other")])
  }

  @Test(.enabled(if: Accounts.effectiveUser != 0, "root may read and write everything"))
  func saysPermissionDenied() throws {
    let storage = try FolderStorage(path: folder.path)
    _ = try storage.put(a, [1].span)
    try FileSystem.setPermissions(at: nil, folder.path("packs/0a/1"), 0)
    #expect(throws: StorageError.permissionDenied(a)) {
      _ = try storage.read(a, limitByteCount: 1)
    }
  }

  /// Mounts a small memory disk; only root may.
  @Test(.enabled(if: Accounts.effectiveUser == 0, "only root may mount"))
  func saysNoSpaceAndLeavesNothing() throws {
    let point = folder.path("small")
    try FileSystem.makeDirectory(at: nil, point, mode: 0o700)
    let mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs"].map(name) + [point]
    let mounted = try ChildProcess(arguments: mount, errorOutput: .discarded).run()
    // A container may refuse it even to root.
    guard mounted.isSuccess else { return }
    defer {
      _ = try? ChildProcess(arguments: [name("umount"), name("-l"), point]).run()
    }
    let storage = try FolderStorage(path: point)
    let half = [UInt8](repeating: 1, count: 600 << 10)
    #expect(try storage.put(a, half.span) == .created)
    let b = StorageKey(literal: "packs/0a/2")
    #expect(throws: StorageError.noSpace) { _ = try storage.put(b, half.span) }
    let writer = try storage.makeWriter(for: b)
    // What is gathered for one large write is missed when that is made.
    #expect(throws: StorageError.noSpace) {
      for _ in 0..<4 { try writer.append(half.span) }
    }
    #expect(throws: StorageError.writerClosed(b)) { _ = try writer.finish() }
    let pack = try Descriptor.openRootDirectory(point + name("/packs/0a"))
    #expect(try DirectoryEntries.read(pack).map(\.name) == [name("1")])
    #expect(try storage.freeByteCount().map { $0 > 300 << 10 && $0 < 500 << 10 } == true)
    #expect(try storage.mayWrite() == true)
    let remount = ["mount", "-o", "remount,ro"].map(name) + [point]
    guard try ChildProcess(arguments: remount, errorOutput: .discarded).run().isSuccess else {
      return
    }
    #expect(throws: StorageError.readOnly) { _ = try storage.put(b, [1].span) }
    #expect(throws: StorageError.readOnly) { try storage.remove(a) }
    #expect(try storage.mayWrite() == false)
  }

  /// As on FAT, which has no links: the name comes by a rename that does not replace.
  @Test(arguments: StorageConformance.allCases)
  func worksWithoutLinks(_ promise: StorageConformance) throws {
    let storage = try FolderStorage(path: folder.path)
    storage.refusesLinks.store(true, ordering: .relaxed)
    try promise.run(on: storage)
    #expect(try storage.list("").foreignNames.isEmpty)
  }
}
