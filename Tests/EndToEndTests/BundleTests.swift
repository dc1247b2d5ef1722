import BackupCrypto
import BackupFormat
import BackupLog
import BackupSystem
import BackupTestSupport
import Testing

@Suite("A bundle for a supervisor")
struct BundleTests {
  /// A repository with two nights, and a supervisor with a key of his own.
  private func scene() throws -> Sandbox {
    let box = try Sandbox()
    try box.makeFolder("supervisor")
    #expect(
      try box.nightsafe("key", "new", box.path("supervisor/s.key"), "--no-passphrase").isClean)
    try box.begin()
    #expect(try box.host("nightly").isSilent)
    return box
  }

  private func make(_ box: Sandbox, _ more: String...) throws -> Transcript {
    try box.run(
      .verifier,
      ["bundle", "make", "--repository", box.repository, "--id", box.id] + more)
  }

  private func open(_ box: Sandbox, _ more: String...) throws -> Transcript {
    try box.run(.verifier, ["bundle", "open", "--id", box.id] + more)
  }

  @Test func isMadeLoggedOpenedAndChecked() throws {
    let box = try scene()
    let before = try box.objects("log").count
    let bundle = box.path("file.bundle")
    let made = try make(
      box, "--key", box.ownerKey, "--recipient", box.path("supervisor/s.key.pub"), "--out", bundle,
      "--json")
    #expect(made.isClean)
    let told = try made.json()
    #expect(
      told["editions"]?.all.compactMap(\.text) == ["administrator", "confidential", "public"])
    #expect(told["closedEditions"]?.number == 0)
    #expect(told["entry"]?.number == before)
    #expect(
      told["sha256"]?.text == Digest(hashing: try box.bytes("file.bundle")).hex)
    #expect(try box.permissions("file.bundle") == 0o600)
    // Its making is in the log, with what anyone can compare.
    #expect(try box.objects("log").count == before + 1)
    #expect(try box.verifier("log").output.contains("  disclosed  "))
    #expect(
      try box.read("repository/" + box.objects("log")[before]).contains("urn") == false)
    #expect(try box.host("verify", "--level", "L0").isClean)

    let opened = try open(
      box, bundle, "--key", box.path("supervisor/s.key"), "--to", box.path("opened"))
    #expect(opened.isClean && opened.output.contains("README.txt"))
    let night = try #require(told["last"]?.text)
    let readme = try box.read("opened/README.txt")
    #expect(readme.contains(box.id) && readme.contains("DOSSIER") && readme.contains("FILE ON"))
    for name in [
      "repository/FORMAT", "repository/log/0000000000000000",
      "editions/\(night).confidential.json", "editions/\(night).public.json",
      "proofs/\(night).tlog-proof", "reports/verification.json", "reports/confidential.nl.html",
      "reports/register.en.txt", "reports/incidents.nl.txt", "schemas/record.schema.json",
      "schemas/format.md",
    ] {
      #expect(box.exists("opened/\(name)"), "\(name)")
    }
    // What lies in it is enough for its own tool, and for the proof of each edition.
    let repository = box.path("opened/repository")
    let log = try box.run(.verifier, ["log", "--repository", repository, "--id", box.id])
    #expect(log.isClean && log.output.split(separator: "\n").count >= before)
    for edition in ["public", "administrator", "confidential"] {
      let checked = try box.run(
        .verifier,
        [
          "edition", "check", box.path("opened/editions/\(night).\(edition).json"), "--repository",
          repository, "--id", box.id,
        ])
      #expect(checked.isClean && checked.output.contains("proven"), "\(edition)")
    }
    let key = try #require(
      readme.split(separator: "\n").first { $0.hasPrefix("  nightsafe/") }?.dropFirst(2))
    let proven = try box.run(
      .verifier,
      [
        "edition", "check", box.path("opened/editions/\(night).public.json"), "--id", box.id,
        "--proof", box.path("opened/proofs/\(night).tlog-proof"), "--signed-by", String(key),
      ])
    #expect(proven.isClean, "\(proven)")
  }

  @Test func namesAKeyThatSignedBeforeItWasReplaced() throws {
    let box = try scene()
    let old = try box.host(
      "key", "rotate", "--host", box.path("host/host.key"), "--no-passphrase", "--json", "--key",
      box.ownerKey)
    let oldKey = try #require(try old.json()["oldKey"]?.text)
    let made = try make(
      box, "--key", box.ownerKey, "--recipient", box.path("supervisor/s.key.pub"), "--out",
      box.path("file.bundle"), "--json")
    let night = try #require(try made.json()["last"]?.text)
    #expect(
      try open(
        box, box.path("file.bundle"), "--key", box.path("supervisor/s.key"), "--to",
        box.path("opened")
      ).isClean)
    // The proof of the night stands and falls with it: nobody else signed a head by then.
    let keys = try box.read("opened/README.txt").split(separator: "\n")
      .filter { $0.hasPrefix("  nightsafe/") }.map { String($0.dropFirst(2)) }
    #expect(keys.contains { $0.contains(oldKey) }, "\(keys)")
    let proven = try box.run(
      .verifier,
      [
        "edition", "check", box.path("opened/editions/\(night).public.json"), "--id", box.id,
        "--proof", box.path("opened/proofs/\(night).tlog-proof"),
      ] + keys.flatMap { ["--signed-by", $0] })
    #expect(proven.isClean, "\(proven)")
  }

  @Test func opensForNobodyElseAndNeverOverwrites() throws {
    let box = try scene()
    let bundle = box.path("file.bundle")
    let arguments = [
      "bundle", "make", "--repository", box.repository, "--id", box.id, "--key", box.ownerKey,
      "--recipient", box.path("supervisor/s.key.pub"), "--out", bundle,
    ]
    #expect(try box.run(.verifier, arguments).isClean)
    let log = try box.objects("log")
    let again = try box.run(.verifier, arguments)
    #expect(again.code == 1 && again.errors.contains("exists already"))
    #expect(try box.objects("log") == log)

    let other = try open(box, bundle, "--key", box.ownerKey, "--to", box.path("opened"))
    #expect(other.code == 6 && !box.exists("opened"))
    var bytes = try box.bytes("file.bundle")
    bytes[bytes.count - 1] ^= 1
    try box.folder.write("hurt.bundle", bytes)
    let hurt = try open(
      box, box.path("hurt.bundle"), "--key", box.path("supervisor/s.key"), "--to",
      box.path("opened"))
    #expect(hurt.code == 4 && hurt.errors.contains("altered") && !box.exists("opened"))
    let elsewhere = try box.run(
      .verifier,
      [
        "bundle", "open", bundle, "--id", String(repeating: "ab", count: 32), "--key",
        box.path("supervisor/s.key"), "--to", box.path("opened"),
      ])
    #expect(elsewhere.code == 7)
    // A folder that exists is left alone.
    try box.makeFolder("opened")
    let taken = try open(
      box, bundle, "--key", box.path("supervisor/s.key"), "--to", box.path("opened"))
    #expect(taken.code == 1)
    // The host has no business with it.
    let host = try make(
      box, "--key", box.path("host/host.key"), "--recipient", box.path("supervisor/s.key.pub"),
      "--out", box.path("host.bundle"))
    #expect(host.code == 6 && !box.exists("host.bundle"))
    #expect(try box.objects("log") == log)
  }

  @Test func takesAPassphraseThroughAPipe() throws {
    let box = try scene()
    let bundle = box.path("file.bundle")
    let script =
      "printf '%s\\n' 'correct horse battery' | \"$@\" --bundle-passphrase-file /dev/stdin"
    let made = try box.run(
      .verifier,
      [
        "bundle", "make", "--repository", box.repository, "--id", box.id, "--key", box.ownerKey,
        "--out", bundle,
      ], shell: script)
    #expect(made.isClean, "\(made)")
    let opened = try box.run(
      .verifier, ["bundle", "open", bundle, "--id", box.id, "--to", box.path("opened")],
      shell: script)
    #expect(opened.isClean && box.exists("opened/README.txt"))
    try box.write("short", "too short\n")
    let short = try make(
      box, "--key", box.ownerKey, "--bundle-passphrase-file", box.path("short"), "--out",
      box.path("other.bundle"))
    #expect(short.code == 6 && short.errors.contains("fewer than 12 bytes"))
    let wrong = try open(
      box, bundle, "--bundle-passphrase-file", box.path("short"), "--to", box.path("again"))
    #expect(wrong.code == 6 && !box.exists("again"))
  }

  @Test func ofAStoreThatCannotBeWrittenIsHandedIn() throws {
    let box = try scene()
    let made = try make(
      box, "--key", box.ownerKey, "--recipient", box.path("supervisor/s.key.pub"), "--out",
      box.path("file.bundle"), "--statement", box.path("said"))
    #expect(made.isClean && made.output.contains("nightsafe log append"))
    let before = try box.objects("log").count
    #expect(try box.host("log", "append", box.path("said")).isClean)
    #expect(try box.objects("log").count == before + 1)
    #expect(try box.verifier("log").output.contains("  disclosed  "))
  }

  @Test func saysNothingOfAFileThatCannotBeMade() throws {
    let box = try scene()
    let log = try box.objects("log")
    let arguments = ["--key", box.ownerKey, "--recipient", box.path("supervisor/s.key.pub")]
    let nowhere = try box.run(
      .verifier,
      ["bundle", "make", "--repository", box.repository, "--id", box.id]
        + arguments + ["--out", box.path("none/file.bundle")])
    #expect(nowhere.code == 1 && nowhere.errors.contains("cannot write"), "\(nowhere)")
    #expect(try box.objects("log") == log)
    // What could not be said is not given away, and leaves nothing.
    try box.makeFolder("given")
    let unsaid = try box.run(
      .verifier,
      ["bundle", "make", "--repository", box.repository, "--id", box.id]
        + arguments + [
          "--out", box.path("given/file.bundle"), "--statement", box.path("none/said"),
        ])
    #expect(unsaid.code == 1 && unsaid.errors.contains("none/said"), "\(unsaid)")
    #expect(try Sandbox.tool("ls", "-A", box.path("given")).isEmpty)
    #expect(try box.objects("log") == log)
  }

  @Test(.enabled(if: Sandbox.canTrace))
  func isOnStableStorageWhenItSaysSo() throws {
    let box = try scene()
    let bundle = box.path("file.bundle")
    let calls = box.path("calls")
    func traced(_ arguments: [String]) throws -> [Substring] {
      let done = try box.run(
        .verifier, arguments,
        shell: "exec strace -f -qq -e trace=openat,fsync,syncfs,renameat2,linkat -o \(calls) \"$@\""
      )
      #expect(done.isClean, "\(done)")
      return try box.read("calls").split(separator: "\n")
    }
    let made = try traced([
      "bundle", "make", "--repository", box.repository, "--id", box.id, "--key", box.ownerKey,
      "--recipient", box.path("supervisor/s.key.pub"), "--out", bundle,
    ])
    // The file is whole before the log hears of it, and has its name only afterwards.
    func place(_ last: Bool = false, _ isMeant: (Substring) -> Bool) throws -> Int {
      try #require(last ? made.lastIndex(where: isMeant) : made.firstIndex(where: isMeant))
    }
    let begun = try place { $0.contains("\".new-") && $0.contains("O_CREAT") }
    let synced = try #require(made[begun...].firstIndex { $0.contains(" fsync(") })
    let entry = "\(String(try box.objects("log").count - 1, radix: 16))\""
    let said = try place { $0.contains(entry) && ($0.contains("link") || $0.contains("rename")) }
    let named = try place(true) { $0.contains("\"file.bundle\"") && !$0.contains(" openat(") }
    #expect(begun < synced && synced < said && said < named)

    let opened = try traced([
      "bundle", "open", bundle, "--id", box.id, "--key", box.path("supervisor/s.key"), "--to",
      box.path("opened"),
    ])
    let written = try #require(opened.lastIndex { $0.contains("O_CREAT") })
    #expect(opened[written...].contains { $0.contains(" syncfs(") })
  }

  @Test func refusesAPassphraseWithNUL() throws {
    let box = try scene()
    let bundle = box.path("file.bundle")
    try box.write("words", "correct horse battery\n")
    try box.write("padded", "correct horse battery\0\n")
    let padded = try make(
      box, "--key", box.ownerKey, "--bundle-passphrase-file", box.path("padded"), "--out", bundle)
    #expect(padded.code == 6 && padded.errors.contains("NUL") && !box.exists("file.bundle"))
    #expect(
      try make(
        box, "--key", box.ownerKey, "--bundle-passphrase-file", box.path("words"), "--out", bundle
      ).isClean)
    let wrong = try open(
      box, bundle, "--bundle-passphrase-file", box.path("padded"), "--to", box.path("opened"))
    #expect(wrong.code == 6 && wrong.errors.contains("NUL") && !box.exists("opened"))
  }

  @Test func takesNamesThatAreNotText() throws {
    let box = try scene()
    func name(_ path: String) -> [UInt8] { [UInt8](box.path(path).utf8) + [0xff, 0xe9] }
    try Sandbox.tool("cp", box.ownerKey, raw: [name("vault/o")])
    let bundle = name("bundle")
    let made = try box.run(
      .verifier,
      [
        "bundle", "make", "--repository", box.repository, "--id", box.id, "--recipient",
        box.path("supervisor/s.key.pub"),
      ],
      raw: [[UInt8]("--key".utf8), name("vault/o"), [UInt8]("--out=".utf8) + bundle])
    #expect(made.isClean && made.output.contains("bundle\\xff\\xe9: "), "\(made)")
    let opened = try box.run(
      .verifier, ["bundle", "open", "--id", box.id, "--key", box.path("supervisor/s.key")],
      raw: [[UInt8]("--to".utf8), name("opened"), bundle])
    #expect(opened.isClean, "\(opened)")
    try Sandbox.tool("test", "-f", raw: [name("opened") + [UInt8]("/README.txt".utf8)])
    let again = try box.run(
      .verifier,
      [
        "bundle", "make", "--repository", box.repository, "--id", box.id, "--key", box.ownerKey,
        "--recipient", box.path("supervisor/s.key.pub"), "--out",
      ], raw: [bundle])
    #expect(again.code == 1 && again.errors.contains("bundle\\xff\\xe9 exists already"))
  }
}
