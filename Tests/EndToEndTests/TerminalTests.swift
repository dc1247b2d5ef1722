import Testing

/// What only happens with a person at a terminal: passphrases are asked for, the recovery sheet is shown
/// and asked for typed back.
@Suite("At a terminal")
struct TerminalTests {
  private static let asks = ("empty for none", "secret words")
  private static let again = ("The same again", "secret words")

  private func arguments(_ box: Sandbox) -> [String] {
    [
      "init", "--policy", box.policy, "--repository", box.repository, "--source", box.source,
      "--owner-key", box.ownerKey,
    ]
  }

  @Test func asksForPassphrasesAndForTheSheetTypedBack() throws {
    let box = try Sandbox()
    let made = try box.atTerminal(
      [Self.asks, Self.again, ("type them back", "@sheet")], arguments(box))
    #expect(made.code == 0, "\(made)")
    #expect(made.output.contains("NIGHTSAFE RECOVERY SHEET"))
    #expect(!made.output.contains("was not confirmed") && made.output.contains("Next:"))
    // A passphrase is never echoed.
    #expect(!made.output.contains("secret words"))
    #expect(box.exists("host/state/sheet-confirmed"))
    #expect(try box.host("nightly").isSilent)
    let status = try box.host("status", "--language", "en")
    #expect(!status.output.contains("recovery sheet confirmed"), "\(status)")

    let owner = ["ls", "latest", "--policy", box.policy, "--key", box.ownerKey]
    let wrong = try box.atTerminal([("Passphrase of", "secret word")], owner)
    #expect(wrong.code == 6 && wrong.output.contains("the passphrase is wrong"), "\(wrong)")
    let right = try box.atTerminal([("Passphrase of", "secret words")], owner)
    #expect(right.code == 0 && right.output.contains("/note.txt"), "\(right)")
    #expect(!right.output.contains("secret"))
  }

  @Test func saysWhenTheSheetWasNotConfirmed() throws {
    let box = try Sandbox()
    let later = try box.atTerminal([Self.asks, Self.again, ("type them back", "")], arguments(box))
    #expect(later.code == 0, "\(later)")
    #expect(later.output.contains("the recovery sheet was not confirmed; the record will say so"))
    #expect(!box.exists("host/state/sheet-confirmed"))
    #expect(try box.host("nightly").isSilent)
    #expect(try box.host("status", "--language", "en").output.contains("recovery sheet confirmed"))
    // Mistyped: the group that is wrong is named.
    let other = try Sandbox()
    let mistyped = try other.atTerminal(
      [Self.asks, Self.again, ("type them back", "AAAAAAAA BBBBBBBB")], arguments(other))
    #expect(mistyped.code == 6, "\(mistyped)")
    #expect(mistyped.output.contains("a recovery sheet has nine groups of eight characters"))
  }

  @Test func twoPassphrasesThatDifferMakeNoKey() throws {
    let box = try Sandbox()
    let made = try box.atTerminal(
      [Self.asks, ("The same again", "other words")], ["key", "new", box.path("a.key")])
    #expect(made.code == 6 && made.output.contains("the two passphrases differ"), "\(made)")
    #expect(!box.exists("a.key") && !box.exists("a.key.pub"))
    let none = try box.atTerminal([("empty for none", "")], ["key", "new", box.path("a.key")])
    #expect(none.code == 0 && box.exists("a.key.pub"), "\(none)")
  }

  @Test func keepsATestCopyUntilAPersonHasUsedIt() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    let test = [
      "test-restore", "--all", "--below", box.root, "--policy", box.policy, "--key", box.ownerKey,
    ]
    let log = try box.objects("log")
    let alone = try box.run(test + ["--used", "--role", "employee"])
    #expect(alone.code == 2 && alone.errors.contains("there is none"), "\(alone)")
    let nobody = try box.run(test + ["--used"])
    #expect(nobody.code == 2 && nobody.errors.contains("--used needs --role"), "\(nobody)")
    func copies() throws -> [String] {
      try Sandbox.tool("ls", box.root).split(separator: "\n").map(String.init)
        .filter { $0.hasPrefix("nightsafe-test-") }
    }
    let stopped = try box.atTerminal(
      [("What did you open", "^C")], test + ["--used", "--role", "employee"])
    #expect(stopped.code != 0, "\(stopped)")
    #expect(try copies().isEmpty && box.objects("log") == log)

    // What the person opens is there while the question stands.
    let used = try box.atTerminal(
      [
        ("What did you open", "the letters, in an editor"), ("in an editor", ""),
        ("Could you use it", "perhaps"), ("Could you use it", "yes"),
      ], test + ["--used", "--role", "employee"])
    #expect(used.code == 0, "\(used)")
    #expect(used.output.contains("the copy lies in \(box.root)/nightsafe-test-"))
    #expect(used.output.contains("PASSED (L4)") && used.output.contains("copy destroyed"))
    #expect(try copies().isEmpty)
    let minutes = try box.owner("report", "minutes")
    #expect(minutes.output.contains("the letters, in an editor"), "\(minutes)")
    let entries = try Sandbox.tool("sh", "-c", "cat \"$1\"/log/*", "sh", box.repository)
    #expect(!entries.contains("editor"))
    #expect(try box.host("nightly").isSilent)
    let said = try box.field("restore.last-use")
    #expect(said.contains("\"state\":\"declared\"") && said.contains("\"level\":\"L4\""), "\(said)")

    let useless = try box.atTerminal(
      [
        ("What did you open", "the letters"), ("the letters", ""), ("Could you use it", "no"),
      ], test + ["--used", "--role", "employee", "--json"])
    #expect(useless.code == 4 && useless.output.contains("\"result\":\"FAILED\""), "\(useless)")
    #expect(useless.output.contains("\"level\":\"L4\""))
  }

  @Test func givesTheTerminalBackWhenItIsStopped() throws {
    let box = try Sandbox()
    try box.write("p", "p\n")
    try box.begin("--owner-passphrase-file", box.path("p"))
    let stopped = try box.atTerminal(
      [("Passphrase of", "^C")], ["snapshots", "--policy", box.policy, "--key", box.ownerKey],
      shell: "trap : INT; \"$@\"; code=$?; stty -a; exit $code")
    #expect(stopped.code != 0, "\(stopped)")
    // The shell's terminal echoes again.
    #expect(stopped.output.contains(" echo ") && !stopped.output.contains("-echo "), "\(stopped)")
  }
}
