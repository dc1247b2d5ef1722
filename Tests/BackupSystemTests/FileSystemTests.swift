import BackupSystem
import BackupTestSupport
import Testing

@Suite("Names and their status")
struct FileSystemTests {
  let folder: TemporaryDirectory
  var root: Descriptor { folder.descriptor }

  init() throws { folder = try TemporaryDirectory() }

  private func name(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func caught(_ body: () throws(SystemError) -> Void) -> SystemError? {
    do {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test func saysTheTypeOfEverything() throws {
    try folder.write("file", [1, 2, 3])
    try FileSystem.makeDirectory(at: root, name("folder"), mode: 0o750)
    try FileSystem.makeSymlink(at: root, name("link"), target: name("file"))
    try FileSystem.makeFIFO(at: root, name("fifo"), mode: 0o600)
    try FileSystem.makeSpecialFile(at: root, name("socket"), type: .socket, mode: 0o600, device: 0)
    let expected: [(String, FileType)] = [
      ("file", .regular), ("folder", .directory), ("link", .symlink), ("fifo", .fifo),
      ("socket", .socket),
    ]
    for (text, type) in expected {
      #expect(try FileStatus.read(at: root, name: name(text)).type == type)
    }
    let entries = try DirectoryEntries.read(root)
    #expect(entries.count == 5)
    for entry in entries {
      let type = expected.first { name($0.0) == entry.name }?.1
      #expect(type != nil && (entry.typeHint == nil || entry.typeHint == type))
    }
    let file = try FileStatus.read(at: root, name: name("file"))
    #expect(file.byteCount == 3 && file.permissions == 0o600 && file.linkCount == 1)
    #expect(try FileStatus.read(path: folder.path("link")) == file)
    #expect(try FileStatus.read(at: root, name: name("link")).byteCount == 4)
    #expect(file.uid == Accounts.effectiveUser)
    #expect(try FileStatus.read(path: name("/dev/null")).type == .characterDevice)
    // Device 1:3, `null(4)`.
    #expect(try FileStatus.read(path: name("/dev/null")).specialDevice == 0x103)
    #expect(throws: SystemError.self) {
      try FileSystem.makeSpecialFile(
        at: root, name("bad"), type: .directory, mode: 0o600, device: 0)
    }
  }

  @Test(
    arguments: [
      [0xFF, 0xFE], [0x0A], [0x20, 0x0D], Array("...".utf8), Array("-rf".utf8),
      Array(repeating: 0xC3, count: 255),
    ] as [[UInt8]])
  func keepsHostileNames(_ bytes: [UInt8]) throws {
    _ = try Descriptor.createFile(at: root, bytes, mode: 0o600)
    #expect(try DirectoryEntries.read(root).map(\.name) == [bytes])
    try FileSystem.rename(at: root, bytes, to: root, name("plain"))
    try FileSystem.rename(at: root, name("plain"), to: root, bytes)
    try FileSystem.removeFile(at: root, bytes)
    #expect(try DirectoryEntries.read(root).isEmpty)
  }

  @Test func refusesNamesThatAreTooLongOrEmpty() {
    let long = [UInt8](repeating: 0x61, count: 256)
    let error1 = caught { () throws(SystemError) in
      try FileSystem.makeDirectory(at: root, long, mode: 0o700)
    }
    #expect(error1?.isNameTooLong == true)
    let error2 = caught { () throws(SystemError) in
      try FileSystem.makeDirectory(at: root, [], mode: 0o700)
    }
    #expect(error2?.isNotFound == true)
  }

  @Test func listsManyNamesOnceAndAgain() throws {
    for number in 0..<6000 {
      try FileSystem.makeSymlink(
        at: root, name("a rather long name, so that one buffer is not enough \(number)"),
        target: name("x"))
    }
    let reader = DirectoryEntries()
    let first = try reader.read(root)
    #expect(Set(first.map(\.name)).count == 6000)
    #expect(try reader.read(root).count == 6000)
  }

  @Test func linksAndRenamesWithoutReplacing() throws {
    try folder.write("a", [1])
    try folder.write("b", [2])
    let error3 = caught { () throws(SystemError) in
      try FileSystem.link(at: root, name("a"), to: root, name("b"))
    }
    #expect(error3?.exists == true)
    let error4 = caught { () throws(SystemError) in
      try FileSystem.renameWithoutReplacing(at: root, name("a"), to: root, name("b"))
    }
    #expect(error4?.exists == true)
    try FileSystem.link(at: root, name("a"), to: root, name("c"))
    #expect(try FileStatus.read(at: root, name: name("a")).linkCount == 2)
    try FileSystem.renameWithoutReplacing(at: root, name("a"), to: root, name("d"))
    try FileSystem.rename(at: root, name("d"), to: root, name("b"))
    // POSIX: renaming one name of a file to another name of it does nothing.
    #expect(try folder.names() == ["b", "c"])
    #expect(try SecureFile.readWhole(folder.path("b"), limitByteCount: 1) == [1])
  }

  @Test func refusesToRemoveTheWrongKind() throws {
    try FileSystem.makeDirectory(at: root, name("d"), mode: 0o700)
    try folder.write("d/f", [])
    let error5 = caught { () throws(SystemError) in
      try FileSystem.removeFile(at: root, name("d"))
    }
    #expect(error5?.isDirectory == true)
    let error6 = caught { () throws(SystemError) in
      try FileSystem.removeDirectory(at: root, name("d"))
    }
    #expect(error6?.isNotEmpty == true)
    let error7 = caught { () throws(SystemError) in
      try FileSystem.removeDirectory(at: root, name("d/f"))
    }
    #expect(error7?.isNotDirectory == true)
    let error8 = caught { () throws(SystemError) in
      try FileSystem.removeFile(at: root, name("none"))
    }
    #expect(error8?.isNotFound == true)
  }

  @Test func readsLinksAsTheyAre() throws {
    let target: [UInt8] = [0xFF, 0x2F, 0x0A]
    try FileSystem.makeSymlink(at: root, name("l"), target: target)
    #expect(try FileSystem.readSymlink(at: root, name("l")) == target)
    let long = [UInt8](repeating: 0x62, count: 4095)
    try FileSystem.makeSymlink(at: root, name("long"), target: long)
    #expect(try FileSystem.readSymlink(at: root, name("long")) == long)
    try folder.write("f", [])
    let error9 = caught { () throws(SystemError) in
      _ = try FileSystem.readSymlink(at: root, name("f"))
    }
    #expect(error9?.isInvalid == true)
  }

  @Test func setsTimesOfFilesAndLinks() throws {
    try folder.write("f", [])
    try FileSystem.makeSymlink(at: root, name("l"), target: name("f"))
    let old = FileTime(seconds: -5, nanoseconds: 999_999_999)
    let other = FileTime(seconds: 1 << 32, nanoseconds: 1)
    try FileSystem.setTimes(at: root, name("l"), access: nil, modification: old)
    try FileSystem.setTimes(at: root, name("f"), access: old, modification: other)
    #expect(try FileStatus.read(at: root, name: name("l")).modificationTime == old)
    let status = try FileStatus.read(at: root, name: name("f"))
    #expect(status.modificationTime == other && status.accessTime == old)
    let file = try Descriptor.openForWriting(at: root, name("f"))
    try file.setTimes(access: other, modification: old)
    #expect(try FileStatus.read(of: file).modificationTime == old)
    #expect(old < other)
  }

  @Test func setsPermissionsButNeverThroughALink() throws {
    try folder.write("f", [])
    try FileSystem.makeSymlink(at: root, name("l"), target: name("f"))
    try FileSystem.setPermissions(at: root, name("f"), 0o4751)
    #expect(try FileStatus.read(at: root, name: name("f")).permissions == 0o4751)
    let error10 = caught { () throws(SystemError) in
      try FileSystem.setPermissions(at: root, name("l"), 0o777)
    }
    #expect(error10?.isLoop == true)
    #expect(try FileStatus.read(at: root, name: name("f")).permissions == 0o4751)
    let file = try Descriptor.openFile(at: root, name("f"))
    try file.setPermissions(0o640)
    #expect(try FileStatus.read(of: file).permissions == 0o640)
    try FileSystem.makeFIFO(at: root, name("p"), mode: 0o600)
    try FileSystem.setPermissions(at: root, name("p"), 0o622)
    #expect(try FileStatus.read(at: root, name: name("p")).permissions == 0o622)
  }

  @Test(.enabled(if: Accounts.effectiveUser == 0, "needs root"))
  func setsOwnersOfLinksThemselves() throws {
    try folder.write("f", [])
    try FileSystem.makeSymlink(at: root, name("l"), target: name("f"))
    try FileSystem.setOwner(at: root, name("l"), user: 1234, group: nil)
    let link = try FileStatus.read(at: root, name: name("l"))
    #expect(link.uid == 1234 && link.gid == 0)
    #expect(try FileStatus.read(at: root, name: name("f")).uid == 0)
    let file = try Descriptor.openFile(at: root, name("f"))
    try file.setOwner(user: nil, group: 77)
    #expect(try FileStatus.read(of: file).gid == 77)
    try FileSystem.makeSpecialFile(
      at: root, name("null"), type: .characterDevice, mode: 0o600, device: 0x103)
    #expect(try FileStatus.read(at: root, name: name("null")).specialDevice == 0x103)
  }

  @Test func keepsExtendedAttributes() throws {
    try folder.write("f", [])
    let file = try Descriptor.openForWriting(at: root, name("f"))
    let attribute = name("user.comment")
    let large = [UInt8](repeating: 0xFE, count: 3000)
    do {
      try ExtendedAttributes.set(attribute, to: [0, 255].span, of: file)
    } catch {
      guard error.isUnsupported else { throw error }
      return
    }
    #expect(try ExtendedAttributes.value(attribute, of: file) == [0, 255])
    #expect(try ExtendedAttributes.value(attribute, at: root, name("f")) == [0, 255])
    try ExtendedAttributes.set(name("user.empty"), to: [UInt8]().span, of: file)
    try ExtendedAttributes.set(name("user.large"), to: large.span, at: root, name("f"))
    #expect(try ExtendedAttributes.value(name("user.large"), of: file) == large)
    #expect(try ExtendedAttributes.value(name("user.empty"), of: file) == [])
    #expect(
      try Set(ExtendedAttributes.names(of: file))
        == [attribute, name("user.empty"), name("user.large")])
    try ExtendedAttributes.remove(attribute, of: file)
    try ExtendedAttributes.remove(name("user.large"), at: root, name("f"))
    #expect(try ExtendedAttributes.names(at: root, name("f")) == [name("user.empty")])
    let error11 = caught { () throws(SystemError) in
      _ = try ExtendedAttributes.value(attribute, of: file)
    }
    #expect(error11?.isNoAttribute == true)
  }

  @Test(.enabled(if: Accounts.effectiveUser == 0, "needs root"))
  func keepsExtendedAttributesOfLinks() throws {
    try FileSystem.makeSymlink(at: root, name("l"), target: name("none"))
    let attribute = name("trusted.test")
    do {
      try ExtendedAttributes.set(attribute, to: [1].span, at: root, name("l"))
    } catch {
      guard error.isUnsupported || error.isPermissionDenied else { throw error }
      return
    }
    #expect(try ExtendedAttributes.value(attribute, at: root, name("l")) == [1])
    #expect(try ExtendedAttributes.names(at: root, name("l")) == [attribute])
  }

  @Test func saysFreeSpace() throws {
    let space = try FileSystemSpace.read(of: root)
    #expect(space.freeByteCount > 0 && space.freeByteCount <= space.totalByteCount)
  }
}
