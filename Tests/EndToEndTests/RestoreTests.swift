import BackupTestSupport
import Testing

@Suite("Restoring")
struct RestoreTests {
  private func backedUp() throws -> Sandbox {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    return box
  }

  @Test func bringsAllBackIntoAnEmptyFolder() throws {
    let box = try backedUp()
    let back = try box.stranger("restore", "latest", "--to", box.path("back"))
    #expect(back.isClean)
    #expect(back.output.contains("3 files written"))
    // Restored paths stand whole below the target.
    #expect(try Sandbox.differences(box.source, box.path("back\(box.source)")).isEmpty)
    let json = try box.owner(
      "restore", "latest", "--to", box.path("back2"), "--strip", box.source, "--json"
    ).json()
    #expect(json["files"]?.number == 3 && json["exitCode"]?.number == 0)
    #expect(json["lost"]?.count == 0 && json["failures"]?.count == 0)
    #expect(try Sandbox.differences(box.source, box.path("back2")).isEmpty)
  }

  @Test func bringsPartsBack() throws {
    let box = try backedUp()
    let file = try box.owner(
      "restore", "latest", "\(box.source)/note.txt", "--to", box.path("a"), "--strip", box.source)
    #expect(file.isClean)
    #expect(try Sandbox.tool("find", box.path("a"), "-type", "f").contains("note.txt"))
    #expect(!box.exists("a/letters"))
    let folder = try box.owner(
      "restore", "latest", "\(box.source)/letters/", "--to", box.path("b"), "--strip",
      "\(box.source)/")
    #expect(folder.isClean && box.exists("b/letters/first.txt") && !box.exists("b/note.txt"))
    let pattern = try box.owner(
      "restore", "latest", "f*.txt", "--to", box.path("c"), "--strip", box.source)
    #expect(pattern.isClean && box.exists("c/letters/first.txt"))
    #expect(!box.exists("c/letters/second.txt") && !box.exists("c/note.txt"))
    let absent = try box.owner("restore", "latest", "/nowhere", "--to", box.path("d"))
    #expect(absent.code == 1 && absent.errors.contains("/nowhere"))
    #expect(!box.exists("d/nowhere"))
  }

  @Test func writesOnlyWhatDiffersAndRemovesNothing() throws {
    let box = try backedUp()
    let restore = ["restore", "latest", "--to", box.path("back"), "--strip", box.source, "--json"]
    let owner = ["--policy", box.policy, "--key", box.ownerKey]
    #expect(try box.run(restore + owner).isClean)
    let again = try box.run(restore + owner).json()
    #expect(again["files"]?.number == 0 && again["unchanged"]?.number == 3)
    try box.write("back/note.txt", "another hand\n")
    try box.write("back/mine.txt", "mine\n")
    let third = try box.run(restore + owner).json()
    #expect(third["files"]?.number == 1 && third["removed"]?.number == 0)
    #expect(try box.read("back/note.txt") == "a note\n")
    #expect(try box.read("back/mine.txt") == "mine\n")
    // Same size and time, other bytes: only --rewrite sees that.
    try box.write("back/note.txt", "b note\n")
    try Sandbox.tool(
      "touch", "-r", box.path("source/note.txt"), box.path("back/note.txt"))
    #expect(try box.run(restore + owner).json()["files"]?.number == 0)
    #expect(try box.run(restore + owner + ["--rewrite"]).json()["files"]?.number == 3)
    #expect(try box.read("back/note.txt") == "a note\n")
  }

  @Test func removesExtrasOnlyBelowWhatWasBackedUp() throws {
    let box = try backedUp()
    let restore = [
      "restore", "latest", "--to", box.path("back"), "--json", "--policy", box.policy, "--key",
      box.ownerKey,
    ]
    #expect(try box.run(restore).isClean)
    let source = "back\(box.source)"
    try box.write("\(source)/extra.txt", "x")
    try box.makeFolder("\(source)/letters/extra")
    try box.write("\(source)/letters/extra/deep.txt", "x")
    // A neighbour of the source was never backed up, so its absence means nothing.
    try box.write("back\(box.root)/neighbour.txt", "x")
    let dry = try box.run(restore + ["--delete", "--dry-run"]).json()
    #expect(dry["wouldRemove"]?.count == 2)
    #expect(box.exists("\(source)/extra.txt"))
    let done = try box.run(restore + ["--delete"])
    #expect(done.isClean)
    #expect(try done.json()["removed"]?.number == 2)
    #expect(box.exists("back\(box.root)/neighbour.txt"))
    #expect(try Sandbox.differences(box.source, box.path(source)).isEmpty)
    // Restoring a part removes nothing outside the part.
    try box.write("\(source)/extra.txt", "x")
    try box.write("\(source)/letters/extra.txt", "x")
    let part = try box.run(restore + ["--delete", "\(box.source)/letters"])
    #expect(try part.json()["removed"]?.number == 1)
    #expect(box.exists("\(source)/extra.txt") && !box.exists("\(source)/letters/extra.txt"))
  }

  @Test func removesExtrasOfTheTargetItselfWhereAllOfItIsRestored() throws {
    let box = try backedUp()
    let restore = [
      "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--json", "--policy",
      box.policy, "--key", box.ownerKey,
    ]
    #expect(try box.run(restore).isClean)
    try box.write("back/extra.txt", "x")
    #expect(try box.run(restore + ["--delete"]).json()["removed"]?.number == 1)
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
  }

  /// What the backup left out is not in the snapshot: `--delete` takes it away, as the manual says.
  @Test func removesWithDeleteWhatTheRulesLeftOut() throws {
    let box = try Sandbox()
    try box.begin()
    try box.editPolicy(
      "\"exclude\": []",
      "\"exclude\": [\"*.tmp\", \"/scratch/\"], \"maximumFileSize\": \"1 MiB\"")
    try box.makeFolder("source/scratch")
    try box.write("source/scratch/work.txt", "x")
    try box.write("source/half.tmp", "x")
    try Sandbox.tool("truncate", "-s", "2M", box.path("source/large.iso"))
    try box.makeFolder("source/cache")
    try box.write("source/cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")
    try box.write("source/cache/thumbnail", "x")
    try box.backUp()
    let leftOut = ["scratch", "half.tmp", "large.iso", "cache/thumbnail"]
    let place = ["restore", "latest", box.source, "--to", "/", "--json"]
    // Without --delete all of it stays.
    let kept = try box.owner(place[0], place[1], place[2], place[3], place[4], place[5])
    #expect(try kept.isClean && kept.json()["removed"]?.number == 0)
    for name in leftOut { #expect(box.exists("source/\(name)"), "\(name)") }
    // It can be seen before it goes.
    let dry = try box.run(
      place + ["--delete", "--dry-run", "--policy", box.policy, "--key", box.ownerKey])
    #expect(
      try dry.json()["wouldRemove"]?.all.compactMap(\.text).sorted()
        == leftOut.map { "\(box.source)/\($0)" }.sorted())
    for name in leftOut { #expect(box.exists("source/\(name)"), "\(name)") }
    let done = try box.run(place + ["--delete", "--policy", box.policy, "--key", box.ownerKey])
    #expect(done.isClean)
    for name in leftOut { #expect(!box.exists("source/\(name)"), "\(name)") }
    #expect(box.exists("source/note.txt") && box.exists("source/cache/CACHEDIR.TAG"))
    // The manual says so.
    let help = try box.nightsafe("restore", "--help").output.split(separator: " ").joined(
      separator: " "
    ).replacing("\n", with: " ")
    #expect(help.contains("what the backup left out by exclude"))
  }

  @Test func restoresInPlace() throws {
    let box = try backedUp()
    let before = try box.fingerprint("source")
    try box.remove("source/letters")
    try box.write("source/note.txt", "spoiled\n")
    try box.write("source/new.txt", "made since\n")
    // Only paths of the sandbox are in this snapshot, so in place means in the sandbox.
    let part = try box.owner("restore", "latest", "\(box.source)/letters", "--to", "/")
    #expect(part.isClean)
    #expect(try box.read("source/note.txt") == "spoiled\n")
    let all = try box.owner("restore", "latest", box.source, "--to", "/")
    #expect(all.isClean)
    #expect(try box.read("source/new.txt") == "made since\n")
    try box.remove("source/new.txt")
    #expect(try box.owner("restore", "latest", box.source, "--to", "/").isClean)
    #expect(try box.fingerprint("source") == before)
  }

  /// What was asked for and is not there is told, and not passed over.
  @Test func saysWhenNothingIsMeant() throws {
    let box = try backedUp()
    let restore = ["restore", "latest", "--to", box.path("back")]
    let owner = ["--policy", box.policy, "--key", box.ownerKey]
    let pattern = try box.run(restore + owner + ["letters/*.txt"])
    #expect(pattern.code == 1 && pattern.errors.contains("nothing was meant by letters/*.txt"))
    #expect(pattern.errors.contains("hint: a pattern with a slash begins at the root"))
    #expect(try box.run(restore + owner + ["**/letters/*.txt"]).isClean)
    let listed = try box.owner("ls", "latest", "*.nothing")
    #expect(listed.code == 1 && listed.errors.contains("nothing in the snapshot matches *.nothing"))
    let note = "\(box.source)/note.txt"
    let file = try box.run(restore + owner + ["--strip", note, note])
    #expect(file.code == 1 && file.errors.contains("--strip takes a folder of the snapshot"))
    let above = try box.run(restore + owner + ["--strip", "\(box.source)/letters", note])
    #expect(above.code == 1 && above.errors.contains("strip less"), "\(above)")
    let folder = try box.owner("dump", "latest", "\(box.source)/letters")
    #expect(folder.code == 1)
    #expect(folder.errors.contains("\(box.source)/letters is a folder, and no file"))
  }

  @Test func stripsWhatOneOfTheDataSetsHas() throws {
    let box = try Sandbox()
    try box.begin()
    try box.makeFolder("books")
    try box.write("books/2025.txt", "debit and credit\n")
    try box.editPolicy(
      "\"dataSets\": [",
      "\"dataSets\": [ { \"name\": \"books\", \"sources\": [\"\(box.path("books"))\"], "
        + "\"retention\": { \"monthly\": 6, \"maximumAgeDays\": 390 } },")
    #expect(try box.owner("policy", "approve").isClean)
    #expect(try box.host("nightly").isSilent)
    let back = try box.owner("restore", "latest", "--to", box.path("back"), "--strip", box.source)
    #expect(back.isClean, "\(back)")
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
  }

  // MARK: Targets that can't be written

  @Test func saysOnceThatTheTargetIsReadOnly() throws {
    guard Sandbox.canMount else { return }
    let box = try backedUp()
    try box.makeFolder("back")
    let back = try box.run(
      [
        "restore", "latest", "--to", box.path("back"), "--policy", box.policy, "--key",
        box.ownerKey,
      ],
      shell: "mount -t tmpfs -o ro none \(box.path("back")) && exec \"$@\"", isolated: true)
    #expect(back.code == 1)
    let errors = back.errors.split(separator: "\n").filter { $0.contains("error: ") }
    #expect(errors.count == 1 && errors[0].contains("Read-only file system"), "\(back)")
    #expect(back.errors.contains("entries in folders that could not be made were left"))
    #expect(back.errors.contains("hint: what was written is whole"))
  }

  @Test func leavesNoPartOfAFileOnAFullDisk() throws {
    guard Sandbox.canMount else { return }
    let box = try Sandbox()
    try Sandbox.tool(
      "sh", "-c", "head -c 9000000 /dev/urandom > \"$1\"", "sh", box.path("source/a"))
    try Sandbox.tool(
      "sh", "-c", "head -c 9000000 /dev/urandom > \"$1\"", "sh", box.path("source/z"))
    try box.begin()
    try box.backUp()
    try box.makeFolder("back")
    // One of the two fits.
    let back = try box.run(
      [
        "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--policy",
        box.policy,
        "--key", box.ownerKey,
      ],
      shell: """
        mount -t tmpfs -o size=14m none \(box.path("back")) && echo old > \(box.path("back"))/z && "$@"
        code=$?; cp -a \(box.path("back")) \(box.path("seen")); exit $code
        """, isolated: true)
    #expect(back.code == 1)
    #expect(back.errors.contains("no space is left on the disk of \(box.source)/"), "\(back)")
    #expect(back.errors.contains("hint: free space there and run it again"))
    // What is there is whole, or what it was before.
    let left = try Sandbox.tool(
      "sh", "-c", "cd \"$1\" && find . -type f | sort", "sh", box.path("seen"))
    for name in left.split(separator: "\n").map({ String($0.dropFirst(2)) }) {
      #expect(!name.contains(".nightsafe-restore"), "\(left)")
      let isOld = try name == "z" && box.bytes("seen/z").count == 4
      #expect(try isOld || box.bytes("seen/\(name)") == box.bytes("source/\(name)"), "\(name)")
    }
    // And the next run goes on.
    let again = try box.owner(
      "restore", "latest", "--to", box.path("seen"), "--strip", box.source)
    #expect(again.isClean)
    #expect(try Sandbox.differences(box.source, box.path("seen")).isEmpty)
  }

  @Test(arguments: ["INT", "TERM"]) func leavesNoPartOfAFileWhenItIsStopped(_ signal: String) throws
  {
    let box = try Sandbox()
    try Sandbox.tool(
      "sh", "-c", "for i in $(seq 20); do head -c 9000000 /dev/urandom > \"$1/$i\"; done", "sh",
      box.source)
    try box.begin()
    try box.backUp()
    let stopped = try box.run(
      [
        "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--policy",
        box.policy,
        "--key", box.ownerKey,
      ],
      shell: """
        "$@" & run=$!
        until [ -e \(box.path("back"))/1 ]; do kill -0 $run || break; done
        kill -\(signal) $run; wait $run
        """)
    #expect(stopped.code == 1 && stopped.errors.contains("stopped on request"), "\(stopped)")
    let left = try Sandbox.tool("sh", "-c", "cd \"$1\" && find . -type f", "sh", box.path("back"))
    for name in left.split(separator: "\n").map({ String($0.dropFirst(2)) }) {
      #expect(try box.bytes("back/\(name)") == box.bytes("source/\(name)"), "\(name)")
    }
    let again = try box.owner(
      "restore", "latest", "--to", box.path("back"), "--strip", box.source)
    #expect(again.isClean)
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
  }

  @Test func onlySaysWhatItWouldWrite() throws {
    let box = try backedUp()
    let dry = try box.owner(
      "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--dry-run")
    #expect(dry.isClean)
    #expect(dry.lines.contains("\(box.source)/letters/first.txt"))
    #expect(dry.output.contains("4 entries would be written"))
    #expect(!box.exists("back"))
    let json = try box.owner(
      "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--dry-run", "--json")
    #expect(try json.json()["planned"]?.count == 4)
    #expect(!box.exists("back"))
    #expect(
      try box.owner("restore", "latest", "--to", box.path("back"), "--strip", box.source).isClean)
    let after = try box.fingerprint("back")
    let nothing = try box.owner(
      "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--dry-run", "--json")
    #expect(try nothing.json()["planned"]?.count == 0)
    #expect(try nothing.json()["unchanged"]?.number == 3)
    #expect(try box.fingerprint("back") == after)
  }

  @Test func followsNoLinkOutOfTheTarget() throws {
    let box = try backedUp()
    // Links stand in the target where folders and files are to come; outside must stay as it was.
    try box.makeFolder("back")
    try box.makeFolder("outside")
    try box.write("outside/note.txt", "do not touch\n")
    try box.write("outside/first.txt", "do not touch\n")
    try Sandbox.tool("ln", "-s", box.path("outside"), box.path("back/letters"))
    try Sandbox.tool("ln", "-s", box.path("outside/note.txt"), box.path("back/note.txt"))
    let outside = try box.fingerprint("outside")
    let back = try box.owner(
      "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--delete")
    #expect(back.isClean)
    #expect(try box.fingerprint("outside") == outside)
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
    // A link above what was asked for is no way out either.
    try box.makeFolder("back2")
    try Sandbox.tool("ln", "-s", box.path("outside"), box.path("back2/letters"))
    let part = try box.owner(
      "restore", "latest", "\(box.source)/letters/first.txt", "--to", box.path("back2"), "--strip",
      box.source)
    #expect(part.code == 0 || part.code == 1)
    #expect(try box.fingerprint("outside") == outside)
    // And a pattern makes the folders above what it finds.
    try box.makeFolder("back3")
    try Sandbox.tool("ln", "-s", box.path("outside"), box.path("back3/letters"))
    _ = try box.owner(
      "restore", "latest", "first*", "--to", box.path("back3"), "--strip", box.source)
    #expect(try box.fingerprint("outside") == outside)
  }

  @Test func practisesAndSignsIt() throws {
    let box = try backedUp()
    let test = try box.owner("test-restore", "--all", "--below", box.root)
    #expect(test.isClean)
    #expect(test.output.contains("PASSED (L3): 3 files"))
    #expect(test.output.contains("3 compared with the unchanged source, 0 of them differ"))
    // Nobody wrote anything down.
    #expect(try box.owner("report", "minutes").output == "")
    let before = try box.folder.names()
    let sample = try box.owner(
      "test-restore", "--sample", "2", "--below", box.root, "--out", box.path("tested.jsonl"),
      "--json")
    #expect(sample.code == 0)
    let json = try sample.json()
    #expect(json["result"]?.text == "PASSED" && json["files"]?.number == 2)
    // Nothing is left of the copy.
    #expect(try box.folder.names() == (before + ["tested.jsonl"]).sorted())
    let handedIn = try box.host("log", "append", box.path("tested.jsonl"))
    #expect(handedIn.isClean && handedIn.output.hasPrefix("log entry "))
    let kinds = try box.host("log", "--json").jsonLines().compactMap { $0["kind"]?.text }
    #expect(kinds.filter { $0 == "tested" }.count == 2)

    // What people write down is sealed; the log tells counts and a role.
    try box.write("finding", "the ledger of Jansen was late\n")
    try box.write("tasks", "ask Jansen\n\nlook again\n")
    let owner = ["--policy", box.policy, "--key", box.ownerKey]
    let words = [
      "test-restore", "--all", "--finding-file", box.path("finding"), "--tasks-file",
      box.path("tasks"), "--below", box.root,
    ]
    let nobody = try box.run(words + owner)
    #expect(nobody.code == 2 && nobody.errors.contains("--role"))
    #expect(try box.run(words + ["--role", "employee"] + owner).isClean)
    let shown = try box.owner("report", "minutes")
    #expect(shown.isClean && shown.output.contains("PASSED, by employee"))
    #expect(shown.output.contains("the ledger of Jansen was late"))
    #expect(
      shown.output.contains("to do: ask Jansen") && shown.output.contains("to do: look again"))
    let line = try #require(try box.owner("report", "minutes", "--json").jsonLines().first)
    #expect(line["tasks"]?.count == 2 && line["role"]?.text == "employee")
    #expect(try Sandbox.tool("sh", "-c", "grep -rl Jansen '\(box.repository)' || true") == "")
    let closed = try box.host("report", "minutes", "--key", box.path("host/host.key"))
    #expect(closed.code == 6)
    // A writer's key opens nothing.
    let host = try box.host("test-restore", "--key", box.path("host/host.key"))
    #expect(host.code == 6 && host.errors.contains("this key writes backups and opens none"))
  }
}
