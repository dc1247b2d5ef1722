import Testing

/// What the owner says about the log itself: what is known, doubted, or put back.
@Suite("What counts in the log")
struct TrustTests {
  private func begun() throws -> Sandbox {
    let box = try Sandbox()
    try box.begin()
    let night = try box.host("nightly")
    guard night.isSilent else { throw Sandbox.Unexpected(night) }
    return box
  }

  private func hostKeyID(_ box: Sandbox) throws -> String {
    let key = try box.nightsafe("key", "check", "--key", box.path("host/host.key"), "--json")
    guard let id = try key.json()["key"]?.text else { throw Sandbox.Unexpected(key) }
    return id
  }

  // MARK: acknowledge

  @Test func acknowledgesOnlyWhatIsVoid() throws {
    let box = try begun()
    let log = try box.objects("log")
    let number = log.count
    try box.write("repository/log/" + Self.name(number), "rubbish\n")
    let sound = try box.owner("log", "acknowledge", "2")
    #expect(sound.code == 1 && sound.errors.contains("this entry is not void: 2"), "\(sound)")
    #expect(sound.errors.contains("nothing was signed"))
    let both = try box.owner("log", "acknowledge", "\(number)", "3", "99")
    #expect(both.code == 1 && both.errors.contains("these entries are not void: 3, 99"))
    let nothing = try box.owner("log", "acknowledge")
    #expect(nothing.code == 2 && nothing.errors.contains("--restored-from SIZE"))
    #expect(try box.owner("log", "acknowledge", "0").code == 2)
    #expect(try box.objects("log").count == number + 1)
    let host = try box.host(
      "log", "acknowledge", "\(number)", "--key", box.path("host/host.key"))
    #expect(host.code == 6)
    let done = try box.owner("log", "acknowledge", "\(number)", "\(number)", "--json")
    #expect(done.isClean)
    #expect(try done.json()["entries"]?.count == 1)
    #expect(try box.host("nightly").isSilent)
    // Scripts see which entries say nothing, and why.
    let lines = try box.host("log", "--json").jsonLines()
    #expect(lines[number]["number"]?.number != nil)
    let void = lines.filter { $0["void"]?.text != nil }
    #expect(void.count == 1 && void.first?["number"]?.number == number)
    #expect(void.first?["void"]?.text == "notCanonical")
  }

  private static func name(_ number: Int) -> String {
    String(repeating: "0", count: 16 - "\(number)".count) + "\(number)"
  }

  @Test func goesOnFromALogThatWasPutBack() throws {
    let box = try begun()
    try Sandbox.tool("cp", "-a", box.repository, box.path("older"))
    let size = try box.objects("log").count
    #expect(try box.host("nightly").isSilent)
    try box.remove("repository")
    try Sandbox.tool("mv", box.path("older"), box.repository)
    let night = try box.host("nightly")
    #expect(night.code == 4)
    // What it says can be done as it says it.
    let command = "nightsafe log acknowledge --restored-from \(size)"
    #expect(night.errors.contains(command), "\(night)")
    let tooMuch = try box.owner("log", "acknowledge", "--restored-from", "\(size + 1)")
    #expect(tooMuch.code == 1 && tooMuch.errors.contains(command), "\(tooMuch)")
    #expect(try box.host("nightly").code == 4)
    let done = try box.owner("log", "acknowledge", "--restored-from", "\(size)")
    #expect(done.isClean, "\(done)")
    #expect(try box.host("nightly").isSilent)
    #expect(try box.owner("restore", "latest", "--to", box.path("back")).isClean)
    #expect(try Sandbox.differences(box.source, box.path("back\(box.source)")).isEmpty)
  }

  // MARK: distrust

  @Test func doubtsWhatAThiefSaid() throws {
    let box = try begun()
    let host = try hostKeyID(box)
    let first = try #require(try box.host("snapshots", "--json").json()[0]?["number"]?.number)
    let from = try box.objects("log").count
    // The thief's night, with what he made of the files.
    try box.write("source/note.txt", "encrypted by a thief\n")
    #expect(try box.host("nightly").isSilent)
    for (arguments, code, words) in [
      (
        ["log", "distrust", "ffff", "--from", "\(from)"], 1, "no key, or more than one, begins with"
      ),
      (["log", "distrust", host, "--from", "0"], 2, "a number above 0"),
      (["log", "distrust", host, "--from", "9999"], 2, "so nothing is doubted from 9999 on"),
    ] {
      let refused = try box.run(arguments + ["--policy", box.policy, "--key", box.ownerKey])
      #expect(refused.code == Int32(code) && refused.errors.contains(words), "\(refused)")
    }
    let said = try box.owner(
      "log", "distrust", String(host.prefix(12)), "--from", "\(from)", "--json")
    #expect(said.isClean)
    #expect(try said.json()["key"]?.text == host && said.json()["from"]?.number == from)
    // His snapshot is gone, the one before stays, and nobody deletes anything on his word.
    #expect(
      try box.owner("snapshots", "--json").json().all.compactMap { $0["number"]?.number } == [first]
    )
    #expect(
      try box.owner("dump", "latest", "\(box.source)/note.txt").output == "a note\n")
    let log = try box.host("log")
    #expect(log.code == 4 && log.output.contains("snapshot  void: the key is distrusted"))
    let night = try box.host("nightly")
    #expect(night.code == 6, "\(night)")
    #expect(try box.owner("ls", "latest").isClean)
  }

  // MARK: thaw

  @Test func thawsWhatASuddenChangeFroze() throws {
    let box = try Sandbox()
    try Sandbox.tool(
      "sh", "-c", "cd \"$1\" && for i in $(seq 260); do echo $i > $i.txt; done", "sh", box.source)
    try box.begin()
    #expect(try box.host("nightly").isSilent)
    let early = try box.owner("log", "thaw", "--data-set", "business")
    #expect(early.code == 1 && early.errors.contains("the data set business is not frozen"))
    try Sandbox.tool(
      "sh", "-c",
      "cd \"$1\" && for i in $(seq 260); do head -c 2000 /dev/urandom > $i.txt; done", "sh",
      box.source)
    let night = try box.host("nightly")
    #expect(night.code == 5, "\(night)")
    #expect(night.errors.contains("the data set business is frozen"))
    #expect(night.errors.contains("nightsafe log thaw --data-set business"))
    let rotate = try box.host("rotate")
    #expect(rotate.code == 5 && rotate.errors.contains("is frozen"))
    #expect(try box.host("snapshots", "--json").json().count == 2)
    // Only the owner lifts it.
    #expect(
      try box.host(
        "log", "thaw", "--data-set", "business", "--key", box.path("host/host.key")
      ).code == 6)
    let thawed = try box.owner("log", "thaw", "--data-set", "business", "--json")
    #expect(try thawed.isClean && thawed.json()["dataSet"]?.text == "business")
    #expect(try box.host("nightly").isSilent)
    #expect(try box.host("rotate").isClean)
  }

  // MARK: incidents

  @Test func decidesAboutAnIncident() throws {
    let box = try Sandbox()
    try Sandbox.tool(
      "sh", "-c", "cd \"$1\" && for i in $(seq 260); do echo $i > $i.txt; done", "sh", box.source)
    try box.begin()
    #expect(try box.host("nightly").isSilent)
    try Sandbox.tool("sh", "-c", "cd \"$1\" && rm -f [0-9]*.txt", "sh", box.source)
    #expect(try box.host("nightly").code == 5)
    let listed = try box.host("incident", "list", "--json").json()
    let incident = try #require(listed[0]?["incident"]?.text)
    for (command, decision) in [
      (["incident", "acknowledge", incident], "acknowledged"),
      (["incident", "assess", incident], "assessed"),
      (["incident", "decide", incident, "register"], "register"),
    ] {
      let done = try box.run(
        command + ["--policy", box.policy, "--key", box.ownerKey, "--json"])
      #expect(done.isClean)
      #expect(
        try done.json()["decision"]?.text == decision && done.json()["incident"]?.text == incident)
      #expect(try done.json()["logNumber"]?.number == box.objects("log").count - 1)
    }
    #expect(try box.host("incident", "list", "--open", "--json").json().count == 0)

    // A note is sealed: the record tells where it lies, and only who opens backups reads it.
    func note(_ about: String, _ words: String, key: String) throws -> Transcript {
      try box.run(
        ["incident", "note", about, "--policy", box.policy, "--key", key, "--json"], input: words)
    }
    let first = try note(
      String(incident.prefix(8)), "Jansen threw the folder away", key: box.ownerKey)
    #expect(try first.isClean && first.json()["incident"]?.text == incident, "\(first)")
    let second = try note("restore.next-due", "Pietersen is ill", key: box.ownerKey)
    #expect(try second.isClean && second.json()["about"]?.text == "restore.next-due", "\(second)")
    let size = try box.objects("log").count
    let texts = try box.objects("records").count
    for (about, words, key, code, said) in [
      ("restore.next-due", "", box.ownerKey, 2, "the note is empty"),
      ("restore.next-due", "a\u{7}", box.ownerKey, 2, "control character"),
      (
        "restore.next-due", String(repeating: "é", count: 2_049), box.ownerKey, 2,
        "longer than 4096 bytes"
      ),
      ("restore.nothing", "x", box.ownerKey, 1, "incident list"),
      ("", "x", box.ownerKey, 1, "incident list"),
      (
        "restore.next-due", "x", box.path("host/host.key"), 6,
        "an owner, a restorer or a verifier"
      ),
    ] as [(String, String, String, Int32, String)] {
      let done = try note(about, words, key: key)
      #expect(done.code == code && done.errors.contains(said), "\(done)")
    }
    #expect(try box.objects("log").count == size && box.objects("records").count == texts)
    let notes = try box.owner("incident", "notes", "--json").jsonLines()
    #expect(notes.map { $0["text"]?.text } == ["Pietersen is ill", "Jansen threw the folder away"])
    #expect(notes.map { $0["about"]?.text } == ["restore.next-due", "incident"])
    let shown = try box.owner("incident", "notes")
    #expect(shown.isClean && shown.output.contains("  Jansen threw the folder away\n"))
    #expect(try box.host("incident", "notes", "--key", box.path("host/host.key")).code == 6)
    #expect(
      try Sandbox.tool("sh", "-c", "grep -rlE 'Jansen|Pietersen' '\(box.root)/'*/ || true") == "")
    #expect(try box.owner("log", "thaw", "--data-set", "business").code == 0)
    _ = try box.host("nightly")
    let report = try box.owner("report", "--edition", "confidential", "--format", "json")
    #expect(report.isClean && report.output.contains(#""id":"exceptions.notes""#))
    let sealed = try Sandbox.tool("ls", box.path("repository/records")).split(separator: "\n")
    #expect(sealed.count { report.output.contains("\"note\":\"\($0)\"") } == 2)
    for edition in ["public", "administrator"] {
      let other = try box.owner("report", "--edition", edition, "--format", "json")
      #expect(other.isClean && !other.output.contains("exceptions.notes\",\"salt"))
      #expect(!sealed.contains { other.output.contains("\"note\":\"\($0)\"") })
    }
    #expect(try box.host("verify", "--level", "L1").code == 0)
  }
}
