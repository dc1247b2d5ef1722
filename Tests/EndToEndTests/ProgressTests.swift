import Testing

/// How far it is: rate and time left where a person sees it, nothing where cron would mail it.
@Suite("Progress")
struct ProgressTests {
  /// A source with more entries than a batch holds, and a program whose output does not end before a file
  /// `go` is there.
  private func slow() throws -> Sandbox {
    let box = try Sandbox()
    try Sandbox.tool(
      "sh", "-c", "cd \"$1\" && for i in $(seq 1200); do echo $i > $i; done", "sh", box.source)
    try box.begin()
    try box.editPolicy(
      "\"sources\": [",
      "\"sources\": [{\"command\": [\"/bin/sh\", \"-c\", "
        + "\"until [ -e \(box.path("go")) ]; do sleep 0.05; done; echo done\"], "
        + "\"path\": \"/zzz/slow\"}, ")
    try box.write("go", "")
    try box.backUp()
    try box.remove("go")
    return box
  }

  /// Runs a command on a terminal of its own (script(1)) until it has shown `word`, then lets it end.
  private func shown(_ box: Sandbox, until word: String, _ arguments: String...) throws -> String {
    let command = ([try Sandbox.path(of: .nightsafe)] + arguments).joined(separator: " ")
    try Sandbox.tool(
      "sh", "-c",
      """
      cd "$1" && : > typescript
      script -q -e -f -c "$2" typescript > /dev/null & shown=$!
      until grep -q "$3" typescript; do kill -0 $shown 2>/dev/null || break; sleep 0.05; done
      : > go; wait $shown
      """, "sh", box.root, command, word)
    return try box.read("typescript")
  }

  @Test func showsRateAndTimeLeftOfABackupOnATerminal() throws {
    let box = try slow()
    let text = try shown(box, until: " left", "backup", "--policy", box.policy)
    let line = try #require(text.split(separator: "\r").last { $0.contains(" left") })
    #expect(
      line.contains(#/^[0-9]+ entries, read [0-9.]+ [KMG]?i?B at [0-9.]+ [KMG]?i?B/s, stored /#),
      "\(line)")
    #expect(line.contains(#/, about [0-9.]+ (s|min|h)/#), "\(line)")
    // The line is taken away before the result is said.
    #expect(text.contains("\r\u{1b}[K") && text.contains("business: snapshot "))
  }

  @Test func isSilentWithoutATerminal() throws {
    let box = try slow()
    // Longer than the first line of progress would take to come.
    let shell = "( sleep 1; : > \(box.path("go")) ) & exec \"$@\""
    let backup = try box.run(["backup", "--policy", box.policy], shell: shell)
    #expect(backup.isClean && backup.lines.count == 1, "\(backup)")
    try box.remove("go")
    #expect(try box.run(["nightly", "--policy", box.policy], shell: shell).isSilent)
    let owner = ["--policy", box.policy, "--key", box.ownerKey]
    for arguments in [
      ["restore", "latest", "--to", box.path("back")] + owner, ["verify", "--level", "L2"] + owner,
      ["verify"] + owner.prefix(2), ["copy", "--to", box.path("copy")] + owner.prefix(2),
    ] {
      let done = try box.run(arguments)
      #expect(done.isClean && !done.output.contains("\r"), "\(done)")
    }
  }

  @Test func showsItForEverythingThatTakesLong() throws {
    let box = try Sandbox()
    try Sandbox.tool("sh", "-c", "head -c 3000000 /dev/urandom > \"$1\"/noise", "sh", box.source)
    try box.begin()
    try box.backUp()
    let owner = "--policy \(box.policy) --key \(box.ownerKey)"
    for (command, words) in [
      ("restore latest --to \(box.path("back")) \(owner)", "files, "),
      ("verify --level L1 --policy \(box.policy)", "reading blocks, "),
      ("verify --level L2 \(owner)", "business: opening blocks, "),
      ("copy --policy \(box.policy) --to \(box.path("copy"))", " objects, "),
    ] {
      let text = try shown(box, until: "/s", command)
      let line = try #require(text.split(separator: "\r").first { $0.contains("/s") }, "\(text)")
      #expect(line.contains(words) && line.contains(#/ at [0-9.]+ [KMG]?i?B/s/#), "\(line)")
      #expect(line.contains(" left") || command.hasPrefix("copy"), "\(line)")
    }
    // The outside administrator's check, too.
    let check = try Sandbox.tool(
      "script", "-q", "-e", "-c",
      "\(try Sandbox.path(of: .verifier)) verify --no-memory --repository \(box.repository) --id \(box.id)",
      "/dev/null")
    #expect(check.contains("reading blocks: ") && check.contains(" left"), "\(check)")
  }
}
