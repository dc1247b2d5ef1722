import Testing

/// Keys and passphrases that are wrong, missing or not entitled: exit code 6, and nothing is touched.
@Suite("Keys that do not fit")
struct BadKeyTests {
  @Test func aPassphraseThatIsWrongOrMissing() throws {
    let box = try Sandbox()
    try box.write("right", "right\n")
    try box.write("wrong", "wrong\n")
    try box.begin("--owner-passphrase-file", box.path("right"))
    try box.backUp()
    let before = try box.fingerprint("repository")
    let restore = [
      "restore", "latest", "--to", box.path("back"), "--policy", box.policy, "--key", box.ownerKey,
    ]
    let missing = try box.run(restore)
    #expect(missing.code == 6)
    #expect(missing.errors.contains("\(box.ownerKey): the key needs its passphrase"))
    #expect(missing.errors.contains("hint: use --passphrase-file or --passphrase-command"))
    let wrong = try box.run(restore + ["--passphrase-file", box.path("wrong")])
    #expect(wrong.code == 6)
    #expect(wrong.errors == "nightsafe: error: \(box.ownerKey): the passphrase is wrong\n")
    let unreadable = try box.run(restore + ["--passphrase-file", box.path("none")])
    #expect(unreadable.code == 6)
    #expect(unreadable.errors.contains("the passphrase file \(box.path("none")) can't be read"))
    let failing = try box.run(restore + ["--passphrase-command", "echo right; exit 3"])
    #expect(failing.code == 6 && failing.errors.contains("the passphrase command failed"))
    #expect(try box.fingerprint("repository") == before)
    #expect(!box.exists("back"))
    #expect(try box.run(restore + ["--passphrase-command", "echo right"]).isClean)
  }

  @Test func aHostKeyWithAPassphraseForCron() throws {
    let box = try Sandbox()
    try box.begin()
    try box.write("host/secret", "night\n")
    let host = box.path("host/host.key")
    #expect(
      try box.nightsafe(
        "key", "passphrase", "--key", host, "--new-passphrase-file", box.path("host/secret")
      ).isClean)
    let before = try box.fingerprint("repository")
    let closed = try box.host("nightly")
    #expect(closed.code == 6 && closed.errors.contains("the key needs its passphrase"))
    #expect(try box.fingerprint("repository") == before)
    try box.editPolicy(
      "\"host\": \"host.key\"", "\"host\": \"host.key\", \"passphraseFile\": \"secret\"")
    #expect(try box.host("nightly").isSilent)
    try box.editPolicy(
      "\"passphraseFile\": \"secret\"",
      "\"passphraseCommand\": [\"/bin/cat\", \"\(box.path("host/secret"))\"]")
    #expect(try box.host("nightly").isSilent)
  }

  @Test func aKeyFileThatOthersCanRead() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    try Sandbox.tool("chmod", "644", box.ownerKey)
    let refused = try box.owner("ls", "latest")
    #expect(refused.code == 6 && refused.outputBytes.isEmpty)
    #expect(refused.errors.contains("has no passphrase and can be read by others"))
    #expect(refused.errors.contains("hint: chmod 600 \(box.ownerKey)"))
    try Sandbox.tool("chmod", "640", box.path("host/host.key"))
    #expect(try box.host("nightly").code == 6)
    try Sandbox.tool("chmod", "600", box.path("host/host.key"), box.ownerKey)
    #expect(try box.host("nightly").isSilent)
    // One with a passphrase is warned about.
    try box.write("p", "p\n")
    #expect(
      try box.nightsafe(
        "key", "passphrase", "--key", box.ownerKey, "--new-passphrase-file", box.path("p")
      ).isClean)
    try Sandbox.tool("chmod", "644", box.ownerKey)
    let warned = try box.owner("snapshots", "--passphrase-file", box.path("p"))
    #expect(warned.code == 0)
    #expect(warned.errors.contains("warning: the key file \(box.ownerKey) can be read by others"))
  }

  @Test func aForeignKey() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    let other = try Sandbox()
    try other.begin()
    let before = try box.fingerprint("repository")
    for arguments in [
      ["ls", "latest"], ["restore", "latest", "--to", box.path("back")], ["test-restore"],
      ["verify", "--level", "L2"], ["policy", "approve"], ["log", "clock"],
      ["role", "revoke", "0"],
    ] {
      let done = try box.run(
        arguments + [
          "--repository", box.repository, "--policy", box.policy, "--key", other.ownerKey,
        ])
      #expect(done.code == 6 || arguments[0] == "role", "\(done)")
      #expect(done.errors.contains("nightsafe: error: "), "\(done)")
    }
    // A foreign host.
    try Sandbox.tool("cp", other.path("host/host.key"), box.path("host/host.key"))
    let night = try box.host("nightly")
    #expect(night.code == 6)
    #expect(night.errors.contains("holds no role in this repository"))
    #expect(night.errors.contains("nightsafe role add"))
    #expect(try box.fingerprint("repository") == before)
    #expect(!box.exists("back"))
  }

  @Test func aRevokedHost() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    let id = try box.nightsafe("key", "check", "--key", box.path("host/host.key")).output
      .split(separator: " ")[1]
    #expect(try box.owner("role", "revoke", String(id)).isClean)
    let before = try box.fingerprint("repository")
    for command in ["nightly", "backup", "rotate"] {
      let done = try box.host(command)
      #expect(done.code == 6, "\(done)")
      #expect(done.errors.contains("or was revoked"), "\(done)")
    }
    #expect(try box.fingerprint("repository") == before)
    // What is stored stays readable to the owner.
    #expect(try box.owner("restore", "latest", "--to", box.path("back")).isClean)
  }

  @Test func aFileThatIsNoKey() throws {
    let box = try Sandbox()
    try box.begin()
    try box.write("garbage.key", "garbage")
    try Sandbox.tool("chmod", "600", box.path("garbage.key"))
    for (name, words) in [
      ("garbage.key", "this is no NightSafe key file"), ("missing.key", "can't be read"),
      ("source", "can't be read"),
    ] {
      let done = try box.host("ls", "latest", "--key", box.path(name))
      #expect(done.code == 6 && done.errors.contains(words), "\(done)")
    }
    try box.remove("host/host.key")
    let night = try box.host("nightly")
    #expect(night.code == 6 && night.errors.contains("host.key can't be read"))
    let damaged = try box.read("vault/owner.key").replacing("A", with: "B")
    try box.write("vault/owner.key", damaged)
    #expect(try box.owner("ls", "latest").code == 6)
  }
}
