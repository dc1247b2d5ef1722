import Testing

/// Another server for a repository that exists, in one command.
@Suite("A machine that joins")
struct JoinTests {
  private let box: Sandbox

  init() throws {
    box = try Sandbox()
    try box.begin()
    guard try box.host("nightly").isSilent else { throw Sandbox.Unexpected("the night complained") }
    try box.makeFolder("new")
  }

  private var policy: String { box.path("new/policy.json") }

  private func join(_ more: String...) throws -> Transcript {
    let arguments = [
      "init", "--join", "--policy", policy, "--repository", box.repository, "--id", box.id, "--key",
      box.ownerKey,
    ]
    return try box.run(arguments + more)
  }

  private func hostID() throws -> String {
    let checked = try box.nightsafe("key", "check", "--key", box.path("host/host.key"), "--json")
    return try #require(try checked.json()["key"]?.text, "\(checked)")
  }

  @Test func takesThePlaceOfALostOne() throws {
    let old = try hostID()
    let joined = try join("--revoke", old)
    #expect(joined.code == 0 && joined.output.contains("revoked: key \(old)"), "\(joined)")
    // The policy came from the newest snapshot, the key is new, and both work at once.
    try box.write("source/new.txt", "new\n")
    let night = try box.nightsafe("nightly", "--policy", policy)
    #expect(night.isSilent, "\(night)")
    #expect(try box.owner("ls", "latest").output.contains("new.txt"))
    // What the thief has says nothing any more.
    let thief = try box.host("nightly")
    #expect(thief.code == 6, "\(thief)")
    #expect(try box.verifier("verify", "--no-memory").isClean)
    let back = try box.stranger("restore", "latest", "--to", box.path("back"))
    #expect(back.isClean, "\(back)")
    #expect(try Sandbox.differences(box.source, box.path("back\(box.source)")).isEmpty)
  }

  @Test func comesBesideTheFirst() throws {
    #expect(try join().code == 0)
    #expect(try box.nightsafe("nightly", "--policy", policy).isSilent)
    #expect(try box.host("nightly").isSilent)
    #expect(try box.verifier("verify", "--no-memory").isClean)
  }

  @Test func isRefusedWithoutTheOwner() throws {
    let host = box.path("host/host.key")
    let joined = try box.nightsafe(
      "init", "--join", "--policy", policy, "--repository", box.repository, "--id", box.id, "--key",
      host)
    #expect(joined.code == 6 && joined.errors.contains("does not hold the role owner"), "\(joined)")
    #expect(!box.exists("new/policy.json") && !box.exists("new/host.key"))
    let unknown = try join("--revoke", "ffff")
    #expect(unknown.code == 2 && unknown.errors.contains("no key, or more than one"), "\(unknown)")
    #expect(!box.exists("new/policy.json"))
  }
}
