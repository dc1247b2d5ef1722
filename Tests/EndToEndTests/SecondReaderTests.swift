import BackupSystem
import BackupTestSupport
import Testing

/// `Scripts/emergency-restore.py` was written from the format alone; what it restores is what the
/// executables stored.
@Suite("The second reader")
struct SecondReaderTests {
  private static let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  private static let script = "/\(root)/Scripts/emergency-restore.py"

  private static var python: String {
    let own = "/\(root)/.build-python/bin/python3"
    // Where it is missing the system's Python has what is needed.
    return (try? FileStatus.read(path: Array(own.utf8))) == nil ? "python3" : own
  }

  func read(_ box: Sandbox, _ more: String...) throws -> String {
    let outcome = try ChildProcess(
      arguments: ([Self.python, Self.script, "--repository", box.repository, "--id", box.id] + more)
        .map { Array($0.utf8) }, outputByteCountLimit: 1 << 20, errorOutput: .captured,
      timeLimitMilliseconds: 120_000
    ).run()
    guard outcome.isSuccess else {
      throw Sandbox.Unexpected(
        String(decoding: outcome.output + outcome.errorOutput, as: UTF8.self))
    }
    return String(decoding: outcome.output + outcome.errorOutput, as: UTF8.self)
  }

  private func twoNights() throws -> Sandbox {
    let box = try Sandbox()
    try Sandbox.tool(
      "sh", "-c",
      #"""
      cd "$1" && head -c 2500000 /dev/urandom > noise && ln noise again && ln -s noise link
      truncate -s 9M holes && printf x >> holes && mkfifo pipe && mkdir -p a/b && touch a/b/empty
      echo strange > "$(printf 'n\353t')" && setfattr -n user.x -v y noise && touch -d 2020-02-02 a/b
      yes text | head -c 900000 > a/text || true
      """#, "sh", box.source)
    try box.begin()
    try box.backUp()
    try Sandbox.tool(
      "sh", "-c", "cd \"$1\" && echo more >> a/text && echo new > new && rm again", "sh", box.source
    )
    try box.backUp()
    return box
  }

  @Test func restoresWithTheOwnersKeyWhatWasStored() throws {
    let box = try twoNights()
    #expect(try read(box, "--key", box.ownerKey, "list").contains(box.newestNight()))
    _ = try read(box, "--key", box.ownerKey, "restore", "latest", "--to", box.path("python"))
    #expect(try Sandbox.differences(box.source, box.path("python\(box.source)")).isEmpty)
    // And as this program restores it.
    #expect(try box.owner("restore", "latest", "--to", box.path("swift")).isClean)
    #expect(try Sandbox.differences(box.path("swift"), box.path("python")).isEmpty)
  }

  @Test func readsPastWhatPeopleSay() throws {
    let box = try twoNights()
    for arguments in [
      [
        "erase", "refuse", "--ground", "legalClaims", "--received", "2026-01-02", "--note-file",
        "-",
      ],
      ["incident", "note", "restore.next-due"],
    ] {
      // Where only the disk and the id are at hand, too.
      let said = try box.run(
        arguments + ["--repository", box.repository, "--id", box.id, "--key", box.ownerKey],
        input: "they are at law with us")
      #expect(said.isClean, "\(said)")
    }
    try box.backUp()
    let list = try read(box, "--key", box.ownerKey, "list")
    #expect(list.contains(try box.newestNight()) && !list.contains("void"), "\(list)")
    _ = try read(box, "--key", box.ownerKey, "restore", "latest", "--to", box.path("python"))
    #expect(try Sandbox.differences(box.source, box.path("python\(box.source)")).isEmpty)
  }

  @Test func restoresWithTheRecoverySheet() throws {
    let box = try twoNights()
    let groups = try box.owner("key", "sheet", "--json").json()["groups"]?.all.compactMap(\.text)
    try box.write("sheet.txt", (groups ?? []).joined(separator: " ") + "\n")
    _ = try read(
      box, "--sheet", box.path("sheet.txt"), "restore", "latest", "--to", box.path("python"),
      String(box.source.dropFirst()) + "/a")
    #expect(
      try Sandbox.differences(box.path("source/a"), box.path("python\(box.source)/a")).isEmpty)
  }

  @Test func opensAKeyWithItsPassphrase() throws {
    let box = try Sandbox()
    try box.write("passphrase", "correct horse\n")
    try box.begin("--owner-passphrase-file", box.path("passphrase"))
    try box.backUp()
    _ = try read(
      box, "--key", box.ownerKey, "--passphrase-file", box.path("passphrase"), "restore", "latest",
      "--to", box.path("python"))
    #expect(try Sandbox.differences(box.source, box.path("python\(box.source)")).isEmpty)
  }
}
