import BackupFormat
import BackupLog
import BackupSystem
import BackupTestSupport
import Foundation
import Testing

@Suite("Time stamps")
struct TimestampTests {
  private static let faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
  private static let canMoveClock = (try? FileStatus.read(path: Array(faketime.utf8))) != nil

  private static func later(_ days: Int) -> [String] {
    [
      "LD_PRELOAD=\(faketime)", "FAKETIME=+\(days)d", "NO_FAKE_STAT=1",
      "FAKETIME_DONT_FAKE_MONOTONIC=1",
    ]
  }

  /// A repository with a night, a verifier with the role, and an authority.
  private final class Scene {
    let box: Sandbox
    let authority: StampAuthority

    init() throws {
      box = try Sandbox()
      authority = try StampAuthority()
      try box.makeFolder("outside")
      let made = try box.nightsafe("key", "new", box.path("outside/v.key"), "--no-passphrase")
      guard made.code == 0 else { throw Sandbox.Unexpected(made) }
      try box.begin("--verifier", box.path("outside/v.key.pub"))
      let night = try box.host("nightly")
      guard night.code == 0 else { throw Sandbox.Unexpected(night) }
      try box.folder.write("outside/ca.pem", authority.root)
    }

    var key: String { box.path("outside/v.key") }

    func run(_ command: String, _ more: [String], variables: [String] = []) throws -> Transcript {
      try box.run(
        .verifier,
        ["timestamp", command, "--repository", box.repository, "--id", box.id] + more,
        variables: variables)
    }

    /// Makes a query.
    func request(_ name: String) throws -> [UInt8] {
      let asked = try run("request", ["--out", box.path("outside/\(name)")])
      guard asked.isClean else { throw Sandbox.Unexpected(asked) }
      return try box.bytes("outside/\(name)")
    }

    /// Makes a query and has it answered.
    func ask(_ name: String) throws {
      let query = try request("\(name).tsq")
      try box.folder.write("outside/\(name).tsr", try authority.answer(query))
    }

    func add(
      _ name: String, query: String? = nil, ca: String = "ca.pem", _ more: [String] = [],
      variables: [String] = []
    ) throws -> Transcript {
      try run(
        "add",
        [
          "--response", box.path("outside/\(name).tsr"), "--query",
          box.path("outside/\(query ?? name).tsq"), "--ca", box.path("outside/\(ca)"), "--key", key,
        ] + more, variables: variables)
    }

    func check(_ more: [String] = [], variables: [String] = []) throws -> Transcript {
      try run("check", ["--ca", box.path("outside/ca.pem")] + more, variables: variables)
    }
  }

  @Test func askedForAddedCheckedAndTold() throws {
    let scene = try Scene()
    let box = scene.box
    #expect(try scene.check().output == "the log holds no time stamp\n")
    #expect(try box.field("log.timestamp").contains("notMeasured"))

    let before = try box.fingerprint("repository")
    let asked = try scene.run("request", ["--out", box.path("outside/a.tsq"), "--json"])
    #expect(asked.isClean, "\(asked)")
    // It keeps nothing in the store, and nothing in it is secret.
    #expect(try box.fingerprint("repository") == before)
    #expect(try box.permissions("outside/a.tsq") == 0o644)
    let newest = try #require(try box.objects("checkpoints").last)
    let imprint = Digest(hashing: try box.bytes("repository/\(newest)")).hex
    #expect(try asked.json()["imprint"]?.text == imprint)
    // Exactly what the paper on compliance describes, and what openssl(1) reads.
    let query = try box.bytes("outside/a.tsq")
    #expect(query.count == 69 && query.starts(with: [0x30, 0x43, 0x02, 0x01, 0x01]))
    let read = try scene.authority.openssl("ts -query -in q -text 2>&1", with: "q", query)
    #expect(read.contains("Certificate required: yes") && read.contains("Nonce: 0x"))

    try box.folder.write("outside/a.tsr", try scene.authority.answer(query))
    let number = try box.objects("log").count
    let added = try scene.add("a", ["--json"])
    #expect(added.isClean, "\(added)")
    #expect(try added.json()["entry"]?.number == number)
    #expect(try added.json()["imprint"]?.text == imprint)
    #expect(try added.json()["authority"]?.text == "CN=Test stamps,O=Test\\, Inc.")
    #expect(try box.verifier("log").output.contains("  stamped  "))
    #expect(try box.host("log").output.contains("stamped"))

    // Anybody checks it, with the store and the authority's certificate alone.
    try box.remove("outside/v.key")
    let checked = try scene.check()
    #expect(checked.isClean && checked.output.contains("good: by CN=Test stamps"), "\(checked)")
    let listed = try scene.check(["--json"]).json()
    #expect(listed.count == 1 && listed[0]?["verdict"]?.text == "good")
    #expect(listed[0]?["entry"]?.number == number && listed[0]?["imprint"]?.text == imprint)
    #expect(listed[0]?["policy"]?.text == "1.3.6.1.4.1.99999.1")
    #expect(listed[0]?["root"]?.text?.count == 64 && listed[0]?["serial"]?.text == "01")
    // Also by a program of others, from what check prints and the response.
    let said = try scene.authority.openssl(
      "ts -verify -digest \(imprint) -in r -CAfile root.pem 2>&1", with: "r",
      try box.bytes("outside/a.tsr"))
    #expect(said.contains("Verification: OK"))

    // The next night's record tells of it, as the verifier's word.
    #expect(try box.host("nightly").isSilent)
    let field = try box.field("log.timestamp")
    #expect(field.contains("\"state\":\"declared\"") && field.contains("\"by\":\"verifier\""))
    #expect(field.contains("\"entry\":\(number)") && field.contains(imprint), "\(field)")
    for language in ["nl", "en"] {
      let shown = try box.run([
        "report", "--policy", box.policy, "--edition", "administrator", "--format", "html",
        "--language", language, "--key", box.ownerKey,
      ])
      let name = language == "nl" ? "tijdstempel" : "time stamp"
      #expect(shown.isClean && shown.output.contains(name) && shown.output.contains(imprint))
      let words = language == "nl" ? "gezegd door een controleur" : "said by a verifier"
      #expect(shown.output.contains(words))
    }
    // And nothing else minds it.
    let whole = try box.verifier("verify", "--no-memory")
    #expect(whole.isClean && whole.output.contains("nothing is wrong"), "\(whole)")
    #expect(try box.host("verify").isClean)
  }

  @Test func isHandedInWhereTheStoreCannotBeWritten() throws {
    let scene = try Scene()
    let box = scene.box
    try scene.ask("a")
    let before = try box.fingerprint("repository")
    let out = box.path("outside/stamped.jsonl")
    let added = try scene.add("a", ["--out", out])
    #expect(added.isClean && added.output.contains("nightsafe log append \(out)"), "\(added)")
    #expect(try box.fingerprint("repository") == before)
    #expect(try scene.check().output == "the log holds no time stamp\n")
    // Meanwhile a night passes.
    #expect(try box.host("nightly").isSilent)
    #expect(try box.host("log", "append", out).isClean)
    #expect(try scene.check().output.contains("good: by "))
  }

  @Test func refusesWhatIsNotThisAuthoritysWordOnThisHead() throws {
    let scene = try Scene()
    let box = scene.box
    try scene.ask("a")
    try scene.ask("b")
    let log = try box.objects("log")
    func refused(_ done: Transcript, _ code: Int32, _ words: String, _ line: Int = #line) {
      #expect(done.code == code, "line \(line): \(done)")
      #expect(done.errors.contains(words) && done.outputBytes.isEmpty, "line \(line): \(done)")
      #expect(done.errors.hasPrefix("nightsafe-verifier: error: "))
    }
    // A response to the other query: the same head, another nonce.
    refused(try scene.add("a", query: "b"), 4, "answers another query (the nonce differs)")
    // Another authority of the same name, and none at all.
    try box.folder.write("outside/other.pem", try StampAuthority().root)
    refused(
      try scene.add("a", ca: "other.pem"), 4, "is not signed under a certificate of --ca")
    refused(try scene.add("a", ca: "a.tsq"), 1, "holds no certificate in PEM")
    refused(try scene.add("a", ca: "nothing"), 1, "cannot read")
    // A flipped bit: in the signature, and in the hash that was stamped.
    let response = try box.bytes("outside/a.tsr")
    let imprint = [UInt8](try box.bytes("outside/a.tsq")[24..<56])
    let place = try #require(response.indices.first { response[$0...].starts(with: imprint) })
    for (flipped, words) in [
      (response.count - 1, "is not as its authority signed it"),
      (place, "is a stamp on something else"),
    ] {
      var forged = response
      forged[flipped] ^= 1
      try box.folder.write("outside/forged.tsr", forged)
      refused(try scene.add("forged", query: "a"), 4, words)
    }
    // Too long, cut, or something else.
    try box.folder.write("outside/long.tsr", response + [UInt8](repeating: 0, count: 40_000))
    refused(try scene.add("long", query: "a"), 1, "has more than 32768 bytes")
    try box.folder.write("outside/cut.tsr", [UInt8](response.dropLast()))
    refused(try scene.add("cut", query: "a"), 1, "is no response of an authority")
    try box.folder.write("outside/page.tsr", Array("<html>404</html>".utf8))
    refused(try scene.add("page", query: "a"), 1, "is no response of an authority")
    // No query of this program, and one on another head.
    try box.folder.write("outside/page.tsq", Array("<html>".utf8))
    refused(try scene.add("a", query: "page"), 1, "is no query as timestamp request makes it")
    var foreign = try box.bytes("outside/a.tsq")
    foreign[30] ^= 1
    try box.folder.write("outside/foreign.tsq", foreign)
    try box.folder.write("outside/foreign.tsr", try scene.authority.answer(foreign))
    refused(try scene.add("foreign"), 1, "no signed head of this log is the one that")
    // What the authority refused.
    try box.folder.write(
      "outside/refused.tsr",
      try scene.authority.answer(try box.bytes("outside/a.tsq"), accepted: "sha512"))
    refused(try scene.add("refused", query: "a"), 1, "grants no stamp (status 2: rejected)")
    // Whoever has not the role.
    let hosts = try scene.run(
      "add",
      [
        "--response", box.path("outside/a.tsr"), "--query", box.path("outside/a.tsq"), "--ca",
        box.path("outside/ca.pem"), "--key", box.path("host/host.key"),
      ])
    refused(hosts, 6, "does not hold the role verifier")
    let nobody = try scene.run(
      "add",
      [
        "--response", box.path("outside/a.tsr"), "--query", box.path("outside/a.tsq"), "--ca",
        box.path("outside/ca.pem"),
      ])
    refused(nobody, 6, "needs a key")
    #expect(try box.objects("log") == log)
    // The good one is taken once.
    #expect(try scene.add("a").isClean)
    refused(try scene.add("a"), 1, "the stamp is in the log already: entry \(log.count)")
    // A query is not overwritten.
    let again = try scene.run("request", ["--out", box.path("outside/a.tsq")])
    refused(again, 1, "cannot write")
    let noAuthority = try scene.run("check", [])
    #expect(noAuthority.code == 2 && noAuthority.errors.contains("--ca"))
  }

  @Test func asksForNoStampWhereNobodySignedAHead() throws {
    let box = try Sandbox()
    try box.begin()
    let asked = try box.verifier("timestamp", "request", "--out", box.path("q"))
    #expect(asked.code == 1 && asked.errors.contains("nobody signed a head of this log yet"))
    #expect(!box.exists("q"))
  }

  @Test func checkTellsWhatIsNotGood() throws {
    let scene = try Scene()
    let box = scene.box
    try scene.ask("a")
    #expect(try scene.add("a").isClean)
    try box.folder.write("outside/ca.pem", try StampAuthority().root)
    let other = try scene.check()
    #expect(other.code == 4, "\(other)")
    #expect(other.output.contains("not good: it is not signed under"), "\(other)")
    let json = try scene.check(["--json"])
    #expect(json.code == 4)
    #expect(try json.json()[0]?["verdict"]?.text == "refused")
    #expect(try json.json()[0]?["reason"]?.text?.contains("--ca") == true)
    // A log that was cut off behind a signed head is not vouched for.
    let last = try #require(try box.objects("log").last)
    try box.remove("repository/\(last)")
    try box.remove("repository/\(try #require(try box.objects("log").last))")
    try box.remove("repository/\(try #require(try box.objects("log").last))")
    let cut = try scene.check()
    #expect(cut.code == 4 && cut.errors.contains("the log is not whole"), "\(cut)")
  }

  @Test(.enabled(if: canMoveClock)) func aCertificateThatHasEndedIsTold() throws {
    let scene = try Scene()
    try scene.ask("a")
    let late = try scene.add("a", variables: Self.later(31))
    #expect(late.code == 1, "\(late)")
    #expect(late.errors.contains("valid at the time of the stamp, and is not any more"))
    #expect(try scene.add("a").isClean)
    #expect(try scene.check(variables: Self.later(29)).code == 0)
    let ended = try scene.check(["--json"], variables: Self.later(31))
    #expect(ended.code == 1)
    #expect(try ended.json()[0]?["verdict"]?.text == "expired")
  }

  @Test func theSecondReaderTakesALogWithStamps() throws {
    let scene = try Scene()
    let box = scene.box
    try scene.ask("a")
    #expect(try scene.add("a").isClean)
    #expect(try box.host("nightly").isSilent)
    let list = try SecondReaderTests().read(box, "--key", box.ownerKey, "list")
    #expect(list.contains(try box.newestNight()) && !list.contains("void"), "\(list)")
  }
}
