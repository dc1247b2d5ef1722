import Testing

@Suite("The owner's word")
struct OwnerTests {
  @Test func approvesWhatThePolicyAsksFor() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    let good = try box.host("policy", "check")
    #expect(good.isClean && good.output.contains("it is what the owner has approved"))
    #expect(try box.host("policy", "check", "--json").json()["approved"]?.flag == true)
    #expect(try box.owner("policy", "approve").output.contains("nothing to approve"))

    // Longer is in force at once.
    try box.editPolicy("\"monthly\": 12", "\"monthly\": 13")
    let differs = try box.host("policy", "check")
    #expect(differs.code == 5)
    #expect(differs.errors.contains("business.retention.monthly is 13, approved 12"))
    #expect(differs.errors.contains("nightsafe policy approve"))
    #expect(try box.host("rotate").code == 5)
    let log = try box.objects("log")
    let dry = try box.owner("policy", "approve", "--dry-run")
    #expect(dry.isClean && dry.output.contains("approved, in force now"))
    #expect(try box.objects("log") == log)
    let approved = try box.owner("policy", "approve")
    #expect(approved.isClean && approved.output.contains("log entry "))
    #expect(try box.host("policy", "check").isClean)
    #expect(try box.host("policy", "show").output.contains("monthly 13"))
  }

  @Test func shortensOnlyAfterSevenDays() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    try box.editPolicy("\"daily\": 14", "\"daily\": 7")
    let approved = try box.owner("policy", "approve")
    #expect(approved.isClean)
    #expect(approved.output.contains("shortens retention: 0 snapshots will go; in force from "))
    let shown = try box.host("policy", "show", "--json").jsonLines()
    #expect(shown.count == 2)
    #expect(shown[0]["pending"]?.flag == false && shown[0]["daily"]?.number == 14)
    #expect(shown[1]["pending"]?.flag == true && shown[1]["daily"]?.number == 7)
    let delay = (shown[1]["effective"]?.number ?? 0) - (shown[0]["effective"]?.number ?? 0)
    #expect((604_800..<605_400).contains(delay))
    // Until then the file is ahead of what is in force, which is no reason to complain.
    #expect(try box.host("policy", "show").output.contains("in force from "))
    #expect(try box.owner("policy", "approve").output.contains("nothing to approve"))
    #expect(try box.host("policy", "check").isClean)
    #expect(try box.host("nightly").isSilent)
    // Another change is one that nobody has approved.
    try box.editPolicy("\"daily\": 7", "\"daily\": 6")
    let other = try box.host("policy", "check")
    #expect(other.code == 5 && other.errors.contains("daily is 6, approved 7"))
  }

  @Test func saysWhenTheDeduplicationIsNotApproved() throws {
    let box = try Sandbox()
    try box.begin()
    try box.editPolicy("\"deduplicate\": \"normal\"", "\"deduplicate\": \"unchanged-files-only\"")
    let differs = try box.host("policy", "check")
    #expect(differs.code == 5)
    #expect(
      differs.errors.contains("business.deduplicate is unchanged-files-only, approved normal"))
    #expect(try box.owner("policy", "approve").isClean)
    #expect(try box.host("policy", "check").isClean)
  }

  @Test func makesADataSetThatIsNewInThePolicy() throws {
    let box = try Sandbox()
    try box.begin()
    try box.makeFolder("books")
    try box.write("books/2025.txt", "debit and credit\n")
    try box.editPolicy(
      "\"dataSets\": [",
      "\"dataSets\": [ { \"name\": \"books\", \"sources\": [\"\(box.path("books"))\"], "
        + "\"retention\": { \"monthly\": 6, \"maximumAgeDays\": 390 } },")
    let early = try box.host("backup", "--data-set", "books")
    #expect(early.code == 6 && early.errors.contains("nightsafe policy approve"))
    #expect(
      try box.owner("policy", "approve", "--dry-run").output.contains("books: a new data set"))
    #expect(try box.owner("policy", "approve").isClean)
    #expect(try box.host("nightly").isSilent)
    let names = try box.owner("snapshots", "--json").json().all.compactMap { $0["name"]?.text }
    #expect(names.sorted() == ["books", "business"])
    let one = try box.owner("ls", "latest", "--data-set", "books")
    #expect(one.isClean && one.output.contains("2025.txt") && !one.output.contains("note.txt"))
    let none = try box.owner("ls", "latest", "--data-set", "cars")
    #expect(none.code == 1 && none.errors.contains("there are: books, business"))
    let restored = try box.owner("restore", "latest", "--to", box.path("back"))
    #expect(restored.isClean && box.exists("back\(box.path("books"))/2025.txt"))
    #expect(box.exists("back\(box.source)/note.txt"))
  }

  @Test func holdsSnapshots() throws {
    let box = try Sandbox()
    try box.begin()
    let first = try box.backUp()
    try box.backUp()
    let plan = try box.host("rotate", "--dry-run")
    #expect(plan.isClean && plan.output.contains("\(first)  "))
    #expect(plan.output.contains("remove: removed because snapshot"))
    let added = try box.owner(
      "hold", "add", "--data-set", "business", "--snapshot", "\(first)", "--reason", "a dispute")
    #expect(added.isClean)
    let said = try #require(added.lines.first { $0.hasPrefix("hold ") })
    let hold = said.dropFirst("hold ".count).prefix { $0 != "," }
    #expect(hold.count == 32)
    let listed = try box.host("hold", "list")
    #expect(listed.output.contains("\(hold)") && listed.output.contains("until removed"))
    let json = try box.host("hold", "list", "--json").json()
    #expect(json[0]?["snapshots"]?[0]?.number == first)
    // The reason stands nowhere in the log.
    #expect(!listed.output.contains("dispute"))
    let log = try Sandbox.tool("sh", "-c", "cat \"$1\"/log/*", "sh", box.repository)
    #expect(!log.contains("dispute"))
    let held = try box.host("rotate", "--dry-run", "--json").jsonLines()
    #expect(held.allSatisfy { $0["fate"]?.text == "keep" })
    let removed = try box.owner("hold", "remove", String(hold.prefix(10)))
    #expect(removed.isClean)
    #expect(try box.host("hold", "list").isSilent)
    #expect(try box.host("rotate", "--dry-run").output.contains("remove: "))
    let none = try box.owner("hold", "remove", "ffffffff")
    #expect(none.code == 1)
    let day = try box.owner(
      "hold", "add", "--data-set", "business", "--until", "soon", "--reason", "x")
    #expect(day.code == 2 && day.errors.contains("YYYY-MM-DD"))
    let over = try box.owner(
      "hold", "add", "--data-set", "business", "--until", "2020-01-01", "--reason", "x")
    #expect(over.code == 2 && over.errors.contains("--until 2020-01-01 is over"))
    let unknown = try box.owner(
      "hold", "add", "--data-set", "business", "--snapshot", "9999", "--reason", "x")
    #expect(unknown.code == 1 && unknown.errors.contains("no snapshot of business has this number"))
  }

  @Test func rotatesByTheApprovedPolicy() throws {
    let box = try Sandbox()
    try box.begin()
    let first = try box.backUp()
    let second = try box.backUp()
    let before = try box.fingerprint("repository")
    #expect(try box.host("rotate", "--dry-run").isClean)
    #expect(try box.fingerprint("repository") == before)
    let done = try box.host("rotate")
    #expect(done.isClean && done.output.contains("rotated 1 snapshots"))
    let left = try box.host("snapshots", "--json").json().all.compactMap { $0["number"]?.number }
    #expect(left == [second] && first < second)
    #expect(try box.host("rotate", "--json").json()["rotated"]?.number == 0)
    #expect(try box.owner("restore", "latest", "--to", box.path("back")).isClean)
  }

  @Test func appointsAndRevokesKeys() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    #expect(try box.nightsafe("key", "new", box.path("auditor.key"), "--no-passphrase").isClean)
    let stranger = try box.host("ls", "latest", "--key", box.path("auditor.key"))
    #expect(stranger.code == 6 && stranger.errors.contains("opens no data set"))
    let added = try box.owner(
      "role", "add", box.path("auditor.key.pub"), "--role", "restorer", "--data-set", "business")
    #expect(added.isClean)
    #expect(try box.host("ls", "latest", "--key", box.path("auditor.key")).isClean)
    let id = try box.nightsafe("key", "check", "--key", box.path("auditor.key")).output
      .split(separator: " ")[1]
    let listed = try box.host("role", "list")
    #expect(listed.isClean && listed.output.contains("\(id)  restorer  since log entry "))
    #expect(try box.host("key", "list", "--json").json().count == 3)
    // Only the owner appoints.
    let usurper = try box.host(
      "role", "add", box.path("auditor.key.pub"), "--role", "owner", "--key",
      box.path("auditor.key"))
    #expect(usurper.code == 6)
    #expect(try box.owner("role", "revoke", String(id.prefix(8))).isClean)
    #expect(try box.host("role", "list").output.contains("\(id)  revoked"))
    let nonsense = try box.owner("role", "add", box.path("auditor.key.pub"), "--role", "boss")
    #expect(nonsense.code == 2 && nonsense.errors.contains("hint: there are "))
  }

  @Test func signsIntoAFileToBeHandedIn() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    #expect(try box.nightsafe("key", "new", box.path("helper.key"), "--no-passphrase").isClean)
    let log = try box.objects("log")
    let hold = try box.owner(
      "hold", "add", "--data-set", "business", "--reason", "x", "--out", box.path("hold.jsonl"))
    #expect(hold.isClean && hold.output.contains("hand it in with nightsafe log append"))
    let role = try box.owner(
      "role", "add", box.path("helper.key.pub"), "--role", "operator", "--out",
      box.path("role.jsonl"))
    #expect(role.isClean)
    #expect(try box.objects("log") == log)
    // A file that exists is never overwritten.
    let twice = try box.owner(
      "hold", "add", "--data-set", "business", "--reason", "x", "--out", box.path("hold.jsonl"))
    #expect(twice.code == 1)
    // Handing in needs no key, and both may be handed in although the log has grown since.
    try box.backUp()
    #expect(try box.host("log", "append", box.path("hold.jsonl")).isClean)
    #expect(
      try box.run(
        ["log", "append", box.path("role.jsonl"), "--repository", box.repository, "--id", box.id]
      ).isClean)
    #expect(try box.host("hold", "list", "--json").json().count == 1)
    #expect(try box.host("role", "list").output.contains("operator  since"))
    // A statement counts once.
    let again = try box.host("log", "append", box.path("hold.jsonl"))
    #expect(again.code == 1)
    #expect(try box.host("log").code == 0)
    let another = try box.owner(
      "hold", "add", "--data-set", "business", "--reason", "y", "--out", box.path("more.jsonl"),
      "--json")
    #expect(another.isClean)
    #expect(try another.json()["logNumber"]?.number == nil)
    #expect(try another.json()["file"]?.text == box.path("more.jsonl"))
    #expect(try another.json()["hold"]?.text?.count == 32)
    let handedIn = try box.host("log", "append", box.path("more.jsonl"), "--json")
    #expect(handedIn.isClean)
    #expect(try handedIn.json()["logNumbers"]?.count == 1)
    #expect(try handedIn.json()["checkpoint"]?.text == nil)
    try box.write("nonsense", "nonsense\n")
    let nonsense = try box.host("log", "append", box.path("nonsense"))
    #expect(nonsense.code == 2 && nonsense.errors.contains("does not hold one signed line"))
  }

  @Test func saysThatTheClockIsRight() throws {
    let box = try Sandbox()
    try box.begin()
    #expect(try box.owner("log", "clock").isClean)
    let host = try box.host("log", "clock", "--key", box.path("host/host.key"))
    #expect(host.code == 6 && host.errors.contains("does not hold the role"))
  }

  @Test func replacesTheHostsKeyByAStatementThatIsHandedIn() throws {
    let box = try Sandbox()
    try box.begin()
    #expect(try box.host("nightly").isSilent)
    let host = box.path("host/host.key")
    let signed = try box.owner(
      "key", "rotate", "--host", host, "--no-passphrase", "--out", box.path("rotate.jsonl"))
    #expect(signed.isClean && signed.output.contains("hand it in with nightsafe log append"))
    #expect(signed.output.contains("then rename \(host) to \(host).old-"))
    // Until then the old key counts.
    #expect(try box.host("nightly").isSilent)
    let handedIn = try box.host("log", "append", box.path("rotate.jsonl"))
    #expect(handedIn.isClean, "\(handedIn)")
    let old = try box.host("nightly")
    #expect(old.code == 6 && old.errors.contains("or was revoked"))
    try Sandbox.tool("mv", host, "\(host).old")
    try Sandbox.tool("mv", "\(host).new", host)
    #expect(try box.host("nightly").isSilent)
  }

  /// What a script needs of each statement: its number in the log, and what it is about.
  @Test func tellsScriptsWhatWasSaid() throws {
    let box = try Sandbox()
    try box.begin()
    let snapshot = try box.backUp()
    var size = try box.objects("log").count
    func said(_ arguments: String...) throws -> JSONObject {
      let done = try box.run(
        arguments + ["--policy", box.policy, "--key", box.ownerKey, "--json"])
      #expect(done.isClean, "\(done)")
      let json = try done.json()
      #expect(json["logNumber"]?.number == size, "\(done)")
      size += 1
      return json
    }
    let key = try box.nightsafe("key", "new", box.path("a.key"), "--no-passphrase", "--json")
    #expect(key.isClean)
    let id = try #require(try key.json()["key"]?.text)
    #expect(try key.json()["publicKeyFile"]?.text == box.path("a.key.pub"))
    let role = try said("role", "add", box.path("a.key.pub"), "--role", "verifier", "--separate")
    #expect(role["key"]?.text == id && role["roles"]?[0]?.text == "verifier")
    #expect(role["separate"]?.flag == true && role["sets"]?.count == 0)
    #expect(try said("role", "revoke", id)["roles"]?.count == 0)
    let hold = try said(
      "hold", "add", "--data-set", "business", "--snapshot", "\(snapshot)", "--reason", "x")
    let holdID = try #require(hold["hold"]?.text)
    #expect(hold["salt"]?.text?.count == 32)
    #expect(try said("hold", "remove", holdID)["hold"]?.text == holdID)
    #expect((try said("log", "clock")["believed"]?.number ?? 0) > 1_700_000_000)
    try box.editPolicy("\"monthly\": 12", "\"monthly\": 13")
    let dry = try box.owner("policy", "approve", "--dry-run", "--json")
    #expect(dry.isClean)
    #expect(try dry.json()["logNumber"]?.number == nil && dry.json()["changes"]?.count == 1)
    let approved = try said("policy", "approve")
    #expect(approved["changes"]?[0]?["dataSet"]?.text == "business")
    #expect(approved["changes"]?[0]?["shortens"]?.flag == false)
    let nothing = try box.owner("policy", "approve", "--json")
    #expect(try nothing.isClean && nothing.json()["changes"]?.count == 0)
    // Keys, too.
    try box.write("p", "p\n")
    let protected = try box.nightsafe(
      "key", "passphrase", "--key", box.path("a.key"), "--new-passphrase-file", box.path("p"),
      "--json")
    #expect(try protected.isClean && protected.json()["protected"]?.flag == true)
    let groups = try box.owner("key", "sheet", "--json").json()["groups"]?.all.compactMap(\.text)
    try box.write("sheet", (groups ?? []).joined(separator: " "))
    let again = try box.nightsafe(
      "key", "from-sheet", "--out", box.path("again.key"), "--sheet", box.path("sheet"),
      "--no-passphrase", "--json")
    #expect(try again.isClean && again.json()["file"]?.text == box.path("again.key"))
    let rotated = try box.owner(
      "key", "rotate", "--host", box.path("host/host.key"), "--no-passphrase", "--json")
    #expect(rotated.isClean)
    #expect(try rotated.json()["logNumber"]?.number == size)
    let old = try #require(try rotated.json()["oldKeyFile"]?.text)
    #expect(old.hasPrefix(box.path("host/host.key.old-")))
    #expect(box.exists(String(old.dropFirst(box.root.count + 1))))
    #expect(try box.host("nightly").isSilent)
    let undone = try box.host("rotate", "--undo", "--json")
    let lines = try undone.jsonLines()
    #expect(lines.allSatisfy { $0["reinstated"]?.number != nil }, "\(undone)")
  }
}
