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
}
