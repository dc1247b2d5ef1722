import Testing

/// Erasure as the owner asks for it; what it withholds is looked at in the engine's own tests.
@Suite("Requests to erase")
struct ErasureTests {
  @Test func marksWhatIsStillStored() throws {
    let box = try Sandbox()
    try box.begin()
    let first = try box.backUp()
    try box.remove("source/letters/first.txt")
    let second = try box.backUp()
    let letter = "\(box.source)/letters/first.txt"
    let asked = try box.owner("erase", "request", letter, "--json")
    #expect(asked.isClean, "\(asked)")
    #expect(try asked.json()["logNumber"]?.number == box.objects("log").count - 1)
    let id = try #require(try asked.json()["erasure"]?.text)

    // One sees what is still stored, and that no restore brings it back.
    let listed = try box.owner("ls", "\(first)")
    #expect(listed.lines.contains { $0.hasSuffix(" \(letter) (withheld: to be erased)") })
    #expect(listed.lines.filter { $0.contains("withheld") }.count == 1)
    let entry = try box.owner("ls", "\(first)", letter, "--json").json()
    #expect(entry["withheld"]?.flag == true)
    let other = try box.owner("ls", "\(first)", "\(box.source)/note.txt", "--json").json()
    #expect(other["withheld"]?.flag == nil)
    let found = try box.owner("find", "first", "--json").jsonLines()
    #expect(found.count == 1 && found[0]["entry"]?["withheld"]?.flag == true)
    #expect(try box.owner("find", "first").output.contains("(withheld: to be erased)"))
    let diff = try box.owner("diff", "\(first)", "\(second)")
    #expect(diff.lines.contains("- \(letter) (withheld: to be erased)"), "\(diff)")
    let change = try box.owner("diff", "\(first)", "\(second)", "--json").jsonLines()
      .first { $0["path"]?.text == letter }
    #expect(change?["withheld"]?.flag == true)
    let back = try box.owner("restore", "\(first)", "--to", box.path("back"))
    #expect(back.errors.contains("1 entries were withheld") && !box.exists("back\(letter)"))
    #expect(box.exists("back\(box.source)/note.txt"))
    let dump = try box.owner("dump", "\(first)", letter)
    #expect(dump.code == 1 && dump.outputBytes.isEmpty)
    #expect(dump.errors.contains("an open request to erase withholds this"))
    for command in ["ls", "find", "diff"] {
      let help = try box.nightsafe(command, "--help").output.split(whereSeparator: \.isWhitespace)
        .joined(separator: " ")
      #expect(
        help.contains("marked") && help.lowercased().contains("no restore brings it back"),
        "\(command)")
    }

    // Names come on standard input, too; what no file can be called is refused.
    for (names, code, words) in [
      ("\(box.source)/a\0b\n", 2, "one of the paths can't be the path of a file"),
      ("../../etc/passwd\n", 2, "one of the paths can't be the path of a file"),
      ("\n", 2, "a request to erase needs a path, a pattern or a task"),
      ("/no/such/name\n", 1, "no backup from before the cut-off holds such a name"),
    ] {
      let refused = try box.run(
        ["erase", "request", "-", "--policy", box.policy, "--key", box.ownerKey], input: names)
      #expect(refused.code == Int32(code) && refused.errors.contains(words), "\(refused)")
    }

    let early = try box.owner("erase", "close", id)
    #expect(early.code == 1 && early.errors.contains("--unchecked"), "\(early)")
    let closed = try box.owner("erase", "close", String(id.prefix(8)), "--unchecked", "--json")
    #expect(try closed.isClean && closed.json()["erasure"]?.text == id)
    #expect(try !box.owner("ls", "\(first)").output.contains("withheld"))
  }

  @Test func tellsThatARequestWasRefusedAndWhy() throws {
    let box = try Sandbox()
    try box.begin()
    #expect(try box.host("nightly").isSilent)
    func refuse(_ arguments: String..., input: String? = nil, key: String? = nil) throws
      -> Transcript
    {
      try box.run(
        ["erase", "refuse"] + arguments
          + ["--policy", box.policy, "--key", key ?? box.ownerKey, "--json"], input: input)
    }
    let words = "Jansen asked for his invoices;\r\nthey are kept seven years\n"
    let refused = try refuse(
      "--ground", "legalObligation", "--received", "2026-01-02", "--decided", "2026-01-05",
      "--note-file", "-", input: words)
    #expect(refused.isClean, "\(refused)")
    let json = try refused.json()
    let id = try #require(json["refusal"]?.text)
    #expect(try json["logNumber"]?.number == box.objects("log").count - 1)
    #expect(json["received"]?.number == 1_767_312_000 && json["decided"]?.number == 1_767_571_200)
    let other = try refuse("--ground", "notHeld", "--received", "2026-01-02")
    #expect(try other.isClean && other.json()["hasNote"]?.flag == false)
    let wrong = try #require(try other.json()["refusal"]?.text)
    let again = try refuse("--ground", "unfounded", "--replaces", String(wrong.prefix(8)))
    #expect(try again.isClean && again.json()["refusal"]?.text == wrong)
    #expect(try again.json()["received"]?.number == 1_767_312_000)

    // What can't be is refused, and nothing is left in the store.
    let logSize = try box.objects("log").count
    let texts = try box.objects("records").count
    for (arguments, input, code, said) in [
      (["--ground", "because", "--received", "2026-01-02"], nil, 2, "because"),
      (["--ground", "notHeld"], nil, 2, "--received"),
      (["--ground", "withdrawn", "--received", "2026-01-02"], nil, 2, "--replaces"),
      (["--ground", "notHeld", "--received", "2999-01-02"], nil, 2, "in the future"),
      (["--ground", "notHeld", "--received", "tomorrow"], nil, 2, "YYYY-MM-DD"),
      (
        ["--ground", "notHeld", "--received", "2026-01-02", "--decided", "2026-01-01"], nil, 2,
        "before it was received"
      ),
      (["--ground", "notHeld", "--replaces", "zz"], nil, 1, "erase refusals"),
      (
        ["--ground", "notHeld", "--received", "2026-01-02", "--note-file", "-"], " \n", 2,
        "the note is empty"
      ),
      (
        ["--ground", "notHeld", "--received", "2026-01-02", "--note-file", "-"],
        "a\u{1b}[2Jb", 2, "control character"
      ),
      (
        ["--ground", "notHeld", "--received", "2026-01-02", "--note-file", "-"],
        String(repeating: "x", count: 4_097), 2, "longer than 4096 bytes"
      ),
    ] as [([String], String?, Int32, String)] {
      let done = try box.run(
        ["erase", "refuse"] + arguments + ["--policy", box.policy, "--key", box.ownerKey],
        input: input)
      #expect(done.code == code && done.errors.contains(said), "\(done)")
      #expect(done.outputBytes.isEmpty)
    }
    let host = try refuse(
      "--ground", "notHeld", "--received", "2026-01-02", key: box.path("host/host.key"))
    #expect(host.code == 6 && host.outputBytes.isEmpty)
    #expect(try box.objects("log").count == logSize && box.objects("records").count == texts)

    // The words open with a restorer's key, and with no other.
    let listed = try box.owner("erase", "refusals", "--json").jsonLines()
    #expect(listed.map { $0["ground"]?.text } == ["unfounded", "legalObligation"])
    let last = try #require(listed.last)
    #expect(last["refusal"]?.text == id && last["logNumber"]?.number != nil)
    #expect(
      last["note"]?.text == "Jansen asked for his invoices;\nthey are kept seven years")
    #expect(try box.owner("erase", "refusals").output.contains("  they are kept seven years\n"))
    let open = try box.host("erase", "refusals")
    #expect(open.isClean && open.output.contains("legalObligation"))
    #expect(!open.output.contains("Jansen"))
    #expect(try Sandbox.tool("sh", "-c", "grep -rl Jansen '\(box.root)/'*/ || true") == "")

    // The record of the next night counts them, as declared, and does not tell the words.
    #expect(try box.host("nightly").isSilent)
    for edition in ["administrator", "confidential"] {
      let report = try box.owner("report", "--edition", edition, "--format", "json")
      #expect(
        report.output.contains(
          #""id":"erasure.refusals","salt":""#), "\(edition)")
      #expect(
        report.output.contains(
          #""state":"declared","value":[{"count":1,"ground":"legalObligation"},"#
            + #"{"count":1,"ground":"unfounded"}]"#), "\(edition): \(report)")
      #expect(!report.output.contains("Jansen"))
      let page = try box.owner("report", "--edition", edition, "--format", "html")
      #expect(page.isClean && page.output.contains("wettelijke plicht"), "\(edition)")
      #expect(!page.output.contains("Jansen"))
    }
    let open2 = try box.host("report", "--format", "json")
    #expect(open2.isClean && !open2.output.contains("legalObligation"))

    let withdrawn = try refuse("--ground", "withdrawn", "--replaces", id)
    #expect(withdrawn.isClean)
    #expect(try box.host("verify", "--level", "L1").code == 0)
  }
}
