import BackupSystem

extension Sandbox {
  /// A terminal as a person has it: waits for words, types an answer, waits for the next; `@sheet` types
  /// the groups of the recovery sheet that was shown, `^C` asks the program to stop.
  private static let person = #"""
    import json, os, pty, re, select, sys, time
    steps, command = json.loads(sys.argv[1]), sys.argv[2:]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(command[0], command)
    shown, seen, end, alive = b"", 0, time.monotonic() + 60, True
    def look():
        global shown
        if not select.select([terminal], [], [], 0.5)[0]:
            return True
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            return False
        shown += piece
        return bool(piece)
    for words, answer in steps:
        while words.encode() not in shown[seen:] and alive and time.monotonic() < end:
            alive = look()
        seen = len(shown)
        if answer == "@sheet":
            answer = b" ".join(re.findall(rb"\b[0-9A-Z]{8}\b", shown.split(b"Seed")[-1])[:9]).decode()
        os.write(terminal, b"\x03" if answer == "^C" else (answer + "\n").encode())
    while alive and time.monotonic() < end:
        alive = look()
    if alive:
        os.kill(child, 9)
    sys.stdout.buffer.write(shown)
    sys.stdout.flush()
    status = os.waitpid(child, 0)[1]
    sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
    """#

  /// Runs a program on a terminal, with a person at it.
  ///
  /// - Parameter answers: What the person waits for, and types then, as pairs.
  func atTerminal(
    _ answers: [(words: String, typed: String)], _ arguments: [String], shell: String? = nil
  ) throws -> Transcript {
    let steps = answers.map { "[\"\($0.words)\", \"\($0.typed)\"]" }.joined(separator: ",")
    let command =
      (shell.map { ["/bin/sh", "-c", $0, "sh"] } ?? []) + [try Self.path(of: .nightsafe)]
      + arguments
    let outcome = try ChildProcess(
      arguments: (["python3", "-c", Self.person, "[\(steps)]"] + command).map { Array($0.utf8) },
      outputByteCountLimit: 1 << 20, errorOutput: .captured, timeLimitMilliseconds: 120_000
    ).run()
    return Transcript(
      command: arguments.joined(separator: " "), ending: outcome.ending,
      outputBytes: outcome.output, errors: String(decoding: outcome.errorOutput, as: UTF8.self))
  }
}
