import BackupSystem
import Foundation
import Testing

/// What an administrator or a machine may set a limit to: the size of files, open files, memory, the
/// disk of the state, a disk that becomes read-only.
///
/// Whatever the limit, the program ends by itself with a code of its table and says why, nothing
/// half-written stays, and the next run is good.
@Suite("Limits")
struct LimitTests {
  /// A repository with one night, and something new in the source that no small limit lets through.
  private func begun() throws -> Sandbox {
    let box = try Sandbox()
    try box.begin()
    #expect(try box.host("nightly").isSilent)
    try Sandbox.tool(
      "sh", "-c", "cd \"$1\" && head -c 9000000 /dev/urandom > noise", "sh", box.source)
    return box
  }

  private func hasTemporaryFiles(_ folder: String) throws -> Bool {
    try !Sandbox.tool("find", folder, "-name", ".?*").isEmpty
  }

  /// What must hold after any limit: the store is whole, the next night is good, and all comes back.
  private func expectGoodNight(_ box: Sandbox, _ comment: Comment) throws {
    #expect(try !hasTemporaryFiles(box.repository), comment)
    let verified = try box.host("verify")
    #expect(verified.code == 0, "\(comment): \(verified)")
    let next = try box.host("nightly")
    #expect(next.isSilent, "\(comment): \(next)")
    let back = try box.owner("restore", "latest", "--to", box.path("back"), "--strip", box.source)
    #expect(back.code == 0, "\(comment): \(back)")
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty, comment)
    #expect(try box.verifier("verify", "--no-memory").code == 0, comment)
  }

  /// Has a command run in the middle of the night, before the data set is read; nil ends that.
  private func hook(_ box: Sandbox, _ command: String?) throws {
    let named = "\"before\": [\"\(box.path("hook.sh"))\"]"
    guard let command else { return try box.editPolicy(named, "\"before\": []") }
    try box.write("hook.sh", "#!/bin/sh\n\(command)\n")
    try Sandbox.tool("chmod", "755", box.path("hook.sh"))
    try box.editPolicy("\"before\": []", named)
  }

  // MARK: The size of files, in units of 512 bytes

  @Test(arguments: [0, 2048]) func aNightWithSmallFiles(_ limit: Int) throws {
    let box = try begun()
    let night = try box.run(
      ["nightly", "--policy", box.policy], shell: "ulimit -f \(limit); exec \"$@\"")
    #expect(night.code == 1, "\(night)")
    #expect(night.errors.contains("File too large"), "\(night)")
    #expect(night.errors.contains("hint: a file may not become as large as is needed"))
    try expectGoodNight(box, "ulimit -f \(limit)")
  }

  @Test func aRestoreOfSmallFiles() throws {
    let box = try begun()
    try box.backUp()
    let arguments = [
      "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--policy", box.policy,
      "--key", box.ownerKey,
    ]
    let back = try box.run(arguments, shell: "ulimit -f 2048; exec \"$@\"")
    #expect(back.code == 1, "\(back)")
    #expect(back.errors.contains("noise: ") && back.errors.contains("File too large"), "\(back)")
    // The others are there, of the large one nothing.
    #expect(!box.exists("back/noise"))
    #expect(try box.read("back/letters/first.txt") == "dear reader\n")
    #expect(try !hasTemporaryFiles(box.path("back")))
    #expect(try box.run(arguments).isClean)
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
  }

  // MARK: Open files

  @Test(arguments: [6, 8, 16]) func aNightWithFewOpenFiles(_ limit: Int) throws {
    let box = try begun()
    let night = try box.run(
      ["nightly", "--policy", box.policy], shell: "ulimit -n \(limit); exec \"$@\"")
    // 7 would be a disk that is not there, which a night with two disks says nothing about.
    #expect(night.code == 1, "\(night)")
    #expect(night.errors.contains("Too many open files"), "\(night)")
    try expectGoodNight(box, "ulimit -n \(limit)")
  }

  /// The scan and the readers need more than what comes before them: a snapshot without the files
  /// that could not be opened for that would be told as whole.
  @Test func aNightWithTooFewOpenFilesStoresNothingThatMissesFiles() throws {
    let box = try begun()
    try Sandbox.tool(
      "sh", "-c",
      "cd \"$1\" && for i in $(seq 120); do mkdir -p d$((i / 3))/e$i && echo $i >d$((i / 3))/e$i/f.txt; done",
      "sh", box.source)
    // As if all were new: nothing is known to be unchanged.
    var outcomes: [Int32] = []
    for limit in [14, 17, 18, 19, 20, 21, 22, 23, 24, 40] {
      try Sandbox.tool("find", box.source, "-type", "f", "-exec", "touch", "{}", "+")
      let before = try box.host("snapshots", "--json").lines.count
      let night = try box.run(
        ["nightly", "--policy", box.policy], shell: "ulimit -n \(limit); exec \"$@\"")
      outcomes.append(night.code)
      #expect(night.code == 0 || night.code == 1, "ulimit -n \(limit): \(night)")
      guard night.code != 0 else { continue }
      #expect(night.errors.contains("Too many open files"), "ulimit -n \(limit): \(night)")
      #expect(night.errors.contains("raise it (ulimit -n)"), "ulimit -n \(limit): \(night)")
      #expect(!night.errors.contains("f.txt"), "ulimit -n \(limit): \(night)")
      let after = try box.host("snapshots", "--json").lines.count
      #expect(after == before || !night.errors.contains("\(box.source): "), "\(limit): \(night)")
    }
    #expect(outcomes.first == 1 && outcomes.last == 0, "\(outcomes)")
    try expectGoodNight(box, "few open files")
  }

  @Test(arguments: [6, 9, 11]) func aRestoreWithFewOpenFiles(_ limit: Int) throws {
    let box = try begun()
    try box.backUp()
    let arguments = [
      "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--policy", box.policy,
      "--key", box.ownerKey,
    ]
    let back = try box.run(arguments, shell: "ulimit -n \(limit); exec \"$@\"")
    // Nothing is lost, and nothing may be said to be.
    #expect(!back.errors.contains("lost: "), "\(back)")
    #expect(
      back.code == 0 || (back.code == 1 && back.errors.contains("Too many open files")), "\(back)")
    #expect(try box.run(arguments).isClean)
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
  }

  @Test func theVerifierFindsNoDamageForWantOfOpenFiles() throws {
    let box = try begun()
    try box.backUp()
    for limit in [6, 8, 10, 12] {
      let seen = try box.run(
        .verifier, ["verify", "--no-memory", "--repository", box.repository, "--id", box.id],
        shell: "ulimit -n \(limit); exec \"$@\"")
      #expect(
        seen.code == 0 || (seen.code == 1 && seen.errors.contains("Too many open files")),
        "ulimit -n \(limit): \(seen)")
    }
  }

  // MARK: Memory

  @Test(arguments: [60_000, 100_000])
  func littleMemory(_ limit: Int) throws {
    let box = try begun()
    // Swift ends a program that gets no memory: that must be no worse than a kill.
    let night = try box.run(
      ["nightly", "--policy", box.policy], shell: "ulimit -v \(limit); \"$@\"")
    #expect(night.code <= 3 || night.code > 126, "\(night)")
    #expect(night.code == 0 || !night.errors.isEmpty, "\(night)")
    let verified = try box.host("verify")
    #expect(verified.code == 0, "\(verified)")
    #expect(try box.host("nightly").isSilent)
    let arguments = [
      "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--policy", box.policy,
      "--key", box.ownerKey,
    ]
    _ = try box.run(arguments, shell: "ulimit -v \(limit); exec \"$@\"")
    #expect(try box.run(arguments).code == 0)
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
  }

  // MARK: Disks

  @Test(arguments: ["size=4k", "ro"]) func aStateFolderThatTakesNothing(
    _ option: String
  ) throws {
    guard Sandbox.canMount else { return }
    let box = try begun()
    let night = try box.run(
      ["nightly", "--policy", box.policy],
      shell: """
        mount -t tmpfs -o \(option) none \(box.path("host/state")) && exec "$@"
        """, isolated: true)
    #expect(night.code == 1, "\(night)")
    let cause = option == "ro" ? "Read-only file system" : "o space"
    #expect(night.errors.contains(cause) || night.errors.contains("full"), "\(night)")
    try expectGoodNight(box, "state on \(option)")
  }

  /// Whatever file of the state can't be used: it is named, with what to do, and the store is whole.
  @Test(arguments: [
    "journal", "catalogue", ".catalogue", "roots", "entries", "canaries", "index", "lock",
    "log-head", "result.json",
  ]) func aFileOfTheStateThatIsNoFile(_ name: String) throws {
    let box = try begun()
    let state = try Sandbox.tool("find", box.path("host/state"), "-name", "index").split(
      separator: "\n")
    let set = String(try #require(state.first).dropLast("/index".count))
    let repository = String(set[..<(try #require(set.lastIndex(of: "/")))])
    let isOfRepository = ["log-head", "result.json"].contains(name)
    let path = "\(isOfRepository ? repository : set)/\(name)"
    try Sandbox.tool("rm", "-rf", path)
    // A folder where a file should be; a file where the folder should be.
    if name == "index" {
      try Sandbox.tool("touch", path)
    } else {
      try Sandbox.tool("mkdir", "-p", "\(path)/in")
    }
    let night = try box.host("nightly")
    #expect(night.code == 1 || night.code == 0, "\(night)")
    #expect(night.errors.contains(name), "\(night)")
    #expect(night.errors.contains(isOfRepository ? repository : set), "\(night)")
    #expect(night.errors.contains("hint: "), "\(night)")
    try Sandbox.tool("rm", "-rf", path)
    if name == "index" { try Sandbox.tool("mkdir", path) }
    try expectGoodNight(box, "\(name)")
  }

  @Test func aCopyThatFillsItsDisk() throws {
    guard Sandbox.canMount else { return }
    let box = try begun()
    try box.backUp()
    try box.makeFolder("copy")
    let copy = box.path("copy")
    let full = try box.run(
      ["copy", "--policy", box.policy, "--to", copy],
      shell: """
        mount -t tmpfs -o size=5m none \(copy) && "$@"
        code=$?; cp -a \(copy) \(box.path("seen")); exit $code
        """, isolated: true)
    #expect(full.code == 1, "\(full)")
    #expect(full.errors.contains("the disk of the copy \(copy) is full"), "\(full)")
    #expect(full.errors.contains("hint: free space there and run it again"))
    // No part of an object is there, and the next one goes on.
    #expect(try !hasTemporaryFiles(box.path("seen")))
    #expect(try box.host("copy", "--to", box.path("seen")).isClean)
    let whole = try box.run(
      .verifier, ["verify", "--no-memory", "--repository", box.path("seen"), "--id", box.id])
    #expect(whole.isClean, "\(whole)")
  }

  @Test func aRepositoryThatBecomesReadOnly() throws {
    guard Sandbox.canMount else { return }
    let box = try begun()
    try hook(box, "mount -o remount,ro,bind \(box.repository)")
    let night = try box.run(
      ["nightly", "--policy", box.policy],
      shell: "mount --bind \(box.repository) \(box.repository) && exec \"$@\"", isolated: true)
    #expect(night.code == 1, "\(night)")
    #expect(night.errors.contains("the repository can't be written: it is read-only"), "\(night)")
    try hook(box, nil)
    try expectGoodNight(box, "remounted")
  }

  /// Of two disks in turn one may be away; one that fails in the middle of its night is told of.
  @Test func aDiskThatFailsInItsNightIsNotTakenForAbsent() throws {
    let box = try begun()
    let other = try begun()
    let log = "\(box.repository)/log"
    try hook(box, "mv \(log) \(log)2 && ln -s \(log)2 \(log)")
    let night = try box.run(["nightly", "--policy", box.policy, "--policy", other.policy])
    #expect(night.code != 0 && night.errors.contains("error: "), "\(night)")
    try Sandbox.tool("sh", "-c", "rm \"$1\" && mv \"$1\"2 \"$1\"", "sh", log)
    try hook(box, nil)
    try expectGoodNight(box, "a log put back")
  }
}
