import Testing

@Suite("Keys")
struct KeyTests {
  @Test func makesChecksAndProtectsKeys() throws {
    let box = try Sandbox()
    let key = box.path("a.key")
    let made = try box.nightsafe("key", "new", key, "--no-passphrase")
    #expect(made.isClean && made.output.contains("\(key).pub: hand it to the owner"))
    #expect(try box.permissions("a.key") == 0o600)
    #expect(try box.permissions("a.key.pub") == 0o644)
    let id = made.lines[0].dropFirst("key ".count)
    #expect(try box.nightsafe("key", "check", "--key", key).output == "key \(id) opens\n")
    #expect(
      try box.nightsafe("key", "check", "--key", key, "--json").json()["key"]?.text == "\(id)")
    // Never overwritten.
    let before = try box.bytes("a.key")
    let again = try box.nightsafe("key", "new", key, "--no-passphrase")
    #expect(again.code == 1 && again.errors.contains("exists already"))
    #expect(try box.bytes("a.key") == before)

    try box.write("one", "first passphrase\n")
    try box.write("two", "second passphrase")
    let protected = try box.nightsafe(
      "key", "passphrase", "--key", key, "--new-passphrase-file", box.path("one"))
    #expect(protected.isClean)
    let closed = try box.nightsafe("key", "check", "--key", key)
    #expect(closed.code == 6 && closed.errors.contains("the key needs its passphrase"))
    #expect(closed.errors.contains("--passphrase-file"))
    // What the file says to its finder is kept.
    #expect(try box.read("a.key").contains("NightSafe key a.key"))
    let other = try box.nightsafe(
      "key", "passphrase", "--key", key, "--passphrase-command", "echo first passphrase",
      "--new-passphrase-file", box.path("two"))
    #expect(other.isClean)
    let wrong = try box.nightsafe(
      "key", "check", "--key", key, "--passphrase-file", box.path("one"))
    #expect(wrong.code == 6 && wrong.errors.contains("the passphrase is wrong"))
    let right = try box.nightsafe(
      "key", "check", "--key", key, "--passphrase-file", box.path("two"))
    #expect(right.isClean && right.output == "key \(id) opens\n")
    let nobody = try box.nightsafe("key", "new", box.path("b.key"))
    #expect(nobody.code == 6 && nobody.errors.contains("nobody can be asked for a passphrase"))
    #expect(!box.exists("b.key") && !box.exists("b.key.pub"))
  }

  @Test func makesTheOwnersKeyOutOfTheSheet() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    let sheet = try box.owner("key", "sheet")
    #expect(sheet.isClean && sheet.lines.first == "NIGHTSAFE RECOVERY SHEET")
    #expect(sheet.output.contains(String(box.id.prefix(32))))
    let json = try box.stranger("key", "sheet", "--json").json()
    #expect(json["groups"]?.count == 9 && json["repositoryId"]?.text == box.id)
    let groups = json["groups"]?.all.compactMap(\.text).joined(separator: " ") ?? ""
    #expect(sheet.output.contains(groups.prefix(8)))
    // Typed by a tired person.
    let typed = groups.lowercased().replacing("0", with: "o") + "\n\n"
    let made = try box.run(
      ["key", "from-sheet", "--out", box.path("again.key"), "--no-passphrase"], input: typed)
    #expect(made.code == 0)
    try box.write("sheet.txt", groups + "\n")
    let file = try box.nightsafe(
      "key", "from-sheet", "--out", box.path("file.key"), "--sheet", box.path("sheet.txt"),
      "--no-passphrase")
    #expect(file.isClean)
    #expect(
      try box.nightsafe("key", "check", "--key", box.path("again.key")).output
        == box.nightsafe("key", "check", "--key", box.ownerKey).output)
    let back = try box.nightsafe(
      "restore", "latest", "--repository", box.repository, "--id", box.id, "--key",
      box.path("file.key"), "--to", box.path("back"))
    #expect(back.isClean)

    var parts = groups.split(separator: " ").map(String.init)
    parts[3] = String(parts[3].reversed())
    try box.write("mistyped.txt", parts.joined(separator: " "))
    let mistyped = try box.nightsafe(
      "key", "from-sheet", "--out", box.path("no.key"), "--sheet", box.path("mistyped.txt"),
      "--no-passphrase")
    #expect(
      mistyped.code == 6 && mistyped.errors.contains("group 4 of the recovery sheet is mistyped"))
    let nothing = try box.nightsafe("key", "from-sheet", "--out", box.path("no.key"))
    #expect(nothing.code == 6 && nothing.errors.contains("nine groups of eight characters"))
    #expect(!box.exists("no.key"))
  }
}
