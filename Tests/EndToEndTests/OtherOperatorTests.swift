import Testing

/// Rotation on another machine: the nightly host's key then deletes nothing.
@Suite("A key elsewhere that rotates")
struct OtherOperatorTests {
  private let box: Sandbox
  private var operatorKey: String { box.path("elsewhere/operator.key") }

  init() throws {
    box = try Sandbox()
    try box.makeFolder("elsewhere")
    #expect(try box.nightsafe("key", "new", operatorKey, "--no-passphrase").isClean)
  }

  /// What runs on the machine that rotates: it has the store, the id and its key.
  private func rotate(_ more: String...) throws -> Transcript {
    try box.run(
      [
        "rotate", "--repository", box.repository, "--id", box.id, "--key", operatorKey, "--state",
        box.path("elsewhere/state"),
      ] + more)
  }

  /// Whose key said what, by the kind of statement.
  private func signers() throws -> [String: Set<String>] {
    var signers: [String: Set<String>] = [:]
    for line in try box.host("log", "--json").jsonLines() {
      guard let kind = line["kind"]?.text, let signer = line["signer"]?.text else { continue }
      signers[kind, default: []].insert(signer)
    }
    return signers
  }

  /// Which key holds just these roles.
  private func key(_ roles: [String]) throws -> String {
    try #require(
      try box.host("role", "list", "--json").json().all.first { key in
        key["roles"]?.all.compactMap(\.text) == roles
      }?["key"]?.text)
  }

  private func checkAccess(_ state: String, rotated: String) throws {
    let field = try box.field("access.writer-deletes")
    #expect(field.contains("\"state\":\"\(state)\""), "\(field)")
    #expect(field.contains("\"rotated\":\"\(rotated)\""), "\(field)")
  }

  @Test func isAppointedAtOnce() throws {
    try box.begin("--operator", operatorKey + ".pub")
    #expect(try box.read("host/policy.json").contains("\"nightly\": false"))
    let host = try key(["writer"])
    let elsewhere = try key(["operator"])
    for night in 0..<3 {
      try box.write("source/note.txt", "note of night \(night)\n")
      #expect(try box.host("nightly").isSilent)
    }
    try checkAccess("met", rotated: "refused")
    // The host may not.
    let refused = try box.host("rotate")
    #expect(refused.code == 6, "\(refused)")
    let rotated = try rotate("--json")
    #expect(rotated.code == 0, "\(rotated)")
    #expect(try rotated.json()["rotated"]?.number == 2)
    // Deleting needs a night of the host in between.
    #expect(try rotate("--json").json()["deleted"]?.number == 0)
    #expect(try box.host("nightly").isSilent)
    let deleted = try rotate("--json").json()["deleted"]?.number ?? 0
    #expect(deleted > 0)
    let signers = try signers()
    #expect(signers["rotated"] == [elsewhere] && signers["deleted"] == [elsewhere])
    #expect(signers["night"] == [host] && signers["record"] == [host])
    // Nothing of that is odd to a stranger, and the newest night is there.
    let seen = try box.verifier("verify", "--level", "L1", "--no-memory")
    #expect(seen.code == 0 && seen.output.contains("nothing is wrong"), "\(seen)")
    #expect(try box.owner("restore", "latest", "--to", box.path("back")).isClean)
    #expect(try Sandbox.differences(box.source, box.path("back" + box.source)).isEmpty)
  }

  @Test func isAppointedLater() throws {
    try box.begin()
    #expect(try box.host("nightly").isSilent)
    try checkAccess("notMet", rotated: "allowed")
    let host = try key(["operator", "writer"])
    #expect(
      try box.owner("role", "add", operatorKey + ".pub", "--role", "operator").isClean)
    #expect(try box.owner("role", "add", host, "--role", "writer").isClean)
    #expect(try key(["writer"]) == host)
    // The policy need not say so.
    #expect(try box.read("host/policy.json").contains("\"nightly\": true"))
    #expect(try box.host("nightly").isSilent)
    try checkAccess("met", rotated: "refused")
    #expect(try rotate("--json").json()["rotated"]?.number == 1)
    #expect(try box.host("nightly").isSilent)
    let seen = try box.verifier("verify", "--no-memory")
    #expect(seen.code == 0, "\(seen)")
  }

  @Test func isNoKeyOfTheHostAndNoVerifiers() throws {
    #expect(try box.nightsafe("key", "new", box.path("host/host.key"), "--no-passphrase").isClean)
    for (key, words) in [
      (box.path("host/host.key.pub"), "a key of this machine"),
      (operatorKey + ".pub", "can't be verifier and operator"),
    ] {
      let made = try box.nightsafe(
        "init", "--policy", box.policy, "--repository", box.repository, "--source", box.source,
        "--owner-key", box.ownerKey, "--no-recovery-sheet", "--operator", key, "--verifier",
        operatorKey + ".pub")
      #expect(made.code == 2 && made.errors.contains(words), "\(made)")
      #expect(!box.exists("repository"))
    }
    let joined = try box.nightsafe(
      "init", "--join", "--policy", box.policy, "--repository", box.repository, "--id",
      String(repeating: "0", count: 64), "--key", box.ownerKey, "--operator", operatorKey + ".pub")
    #expect(joined.code == 2 && joined.errors.contains("rotation.nightly"))
  }
}
