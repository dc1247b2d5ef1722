import BackupSystem
import BackupTestSupport
import Testing

@Suite("Verification")
struct VerifyTests {
  @Test func checksAtEveryLevel() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    let l0 = try box.host("verify", "--level", "L0")
    #expect(l0.isClean && l0.output.hasPrefix("L0: log of "))
    let l1 = try box.host("verify")
    #expect(l1.isClean && l1.output.hasPrefix("L1: ") && l1.output.contains("0 damaged"))
    let json = try box.host("verify", "--json").json()
    #expect(json["bad"]?.flag == false && json["findings"]?.count == 0)
    let l2 = try box.owner("verify", "--level", "L2")
    #expect(l2.isClean && l2.output.hasPrefix("business: L2: "))
    #expect(try box.stranger("verify", "--level", "L2", "--json").json()["damaged"]?.count == 0)
    let noKey = try box.host("verify", "--level", "L2")
    #expect(noKey.code == 6 && noKey.errors.contains("name it with --key FILE"))
    #expect(try box.host("verify", "--level", "L9").code == 2)
  }

  @Test func findsDamageAndSaysWhere() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    let pack = try box.objects("packs")[0]
    try Self.flip(box, "repository/\(pack)", at: 40)
    let l1 = try box.host("verify")
    #expect(l1.code == 4 && l1.errors.contains("damage"))
    let l2 = try box.owner("verify", "--level", "L2")
    #expect(l2.code == 4)
    let json = try box.host("verify", "--json")
    #expect(json.code == 4)
    #expect(try json.json()["bad"]?.flag == true)
    #expect(try box.host("verify", "--level", "L0").code == 0)
  }

  @Test func heals() throws {
    let box = try Sandbox()
    try box.begin()
    #expect(try box.host("nightly").isSilent)
    let copy = try box.host("copy", "--to", box.path("second"))
    #expect(copy.isClean && copy.output.hasPrefix("copied "))
    let again = try box.host("copy", "--to", box.path("second"), "--json").json()
    #expect(again["copied"]?.number == 0)
    for pack in try box.objects("packs") { try Self.flip(box, "repository/\(pack)", at: 40) }
    let lost = try box.owner("restore", "latest", "--to", box.path("damaged"))
    #expect(lost.code == 4 && lost.errors.contains("lost: "))
    let repaired = try box.host("repair", "--from", box.path("second"))
    #expect(repaired.isClean && repaired.output.contains("healed packs/"))
    #expect(try box.host("verify").isClean)
    #expect(try box.owner("restore", "latest", "--to", box.path("back")).isClean)
    let nothing = try box.host("repair", "--from", box.path("second"), "--json").json()
    #expect(nothing["healed"]?.count == 0 && nothing["lost"]?.count == 0)
    // The copy is a repository like the first.
    let fromCopy = try box.nightsafe(
      "restore", "latest", "--repository", box.path("second"), "--id", box.id, "--key",
      box.ownerKey, "--to", box.path("from-copy"))
    #expect(fromCopy.isClean)
    #expect(try Sandbox.differences(box.source, box.path("from-copy\(box.source)")).isEmpty)
  }

  /// Turns one bit of a file round.
  static func flip(_ box: Sandbox, _ name: String, at offset: Int) throws {
    var bytes = try box.bytes(name)
    bytes[offset] ^= 1
    let modes = try box.permissions(name)
    try Sandbox.tool("chmod", "u+w", box.path(name))
    try box.folder.write(name, bytes)
    try Sandbox.tool("chmod", String(modes, radix: 8), box.path(name))
  }
}

@Suite("The outside administrator")
struct VerifierProgramTests {
  /// A repository with a night, and a verifier whose key the owner has appointed.
  private func watched() throws -> Sandbox {
    let box = try Sandbox()
    try box.makeFolder("outside")
    let made = try box.nightsafe("key", "new", box.path("outside/v.key"), "--no-passphrase")
    guard made.code == 0 else { throw Sandbox.Unexpected(made) }
    try box.begin("--verifier", box.path("outside/v.key.pub"))
    let night = try box.host("nightly")
    guard night.code == 0 else { throw Sandbox.Unexpected(night) }
    return box
  }

  private func verify(_ box: Sandbox, _ more: String...) throws -> Transcript {
    try box.run(
      .verifier,
      ["verify", "--repository", box.repository, "--id", box.id, "--memory", box.path("memory")]
        + more)
  }

  @Test func showsThatItCannotWriteAndThatTheHostsKeyDeletesNothing() throws {
    let box = try watched()
    // The host's key is an operator's too, and what an operator rotates counts.
    let deletes = try box.field("access.writer-deletes")
    #expect(deletes.contains("\"rotated\":\"allowed\"") && deletes.contains("\"notMet\""))
    #expect(deletes.contains("\"deleted\":\"refused\""))
    #expect(deletes.contains("\"condemned\":\"refused\""))
    #expect(try box.field("access.verifier-writes").contains("notMeasured"))

    guard Sandbox.isRoot else { return }
    try Sandbox.tool("chmod", "-R", "a+rX", box.repository)
    try Sandbox.tool("chmod", "a+x", box.root)
    try Sandbox.tool("chown", "-R", "65534:65534", box.path("outside"))
    let nobody = "exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\""
    let before = try box.fingerprint("repository")
    for (name, shell, state) in [("a", nobody, "met"), ("b", nil, "notMet")] {
      let signed = try box.run(
        .verifier,
        [
          "verify", "--repository", box.repository, "--id", box.id, "--no-memory", "--sign",
          "--key", box.path("outside/v.key"), "--out", box.path("outside/\(name)"),
        ], shell: shell)
      #expect(signed.code == 0, "\(signed)")
      // What was tried left nothing.
      if name == "a" { #expect(try box.fingerprint("repository") == before) }
      #expect(try box.host("log", "append", box.path("outside/\(name)")).isClean)
      #expect(try box.host("nightly").code == 0)
      let writes = try box.field("access.verifier-writes")
      #expect(writes.contains("\"state\":\"\(state)\"") && writes.contains("\"at\""), "\(writes)")
    }
  }

  @Test func verifiesWithPublicKeysOnly() throws {
    let box = try watched()
    // Everything that opens anything is away.
    try box.remove("vault")
    try box.remove("host")
    let before = try box.fingerprint("repository")
    let all = try verify(box)
    #expect(all.isClean && all.output.contains("nothing is wrong"))
    let l0 = try verify(box, "--level", "L0", "--json")
    #expect(l0.isClean && !l0.output.isEmpty)
    #expect(try verify(box, "--quiet").isSilent)
    #expect(try verify(box, "--sample", "--json").code == 0)
    #expect(try box.verifier("log").output.contains("snapshot"))
    #expect(try box.verifier("log", "--json").json().count > 5)
    let status = try box.verifier("status", "--no-memory")
    #expect(status.code == 0 && status.output.hasPrefix("NIGHTSAFE OK"))
    let state = try box.verifier("status", "--no-memory", "--json")
    #expect(state.code == 0)
    #expect(try state.json()["status"]?.text == "OK" && state.json()["exitCode"]?.number == 0)
    #expect(try state.json()["sets"]?[0]?["newest"] != nil)
    let report = try box.verifier("report", "--format", "json")
    #expect(report.isClean)
    #expect(try report.json().names.contains("fields"))
    try box.write("edition.json", report.output)
    let edition = try box.verifier("edition", "check", box.path("edition.json"), "--json")
    #expect(edition.isClean)
    #expect(try edition.json()["proven"]?.text == "yes" && edition.json()["entry"]?.number != nil)
    let night = try #require(try edition.json()["night"]?.text)
    let proof = try box.verifier(
      "tlog-proof", "--night", night, "--out", box.path("night.proof"), "--json")
    #expect(proof.isClean)
    let signer = try #require(try proof.json()["signedBy"]?[0]?.text)
    let offline = try box.run(
      .verifier,
      [
        "edition", "check", box.path("edition.json"), "--id", box.id, "--proof",
        box.path("night.proof"), "--signed-by", signer, "--json",
      ])
    #expect(try offline.isClean && offline.json()["proven"]?.text == "yes")
    try box.remove("edition.json")
    try box.remove("night.proof")
    for language in ["nl", "en"] {
      #expect(try box.verifier("report", "--format", "text", "--language", language).isClean)
    }
    #expect(try box.fingerprint("repository") == before)
  }

  @Test func signsIntoTheLogOrAFile() throws {
    let box = try watched()
    let key = box.path("outside/v.key")
    let signed = try verify(box, "--key", key, "--sign")
    #expect(signed.isClean)
    #expect(try box.objects("checkpoints").count == 2)
    let before = try box.fingerprint("repository")
    let out = try verify(box, "--key", key, "--sign", "--out", box.path("verified.jsonl"))
    #expect(out.isClean)
    #expect(try box.fingerprint("repository") == before)
    #expect(try box.host("log", "append", box.path("verified.jsonl")).isClean)
    let kinds = try box.host("log", "--json").jsonLines().compactMap { $0["kind"]?.text }
    #expect(kinds.filter { $0 == "verified" }.count == 2)
    // Whoever has no such role signs nothing.
    let host = try verify(box, "--key", box.path("host/host.key"), "--sign")
    #expect(host.code == 6 && host.errors.contains("does not hold the role verifier"))
    let noKey = try verify(box, "--sign")
    #expect(noKey.code == 6)
    // Nor does one who was revoked.
    let id = try #require(
      try box.nightsafe("key", "check", "--key", key, "--json").json()["key"]?.text)
    #expect(try box.owner("role", "revoke", id).isClean)
    let revoked = try verify(box, "--key", key, "--sign")
    #expect(revoked.code == 6 && revoked.errors.contains("does not hold the role verifier"))
    #expect(revoked.errors.contains("nightsafe role add"))
  }

  @Test func refusesKeysThatDoNotOpen() throws {
    let box = try watched()
    let key = box.path("outside/v.key")
    let before = try box.fingerprint("repository")
    try Sandbox.tool("chmod", "644", key)
    let open = try verify(box, "--key", key, "--sign")
    #expect(open.code == 6 && open.errors.contains("has no passphrase, and others can read it"))
    #expect(open.errors.contains("hint: chmod 600 \(key)"))
    try Sandbox.tool("chmod", "600", key)
    try box.write("right", "right\n")
    try box.write("wrong", "wrong\n")
    #expect(
      try box.nightsafe(
        "key", "passphrase", "--key", key, "--new-passphrase-file", box.path("right")
      )
      .isClean)
    let missing = try verify(box, "--key", key, "--sign")
    #expect(missing.code == 6 && missing.errors.contains("it needs a passphrase"))
    #expect(missing.errors.contains("--passphrase-file or --passphrase-command"))
    let wrong = try verify(box, "--key", key, "--sign", "--passphrase-file", box.path("wrong"))
    #expect(wrong.code == 6 && wrong.errors.contains("the passphrase does not open it"))
    let failing = try verify(box, "--key", key, "--sign", "--passphrase-command", "exit 3")
    #expect(failing.code == 6 && failing.errors.contains("the passphrase command failed"))
    let none = try verify(box, "--key", box.path("outside/none"), "--sign")
    #expect(none.code == 6 && none.errors.contains("cannot read the key"))
    let garbage = try verify(box, "--key", box.path("right"), "--sign")
    #expect(garbage.code == 6, "\(garbage)")
    #expect(try box.fingerprint("repository") == before)
    #expect(
      try verify(box, "--key", key, "--sign", "--passphrase-command", "echo right").isClean)
  }

  @Test func noticesAnOlderCopyOfTheLog() throws {
    let box = try watched()
    try Sandbox.tool("cp", "-a", box.repository, box.path("older"))
    #expect(try box.host("nightly").isSilent)
    #expect(try verify(box).isClean)
    try box.remove("repository")
    try Sandbox.tool("mv", box.path("older"), box.repository)
    let verifier = try verify(box)
    #expect(verifier.code == 4 && verifier.output.contains("log"))
    // The host remembers, too, and stops.
    let before = try box.fingerprint("repository")
    let night = try box.host("nightly")
    #expect(night.code == 4)
    #expect(night.errors.contains("is not the one that this machine saw last"))
    #expect(night.errors.contains("nightsafe log acknowledge --restored-from"))
    #expect(try box.fingerprint("repository") == before)
    // Who has no memory can't know.
    #expect(try box.verifier("verify", "--no-memory").isClean)
  }

  @Test func takesNamesThatAreNotText() throws {
    let box = try watched()
    func name(_ path: String) -> [UInt8] { [UInt8](box.path(path).utf8) + [0xff, 0xe9] }
    func raw(_ words: String...) -> [[UInt8]] { words.map { [UInt8]($0.utf8) } }
    try Sandbox.tool("cp", box.path("outside/v.key"), raw: [name("outside/k")])
    try Sandbox.tool("cp", "-a", box.repository, raw: [name("elsewhere")])
    let whole = raw("--repository") + [name("elsewhere")] + raw("--key") + [name("outside/k")]
    let signed = try box.run(
      .verifier, ["verify", "--id", box.id, "--sign"],
      raw: whole + raw("--memory") + [name("outside/memory")] + raw("--out") + [name("said")])
    #expect(signed.isClean && signed.output.contains("said\\xff\\xe9"), "\(signed)")
    for file in ["outside/memory", "said"] { try Sandbox.tool("test", "-f", raw: [name(file)]) }
    // Beside the key where nothing else is said.
    let beside = try box.run(.verifier, ["verify", "--id", box.id], raw: whole)
    #expect(beside.isClean && box.exists("outside/nightsafe-verifier.\(box.id)"), "\(beside)")
    let proven = try box.run(
      .verifier, ["tlog-proof", "--id", box.id, "--night", try box.newestNight(), "--repository"],
      raw: [name("elsewhere")] + raw("--out") + [name("proof")])
    #expect(proven.code == 0, "\(proven)")
    try Sandbox.tool("test", "-f", raw: [name("proof")])
    let absent = try box.run(
      .verifier, ["verify", "--id", box.id, "--no-memory", "--repository"], raw: [name("none")])
    #expect(absent.code == 7)
    let key = try box.run(
      .verifier,
      ["verify", "--id", box.id, "--no-memory", "--repository", box.repository, "--key"],
      raw: [name("none")])
    #expect(key.code == 6 && key.errors.contains("none\\xff\\xe9"), "\(key)")
  }

  @Test func saysWhatIsWrongWithTheCall() throws {
    let box = try watched()
    let badID = try box.run(.verifier, ["verify", "--repository", box.repository, "--id", "12"])
    #expect(badID.code == 2 && badID.errors.contains("64 hexadecimal digits"))
    let other = try box.run(
      .verifier,
      [
        "verify", "--no-memory", "--repository", box.repository, "--id",
        String(repeating: "0", count: 64),
      ])
    #expect(other.code == 7)
    let absent = try box.run(
      .verifier, ["verify", "--no-memory", "--repository", box.path("none"), "--id", box.id])
    #expect(absent.code == 7)
    let both = try box.verifier("verify", "--no-memory", "--memory", box.path("memory"))
    #expect(both.code == 2)
    #expect(try box.run(.verifier, ["--help"]).output.contains("EXIT CODES\n  0  nothing"))
  }
}

@Suite("The verifier as a process")
struct VerifierProcessTests {
  /// A verifier whose key asks for a passphrase; while it is asked for, a signal comes.
  @Test(arguments: ["INT", "TERM", "HUP"])
  func stopsOnASignalWithAWord(_ signal: String) throws {
    let box = try Sandbox()
    try box.write("words", "correct horse\n")
    let key = try box.nightsafe(
      "key", "new", box.path("v.key"), "--new-passphrase-file", box.path("words"))
    #expect(key.isClean)
    try box.begin("--verifier", box.path("v.key.pub"))
    #expect(try box.host("nightly").isSilent)
    let log = try box.objects("log")
    func verify(_ before: String) throws -> Transcript {
      try box.run(
        .verifier,
        [
          "verify", "--repository", box.repository, "--id", box.id, "--key", box.path("v.key"),
          "--passphrase-command", "\(before); cat \(box.path("words"))", "--sign", "--memory",
          box.path("memory"),
        ])
    }
    let stopped = try verify("kill -\(signal) $PPID")
    #expect(stopped.code == 1 && stopped.output.isEmpty)
    #expect(stopped.errors.contains("stopped on request; nothing was signed or remembered"))
    #expect(try box.objects("log") == log && !box.exists("memory"))
    let done = try verify(":")
    #expect(done.isClean && box.exists("memory"))
    #expect(try box.objects("log").count == log.count + 1)
  }
}
