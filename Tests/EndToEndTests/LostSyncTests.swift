import Testing

/// A disk that could not write what it was given says so once, at the next sync; the one after that is
/// called a success by many file systems.
@Suite("A sync that fails once")
struct LostSyncTests {
  let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox()
    try sandbox.begin()
  }

  /// Fails the n-th sync of the log's folder, and no other call.
  private func backUp(failingSync number: Int) throws -> (run: Transcript, wasHit: Bool) {
    let script = """
      exec strace -f -qq -o '\(sandbox.path("trace"))' -P '\(sandbox.repository)/log' \
      -e trace=fsync -e inject=fsync:error=EIO:when=\(number) "$@"
      """
    let run = try sandbox.run(["backup", "--policy", sandbox.policy], shell: script)
    return (run, try sandbox.read("trace").contains("(INJECTED)"))
  }

  private func remembered() throws -> String {
    try Sandbox.tool(
      "sh", "-c", "cat \"$1\"/*/log-head | od -An -tx1", "sh", sandbox.path("host/state"))
  }

  @Test(
    "ends the backup: no later sync of the same folder is believed, and nothing of it remembered")
  func endsTheBackup() throws {
    var hits = 0
    for number in 1..<20 {
      let before = try remembered()
      let (run, wasHit) = try backUp(failingSync: number)
      guard wasHit else {
        #expect(run.code == 0, "\(run)")
        break
      }
      hits += 1
      #expect(run.code == 7, "sync \(number): \(run)")
      #expect(run.errors.contains("nightsafe: error: "), "\(run)")
      if number == 1 { #expect(try remembered() == before) }
      // The disk is well again: what was left behind is in nobody's way.
      #expect(try sandbox.host("backup").code == 0)
    }
    #expect(hits >= 2)
    #expect(try sandbox.verifier("verify", "--level", "L1").code == 0)
  }
}
