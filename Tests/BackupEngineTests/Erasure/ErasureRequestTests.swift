import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("A request to erase")
struct ErasureRequestTests {
  private func request(
    names: [String] = [], reason: String = "", tasks: [String] = []
  ) throws -> ErasureRequest {
    try ErasureRequest(
      erasure: try #require(ErasureID([UInt8](repeating: 7, count: 16))), cutOff: 20, cleanBy: 30,
      created: 10, names: names.map { [UInt8]($0.utf8) }, reason: reason, tasks: tasks)
  }

  @Test func `paths are sorted, without slashes at their ends, and each stands once`() throws {
    let made = try request(names: ["/srv/b/", "srv/a", "/srv/a", "*.pdf", "*.pdf"])
    #expect(made.paths == [[UInt8]("srv/a".utf8), [UInt8]("srv/b".utf8)])
    #expect(made.patterns == [[UInt8]("*.pdf".utf8)])
  }

  @Test(arguments: [
    "!keep*", "#*", "a\\*", "[", "[a", "a[b/c]*", "[[:alpha:]]*", "*//b", "* ", "a/../*[",
  ])
  func `a pattern that not every reader understands alike is refused`(pattern: String) {
    #expect(throws: ErasureFault.badPattern) { try request(names: [pattern]) }
  }

  @Test(arguments: ["*", "a?c", "[a-f]*.txt", "[]x]*", "[!]]*", "/srv/*", "srv/**/x*", "*/"])
  func `what every reader understands is taken`(pattern: String) throws {
    #expect(try request(names: [pattern]).patterns == [[UInt8](pattern.utf8)])
  }

  @Test func `paths that no catalogue can hold, and requests for nothing, are refused`() {
    #expect(throws: ErasureFault.badPath) { try request(names: ["a/../b"]) }
    #expect(throws: ErasureFault.badPath) { try request(names: ["/"]) }
    #expect(throws: ErasureFault.empty) { try request() }
    #expect(throws: ErasureFault.badTask) { try request(tasks: [""]) }
    #expect(throws: ErasureFault.badTask) {
      try request(tasks: [String(repeating: "x", count: 1_025)])
    }
    #expect(throws: ErasureFault.reasonTooLong) {
      try request(names: ["a"], reason: String(repeating: "x", count: 4_097))
    }
    #expect(throws: ErasureFault.tooMany) { try request(names: (0...4_096).map { "n\($0)" }) }
    #expect(throws: ErasureFault.tooMany) {
      try request(tasks: (0...100).map { "t\($0)" })
    }
  }

  @Test func `a request of more tasks than its statement says is refused`() throws {
    let stage = try RepositoryStage()
    try stage.write("file", [1])
    try stage.passNight()
    let request = try stage.makeRequest(["file"], tasks: ["one", "two"])
    let session = try stage.session()
    var draft = try session.open(request, keys: try stage.ownerKeys())
    guard case .erasureOpened(var opened) = draft.predicate else {
      Issue.record("no request was said")
      return
    }
    opened.tasks = 1
    draft = Draft(.erasureOpened(opened), subjects: draft.subjects)
    try session.append([draft], by: stage.owner.signer)
    let erasure = try #require(session.logState.openErasures(of: stage.set).first)
    #expect {
      try session.request(of: erasure, keys: stage.ownerKeys())
    } throws: {
      if case EngineError.erasure(_, .refused(.differsFromStatement)) = $0 { true } else { false }
    }
  }

  @Test func `a filter names an entry and all below it`() throws {
    let filter = ErasureFilter([
      try request(names: ["srv/jansen", "*.bak", "/home/*/mail", "srv/**/scan?"]),
      try request(names: ["tmp/*/"]),
    ])
    func withholds(_ path: String, isFolder: Bool = false) -> Bool {
      filter.withholds([UInt8](path.utf8), isFolder: isFolder)
    }
    for path in [
      "srv/jansen", "srv/jansen/a/b", "x/y.bak", "x.bak/inside", "home/piet/mail",
      "home/piet/mail/in", "srv/scan1", "srv/a/b/scan2", "tmp/a/b",
    ] {
      #expect(withholds(path), "\(path)")
    }
    for path in [
      "srv/jansen2", "srv", "jansen", "x.bak2", "home/a/b/mail", "home/mail", "srv/scan10",
      "tmp/a",
    ] {
      #expect(!withholds(path), "\(path)")
    }
    #expect(withholds("tmp/a", isFolder: true))
  }
}
