import Testing

@Suite("Looking")
struct ReadingTests {
  /// Two nights: in the second a note is longer, a letter is gone, and another is new.
  private func twoNights() throws -> (box: Sandbox, first: Int, second: Int) {
    let box = try Sandbox()
    try box.begin()
    let first = try box.backUp()
    try box.write("source/note.txt", "a longer note\n")
    try box.remove("source/letters/first.txt")
    try box.write("source/letters/third.txt", "third\n")
    return (box, first, try box.backUp())
  }

  @Test func listsSnapshots() throws {
    let (box, first, second) = try twoNights()
    let listed = try box.owner("snapshots")
    #expect(listed.isClean && listed.lines.count == 2)
    #expect(listed.lines[0].hasPrefix("\(first)  "))
    #expect(
      listed.lines[1].contains("  business  ") && listed.lines[1].hasSuffix("not self-checked"))
    // Without a key that opens them, sets have no names.
    let nameless = try box.host("snapshots")
    #expect(nameless.isClean && !nameless.output.contains("business"))
    let json = try box.owner("snapshots", "--json").json()
    #expect(json.count == 2 && json[1]?["number"]?.number == second)
    #expect(json[1]?["name"]?.text == "business" && json[1]?["selfChecked"]?.flag == false)
    #expect(try box.stranger("snapshots", "--json").json().count == 2)
  }

  @Test func meansASnapshotByNightNumberOrLatest() throws {
    let (box, first, second) = try twoNights()
    let night = try box.newestNight()
    let latest = try box.owner("ls", "latest")
    #expect(latest.isClean && latest.output.contains("/letters/third.txt"))
    // Of one night the last whole one counts.
    #expect(try box.owner("ls", night).output == latest.output)
    #expect(try box.owner("ls", "\(second)").output == latest.output)
    #expect(try box.owner("ls", "\(first)").output.contains("/letters/first.txt"))
    let none = try box.owner("ls", "1999-01-01")
    #expect(none.code == 1 && none.errors.contains("there is no snapshot 1999-01-01"))
    #expect(none.errors.contains("nightsafe snapshots lists them"))
    let nonsense = try box.owner("ls", "yesterday")
    #expect(nonsense.code == 2 && nonsense.errors.contains("give a night"))
  }

  @Test func listsWhatIsInASnapshot() throws {
    let (box, _, _) = try twoNights()
    let part = try box.owner("ls", "latest", "\(box.source)/letters")
    #expect(part.isClean)
    #expect(part.lines.contains { $0.hasSuffix(" \(box.source)/letters/third.txt") })
    #expect(!part.output.contains("note.txt"))
    let pattern = try box.owner("ls", "latest", "*.txt", "--json")
    #expect(try pattern.jsonLines().count == 3)
    let file = try box.owner("ls", "latest", "\(box.source)/note.txt", "--json").json()
    #expect(file["path"]?.text == "\(box.source)/note.txt")
    #expect(file["type"]?.text == "-" && file["size"]?.number == 14)
    let absent = try box.owner("ls", "latest", "/nowhere")
    #expect(absent.code == 1 && absent.errors.contains("/nowhere"))
  }

  @Test func findsPathsInAllSnapshots() throws {
    let (box, first, second) = try twoNights()
    let word = try box.owner("find", "first", "--json")
    #expect(try word.jsonLines().compactMap { $0["number"]?.number } == [first])
    let note = try box.owner("find", "note")
    #expect(note.isClean && note.lines.count == 2)
    #expect(note.lines[1].contains("  \(second)  "))
    let pattern = try box.owner("find", "*.txt", "--snapshot", "latest", "--json")
    #expect(try pattern.jsonLines().count == 3)
    #expect(try box.owner("find", "no such word").isSilent)
  }

  @Test func showsWhatDiffers() throws {
    let (box, first, second) = try twoNights()
    let letters = "\(box.source)/letters"
    let diff = try box.owner("diff", "\(first)", "latest")
    #expect(diff.isClean)
    for line in [
      "- \(letters)/first.txt", "+ \(letters)/third.txt", "M \(box.source)/note.txt",
      "U \(letters)",
    ] { #expect(diff.lines.contains(line), "\(line)") }
    #expect(!diff.output.contains("second.txt"))
    let back = try box.owner("diff", "\(second)", "\(first)", "--json").jsonLines()
    #expect(
      back.contains {
        $0["change"]?.text == "+" && $0["path"]?.text == "\(letters)/first.txt"
      })
    #expect(try box.owner("diff", "latest", "latest").isSilent)
  }

  @Test func dumpsOneFile() throws {
    let (box, first, _) = try twoNights()
    let note = try box.owner("dump", "latest", "\(box.source)/note.txt")
    #expect(note.isClean && note.output == "a longer note\n")
    let old = try box.owner("dump", "\(first)", "\(box.source)/note.txt")
    #expect(old.output == "a note\n")
    let large = try box.stranger("dump", "latest", "\(box.source)/letters/second.txt")
    #expect(try large.outputBytes == box.bytes("source/letters/second.txt"))
    let folder = try box.owner("dump", "latest", "\(box.source)/letters")
    #expect(folder.code == 1 && folder.outputBytes.isEmpty)
    let absent = try box.owner("dump", "latest", "\(box.source)/gone")
    #expect(absent.code == 1 && absent.errors.contains("no file \(box.source)/gone"))
  }
}
