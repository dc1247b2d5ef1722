import Testing

@Suite("Beginning")
struct InitTests {
  @Test func makesEverythingAndSaysWhatIsNext() throws {
    let box = try Sandbox()
    let made = try box.nightsafe(
      "init", "--policy", box.policy, "--repository", box.repository, "--source", box.source)
    #expect(made.code == 0)
    #expect(made.lines.first == "Repository \(box.repository)")
    let policy = try box.read("host/policy.json")
    let id = made.lines[1].dropFirst("id ".count)
    #expect(id.count == 64 && policy.contains("\"id\": \"\(id)\""))
    #expect(made.output.contains("Move \(box.path("host/owner.key")) off this machine"))
    let program = try Sandbox.path(of: .nightsafe)
    #expect(made.output.contains("15 2 * * * \(program) nightly --policy \(box.policy)"))
    #expect(made.output.contains("protection is none: who takes over this machine can delete"))
    #expect(
      made.errors.contains("warning: \(box.path("host/owner.key")) has no passphrase"))
    #expect(made.errors.contains("the recovery sheet was not shown (no terminal)"))
    for name in ["host/policy.json", "host/host.key", "host/owner.key"] {
      #expect(try box.permissions(name) == 0o600, "\(name)")
    }
    #expect(try box.permissions("repository") == 0o700)
  }

  @Test func takesEveryOption() throws {
    let box = try Sandbox()
    try box.makeFolder("more")
    try box.write("passphrase", "correct horse\n")
    #expect(try box.nightsafe("key", "new", box.path("v1.key"), "--no-passphrase").code == 0)
    #expect(try box.nightsafe("key", "new", box.path("v2.key"), "--no-passphrase").code == 0)
    let made = try box.begin(
      "--source", box.path("more"), "--owner-passphrase-file", box.path("passphrase"),
      "--verifier", box.path("v1.key.pub"), "--verifier", box.path("v2.key.pub"),
      "--controller", "Autobedrijf Voorbeeld", "--contact", "privacy@voorbeeld.example")
    #expect(made.isClean)
    let json = try made.json()
    #expect(
      json.names == ["hostKey", "ownerKey", "policy", "repository", "repositoryId"])
    #expect(json["ownerKey"]?.text == box.ownerKey)
    let policy = try box.read("host/policy.json")
    #expect(policy.contains("\"\(box.source)\"") && policy.contains("\"\(box.path("more"))\""))
    #expect(
      policy.contains("Autobedrijf Voorbeeld") && policy.contains("privacy@voorbeeld.example"))
    let roles = try box.host("role", "list", "--json").json().all
    #expect(
      roles.count { $0["roles"]?[0]?.text == "verifier" && $0["separate"]?.flag == true } == 2)
    // The owner's key is protected: its passphrase opens it, nothing else does.
    let right = try box.nightsafe(
      "key", "check", "--key", box.ownerKey, "--passphrase-file", box.path("passphrase"),
      "--policy", box.policy)
    #expect(right.isClean && right.output.contains("roles: owner, restorer"))
  }

  @Test func usesWhatIsThere() throws {
    let first = try Sandbox()
    try first.begin()
    // The same owner begins a second repository with keys and a policy that exist.
    let keys = try first.fingerprint("vault")
    try first.remove("repository")
    let again = try first.nightsafe(
      "init", "--policy", first.policy, "--repository", first.repository, "--owner-key",
      first.ownerKey, "--no-recovery-sheet", "--json")
    #expect(again.isClean)
    #expect(try again.json()["repositoryId"]?.text != first.id)
    #expect(try first.fingerprint("vault") == keys)
    #expect(try first.host("nightly", "--state", first.path("new-state")).isSilent)
  }

  @Test func neverTouchesARepositoryThatIsThere() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    let before = try box.fingerprint("repository") + box.fingerprint("host")
    let again = try box.nightsafe(
      "init", "--policy", box.policy, "--repository", box.repository, "--source", box.source,
      "--owner-key", box.ownerKey, "--no-recovery-sheet")
    #expect(again.code == 1)
    #expect(again.errors.contains("there is a repository at that place already"))
    #expect(try box.fingerprint("repository") + box.fingerprint("host") == before)
  }

  @Test func refusesAFolderThatIsNotThere() throws {
    let box = try Sandbox()
    for (policy, owner) in [
      ("none/policy.json", "vault/owner.key"), ("host/policy.json", "none/o"),
    ] {
      let made = try box.nightsafe(
        "init", "--policy", box.path(policy), "--repository", box.repository, "--source",
        box.source, "--owner-key", box.path(owner))
      #expect(made.code == 2, "\(made)")
      #expect(made.errors.contains("the folder \(box.path("none")) does not exist"), "\(made)")
      #expect(made.errors.contains("mkdir -m 700 \(box.path("none")); nothing was made"))
    }
    #expect(!box.exists("repository") && !box.exists("host/host.key"))
    try box.begin()
    let join = try box.nightsafe(
      "init", "--join", "--policy", box.path("none/policy.json"), "--repository", box.repository,
      "--id", box.id, "--key", box.ownerKey)
    #expect(join.code == 2 && join.errors.contains("does not exist"), "\(join)")
  }

  @Test func refusesAFolderThatHoldsOtherThings() throws {
    let box = try Sandbox()
    try box.makeFolder("repository")
    try box.write("repository/holiday.jpg", "x")
    let made = try box.nightsafe(
      "init", "--policy", box.policy, "--repository", box.repository, "--source", box.source)
    #expect(made.code == 2)
    #expect(made.errors.contains("holds other things") && made.errors.contains("hint:"))
    #expect(
      try Sandbox.tool("ls", "-A", box.repository, box.path("host")).contains("FORMAT") == false)
    #expect(!box.exists("host/host.key") && !box.exists("host/policy.json"))
  }

  @Test func resolvesRelativePaths() throws {
    let box = try Sandbox()
    let made = try box.run(
      ["init", "--policy", "host/policy.json", "--repository", "repository", "--source", "source"],
      shell: "cd \(box.root) && exec \"$@\"")
    #expect(made.code == 0)
    #expect(made.output.contains("nightsafe nightly --policy \(box.policy)"))
    let policy = try box.read("host/policy.json")
    #expect(policy.contains("\"location\": \"\(box.repository)\""))
    #expect(policy.contains("\"sources\": [\"\(box.source)\"]"))
    #expect(try box.host("nightly").isSilent)
  }
}
