import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Foundation
import Testing

@testable import BackupEngine

/// What is as last night is neither compared nor written entry by entry: nobody must see that in what is stored.
@Suite("Pages that are as last night")
struct UnchangedPageTests {
  private let stage: RepositoryStage
  private var generator = SeededGenerator(seed: 20_261_130)
  private var number = 0

  /// Links with long targets fill pages soon; of each folder one name is a good place to cut.
  init() throws {
    // How many nights pass depends on the machine: a refresh among them would store every page anew.
    stage = try RepositoryStage(
      storage: MemoryStorage(),
      retention: Retention(daily: 7, maximumAgeDays: 30, refreshDays: 3_000))
    stage.clock.advance(
      seconds: SystemClock.now().seconds + 3_600 - stage.clock.now.unix)
    for folder in folders() {
      // Of more than 64 KiB, so that each folder ends a page or begins one.
      for _ in 0..<(folder == "many" ? 260 : 60) { try add(to: folder) }
      try stage.write("\(folder)/\(goodCut(in: folder))", RepositoryStage.bytes(30, seed: 1))
    }
    try settle()
  }

  private func folders() -> [String] { (0..<12).map { "d\($0 % 4)/sub-\($0)" } + ["many"] }

  /// A name before which a page that is long enough ends, by the keyed rule; the first in every second folder.
  private func goodCut(in folder: String) -> String {
    let table = stage.plan.secret.gearTable
    let path = stage.folder.path("source/" + folder)
    let isFirst = folder.utf8.last.map { $0 % 2 == 0 } ?? false
    for i in 0... {
      let name = "\(isFirst ? "+" : "\(i % 10)")-cut-\(i)"
      var hash: UInt64 = 0
      for byte in path.suffix(32) { hash = (hash << 1) &+ table[Int(byte)] }
      for byte in name.utf8 { hash = (hash << 1) &+ table[Int(byte)] }
      if hash & EngineLimits.pageCutMask == 0 { return name }
    }
    return ""
  }

  private mutating func add(to folder: String) throws {
    number += 1
    let name = "\(folder)/\(generator.next() % 10)-\(number)"
    try stage.write(name, RepositoryStage.bytes(20 + number % 50, seed: UInt64(number)))
    guard number % 6 > 0 else { return }
    let target = String(repeating: "t\(number)", count: Int(generator.next() % 500) + 250)
    try FileSystem.makeSymlink(
      at: stage.folder.descriptor, Array("source/\(name)-link".utf8), target: Array(target.utf8))
  }

  /// Passes nights until no file is too young to be trusted.
  private func settle() throws {
    var nights = 0
    while try stage.passNight().counters.readByteCount > 0 {
      nights += 1
      try #require(nights < 100)
      Thread.sleep(forTimeInterval: 0.7)
    }
  }

  private func forgetCatalogue() throws {
    let path = try cataloguePath()
    try FileSystem.removeFile(at: stage.folder.descriptor, Array(path.utf8))
    try stage.reopen()
  }

  private func cataloguePath() throws -> String {
    let state = try RepositoryStage.contents(of: stage.folder.path("state"))
    return "state/" + (try #require(state.keys.first { $0.hasSuffix("/catalogue") }))
  }

  /// What the newest snapshot says: its pages, and what it counted.
  private func newest() throws -> (pages: [CatalogueRoot.Page], counted: [UInt64]) {
    let snapshot = try stage.open()
    let needs = try #require(try stage.session().logState.liveSnapshots(of: stage.set).last?.needs)
    let c = snapshot.root.counters
    return (
      snapshot.root.pages,
      [
        c.fileCount, c.folderCount, c.symbolicLinkCount, c.otherCount, c.byteCount,
        UInt64(needs.blockCount),
      ]
    )
  }

  private func compareWithoutLastNight(_ label: String) throws {
    let (pages, counted) = try newest()
    try forgetCatalogue()
    #expect(try stage.passNight().counters.readByteCount > 0)
    let anew = try newest()
    // The first page holds the folders above the source, which others change.
    #expect(pages.dropFirst() == anew.pages.dropFirst(), "\(label)")
    #expect(pages.first?.entryCount == anew.pages.first?.entryCount, "\(label)")
    #expect(counted == anew.counted, "\(label)")
  }

  /// The catalogue made with last night's at hand is the one that is made without: same pages, in the same blocks.
  @Test mutating func areThoseThatAreMadeWithoutLastNight() throws {
    #expect(try newest().pages.count >= 8)
    for night in 0..<8 {
      // From nothing at all to a change in many folders.
      for _ in 0..<(night == 0 ? 0 : night) {
        let folder = try #require(folders().randomElement(using: &generator))
        let path = stage.folder.path("source/" + folder)
        let entries = try DirectoryEntries.read(try Descriptor.openRootDirectory(path))
        let files = entries.filter { $0.typeHint == .regular }
          .map { String(decoding: $0.name, as: UTF8.self) }
        let cut = files.first { $0.contains("-cut-") }
        switch (generator.next() % 6, files.randomElement(using: &generator)) {
        case (0, let name?): try stage.remove("\(folder)/\(name)")
        case (1, let name?):
          try stage.write("\(folder)/\(name)", RepositoryStage.bytes(77, seed: generator.next()))
        case (2, _):
          // The folder is empty then, and not in the catalogue.
          for entry in entries where entry.typeHint != .directory {
            try stage.remove("\(folder)/" + String(decoding: entry.name, as: UTF8.self))
          }
        case (3, _): try add(to: folder + "/deeper-\(generator.next() % 3)")
        case (4, _) where cut != nil:
          // Right before a place where a page may have ended.
          try stage.write("\(folder)/\(cut?.dropLast() ?? "")", [UInt8(number % 256)])
        default: try add(to: folder)
        }
      }
      try settle()
      try compareWithoutLastNight("night \(night)")
      try settle()
    }
    let (report, folder) = try stage.restore()
    #expect(!report.isDamaged)
    #expect(
      try RepositoryStage.contents(of: folder)
        == RepositoryStage.contents(of: stage.folder.path("source")))
  }

  /// A page ends before certain names, and no longer does where another comes before such a one.
  @Test func goOnWhereAnotherNameFollows() throws {
    let source = Array(stage.folder.path("source/").dropFirst())
    // Not the end of the first page, which holds the folders above the source and is made anew anyway.
    let ends = try newest().pages.dropFirst(2).filter {
      $0.name.starts(with: Array("+-cut-".utf8))
    }
    #expect(!ends.isEmpty)
    for page in ends {
      let folder = String(decoding: page.folder.dropFirst(source.count), as: UTF8.self)
      let name = String(decoding: page.name.dropLast(), as: UTF8.self)
      try stage.write("\(folder)/\(name)", [1])
    }
    try settle()
    try compareWithoutLastNight("a name before")
  }

  /// Tomorrow's cache of an unchanged night is last night's, but for the folders above the source, which others change.
  @Test func areTakenOverForTomorrow() throws {
    func behindFirstPage() throws -> [[UInt8]] {
      let frames = try frames()
      let first = try #require(frames.firstIndex { $0.page != nil })
      return frames[(first + 1)...].map(\.bytes)
    }
    let before = try behindFirstPage()
    #expect(before.count > 10)
    try stage.passNight()
    #expect(try behindFirstPage() == before)
  }

  private func frames() throws -> [CacheFrame] {
    let file = try Descriptor.openFile(at: stage.folder.descriptor, Array(try cataloguePath().utf8))
    let snapshot = try #require(try stage.session().logState.liveSnapshots(of: stage.set).last)
    let reader = try #require(
      CatalogueCacheReader(
        file, repository: stage.id, set: stage.set, snapshot: snapshot.digest))
    var frames: [CacheFrame] = []
    reader.forEachFrame { _, frame in frames.append(frame) }
    return frames
  }

  /// Writes the cache again with other words about its pages.
  private func alterPages(
    _ change: (inout CachedPage) -> Void, bytes alter: (inout [UInt8]) -> Void = { _ in }
  ) throws {
    let snapshot = try #require(try stage.session().logState.liveSnapshots(of: stage.set).last)
    var writer = ByteWriter()
    writer.raw(CatalogueCache.header(stage.id, stage.set, snapshot.digest))
    for frame in try frames() {
      let start = writer.bytes.count
      let end = frame.section.upperBound + frame.entryCount * CatalogueCache.stampByteCount + 1
      var bytes = Array(frame.bytes[..<end])
      alter(&bytes)
      writer.raw(bytes)
      if var page = frame.page {
        change(&page)
        page.encode(to: &writer)
      }
      writer.u64(StateCheck.of(writer.bytes.span.extracting(start..<writer.bytes.count)))
    }
    let path = try cataloguePath()
    try FileSystem.removeFile(at: stage.folder.descriptor, Array(path.utf8))
    try stage.folder.write(path, writer.bytes)
    try stage.reopen()
  }

  /// Pages name the owners as they are called: one whose owner is called otherwise now is made again.
  @Test func areMadeAgainWhereAnOwnerHasAnotherName() throws {
    let pages = try newest().pages
    // That the words about pages are believed at all shows where no name differs.
    try alterPages { $0.entryCount += 1 }
    try stage.passNight()
    #expect(
      try newest().pages.dropFirst().map(\.entryCount)
        == pages.dropFirst().map { $0.entryCount + 1 })
    try alterPages { page in
      page.entryCount += 10
      for i in page.owners.indices { page.owners[i].name += Array("-once".utf8) }
    }
    try stage.passNight()
    let again = try newest().pages
    #expect(again.dropFirst() == pages.dropFirst() && again[0].entryCount == pages[0].entryCount)
  }

  /// Bytes that fit their check and are no page end the night; a backup that lacks files would be worse.
  @Test func areNeverLostWhereTheyCannotBeMadeAgain() throws {
    // The mode of a link stands behind type and flags; this one is none, and nobody compares modes.
    let mode: [UInt8] = [2, 0, 0xff, 0x03]
    var alteredCount = 0
    try alterPages { page in
      for i in page.owners.indices { page.owners[i].name += Array("-once".utf8) }
    } bytes: { bytes in
      for i in bytes.indices.dropLast(mode.count) where bytes[i...].starts(with: mode) {
        bytes[i + 2] = 0xff
        bytes[i + 3] = 0x7f
        alteredCount += 1
      }
    }
    #expect(alteredCount > 0)
    #expect(throws: EngineError.self) { try stage.passNight() }
  }

  /// A page that the store lost is stored again.
  @Test func areStoredAgainWhereTheyAreDamaged() throws {
    let pages = try newest().pages
    let lost = pages[pages.count / 2].address
    try stage.session().append(
      [
        Draft(
          .damaged(
            Predicate.Damaged(
              blocks: [Predicate.RunRange(run: lost.run, range: BlockRange(lost.number))],
              objects: []))
        )
      ], by: stage.verifier.signer)
    try stage.passNight()
    let anew = try newest().pages
    #expect(
      anew.map(\.name) == pages.map(\.name) && anew.map(\.entryCount) == pages.map(\.entryCount))
    #expect(
      anew.dropFirst().filter { old in !pages.contains { $0.address == old.address } }.count == 1)
    #expect(!anew.contains { $0.address == lost })
  }
}
