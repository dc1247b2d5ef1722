import BackupSystem
import BackupTestSupport
import Testing

@Suite("Descriptors")
struct DescriptorTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func name(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// Expects `body` to throw an error of which `property` is true.
  private func expectError(
    _ property: KeyPath<SystemError, Bool>, _ body: () throws(SystemError) -> Void
  ) {
    do {
      try body()
      Issue.record("nothing was thrown")
    } catch {
      #expect(error[keyPath: property], "\(error)")
    }
  }

  @Test func writesAndReadsAtOffsets() throws {
    let file = try Descriptor.createFile(at: folder.descriptor, name("a"), mode: 0o600)
    try file.write([1, 2, 3, 4].span)
    try file.write([9, 8].span, at: 1)
    try file.write([5].span)
    var bytes = [UInt8](repeating: 0, count: 8)
    var span = bytes.mutableSpan
    #expect(try file.readFully(at: 0, into: &span) == 5)
    #expect(bytes == [1, 9, 8, 4, 5, 0, 0, 0])
    try file.seek(to: 3)
    span = bytes.mutableSpan
    #expect(try file.read(into: &span) == 2)
    #expect(bytes.prefix(2) == [4, 5])
    span = bytes.mutableSpan
    #expect(try file.read(at: 5, into: &span) == 0)
    try file.seek(to: 0)
    #expect(try file.readToEnd(limitByteCount: 5) == [1, 9, 8, 4, 5])
    try file.seek(to: 0)
    expectError(\.isTooLarge) { () throws(SystemError) in
      _ = try file.readToEnd(limitByteCount: 4)
    }
    try file.synchronise()
    try file.synchroniseContent()
    file.startWriting(offset: 0, byteCount: 5)
    file.advise(.dontNeed)
  }

  /// /proc says that its files are empty.
  @Test func readsFilesOfUnknownSize() throws {
    let file = try Descriptor.openFile(at: nil, name("/proc/self/status"))
    #expect(try !file.readToEnd(limitByteCount: 1 << 20).isEmpty)
    let long = try Descriptor.openFile(at: nil, name("/dev/zero"))
    expectError(\.isTooLarge) { () throws(SystemError) in
      _ = try long.readToEnd(limitByteCount: 200_000)
    }
  }

  @Test func closesOnceAndRefusesAfterwards() throws {
    let file = try Descriptor.createFile(at: folder.descriptor, name("a"), mode: 0o600)
    try file.close()
    try file.close()
    #expect(file.rawValue == -1)
    do {
      try file.write([1].span)
      Issue.record("a closed descriptor wrote")
    } catch {
      #expect(error == SystemError("write", 9))
      #expect(error.description == "write: Bad file descriptor")
    }
  }

  @Test func closesWhenItsOwnerGoesAway() throws {
    let number = try Descriptor.open(at: nil, name("/"), .directory).rawValue
    // Others may open the same number at once, but not this folder.
    let status = try? FileStatus.read(path: name("/proc/self/fd/\(number)"))
    #expect(try status != FileStatus.read(path: name("/")))
  }

  @Test(arguments: [[0x61, 0, 0x62], [0]] as [[UInt8]])
  func refusesNULInNames(_ bad: [UInt8]) throws {
    let folder = folder.descriptor
    let good = name("x")
    expectError(\.isInvalid) { () throws(SystemError) in
      _ = try Descriptor.createFile(at: folder, bad, mode: 0o600)
    }
    expectError(\.isInvalid) { () throws(SystemError) in
      _ = try FileStatus.read(at: folder, name: bad)
    }
    expectError(\.isInvalid) { () throws(SystemError) in
      try FileSystem.makeSymlink(at: folder, good, target: bad)
    }
    expectError(\.isInvalid) { () throws(SystemError) in
      try FileSystem.rename(at: folder, good, to: folder, bad)
    }
    expectError(\.isInvalid) { () throws(SystemError) in
      _ = try Descriptor.openBeneath(root: folder, path: bad, flags: .readOnly)
    }
    #expect(try self.folder.names().isEmpty)
  }

  @Test func refusesLinksAtTheEnd() throws {
    try folder.write("target", [1])
    try FileSystem.makeSymlink(at: folder.descriptor, name("link"), target: name("target"))
    try FileSystem.makeSymlink(at: folder.descriptor, name("dangling"), target: name("none"))
    try FileSystem.makeSymlink(at: folder.descriptor, name("up"), target: name("."))
    expectError(\.isLoop) { () throws(SystemError) in
      _ = try Descriptor.openFile(at: folder.descriptor, name("link"))
    }
    expectError(\.isLoop) { () throws(SystemError) in
      _ = try Descriptor.openForWriting(at: folder.descriptor, name("link"))
    }
    expectError(\.exists) { () throws(SystemError) in
      _ = try Descriptor.createFile(at: folder.descriptor, name("dangling"), mode: 0o600)
    }
    expectError(\.isNotDirectory) { () throws(SystemError) in
      _ = try Descriptor.openDirectory(at: folder.descriptor, name("up"))
    }
    _ = try Descriptor.openRootDirectory(folder.path("up"))
  }

  @Test func staysBeneathItsRoot() throws {
    try FileSystem.makeDirectory(at: folder.descriptor, name("in"), mode: 0o700)
    try folder.write("in/file", [1])
    try folder.write("outside", [1])
    let root = try Descriptor.openDirectory(at: folder.descriptor, name("in"))
    try FileSystem.makeSymlink(at: root, name("self"), target: name("."))
    let file = try Descriptor.openBeneath(root: root, path: name("./file"), flags: .readOnly)
    #expect(try file.readToEnd(limitByteCount: 9) == [1])
    for path in ["../outside", "/etc/passwd", "../in/file"] {
      expectError(\.isCrossDevice) { () throws(SystemError) in
        _ = try Descriptor.openBeneath(root: root, path: name(path), flags: .readOnly)
      }
    }
    expectError(\.isLoop) { () throws(SystemError) in
      _ = try Descriptor.openBeneath(root: root, path: name("self/file"), flags: .readOnly)
    }
    let handle = try Descriptor.openBeneath(root: root, path: name("file"), flags: .pathOnly)
    #expect(try FileStatus.read(of: handle).byteCount == 1)
    _ = try Descriptor.openBeneath(
      root: root, path: name("new"), flags: [.readWrite, .create, .exclusive], mode: 0o600)
  }

  @Test func findsDataAndHoles() throws {
    let file = try Descriptor.createFile(at: folder.descriptor, name("sparse"), mode: 0o600)
    try file.truncate(toByteCount: 8 << 20)
    try file.write([UInt8](repeating: 1, count: 4096).span, at: 4 << 20)
    #expect(try file.nextData(from: 0) == 4 << 20)
    #expect(try file.nextHole(from: 4 << 20) == 4 << 20 + 4096)
    #expect(try file.nextData(from: 5 << 20) == nil)
    #expect(try file.nextHole(from: 9 << 20) == nil)
    try file.punchHole(offset: 4 << 20, byteCount: 4096)
    #expect(try file.nextData(from: 0) == nil)
    try file.reserve(byteCount: 8 << 20)
    #expect(try FileStatus.read(of: file).allocatedBlockCount >= 16384)
  }

  @Test func copiesRangesInTheKernel() throws {
    try folder.write("from", Array(0..<200))
    let from = try Descriptor.openFile(at: folder.descriptor, name("from"))
    let to = try Descriptor.createFile(at: folder.descriptor, name("to"), mode: 0o600)
    #expect(try from.copyRange(from: 50, to: to, at: 10, byteCount: 100) == 100)
    #expect(try from.copyRange(from: 200, to: to, at: 10, byteCount: 100) == 0)
    #expect(
      try to.readToEnd(limitByteCount: 200) == [UInt8](repeating: 0, count: 10) + Array(50..<150))
  }

  @Test func locksAgainstOtherOpenFiles() throws {
    try folder.write("lock", [])
    let one = try Descriptor.openForWriting(at: folder.descriptor, name("lock"))
    let two = try Descriptor.openForWriting(at: folder.descriptor, name("lock"))
    #expect(try one.tryLock(exclusive: true))
    #expect(try !two.tryLock(exclusive: true))
    #expect(try !two.tryLock(exclusive: false))
    try one.unlock()
    #expect(try two.tryLock(exclusive: false))
    #expect(try one.tryLock(exclusive: false))
    #expect(try !one.tryLock(exclusive: true))
  }

  @Test func namesAnUnnamedFile() throws {
    let file: Descriptor
    do {
      file = try Descriptor.createUnnamedFile(at: folder.descriptor, mode: 0o600)
    } catch {
      guard error.isUnsupported || error.isDirectory else { throw error }
      return
    }
    try file.write([7].span)
    #expect(try folder.names().isEmpty)
    try FileSystem.giveName(name("named"), at: folder.descriptor, to: file)
    #expect(try SecureFile.readWhole(folder.path("named"), limitByteCount: 1) == [7])
    expectError(\.exists) { () throws(SystemError) in
      try FileSystem.giveName(name("named"), at: folder.descriptor, to: file)
    }
  }

  @Test func mapsFiles() throws {
    try folder.write("mapped", [3, 1, 4])
    try folder.write("empty", [])
    let mapped = try MappedFile(Descriptor.openFile(at: folder.descriptor, name("mapped")))
    #expect(mapped.byteCount == 3)
    #expect(mapped.withSpan { $0[0] + $0[1] + $0[2] } == 8)
    let empty = try MappedFile(Descriptor.openFile(at: folder.descriptor, name("empty")))
    #expect(empty.withSpan { $0.count } == 0)
    #expect(throws: SystemError.self) { _ = try MappedFile(folder.descriptor) }
  }

  @Test func opensFIFOsWithoutWaiting() throws {
    try FileSystem.makeFIFO(at: folder.descriptor, name("pipe"), mode: 0o600)
    let pipe = try Descriptor.openFile(at: folder.descriptor, name("pipe"))
    #expect(try FileStatus.read(of: pipe).type == .fifo)
  }

  /// Programs that others start must not get it either: the flag is looked at, not only its effect.
  @Test func carriesCloseOnExec() throws {
    func flags(_ file: Descriptor) throws -> Int {
      let text = try Descriptor.openFile(at: nil, name("/proc/self/fdinfo/\(file.rawValue)"))
        .readToEnd(limitByteCount: 4096)
      let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
      let digits = lines.first { $0.hasPrefix("flags:") }?.split(separator: "\t").last
      return digits.flatMap { Int($0, radix: 8) } ?? 0
    }
    let root = folder.descriptor
    let file = try Descriptor.createFile(at: root, name("a"), mode: 0o600)
    let opened = [
      root, file, try file.duplicate(), try Descriptor.openFile(at: root, name("a")),
      try Descriptor.openHandle(at: root, name("a")),
      try Descriptor.openBeneath(root: root, path: name("a"), flags: .readOnly),
    ]
    // O_CLOEXEC, `open(2)`.
    for descriptor in opened { #expect(try flags(descriptor) & 0o2000000 != 0) }
  }

  @Test func isClosedInStartedPrograms() throws {
    let file = try Descriptor.openFile(at: nil, name("/etc/passwd"))
    let outcome = try ChildProcess(
      arguments: ["ls", "/proc/self/fd/\(file.rawValue)"].map(name), errorOutput: .discarded
    ).run()
    #expect(!outcome.isSuccess)
  }
}
