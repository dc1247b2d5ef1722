import BackupSystem
import BackupTestSupport
import Testing

@testable import BackupRecord

/// Reads what the built programs say of their own accord, for what no text may say: the letter, the
/// bodies of pings, the screens of the verifier, the lines of status.
@Suite("What is said of a night")
struct SaidTextTests {
  /// A repository with a verifier, and programs that keep the letter and the pings.
  private func scene() throws -> Sandbox {
    let box = try Sandbox()
    try box.makeFolder("outside")
    try box.makeFolder("bin")
    #expect(try box.nightsafe("key", "new", box.path("outside/v.key"), "--no-passphrase").isClean)
    try box.begin("--verifier", box.path("outside/v.key.pub"))
    // Declared, and proved by nothing.
    try box.editPolicy("\"protection\": \"none\"", "\"protection\": \"objectLock\"")
    #expect(try box.owner("policy", "approve").code == 0)
    for (program, kept) in [("curl", "pings"), ("sendmail", "letter")] {
      try box.write("bin/\(program)", "#!/bin/sh\ncat >>\(box.path(kept))\n")
      try Sandbox.tool("chmod", "755", box.path("bin/\(program)"))
    }
    return box
  }

  private func night(_ box: Sandbox) throws -> Transcript {
    try box.run(
      ["nightly", "--policy", box.policy, "--ping", "https://monitor.example/0b1c"],
      shell: "PATH=\(box.path("bin")):$PATH exec \"$@\"")
  }

  /// The screens of a verifier: everything that it prints for people.
  private func screens(_ box: Sandbox, in scene: String) throws -> [(name: String, text: String)] {
    let key = ["--key", box.path("outside/v.key")]
    let memory = ["--memory", box.path("outside/memory")]
    let night = try box.newestNight()
    let commands: [(String, [String])] = [
      ("L0", ["verify", "--level", "L0"] + memory),
      ("L1", ["verify", "--level", "L1"] + memory),
      ("sample", ["verify", "--sample", "--sign"] + key + memory),
      ("second sample", ["verify", "--sample", "--sign"] + key + memory),
      ("status", ["status"] + memory),
      ("log", ["log"]),
      ("proof", ["tlog-proof", "--night", night, "--out", box.path("proof-\(scene)")]),
      ("report", ["report", "--format", "text"]),
      (
        "administrator's report",
        ["report", "--edition", "administrator", "--format", "text"] + key
      ),
      (
        "bundle",
        [
          "bundle", "make", "--key", box.ownerKey, "--recipient", box.path("outside/v.key.pub"),
          "--out", box.path("bundle-\(scene)"),
        ]
      ),
      (
        "refused bundle",
        ["bundle", "make", "--out", box.path("bundle-\(scene)")] + key
          + ["--recipient", box.path("outside/v.key.pub")]
      ),
    ]
    return try commands.map { name, arguments in
      let said = try box.run(
        .verifier, arguments + ["--repository", box.repository, "--id", box.id])
      return ("\(scene): \(name)", said.output + said.errors)
    }
  }

  private func expectNoClaim(_ texts: [(name: String, text: String)]) {
    for (name, text) in texts {
      #expect(!text.isEmpty, "\(name)")
      let lower = text.lowercased()
      for claim in PublicStatement.absolutes + ["voldoet aan de wet", "in accordance with the law"]
      {
        #expect(!lower.contains(claim), "\(name): \(claim): \(text)")
      }
    }
  }

  /// Of what was read back, and with what outcome, nothing stands without how deep the look was.
  private func expectLevels(_ texts: [(name: String, text: String)]) {
    // The lines of a log name the kinds of its statements.
    for (name, text) in texts where !name.hasSuffix(": log") {
      for line in text.split(separator: "\n") {
        let tells = ["all as signed", "damaged or missing", "required object", "self-checked"]
        guard tells.contains(where: { line.contains($0) }) else { continue }
        #expect(
          line.contains("L0") || line.contains("L1") || line.contains("L2"), "\(name): \(line)")
      }
      guard let end = text.firstRange(of: "nothing is wrong") else { continue }
      #expect(text[..<end.lowerBound].contains("level L"), "\(name): \(text)")
    }
  }

  @Test(arguments: ["en", "nl"]) func ofGoodAndOfBadNights(_ language: String) throws {
    let box = try scene()
    #expect(try night(box).isSilent)
    var texts = try screens(box, in: "a good night")
    texts.append(("status", try box.host("status").output))
    let good = try box.read("pings")
    #expect(good.contains("/start") && good.contains("done\\n"), "\(good)")

    // A canary that is not there, and a letter about it.
    try box.editPolicy(
      "\"version\": 1,",
      """
      "version": 1, "notify": {"mail": {"to": "a@example.org", \
      "program": "\(box.path("bin/sendmail"))", "language": "\(language)"}},
      """)
    try box.editPolicy("\"canaries\": []", "\"canaries\": [\"\(box.source)/canary\"]")
    let bad = try night(box)
    #expect(bad.code == 3, "\(bad)")
    let letter = try box.read("letter")
    #expect(letter.contains("needs someone"))
    texts += try screens(box, in: "a bad night")
    texts += [
      ("pings", try box.read("pings")), ("letter", letter), ("cron", bad.errors),
      ("status of a bad night", try box.host("status").output),
    ]

    // A block that is damaged.
    for pack in try box.objects("packs") {
      var bytes = try box.bytes("repository/\(pack)")
      bytes[20] ^= 1  // in its first block
      try box.folder.write("repository/\(pack)", bytes)
    }
    let damaged = try screens(box, in: "damage")
    #expect(damaged.contains { $0.text.contains("damaged or missing") }, "\(damaged)")
    texts += damaged
    expectNoClaim(texts)
    expectLevels(texts)
    #expect(texts.contains { $0.text.contains("all as signed") })

    // What protects the store is declared, and nobody says that it was met.
    let judged = try box.verifier("verify", "--no-memory", "--level", "L0", "--json").json()
    #expect(judged["verdicts"]?["protected"]?.text == "declaredOnly")
    let titles =
      language == "nl"
      ? ["ALLEEN VERKLAARD: ", "NIET GEMETEN: ", " IN ORDE: ", "bescherming tegen wissen"]
      : ["DECLARED ONLY: ", "NOT MEASURED: ", " MET: ", "protection against deletion"]
    let plain = letter.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    let places = titles.map { plain.firstRange(of: $0)?.lowerBound }
    let (declared, unmeasured) = (try #require(places[0]), try #require(places[1]))
    let (met, protection) = (try #require(places[2]), try #require(places[3]))
    #expect(declared < protection && protection < unmeasured && unmeasured < met, "\(letter)")
    #expect(!plain[met...].contains(titles[3]), "\(letter)")
  }
}
