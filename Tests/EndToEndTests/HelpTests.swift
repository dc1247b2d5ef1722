import BackupSystem
import Testing

@Suite("Help")
struct HelpTests {
  static let commands = [
    "init", "nightly", "backup", "snapshots", "ls", "find", "diff", "dump", "restore",
    "test-restore", "rotate", "verify", "report", "status", "copy", "repair", "policy check",
    "policy show", "policy approve", "hold add", "hold remove", "hold list", "key new",
    "key check", "key list", "key passphrase", "key sheet", "key from-sheet", "key rotate",
    "role list", "role add", "role revoke", "log show", "log append", "log acknowledge",
    "log clock",
    "log distrust", "log thaw", "erase request", "erase list", "erase rewrite", "erase close",
    "erase reply", "erase refuse", "erase refusals", "incident list", "incident acknowledge",
    "incident assess", "incident decide", "incident note", "incident notes",
    "report show", "report lint", "report minutes", "data-set destroy",
  ]
  static let verifierCommands = [
    "verify", "status", "log", "report", "edition check", "bundle make", "bundle open",
    "tlog-proof", "timestamp request", "timestamp add", "timestamp check",
  ]

  @Test func hasTheTableOfExitCodes() throws {
    let box = try Sandbox()
    let help = try box.nightsafe("--help")
    #expect(help.isClean)
    for line in [
      "0  done, nothing to report", "1  could not be done",
      "2  bad usage or bad policy; nothing was touched",
      "3  done, but files are missing from it",
      "4  damage, a gap, a fork or a broken signature was found",
      "5  backed up, but rotation refused on purpose",
      "6  the key does not fit, is missing, or lacks the role",
      "7  the repository cannot be reached",
    ] { #expect(help.output.contains(line), "\(line)") }
    #expect(try box.nightsafe("--version").output == "0.1.0\n")
  }

  @Test(arguments: commands) func explainsEachCommand(_ command: String) throws {
    let box = try Sandbox()
    let words = command.split(separator: " ").map(String.init)
    let help = try box.run(words + ["--help"])
    #expect(help.isClean)
    #expect(
      help.output.hasPrefix("OVERVIEW: ") && help.output.contains("USAGE: nightsafe \(command)"))
    let wrong = try box.run(words + ["--no-such-option"])
    #expect(wrong.code == 2 && wrong.outputBytes.isEmpty)
    #expect(wrong.errors.hasPrefix("nightsafe: error: "))
    #expect(wrong.errors.contains("nightsafe: hint: nightsafe --help"))
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func completesInEachShell(_ shell: String) throws {
    let box = try Sandbox()
    for program in [Sandbox.Program.nightsafe, .verifier] {
      let script = try box.run(program, ["--generate-completion-script", shell])
      #expect(script.isClean)
      #expect(script.output.contains(program.rawValue) && script.output.contains("verify"))
      guard shell == "bash" else { continue }
      try box.write("completion", script.output)
      try Sandbox.tool("bash", "-n", box.path("completion"))
    }
  }

  @Test func bashCompletesCommandsOptionsValuesAndFiles() throws {
    let box = try Sandbox()
    try box.write("host/policy.json", "{}")
    let script = try box.run(["--generate-completion-script", "bash"])
    try box.write("completion", script.output)
    // What bash does when the tabulator key is pressed.
    let completed = try Sandbox.tool(
      "bash", "-c",
      #"""
      PATH="${2%/*}:$PATH"; cd "$1" && source completion
      press() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMPREPLY=()
        _nightsafe nightsafe "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        echo "${COMPREPLY[*]}"
      }
      press nightsafe re; press nightsafe key rotate --no; press nightsafe verify --level L
      press nightsafe nightly --policy host/po
      """#, "bash", box.root, try Sandbox.path(of: .nightsafe)
    ).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      completed.prefix(4)
        == ["restore report repair", "--no-passphrase", "L0 L1 L2", "host/policy.json"])
  }

  @Test func coloursNothing() throws {
    let box = try Sandbox()
    try box.begin()
    for variables in [[], ["NO_COLOR=1"], ["TERM=xterm-256color", "CLICOLOR_FORCE=1"]] {
      let done = try box.run(["backup", "--policy", box.policy], variables: variables)
      #expect(done.isClean && !done.output.contains("\u{1b}"))
    }
  }

  /// What a script reads has a form of its own: every command says its result as JSON too, but for
  /// those whose result is a file, a text of a form of its own, or silence.
  @Test func hasJSONWhereverAScriptMayRead() throws {
    let box = try Sandbox()
    let others: Set<String> = ["nightly", "dump", "report", "report show", "erase reply"]
    for command in Self.commands where !others.contains(command) {
      let help = try box.run(command.split(separator: " ").map(String.init) + ["--help"])
      #expect(help.output.contains("--json "), "\(command)")
    }
    for command in Self.verifierCommands where command != "report" {
      let help = try box.run(
        .verifier, command.split(separator: " ").map(String.init) + ["--help"])
      #expect(help.output.contains("--json "), "\(command)")
    }
  }
}
