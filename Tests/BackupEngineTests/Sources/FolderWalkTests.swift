import BackupFormat
import BackupPolicy
import BackupSystem
import BackupTestSupport
import Testing

@testable import BackupEngine

/// However many threads look at folders, they are handed out in the order of the catalogue.
@Suite("The walk through the folders")
struct FolderWalkTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func make(_ path: String) throws {
    try FileSystem.makeDirectory(at: folder.descriptor, Array(path.utf8), mode: 0o700)
  }

  private func scan() throws -> SourceScan {
    try SourceScan(
      sources: [folder.path("source")],
      rules: ScanRules(paths: PathRules(), excludesCaches: false, staysOnFileSystem: false))
  }

  private struct Seen: Equatable {
    var folders: [[UInt8]] = []
    var entries: [[[UInt8]]] = []
  }

  private func walk(_ threadCount: Int) throws -> Seen {
    var scan = try scan()
    var seen = Seen()
    try scan.walk(threadCount: threadCount) { folder, _ in
      seen.folders.append(folder.path)
      seen.entries.append(folder.entries.map(\.name))
    }
    return seen
  }

  /// A deep chain, a wide folder, and a random tree, all at once.
  @Test func keepsTheOrder() throws {
    try make("source")
    var generator = SeededGenerator(seed: 7)
    var made = ["source"]
    for i in 0..<400 {
      let parent = try #require(made.randomElement(using: &generator))
      let name = "\(parent)/\(generator.next() % 10)-\(i)"
      if generator.next() % 3 == 0 {
        try folder.write(name, [])
      } else {
        try make(name)
        made.append(name)
      }
    }
    try make("source/wide")
    for i in 0..<300 {
      try make("source/wide/\(i)")
      try folder.write("source/wide/\(i)/file", [])
    }
    var deep = "source"
    for _ in 0..<200 {
      deep += "/d"
      try make(deep)
      try folder.write(deep + "/file", [])
    }
    let alone = try walk(1)
    #expect(alone.folders.count > 500)
    #expect(
      zip(alone.folders, alone.folders.dropFirst()).allSatisfy {
        CataloguePath.compareFolders($0, $1) < 0
      })
    for threadCount in [2, 3, 8] {
      for _ in 0..<5 { #expect(try walk(threadCount) == alone) }
    }
  }

  private struct Enough: Error {}

  /// Whoever is handed a folder may end the walk; a list of many folders that nobody looks at any more is let go.
  @Test func endsWhereTheVisitEndsIt() throws {
    try make("source")
    for i in 0..<2_000 { try make("source/\(i)") }
    for i in 0..<2_000 { try folder.write("source/\(i)/file", []) }
    for threadCount in [1, 4] {
      var scan = try scan()
      var count = 0
      #expect(throws: Enough.self) {
        try scan.walk(threadCount: threadCount) { _, _ in
          count += 1
          if count == 5 { throw Enough() }
        }
      }
      #expect(count == 5)
    }
  }
}
