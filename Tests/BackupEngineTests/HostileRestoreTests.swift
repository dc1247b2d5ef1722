import BackupEngine
import BackupFormat
import BackupLog
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Testing

/// What a restore makes of a catalogue that a writer signed who means harm to whoever restores.
@Suite("A restore of a hostile snapshot")
struct HostileRestoreTests {
  private let stage: RepositoryStage
  private static let good = [UInt8]("as it was\n".utf8)

  init() throws {
    stage = try RepositoryStage(storage: MemoryStorage())
    for name in ["outside", "target"] {
      try FileSystem.makeDirectory(at: stage.folder.descriptor, Array(name.utf8), mode: 0o755)
    }
    try stage.folder.write("outside/secret", [UInt8]("do not touch".utf8))
  }

  private static func entry(
    _ name: String, _ content: CatalogueEntry.Content
  ) -> CatalogueEntry { HostileSnapshot.entry(name, content) }

  /// A snapshot with a good page: folders `d` and `e`, and `d/good`.
  private func begun(
    _ more: [HostileSnapshot.Plaintext] = []
  ) throws -> HostileSnapshot {
    var snapshot = try HostileSnapshot(stage, data: [.stored(Self.good)] + more)
    snapshot.add([
      ("", Self.entry("d", .folder)), ("", Self.entry("e", .folder)),
      ("", Self.entry("z", .folder)),
      ("d", snapshot.file("good", block: 0, byteCount: Self.good.count)),
    ])
    return snapshot
  }

  /// Everything below the folder of the test but what is restored: names, kinds, contents, modes, times.
  private func fingerprint() throws -> [String] {
    let found = try ChildProcess(
      arguments: [Array("find".utf8), stage.folder.path("outside")]
        + ["-printf", "%p %y %m %n %T@ %s %l\\n"].map { Array($0.utf8) }
    ).run()
    return String(decoding: found.output, as: UTF8.self).split(separator: "\n").map(String.init)
      .sorted()
  }

  /// Restores the snapshot; the good page comes back, and nothing outside of the target is touched.
  private func restored(
    _ snapshot: HostileSnapshot, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> RestoreReport {
    try snapshot.publish()
    let before = try fingerprint()
    let report = try Restore(
      try stage.open(),
      RestoreRequest(target: stage.folder.path("target"), strip: [], deletesExtras: true)
    ).run()
    #expect(try fingerprint() == before, sourceLocation: sourceLocation)
    let beside = try DirectoryEntries.read(stage.folder.descriptor)
      .map { String(decoding: $0.name, as: UTF8.self) }
    #expect(
      Set(beside).isSubset(of: ["outside", "target", "source", "repository", "state"]),
      sourceLocation: sourceLocation)
    let file = try Descriptor.openFile(
      at: nil, stage.folder.path("target/d/good")
    ).readToEnd(limitByteCount: 100)
    #expect(file == Self.good, sourceLocation: sourceLocation)
    return report
  }

  @Test(arguments: [
    "..", ".", "", "/", "x/y", "/etc", "../outside/new", "nul\0", "\0",
    String(repeating: "n", count: 256),
  ])
  func refusesThePageOfSuchAName(_ name: String) throws {
    for content in [CatalogueEntry.Content.folder, .file(byteCount: 0, extents: []), .fifo] {
      var snapshot = try begun()
      snapshot.add([
        ("e", Self.entry("a", .file(byteCount: 0, extents: []))), ("e", Self.entry(name, content)),
      ])
      let report = try restored(snapshot)
      #expect(report.lostPages.count == 1 && report.failures.isEmpty)
      let reason = try #require(report.lostPages.first?.reason)
      #expect(reason.contains("badPath") || reason.contains("limitExceeded"), "\(reason)")
      #expect(try DirectoryEntries.read(stage.folder.descriptor.open("target/e")).isEmpty)
    }
  }

  @Test(arguments: ["..", "../outside", "/outside", "e/../../outside", "e//x", "e/.", "e\0"])
  func refusesThePageOfSuchAFolder(_ folder: String) throws {
    var snapshot = try begun()
    snapshot.add([
      ("e", Self.entry("a", .file(byteCount: 0, extents: []))),
      (folder, Self.entry("new", .file(byteCount: 0, extents: []))),
    ])
    let report = try restored(snapshot)
    #expect(report.lostPages.first?.reason.contains("badPath") == true, "\(report.lostPages)")
  }

  /// A link in the catalogue, and entries that would lie behind it.
  @Test func followsNoLinkOfTheCatalogue() throws {
    let outside = stage.folder.path("outside")
    var snapshot = try begun()
    snapshot.add([
      ("e", Self.entry("link", .symbolicLink(target: outside))),
      ("e", Self.entry("top", .symbolicLink(target: [UInt8]("..".utf8)))),
      ("e/link", Self.entry("new", .file(byteCount: 0, extents: []))),
      ("e/link", Self.entry("secret", .symbolicLink(target: [UInt8]("new".utf8)))),
      ("e/link", Self.entry("under", .folder)),
      ("e/link/under", snapshot.file("good", block: 0, byteCount: Self.good.count)),
      ("e/top", Self.entry("secret", .fifo)),
    ])
    let report = try restored(snapshot)
    #expect(
      Set(report.failures.map { String(decoding: $0.path, as: UTF8.self) })
        == ["e/link/new", "e/link/secret", "e/link/under", "e/top/secret"])
    #expect(report.belowFailureCount == 1 && report.lostPages.isEmpty)
  }

  /// Further names of files that were never stored.
  @Test(arguments: ["e/link/secret", "e/link", "d", "e/nothing", "b/nowhere"])
  func linksToNothingOutside(_ first: String) throws {
    var snapshot = try begun()
    snapshot.add([
      ("e", Self.entry("link", .symbolicLink(target: stage.folder.path("outside")))),
      ("z", Self.entry("name", .hardLink(first: [UInt8](first.utf8)))),
    ])
    let report = try restored(snapshot)
    #expect(report.lostPages.isEmpty)
    // Of a link that was restored a further name may be made: of the link itself.
    #expect(report.failures.count == (first == "e/link" ? 0 : 1), "\(report.failures)")
  }

  /// Sizes and times that no file system holds.
  @Test func survivesNumbersOfEverySize() throws {
    var snapshot = try begun()
    var early = Self.entry("early", .file(byteCount: 0, extents: []))
    early.modificationSeconds = -1 << 62
    var late = Self.entry("late", .folder)
    late.modificationSeconds = (1 << 62) - 1
    let holes = UInt64(1) << 62
    snapshot.add([
      ("e", early),
      ("e", Self.entry("huge", .file(byteCount: holes, extents: [Extent(zeros: holes)]))),
      ("e", late),
    ])
    let report = try restored(snapshot)
    #expect(report.failures.contains { $0.path == [UInt8]("e/huge".utf8) }, "\(report)")
    #expect(report.lostPages.isEmpty)
  }

  /// A page holds just what the root says of it: else one entry could come twice, first as a link.
  @Test(arguments: 0..<4) func refusesAPageThatTheRootDoesNotName(_ kind: Int) throws {
    var snapshot = try begun()
    let empty = CatalogueEntry.Content.file(byteCount: 0, extents: [])
    snapshot.add([("e", Self.entry("a", empty)), ("e", Self.entry("c", empty))])
    switch kind {
    case 0: snapshot.pages[1].entryCount += 1
    case 1: snapshot.pages[1].name = [UInt8]("b".utf8)
    case 2: snapshot.pages[1].folder = [UInt8]("d/x".utf8)
    default:
      // The page after it begins with what this one holds, too.
      snapshot.add([("e", Self.entry("c", .symbolicLink(target: stage.folder.path("outside"))))])
    }
    let report = try restored(snapshot)
    #expect(report.lostPages.count == 1, "\(report.lostPages)")
  }

  @Test func losesOnlyTheFileOfABombAndNoMemory() throws {
    var snapshot = try begun([.bomb, .stored([1, 2, 3])])
    snapshot.add([
      ("e", snapshot.file("bomb", block: 1, byteCount: 1 << 20)),
      // More than the block holds.
      ("e", snapshot.file("long", block: 2, byteCount: 4)),
    ])
    let report = try restored(snapshot)
    #expect(
      report.lost.map { String(decoding: $0.path, as: UTF8.self) }.sorted() == ["e/bomb", "e/long"])
    #expect(report.failures.isEmpty && report.lostPages.isEmpty)
    // Nor is what another block held taken for it.
    #expect(throws: EngineError.self) { try stage.content(of: "e/long") }
  }

  /// The same where no larger block was opened before.
  @Test func losesOnlyTheFileThatNamesMoreThanItsBlock() throws {
    var snapshot = try begun([.stored([1, 2, 3])])
    snapshot.add([("e", snapshot.file("long", block: 1, byteCount: 4 << 20))])
    let report = try restored(snapshot)
    #expect(report.lost.count == 1 && report.lostPages.isEmpty)
  }

  @Test func losesOnlyThePageOfABomb() throws {
    var snapshot = try begun()
    snapshot.add([("e", Self.entry("a", .fifo))])
    snapshot.pages[1].plaintext = .bomb
    #expect(try restored(snapshot).lostPages.count == 1)
  }

  @Test func isNotMadeOfARootThatIsABomb() throws {
    var snapshot = try begun()
    snapshot.rootPlaintext = .bomb
    try snapshot.publish()
    #expect(throws: EngineError.self) { try stage.open() }
  }
}

extension Descriptor {
  /// A folder below this one.
  fileprivate func open(_ name: String) throws -> Descriptor {
    try Descriptor.openDirectory(at: self, Array(name.utf8))
  }
}
