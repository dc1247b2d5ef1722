import Testing

@Suite("The night")
struct NightTests {
  @Test func saysNothingWhenAllIsWell() throws {
    let box = try Sandbox()
    try box.begin()
    let night = try box.host("nightly")
    #expect(night.isSilent)
    let kinds = try box.host("log", "--json").jsonLines().compactMap { $0["kind"]?.text }
    for kind in ["started", "snapshot", "self-checked", "night", "record"] {
      #expect(kinds.contains(kind), "\(kinds)")
    }
    #expect(try box.host("nightly").isSilent)
  }

  @Test func backsUpAndTellsInWordsOrJSON() throws {
    let box = try Sandbox()
    try box.begin()
    let first = try box.host("backup")
    #expect(first.isClean)
    #expect(first.output.hasPrefix("business: snapshot "))
    #expect(first.output.contains("3 files"))
    let second = try box.host("backup", "--json", "--data-set", "business").json()
    #expect(second["files"]?.number == 3)
    #expect((second["storedBytes"]?.number ?? .max) < 4_000)
    #expect(second["exitCode"]?.number == 0)
  }

  @Test func onlySaysWhatItWouldBackUp() throws {
    let box = try Sandbox()
    try box.begin()
    try box.editPolicy("\"exclude\": []", "\"exclude\": [\"*.tmp\", \"/letters/second.txt\"]")
    try box.write("source/scratch.tmp", "x")
    let before = try box.fingerprint("repository")
    let dry = try box.host("backup", "--dry-run")
    #expect(dry.isClean)
    #expect(
      dry.output.contains("2 files") && dry.output.contains("2 entries are left out by rules"))
    let json = try box.host("backup", "--dry-run", "--json").json()
    #expect(json["files"]?.number == 2 && json["excluded"]?.number == 2)
    let why = try box.host("backup", "--dry-run", "--explain", "\(box.source)/scratch.tmp")
    #expect(why.isClean && why.output.contains("*.tmp"))
    let kept = try box.host("backup", "--dry-run", "--explain", "\(box.source)/note.txt")
    #expect(kept.output.contains("keep") && kept.output.contains("by no rule"))
    let elsewhere = try box.host("backup", "--dry-run", "--explain", "/etc/hosts")
    #expect(elsewhere.output.contains("in none of its sources"))
    let place = try box.host(
      "backup", "--dry-run", "--json", "--explain", "\(box.source)/scratch.tmp")
    #expect(try place.json()["decision"]?.text == "skip")
    #expect(try box.fingerprint("repository") == before)
  }

  /// Every reason for which a path can be left out is told, and no other.
  @Test func explainsWhateverLeavesAPathOut() throws {
    let box = try Sandbox()
    try box.begin()
    try box.editPolicy(
      "\"exclude\": []",
      "\"exclude\": [\"*.tmp\", \"!keep.tmp\", \"/scratch/\"], \"maximumFileSize\": \"1 MiB\"")
    try box.editPolicy("\"sources\": [", "\"sources\": [\"\(box.path("host"))\", ")
    try Sandbox.tool(
      "sh", "-c",
      #"""
      cd "$1" && mkdir -p scratch/deep cache/deep && echo x > scratch/deep/file && echo x > keep.tmp
      echo 'Signature: 8a477f597d28d172789f06886806bc55' > cache/CACHEDIR.TAG && echo x > cache/deep/a
      truncate -s 2M large && ln -s letters behind
      python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
      """#, "sh", box.source)
    try box.backUp()
    let source = box.source
    let host = box.path("host")
    for (path, decision, cause, place) in [
      (source, "keep", "source", source), ("\(source)/", "keep", "source", source),
      ("\(source)/note.txt", "keep", "noRule", "\(source)/note.txt"),
      ("\(source)/a.tmp", "skip", "rule", "\(source)/a.tmp"),
      ("\(source)/keep.tmp", "keep", "rule", "\(source)/keep.tmp"),
      ("\(source)/scratch/deep/file", "skip", "rule", "\(source)/scratch"),
      ("\(source)/cache/deep/a", "skip", "cacheFolder", "\(source)/cache"),
      ("\(source)/cache/CACHEDIR.TAG", "keep", "noRule", "\(source)/cache/CACHEDIR.TAG"),
      ("\(source)/large", "skip", "tooLarge", "\(source)/large"),
      ("\(source)/socket", "skip", "socket", "\(source)/socket"),
      ("\(source)/behind", "keep", "noRule", "\(source)/behind"),
      ("\(source)/behind/first.txt", "skip", "link", "\(source)/behind"),
      ("\(host)/policy.json", "keep", "noRule", "\(host)/policy.json"),
    ] {
      let why = try box.host("backup", "--dry-run", "--json", "--explain", path)
      let json = try why.json()
      #expect(why.isClean && json["decision"]?.text == decision, "\(why)")
      #expect(json["cause"]?.text == cause && json["place"]?.text == place, "\(why)")
      // And so it is.
      let isThere = try box.owner("ls", "latest", path).code == 0
      #expect(isThere == (decision == "keep"), "\(path)")
    }
    let own = try box.host(
      "backup", "--dry-run", "--explain", "\(host)/state/\(box.id.prefix(32))/head")
    #expect(own.output.contains("NightSafe's own state or repository"), "\(own)")
    let elsewhere = try box.host("backup", "--dry-run", "--json", "--explain", "/etc/hosts")
    #expect(try elsewhere.isClean && elsewhere.json()["cause"]?.text == nil)
    // A path may be given as one stands: below the working folder.
    let relative = try box.run(
      ["backup", "--policy", box.policy, "--dry-run", "--explain", "letters/first.txt"],
      shell: "cd \(source) && exec \"$@\"")
    #expect(relative.output.contains("\(source)/letters/first.txt: keep by no rule"))
  }

  @Test func explainsMountPoints() throws {
    guard Sandbox.canMount else { return }
    let box = try Sandbox()
    try box.makeFolder("source/mounted")
    try box.begin()
    try box.editPolicy("\"oneFileSystem\": false", "\"oneFileSystem\": true")
    let why = try box.run(
      [
        "backup", "--policy", box.policy, "--dry-run", "--json", "--explain",
        "\(box.source)/mounted/inside",
      ],
      shell:
        "mount -t tmpfs none \(box.source)/mounted && touch \(box.source)/mounted/inside && \"$@\"",
      isolated: true)
    #expect(try why.isClean && why.json()["cause"]?.text == "otherFileSystem", "\(why)")
  }

  @Test func tellsTheNotifyCommandWithAResultFile() throws {
    let box = try Sandbox()
    try box.begin()
    try box.write(
      "notify.sh", "#!/bin/sh\ncat > \(box.path("said"))\ncp \"$1\" \(box.path("result"))\n")
    try Sandbox.tool("chmod", "755", box.path("notify.sh"))
    try box.editPolicy(
      "\"objectives\":",
      "\"notify\": { \"command\": [\"\(box.path("notify.sh"))\"], \"timeLimitSeconds\": 20 }, "
        + "\"objectives\":")
    #expect(try box.host("nightly").isSilent)
    #expect(!box.exists("said"))
    // The owner has not approved another retention: backed up, not rotated.
    try box.editPolicy("\"daily\": 14", "\"daily\": 10")
    let night = try box.host("nightly")
    #expect(night.code == 5)
    #expect(night.outputBytes.isEmpty)
    #expect(night.errors.contains("business.retention.daily is 10, approved 14"))
    #expect(night.errors.contains("nightsafe policy approve --policy \(box.policy)"))
    #expect(try box.read("said").contains("exit code 5"))
    let result = try JSONObject(box.bytes("result"))
    #expect(result["exitCode"]?.number == 5)
    #expect(result["problems"]?[0]?["exitCode"]?.number == 5)
    #expect(result["problems"]?[0]?["message"]?.text?.contains("differs") == true)
    #expect(result["sets"]?[0]?["name"]?.text == "business")
    // Nor is the result readable by others.
    let file = try Sandbox.tool("find", box.path("host/state"), "-name", "result.json")
    #expect(try Sandbox.tool("stat", "-c", "%a", String(file.dropLast())) == "600\n")
  }

  @Test func tellsTheNotifyCommandThatTheDiskIsAbsent() throws {
    let box = try Sandbox()
    try box.begin()
    try box.write("notify.sh", "#!/bin/sh\ncp \"$1\" \(box.path("result"))\n")
    try Sandbox.tool("chmod", "755", box.path("notify.sh"))
    try box.editPolicy(
      "\"objectives\":",
      "\"notify\": { \"command\": [\"\(box.path("notify.sh"))\"], \"timeLimitSeconds\": 20 }, "
        + "\"objectives\":")
    try Sandbox.tool("mv", box.repository, box.path("elsewhere"))
    let night = try box.host("nightly")
    #expect(night.code == 7)
    #expect(try JSONObject(box.bytes("result"))["exitCode"]?.number == 7)
  }

  @Test func usesOfTwoDisksTheOneThatIsThere() throws {
    let box = try Sandbox()
    try box.begin()
    try box.makeFolder("host2")
    let second = try box.nightsafe(
      "init", "--policy", box.path("host2/policy.json"), "--repository", box.path("disk2"),
      "--source", box.source, "--owner-key", box.ownerKey, "--no-recovery-sheet")
    #expect(second.code == 0)
    try Sandbox.tool("mv", box.repository, box.path("away"))
    let night = try box.host("nightly", "--policy", box.path("host2/policy.json"))
    #expect(night.isSilent)
    try Sandbox.tool("mv", box.path("disk2"), box.path("away2"))
    let none = try box.host("nightly", "--policy", box.path("host2/policy.json"))
    #expect(none.code == 7 && none.errors.contains("is the disk mounted?"))
  }

  @Test func leavesItsOwnStateOutOfTheBackup() throws {
    let box = try Sandbox()
    try box.begin("--source", box.path("host"))
    #expect(try box.host("nightly").isSilent)
    #expect(try box.host("nightly").isSilent)
    let listed = try box.owner("ls", "latest", box.path("host"))
    #expect(listed.output.contains("host/policy.json"))
    #expect(!listed.output.contains("catalogue") && !listed.output.contains("log-head"))
  }

  @Test func recordsTheNightInBothLanguages() throws {
    let box = try Sandbox()
    try box.begin()
    let before = try box.host("report")
    #expect(before.code == 1 && before.errors.contains("there is no record yet"))
    let nonsense = try box.host("report", "--night", "yesterday")
    #expect(nonsense.code == 2 && nonsense.errors.contains("give YYYY-MM-DD"))
    #expect(try box.host("nightly").isSilent)
    let dutch = try box.host("report", "--edition", "public", "--language", "nl")
    #expect(dutch.isClean && dutch.output.contains("reservekopie"))
    let english = try box.host("report", "--edition", "public", "--language", "en")
    #expect(english.isClean && english.output.contains("backup"))
    let json = try box.host("report", "--edition", "public", "--format", "json")
    #expect(json.isClean)
    #expect(try json.json().names.contains("fields"))
    let administrator = try box.owner("report", "--edition", "administrator", "--language", "en")
    #expect(administrator.isClean && administrator.output.count > english.output.count)
    let confidential = try box.owner(
      "report", "--edition", "confidential", "--format", "json", "--night", try box.newestNight())
    #expect(confidential.isClean)
    let closed = try box.host(
      "report", "--edition", "administrator", "--key", box.path("host/host.key"))
    #expect(closed.code == 6)
    // The public statement gives no path away.
    #expect(!english.output.contains(box.root) && !dutch.output.contains(box.root))
  }

  @Test func tellsWhatTheScanAndItsOwnNotesKnow() throws {
    let box = try Sandbox()
    try box.begin()
    try box.editPolicy("\"exclude\": []", "\"exclude\": [\"*.tmp\"]")
    try box.editPolicy(
      "\"sources\": [\"\(box.source)\"]",
      "\"sources\": [\"\(box.source)\", "
        + "{\"command\": [\"/bin/echo\", \"x\"], \"path\": \"/dump.sql\"}]")
    try box.editPolicy(
      "\"locations\": []",
      "\"locations\": [{\"name\": \"attic\", \"country\": \"NL\", \"eea\": true, \"offSite\": true}]"
    )
    let key = try #require(
      try box.host("role", "list", "--json").json().all.compactMap { $0["key"]?.text }.first)
    try box.editPolicy(
      "\"keyRegister\": []",
      "\"keyRegister\": [{\"key\": \"\(key)\", \"holder\": \"management\", "
        + "\"replaceBy\": \"2020-01-01\", \"copies\": 1, \"copiesNeeded\": 2}]")
    try box.write("source/a.tmp", "x")
    try box.write("source/b.tmp", "x")
    #expect(try box.host("nightly").code == 0)
    // There was no night to compare with, and no copy.
    #expect(try box.field("coverage.drop").contains("notMeasured"))
    #expect(try box.field("nights.replication-lag").contains("notMeasured"))
    let excluded = try box.field("coverage.excluded")
    #expect(excluded.contains("\"rules\":[{\"count\":2,\"rule\":\""), "\(excluded)")
    #expect(!excluded.contains("not-included"))
    #expect(try box.field("coverage.freshness").contains("\"state\":\"met\""))
    let build = try box.field("header.tool-build")
    let program = try Sandbox.tool("sha256sum", Sandbox.path(of: .nightsafe)).prefix(64)
    #expect(build.contains("\"value\":\"\(program)\""), "\(build)")
    #expect(try box.field("keys.rotation").contains("\"overdue\":1"))
    #expect(try box.field("keys.escrow").contains("\"copies\":1,\"needed\":2"))
    #expect(try box.field("keys.holders").contains("\"holder\":\"management\""))

    let set = try #require(
      try box.host("role", "list", "--json").json().all.compactMap { $0["sets"]?[0]?.text }.first)
    try box.write(
      "host/state/file-counts", "{\"\(set)\":[[20000,100],[20001,7],[20002,9],[20003,300]]}")
    let unknown = try box.host("copy", "--to", box.path("copy"), "--location", "cellar")
    #expect(unknown.code == 2 && unknown.errors.contains("there are: attic"))
    #expect(try box.host("copy", "--to", box.path("copy"), "--location", "attic").code == 0)
    #expect(try box.host("nightly").code == 0)
    // Four files, where half of the median of 7, 9, 100 and 300 is more than that.
    let drop = try box.field("coverage.drop")
    #expect(drop.contains("\"files\":4,\"medianFiles\":9") && drop.contains("notMet"), "\(drop)")
    let lag = try box.field("nights.replication-lag")
    #expect(lag.contains("\"location\":0") && !lag.contains("notMeasured"), "\(lag)")
  }

  @Test func tellsByHowMuchTheClockWasSet() throws {
    let box = try Sandbox()
    try box.begin()
    #expect(try box.host("nightly").isSilent)
    #expect(try box.field("header.clock-step").contains("notMeasured"))
    #expect(try box.host("nightly").isSilent)
    let still = try box.field("header.clock-step")
    #expect(still.contains("\"state\":\"met\",\"value\":0"), "\(still)")
    // An hour and more was put into the wall clock since, or taken from it.
    for (seconds, state) in [(4_000, "notMet"), (-4_000, "notMet"), (40, "met")] {
      let notes = try box.read("host/state/clock")
      let wall = try #require(
        notes.split(separator: "\"wall\":").last.flatMap { Int($0.dropLast()) }, "\(notes)")
      try box.write(
        "host/state/clock", notes.replacing("\(wall)", with: "\(wall - 1_000 * seconds)"))
      #expect(try box.host("nightly").isSilent)
      let step = try box.field("header.clock-step")
      #expect(step.contains("\"state\":\"\(state)\",\"value\":\(seconds)"), "\(step)")
    }
    // The machine was started since: nobody knows how long it was off.
    let notes = try box.read("host/state/clock")
    let boot = try #require(notes.split(separator: "\"").dropFirst(2).first, "\(notes)")
    try box.write(
      "host/state/clock", notes.replacing(boot, with: "3d0c7a4e-0000-4000-8000-000000000000"))
    #expect(try box.host("nightly").isSilent)
    #expect(try box.field("header.clock-step").contains("notMeasured"))
  }

  @Test func answersMonitoring() throws {
    let box = try Sandbox()
    try box.begin()
    let before = try box.host("status")
    #expect(before.code == 3 && before.output.hasPrefix("BACKUP UNKNOWN"))
    #expect(try box.host("nightly").isSilent)
    // A recovery sheet that nobody has confirmed is a warning.
    let after = try box.host("status", "--language", "en")
    #expect(after.code == 1 && after.output.hasPrefix("BACKUP WARNING"))
    #expect(after.output.contains("'age'="))
    let json = try box.host("status", "--json").json()
    #expect(json["status"]?.text == "WARNING" && json["exitCode"]?.number == 1)
    try Sandbox.tool("mv", box.repository, box.path("elsewhere"))
    let gone = try box.host("status")
    #expect(gone.code == 2 && gone.output.hasPrefix("BACKUP CRITICAL"))
  }
}
