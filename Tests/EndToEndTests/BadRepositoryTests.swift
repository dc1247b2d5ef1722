import BackupSystem
import BackupTestSupport
import Testing

@Suite("Repositories that can't be used, or are damaged")
struct BadRepositoryTests {
  private func begun() throws -> Sandbox {
    let box = try Sandbox()
    try box.begin()
    guard try box.host("nightly").isSilent else { throw Sandbox.Unexpected("the night complained") }
    return box
  }

  /// Commands that read, and one that writes, all refuse with a code and words; nothing is written.
  private func allRefuse(
    _ box: Sandbox, _ code: Int32, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = box.exists("repository") ? try box.fingerprint("repository") : ""
    let owner = ["--key", box.ownerKey]
    for arguments in [
      ["nightly"], ["backup"], ["snapshots"], ["log"], ["verify"],
      ["ls", "latest"] + owner, ["restore", "latest", "--to", box.path("back")] + owner,
    ] {
      let done = try box.run(arguments + ["--policy", box.policy])
      #expect(done.code == code, "\(done)", sourceLocation: sourceLocation)
      #expect(done.errors.contains(words), "\(done)", sourceLocation: sourceLocation)
      #expect(done.errors.contains("hint: "), "\(done)", sourceLocation: sourceLocation)
    }
    #expect(!box.exists("back"), sourceLocation: sourceLocation)
    let after = box.exists("repository") ? try box.fingerprint("repository") : ""
    #expect(after == before, sourceLocation: sourceLocation)
  }

  // MARK: Exit code 7

  @Test func anAbsentDisk() throws {
    let box = try begun()
    try Sandbox.tool("mv", box.repository, box.path("elsewhere"))
    try allRefuse(box, 7, "is the disk mounted? only nightsafe init makes a repository")
    #expect(!box.exists("repository"))
    // The mount point is there, and empty.
    try box.makeFolder("repository")
    try allRefuse(box, 7, "there is no repository at that place (no FORMAT there)")
    #expect(try Sandbox.tool("ls", "-A", box.repository).isEmpty)
  }

  @Test func anotherID() throws {
    let box = try begun()
    let other = try Sandbox()
    try other.begin()
    try box.editPolicy(box.id, other.id)
    try allRefuse(box, 7, "another repository lies at that place")
    for bad in ["abc", String(box.id.dropLast()), box.id.uppercased()] {
      let done = try box.nightsafe(
        "snapshots", "--repository", box.repository, "--id", bad)
      #expect(done.code == 2 && done.errors.contains("64 hex digits"), "\(done)")
    }
  }

  @Test func aNewerFormat() throws {
    let box = try begun()
    let format = try box.read("repository/FORMAT")
    try Sandbox.tool("chmod", "u+w", box.path("repository/FORMAT"))
    try box.write("repository/FORMAT", format.replacing("version: 1", with: "version: 2"))
    try allRefuse(box, 7, "the repository has format version 2; this program reads version 1")
    try box.write("repository/FORMAT", format.replacing("features:", with: "features: parity"))
    try allRefuse(box, 7, "the repository needs the feature parity, which this program lacks")
    try box.write("repository/FORMAT", "something else\n")
    try allRefuse(box, 7, "is not that of a NightSafe repository")
  }

  // MARK: Copies that are not whole

  @Test func aHalfCopiedRepository() throws {
    let box = try begun()
    try Sandbox.tool("cp", "-a", box.repository, box.path("whole"))
    // Only the beginning of the log has arrived.
    for entry in try box.objects("log").dropFirst(3) { try box.remove("repository/\(entry)") }
    let night = try box.host("nightly")
    #expect(night.code == 4 && night.errors.contains("is not the one that this machine saw last"))
    // The log is whole, the packs are not.
    try box.remove("repository")
    try Sandbox.tool("cp", "-a", box.path("whole"), box.repository)
    try box.remove("repository/packs")
    let verify = try box.host("verify", "--level", "L0")
    #expect(verify.code == 4 && verify.errors.contains("packs/"))
    let back = try box.owner("restore", "latest", "--to", box.path("back"))
    #expect(back.code == 4, "\(back)")
    // A finding never stops a backup: what is missing is stored again.
    let again = try box.host("nightly")
    #expect(again.code == 0 || again.code == 4, "\(again)")
    // The copy is finished, and all is well.
    try box.remove("repository")
    try Sandbox.tool("cp", "-a", box.path("whole"), box.repository)
    #expect(
      try box.stranger("restore", "latest", "--to", box.path("good")).isClean)
    #expect(try Sandbox.differences(box.source, box.path("good\(box.source)")).isEmpty)
  }

  @Test func aReadOnlyRepository() throws {
    guard Sandbox.canMount else { return }
    let box = try begun()
    let before = try box.fingerprint("repository")
    let readOnly =
      "mount --bind \(box.repository) \(box.repository) && "
      + "mount -o remount,ro,bind \(box.repository) && exec \"$@\""
    func run(_ arguments: String...) throws -> Transcript {
      try box.run(arguments + ["--policy", box.policy], shell: readOnly, isolated: true)
    }
    try box.write("source/new.txt", "new\n")
    let night = try run("nightly")
    #expect(night.code == 1, "\(night)")
    #expect(night.errors.contains("the repository can't be written: it is read-only"))
    // Looking and restoring need no more than reading.
    #expect(try run("verify").isClean)
    let back = try run(
      "restore", "latest", "--to", box.path("back"), "--key", box.ownerKey)
    #expect(back.isClean)
    let said = try run(
      "hold", "add", "--data-set", "business", "--reason", "x", "--key", box.ownerKey)
    #expect(said.code == 1 && said.errors.contains("read-only"))
    let file = try run(
      "hold", "add", "--data-set", "business", "--reason", "x", "--key", box.ownerKey, "--out",
      box.path("hold.jsonl"))
    #expect(file.isClean)
    #expect(try box.fingerprint("repository") == before)
    #expect(try box.host("nightly").isSilent)
  }

  @Test func aFullDisk() throws {
    guard Sandbox.canMount else { return }
    let box = try begun()
    try Sandbox.tool(
      "sh", "-c", "head -c 3000000 /dev/urandom > \"$1\"", "sh", box.path("source/noise"))
    try Sandbox.tool("mv", box.repository, box.path("saved"))
    try box.makeFolder("repository")
    // Less than the reserve is free, so that log and deletions always fit.
    let done = try box.run(
      ["nightly", "--policy", box.policy],
      shell: """
        mount -t tmpfs -o size=200m none \(box.repository) && \
        cp -a \(box.path("saved"))/. \(box.repository) && "$@"; code=$?; \
        cp -a \(box.repository) \(box.path("after")); exit $code
        """, isolated: true)
    #expect(done.code == 1, "\(done)")
    #expect(done.errors.contains("the repository's disk is too full: "))
    #expect(done.errors.contains("must be free to go on, ") && done.errors.contains(" MiB is"))
    #expect(done.errors.contains("free space there or run nightsafe rotate"))
    // Nothing lost, nothing half-written.
    try box.remove("repository")
    try Sandbox.tool("mv", box.path("after"), box.repository)
    #expect(try Sandbox.tool("find", box.repository, "-name", ".*").isEmpty)
    #expect(try box.host("verify").isClean)
    #expect(try box.owner("ls", "latest").output.contains("note.txt"))
    #expect(try box.host("nightly").isSilent)
    #expect(try box.owner("ls", "latest").output.contains("noise"))
  }

  // MARK: Damage

  private static let kinds = [
    "FORMAT", "log", "checkpoints", "keys", "packs", "index", "chunks", "snapshots", "records",
    "erasures",
  ]

  @Test(arguments: kinds, ["flip", "cut", "remove"])
  func damageOfEveryKindIsFound(_ kind: String, _ damage: String) throws {
    let box = try begun()
    if kind == "erasures" {
      #expect(try box.owner("erase", "request", "\(box.source)/letters/first.txt").isClean)
    }
    let objects = kind == "FORMAT" ? ["FORMAT"] : try box.objects(kind)
    // The log's middle: its end is what two programs may be racing for.
    let object = kind == "log" ? objects[1] : try #require(objects.first)
    let file = "repository/\(object)"
    let bytes = try box.bytes(file)
    try Sandbox.tool("chmod", "u+w", box.path(file))
    switch damage {
    case "flip": try VerifyTests.flip(box, file, at: kind == "FORMAT" ? 10 : bytes.count / 2)
    case "cut":
      let left = kind == "FORMAT" ? 30 : bytes.count * 2 / 3
      try box.folder.write(file, Array(bytes.prefix(left)))
    default: try box.remove(file)
    }
    let outside = try box.verifier("verify", "--no-memory")
    // A checkpoint that is gone is no damage: the log stands without it.
    let isHarmless = kind == "checkpoints" && damage == "remove"
    #expect(
      outside.code == (isHarmless ? 0 : 4) || (kind == "FORMAT" && outside.code == 7), "\(outside)")
    let isNamed = (outside.output + outside.errors).contains(kind)
    #expect(isNamed || isHarmless || kind == "FORMAT" || kind == "log", "\(outside)")
    // A restore never crashes and never says that all is well when something is lost.
    let back = try box.stranger(
      "restore", "latest", "--to", box.path("back"), "--strip", box.source)
    #expect([0, 4, 6, 7].contains(back.code), "\(back)")
    if kind == "erasures" {
      // Without the request nobody knows what must not come back.
      #expect(back.code == 4 && back.errors.contains("nothing is restored"), "\(back)")
      #expect(back.errors.contains("hint: ") && !box.exists("back/letters"), "\(back)")
    } else if back.code == 0 {
      #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
    } else {
      #expect(back.errors.contains("nightsafe: "), "\(back)")
    }
    guard damage == "flip" else { return }
    // Nor does a night, which goes on where it can.
    let night = try box.host("nightly")
    #expect([0, 4, 6, 7].contains(night.code), "\(night)")
    if ["packs", "index", "chunks", "snapshots", "records", "checkpoints"].contains(kind) {
      #expect(night.code == 0 || night.code == 4, "\(night)")
      let after = try box.owner(
        "restore", "latest", "--to", box.path("after"), "--strip", box.source)
      // A lost pack is stored again by the night after the one that found it.
      #expect(after.code == 0 || kind == "packs" || kind == "index", "\(after)")
    }
  }

  // MARK: Entries of the log

  @Test func anEntryThatIsVoid() throws {
    let box = try begun()
    let last = try #require(try box.objects("log").last)
    let number = Int(last.suffix(16)) ?? 0
    let next = String(repeating: "0", count: 16 - "\(number + 1)".count) + "\(number + 1)"
    // Whoever may create files can put anything there; it says nothing and is reported.
    try box.write("repository/log/\(next)", "rubbish\n")
    let log = try box.host("log")
    #expect(log.code == 4 && log.output.contains("\(number + 1)  void"))
    let night = try box.host("nightly")
    #expect(night.code == 4 && night.errors.contains("the log has 1 findings"))
    #expect(night.errors.contains("the owner acknowledges what is explained"))
    #expect(try box.verifier("verify", "--no-memory").code == 4)
    #expect(try box.owner("restore", "latest", "--to", box.path("back")).code == 0)
    // The owner knows of it.
    #expect(try box.owner("log", "acknowledge", "\(number + 1)").isClean)
    #expect(try box.host("nightly").isSilent)
    #expect(try box.verifier("verify", "--no-memory").code == 0)
  }

  @Test func anEntryThatIsMissing() throws {
    let box = try begun()
    try box.remove("repository/log/0000000000000002")
    let night = try box.host("nightly")
    #expect(night.code == 4, "\(night)")
    #expect(try box.verifier("verify", "--no-memory").code == 4)
    try box.remove("repository/log/0000000000000000")
    let none = try box.host("nightly")
    #expect([4, 7].contains(none.code), "\(none)")
  }

  @Test func anEntryTooMany() throws {
    let box = try begun()
    let last = try #require(try box.objects("log").last)
    try Sandbox.tool(
      "cp", box.path("repository/\(last)"), box.path("repository/log/0000000000009999"))
    let verify = try box.verifier("verify", "--no-memory")
    #expect(verify.code == 4, "\(verify)")
    // A copy of an older entry at the end says nothing a second time.
    try box.remove("repository/log/0000000000009999")
    let number = (Int(last.suffix(16)) ?? 0) + 1
    let next = String(repeating: "0", count: 16 - "\(number)".count) + "\(number)"
    try Sandbox.tool(
      "cp", box.path("repository/log/0000000000000003"), box.path("repository/log/\(next)"))
    #expect(try box.host("log").code == 4)
    #expect(try box.host("nightly").code == 4)
    #expect(try box.owner("ls", "latest").output.contains("note.txt"))
  }

  // MARK: Paths

  @Test(arguments: [
    "../../etc", "/srv/../etc/passwd", ".", "a//b", "/", "..", "", "new\nline", "\u{1}\u{7f}",
    String(repeating: "n", count: 255), String(repeating: "n", count: 256),
    String(repeating: "/name", count: 2_000),
  ])
  func pathsThatLeadNowhere(_ path: String) throws {
    let box = try begun()
    let owner = ["--policy", box.policy, "--key", box.ownerKey, "--"]
    let back = try box.run(["restore", "latest", "--to", box.path("back")] + owner + [path])
    let isEverything = path == "/" || path == ""
    #expect(back.code == (isEverything ? 0 : 1), "\(back)")
    if !isEverything { #expect(back.errors.contains("no such path"), "\(back)") }
    let dump = try box.run(["dump", "latest"] + owner + [path])
    #expect(dump.code == 1 && dump.outputBytes.isEmpty, "\(dump)")
    for name in ["etc", "back/etc"] { #expect(!box.exists(name)) }
  }

  @Test func aTargetThatCannotBe() throws {
    let box = try begun()
    for target in [
      box.path("source/note.txt"), box.path("no/such/parent"), "/proc/nothing", "",
    ] {
      let back = try box.owner("restore", "latest", "--to", target)
      #expect(back.code == 1 || back.code == 2, "\(back)")
      #expect(back.errors.contains("nightsafe: error: "), "\(back)")
    }
    #expect(try box.read("source/note.txt") == "a note\n")
    let strip = try box.owner(
      "restore", "latest", "--to", box.path("back"), "--strip", "/not/there")
    #expect(strip.code == 1 && strip.errors.contains("/not/there"), "\(strip)")
  }
}
