import Testing

/// `Scripts/manual` makes the pages from what the parsers know; people install them as they are.
@Suite("The manual")
struct ManualTests {
  private static let script =
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Scripts/manual"

  /// A sandbox with the pages of both programs in `man`.
  private func pages() throws -> Sandbox {
    let box = try Sandbox()
    let programs = try Sandbox.path(of: .nightsafe).split(separator: "/").dropLast()
    try Sandbox.tool(
      "python3", Self.script, box.path("man"), "--programs", "/" + programs.joined(separator: "/"))
    return box
  }

  @Test func hasTheTableOfExitCodes() throws {
    let box = try pages()
    let page = try box.read("man/nightsafe.1")
    let part = page.split(separator: ".SH EXIT STATUS\n")[1].split(separator: ".SH ")[0]
    for (code, words) in [
      (0, "done, nothing to report"), (1, "could not be done"),
      (2, "bad usage or bad policy; nothing was touched"),
      (3, "done, but files are missing from it"),
      (4, "damage, a gap, a fork or a broken signature was found"),
      (5, "backed up, but rotation refused on purpose"),
      (6, "the key does not fit, is missing, or lacks the role"),
      (7, "the repository cannot be reached"),
    ] { #expect(part.contains(".TP\n\\fB\(code)\\fR\n\(words)\n"), "\(code)") }
    let verifier = try box.read("man/nightsafe-verifier.1")
    for code in [0, 1, 2, 4, 6, 7] {
      #expect(verifier.contains(".TP\n\\fB\(code)\\fR\n"), "\(code)")
    }
  }

  @Test(arguments: [Sandbox.Program.nightsafe, .verifier])
  func hasEachCommandAndEachOption(_ program: Sandbox.Program) throws {
    let box = try pages()
    let name = program.rawValue
    let index = try box.read("man/\(name).1")
    let commands = program == .nightsafe ? HelpTests.commands : HelpTests.verifierCommands
    var files: Set<String> = ["\(name).1"]
    for command in commands {
      let words = command.split(separator: " ").map(String.init)
      let file = "\(name)-\(words[0]).1"
      files.insert(file)
      let page = try box.read("man/\(file)").replacing("\\-", with: "-")
      #expect(page.contains("\\fB\(name) \(command)"), "\(command)")
      #expect(index.replacing("\\-", with: "-").contains("\\fB\(name)-\(words[0])\\fR(1)"))
      let help = try box.run(program, words + ["--help"])
      let options = help.output.matches(of: #/--[a-z][a-z-]+/#).map { String($0.output) }
      #expect(options.count > 1)
      for option in options { #expect(page.contains(option), "\(command) \(option)") }
    }
    // And no page is about anything else.
    let made = try Sandbox.tool("ls", box.path("man")).split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix("nightsafe-verifier") == (program == .verifier) }
    #expect(Set(made) == files)
  }

  @Test func isSetWithoutAWarning() throws {
    let box = try pages()
    let warnings = try Sandbox.tool(
      "sh", "-c", "for page in \"$1\"/*.1; do groff -man -Tutf8 -ww -z \"$page\" 2>&1; done", "sh",
      box.path("man"))
    #expect(warnings.isEmpty, "\(warnings)")
    let text = try Sandbox.tool(
      "sh", "-c", "groff -man -Tascii -P-cbou \"$1\" && echo", "sh",
      box.path("man/nightsafe-restore.1"))
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("nightsafe-restore - Bring back all, folders, files"))
    #expect(words.contains("--delete Remove from restored folders what the snapshot does not have"))
    // A faulty page is noticed.
    try box.write("man/bad.1", ".TH BAD 1\n.no-such-macro x\n")
    #expect(
      try !Sandbox.tool(
        "sh", "-c", "groff -man -Tutf8 -ww -z \"$1\" 2>&1", "sh", box.path("man/bad.1")
      )
      .isEmpty)
  }
}
