import BackupSystem
import Testing

@Suite("Policies and sources that can't be used")
struct BadPolicyTests {
  /// A repository with one night, and a check that bad input changes nothing in it.
  private func begun() throws -> Sandbox {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    return box
  }

  private func refused(
    _ box: Sandbox, _ code: Int32, _ words: [String], _ command: String = "nightly",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try box.fingerprint("repository")
    let done = try box.host(command)
    #expect(done.code == code, "\(done)", sourceLocation: sourceLocation)
    #expect(done.outputBytes.isEmpty, "\(done)", sourceLocation: sourceLocation)
    for word in words {
      #expect(done.errors.contains(word), "\(word): \(done)", sourceLocation: sourceLocation)
    }
    #expect(try box.fingerprint("repository") == before, sourceLocation: sourceLocation)
  }

  @Test func anUnknownKey() throws {
    let box = try begun()
    try box.editPolicy("\"excludeCaches\"", "\"excludeCache\"")
    let line = try box.read("host/policy.json").split(
      separator: "\n", omittingEmptySubsequences: false
    )
    .firstIndex { $0.contains("excludeCache\"") }.map { $0 + 1 }
    try refused(
      box, 2,
      [
        "\(box.policy):dataSets[0].excludeCache (line \(line ?? 0), column 7)",
        "did you mean \"excludeCaches\"?", "nothing was touched",
      ])
    #expect(try box.host("policy", "check").code == 2)
  }

  @Test func textThatIsNoPolicy() throws {
    let box = try begun()
    let good = try box.read("host/policy.json")
    for bad in [
      "", "{", "[]", good + "x", good.replacing("\"version\": 1", with: "\"version\": 9"),
    ] {
      try box.write("host/policy.json", bad)
      try refused(box, 2, ["nightsafe: error: \(box.policy)"])
    }
    try box.remove("host/policy.json")
    try refused(box, 2, ["the policy \(box.policy) can't be read"])
  }

  @Test func aContradictoryRetention() throws {
    let box = try begun()
    try box.editPolicy("\"maximumAgeDays\": 396", "\"maximumAgeDays\": 5")
    try refused(box, 2, ["maximumAgeDays"])
    try box.editPolicy("\"maximumAgeDays\": 5", "\"maximumAgeDays\": -5")
    try refused(box, 2, ["maximumAgeDays"])
  }

  @Test func aZoneThatDoesNotExist() throws {
    let box = try begun()
    try box.editPolicy("Europe/Amsterdam", "Europe/Amsterdamn")
    try refused(box, 2, ["night.zone", "tzdata"])
  }

  @Test func aRepositoryInsideASource() throws {
    let box = try Sandbox()
    let inside = try box.nightsafe(
      "init", "--policy", box.policy, "--repository", box.path("source/backups"), "--source",
      box.source)
    #expect(inside.code == 2 && inside.errors.contains("lies inside"))
    #expect(!box.exists("source/backups") && !box.exists("host/host.key"))
    let reverse = try box.nightsafe(
      "init", "--policy", box.policy, "--repository", box.path("r"), "--source", box.path("r/x"))
    #expect(reverse.code == 2 && reverse.errors.contains("lies inside"))
    #expect(!box.exists("r"))
    // Said in the policy later on, or hidden behind a link.
    try box.begin()
    try Sandbox.tool("ln", "-s", box.repository, box.path("link"))
    for source in [box.repository, box.path("repository/packs"), box.root, box.path("link/log")] {
      let good = try box.read("host/policy.json")
      try box.editPolicy("\"sources\": [\"\(box.source)\"]", "\"sources\": [\"\(source)\"]")
      try refused(box, 2, ["lies inside"], "backup")
      try box.write("host/policy.json", good)
    }
  }

  @Test func aSourceThatIsMissing() throws {
    let box = try begun()
    try Sandbox.tool("mv", box.source, box.path("moved"))
    let snapshots = try box.host("snapshots").output
    let night = try box.host("nightly")
    #expect(night.code == 1)
    #expect(night.errors.contains("business: the source \(box.source) does not exist"))
    #expect(night.errors.contains("is it mounted?"))
    #expect(try box.host("snapshots").output == snapshots)
    try Sandbox.tool("mv", box.path("moved"), box.source)
    #expect(try box.host("nightly").isSilent)
  }

  @Test func aSourceThatIsSuddenlyEmpty() throws {
    let box = try begun()
    let snapshots = try box.host("snapshots").output
    try Sandbox.tool("mv", box.source, box.path("moved"))
    try box.makeFolder("source")
    let night = try box.host("nightly")
    #expect(night.code == 1 && night.errors.contains("the source \(box.source) is empty"))
    #expect(night.errors.contains("--accept-sources"))
    #expect(try box.host("snapshots").output == snapshots)
    // An empty backup is made only when it is asked for.
    #expect(try box.host("backup", "--accept-sources").code == 0)
  }

  @Test func aSourceThatIsNotMounted() throws {
    guard Sandbox.canMount else { return }
    let box = try begun()
    let snapshots = try box.host("snapshots").output
    // Something else is mounted there now, with as many files.
    let night = try box.run(
      ["nightly", "--policy", box.policy],
      shell: """
        mount -t tmpfs none \(box.source) && touch \(box.source)/a \(box.source)/b \(box.source)/c \
        && "$@"; code=$?; umount \(box.source); exit $code
        """, isolated: true)
    #expect(night.code == 1)
    #expect(night.errors.contains("lies on another file system than in the last night"))
    #expect(try box.host("snapshots").output == snapshots)
    #expect(try box.host("nightly").isSilent)
  }

  @Test func aSourceBehindALink() throws {
    let box = try Sandbox()
    try box.makeFolder("real")
    try box.makeFolder("real/data")
    try box.write("real/data/a.txt", "a\n")
    try Sandbox.tool("ln", "-s", box.path("real"), box.path("away"))
    try Sandbox.tool("ln", "-s", box.path("real/data"), box.path("direct"))
    try box.begin("--source", box.path("away/data"), "--source", box.path("direct"))
    #expect(try box.host("nightly").isSilent)
    let listed = try box.owner("ls", "latest")
    #expect(listed.output.contains("/away/data/a.txt") && listed.output.contains("/direct/a.txt"))
    #expect(try box.owner("restore", "latest", "--to", box.path("back")).isClean)
    #expect(try box.read("back\(box.path("away/data/a.txt"))") == "a\n")
    // In place the machine's own links stay what they are.
    let place = try box.owner("restore", "latest", box.path("away/data"), "--to", "/")
    #expect(place.code == 1 && place.errors.contains("symbolic link"), "\(place)")
    #expect(
      try FileSystem.readSymlink(at: nil, Array(box.path("away").utf8))
        == Array(box.path("real").utf8))
  }

  @Test func filesThatCannotBeRead() throws {
    guard Sandbox.isRoot else { return }
    let box = try Sandbox()
    try box.write("source/locked.txt", "locked\n")
    try box.begin()
    try Sandbox.tool("chown", "-R", "65534:65534", box.root)
    try Sandbox.tool("chown", "0:0", box.path("source/locked.txt"))
    let nobody = "exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\""
    let night = try box.run(["nightly", "--policy", box.policy], shell: nobody)
    #expect(night.code == 3)
    #expect(night.errors.contains("business: 1 entries could not be read"))
    // What cron mails names no file; what a person asks for does.
    #expect(!night.errors.contains("locked.txt"))
    let backup = try box.run(["backup", "--policy", box.policy], shell: nobody)
    #expect(
      backup.code == 3 && backup.errors.contains("unreadable: ")
        && backup.errors.contains("locked.txt"))
    let back = try box.run(
      [
        "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--policy",
        box.policy,
        "--key", box.ownerKey,
      ], shell: nobody)
    #expect(back.code == 0 && back.errors.contains("1 entries could not be read that night"))
    #expect(box.exists("back/note.txt") && !box.exists("back/locked.txt"))
  }

  @Test func filesThatAreNotWhatTheirSizeSays() throws {
    // The kernel's own files say 0 bytes, or a page, and hold something else each time: they grow or
    // shrink while they are read.
    let box = try Sandbox()
    try box.begin()
    try box.editPolicy(
      "\"\(box.source)\"", "\"\(box.source)\", \"/proc/sys/kernel/random\"")
    let night = try box.host("backup", "--json")
    #expect(night.code == 0 || night.code == 3)
    #expect(try box.owner("verify", "--level", "L2").isClean)
    #expect(try box.owner("restore", "latest", "--to", box.path("back")).code == 0)
    #expect(try Sandbox.differences(box.source, box.path("back\(box.source)")).isEmpty)
  }

  @Test func filesThatChangeAndVanishMeanwhile() throws {
    let box = try Sandbox()
    try Sandbox.tool(
      "sh", "-c", "cd \"$1\" && for i in $(seq 400); do echo $i > $i.txt; done", "sh", box.source)
    try box.begin()
    // Another program grows, shrinks, removes and makes files all the time.
    let churn = """
      ( cd \(box.source) && while :; do for i in $(seq 0 37 399); do \
      echo more >> $i.txt; : > $i.txt; rm $i.txt; echo new > $i.txt; done; done ) & churn=$!
      "$@"; code=$?; kill $churn; exit $code
      """
    for _ in 0..<2 {
      let done = try box.run(["backup", "--policy", box.policy, "--json"], shell: churn)
      #expect(done.code == 0 || done.code == 3, "\(done)")
    }
    #expect(try box.owner("verify", "--level", "L2").isClean)
    #expect(try box.owner("restore", "latest", "--to", box.path("back")).isClean)
    #expect(try box.read("back\(box.source)/399.txt") == "399\n")
  }
}
