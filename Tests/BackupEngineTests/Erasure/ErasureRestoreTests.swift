import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("What a request to erase withholds")
struct ErasureRestoreTests {
  private func stage() throws -> RepositoryStage {
    let stage = try RepositoryStage()
    try stage.write("keep.txt", Array("keep".utf8))
    try stage.write("klanten/jansen.pdf", Array("jansen".utf8))
    try stage.write("klanten/de-vries.pdf", Array("de vries".utf8))
    return stage
  }

  @Test func `a restore withholds it, counts it, and hands on the tasks`() throws {
    let stage = try stage()
    try stage.passNight()
    try stage.remove("klanten/jansen.pdf")
    try stage.requestErasure(["klanten/jansen.pdf"], tasks: ["remove customer 4711 from the dms"])
    let (report, folder) = try stage.restore()
    #expect(report.withheldCount == 1)
    #expect(try stage.open().erasures.tasks == ["remove customer 4711 from the dms"])
    #expect(
      try RepositoryStage.contents(of: folder).keys.sorted() == [
        "keep.txt", "klanten/de-vries.pdf",
      ])
  }

  @Test func `a pattern withholds a folder with all below it`() throws {
    let stage = try stage()
    try stage.passNight()
    try stage.requestErasure(patterns: ["klant*"])
    let (report, folder) = try stage.restore()
    #expect(report.withheldCount == 3)
    #expect(try Array(RepositoryStage.contents(of: folder).keys) == ["keep.txt"])
    let target = try Descriptor.openRootDirectory(folder)
    #expect(throws: SystemError.self) {
      try FileStatus.read(at: target, name: Array("klanten".utf8))
    }
  }

  @Test func `a file of the same path from after the cut-off comes back`() throws {
    let stage = try stage()
    let first = try stage.passNight()
    try stage.requestErasure(["klanten/jansen.pdf"])
    stage.clock.advance(seconds: 1)
    try stage.write("klanten/jansen.pdf", Array("a new customer of that name".utf8))
    let second = try stage.passNight()
    #expect(try stage.restore(number: first.number, to: "first").report.withheldCount == 1)
    let (report, folder) = try stage.restore(number: second.number, to: "second")
    #expect(report.withheldCount == 0)
    #expect(
      try RepositoryStage.contents(of: folder)["klanten/jansen.pdf"]
        == Array("a new customer of that name".utf8))
  }

  @Test func `asked for by name it is withheld too, also from a dump`() throws {
    let stage = try stage()
    try stage.passNight()
    try stage.requestErasure(["klanten/jansen.pdf"])
    let path = stage.sourcePath("klanten/jansen.pdf")
    let opened = try stage.open()
    let report = try Restore(
      opened,
      RestoreRequest(
        target: stage.folder.path("asked"), selection: try PathSelection([path]))
    ).run()
    #expect(report.withheldCount == 1)
    #expect(report.writtenFileCount == 0)
    #expect {
      try opened.dump(CataloguePath.withoutSlash(path)) { _ in true }
    } throws: { error in
      if case EngineError.withheld = error { true } else { false }
    }
  }

  @Test func `another name of the same file comes back with its content`() throws {
    let stage = try stage()
    for name in ["a-link", "b-link"] {
      try FileSystem.link(
        at: stage.folder.descriptor, Array("source/klanten/jansen.pdf".utf8),
        to: stage.folder.descriptor, Array("source/klanten/\(name)".utf8))
    }
    try FileSystem.link(
      at: stage.folder.descriptor, Array("source/klanten/jansen.pdf".utf8),
      to: stage.folder.descriptor, Array("source/klanten/z-link".utf8))
    try stage.passNight()
    try stage.requestErasure(["klanten/a-link"])
    let (report, folder) = try stage.restore()
    #expect(report.withheldCount == 1)
    let contents = try RepositoryStage.contents(of: folder)
    for name in ["b-link", "jansen.pdf", "z-link"] {
      #expect(contents["klanten/\(name)"] == Array("jansen".utf8), "\(name)")
    }
    let target = try Descriptor.openDirectory(
      at: try Descriptor.openRootDirectory(folder), Array("klanten".utf8))
    let inodes = try ["b-link", "jansen.pdf", "z-link"].map {
      try FileStatus.read(at: target, name: Array($0.utf8)).inode
    }
    #expect(Set(inodes).count == 1)
  }

  @Test func `a test restore passes without what is withheld`() throws {
    let stage = try stage()
    try stage.passNight()
    try stage.requestErasure(["klanten/jansen.pdf"])
    let clock = stage.clock
    let outcome = try RestoreTest(
      try stage.open(), below: stage.folder.path("source/.."), clock: { clock.now }
    ).execute([])
    #expect(outcome.result == .passed)
    #expect(outcome.fileCount == 2)
    #expect(outcome.report.withheldCount == 1)
    #expect(
      try RestoreTest.sample(try stage.open(), count: 100).allSatisfy {
        !$0.hasSuffix("jansen.pdf")
      })
  }

  @Test func `without a request that applies nothing is restored until it is closed`() throws {
    let stage = try stage()
    let first = try stage.passNight()
    let request = try stage.requestErasure(["klanten/jansen.pdf"])
    let object = try #require(try stage.storage.list("erasures").objects.first)
    try stage.storage.remove(object.key)
    #expect {
      try stage.restore(number: first.number)
    } throws: { error in
      if case EngineError.erasure(request.erasure, .missing) = error { true } else { false }
    }
    try stage.session().append(
      [Draft(.erasureClosed(Predicate.ErasureClosed(erasure: request.erasure)))],
      by: stage.owner.signer)
    #expect(try stage.restore(number: first.number).report.withheldCount == 0)
  }

  @Test func `a request that says something else than its statement is refused`() throws {
    let stage = try stage()
    try stage.passNight()
    var request = try stage.makeRequest(["keep.txt"])
    let session = try stage.session()
    var draft = try session.open(request, keys: try stage.ownerKeys())
    request.cutOff -= 86_400
    draft = try #require(
      {
        guard case .erasureOpened(var what) = draft.predicate else { return nil }
        what.cutOff += 1
        return Draft(.erasureOpened(what), subjects: draft.subjects)
      }())
    try session.append([draft], by: stage.owner.signer)
    #expect {
      try stage.restore()
    } throws: { error in
      guard case EngineError.erasure(_, .refused(.differsFromStatement)) = error else {
        return false
      }
      return true
    }
  }

  @Test func `when no snapshot can hold it any more, rotation deletes the request unread`() throws {
    let stage = try RepositoryStage(
      retention: .init(daily: 2, maximumAgeDays: 2, floor: 0, refreshDays: 1, collectionLagDays: 1))
    try stage.write("keep.txt", Array("keep".utf8))
    try stage.write("jansen.pdf", Array("jansen".utf8))
    try stage.passNight()
    try stage.remove("jansen.pdf")
    let request = try stage.requestErasure(["jansen.pdf"])
    var nights = 0
    while try !stage.storage.list("erasures").objects.isEmpty, nights < 20 {
      let log = try stage.session().logState
      let isHeldBack = log.liveSnapshots(of: stage.set).contains {
        $0.taken.readStart <= request.cutOff
      }
      #expect(!isHeldBack || !log.openErasures(of: stage.set).isEmpty)
      try stage.passNight()
      nights += 1
    }
    #expect(nights < 20)
    #expect(stage.clock.now.unix > request.cleanBy)
    #expect(try stage.session().logState.openErasures(of: stage.set).isEmpty)
    #expect(try stage.restore().report.withheldCount == 0)
  }
}

extension CataloguePath {
  fileprivate static func withoutSlash(_ path: [UInt8]) -> [UInt8] { [UInt8](path.dropFirst()) }
}

extension [UInt8] {
  fileprivate func hasSuffix(_ text: String) -> Bool {
    suffix(text.utf8.count).elementsEqual(text.utf8)
  }
}
