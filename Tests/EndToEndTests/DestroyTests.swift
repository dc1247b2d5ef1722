import BackupSystem
import Testing

@Suite("A data set is destroyed")
struct DestroyTests {
  /// A clock that is some days ahead, where libfaketime is there.
  private static let faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"

  private static let canMoveClock = (try? FileStatus.read(path: Array(faketime.utf8))) != nil

  private static func later(_ days: Int) -> [String] {
    [
      "LD_PRELOAD=\(faketime)", "FAKETIME=+\(days)d", "NO_FAKE_STAT=1",
      "FAKETIME_DONT_FAKE_MONOTONIC=1",
    ]
  }

  private func destroy(_ box: Sandbox, _ more: String...) -> [String] {
    ["data-set", "destroy", "business", "--policy", box.policy, "--key", box.ownerKey] + more
  }

  @Test func onlyWhenItsNameWasTypedBack() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    let log = try box.objects("log")
    let alone = try box.run(destroy(box, "--reason", "sold"))
    #expect(alone.code == 2 && alone.errors.contains("there is no terminal"), "\(alone)")
    for wrong in [["--reason", "sold", "--withdraw"], []] {
      let refused = try box.run(destroy(box) + wrong)
      #expect(refused.code == 2 && refused.errors.contains("--withdraw"), "\(refused)")
    }
    let other = try box.run([
      "data-set", "destroy", "business", "--reason", "sold", "--yes", "--policy", box.policy,
      "--key", box.path("host/host.key"),
    ])
    #expect(other.code == 6, "\(other)")
    let mistyped = try box.atTerminal(
      [("Type the name", "busines")], destroy(box, "--reason", "sold"))
    #expect(mistyped.code == 1 && mistyped.output.contains("nothing was signed"), "\(mistyped)")
    #expect(try box.objects("log") == log)

    let typed = try box.atTerminal(
      [("Type the name", "business")], destroy(box, "--reason", "sold"))
    #expect(typed.code == 0, "\(typed)")
    for words in [
      "1 snapshots", "all keys that open them", "--withdraw takes it back", "not reached: copies",
      "log entry ", "salt of the reason ",
    ] {
      #expect(typed.output.contains(words), "\(words): \(typed)")
    }
    let entries = try Sandbox.tool("sh", "-c", "cat \"$1\"/log/*", "sh", box.repository)
    #expect(!entries.contains("sold"))
    let again = try box.run(destroy(box, "--reason", "sold", "--yes"))
    #expect(again.code == 1 && again.errors.contains("to be destroyed already"), "\(again)")
    // Until it is in force every night is as before.
    #expect(try box.host("nightly").isSilent)
    #expect(try box.field("erasure.destroyed-sets").contains("\"keysGoneAt\":0"))
  }

  @Test func notWhenThatIsTakenBack() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    let none = try box.run(destroy(box, "--withdraw"))
    #expect(none.code == 1 && none.errors.contains("is not to be destroyed"), "\(none)")
    let said = try box.run(destroy(box, "--reason", "sold", "--yes", "--json")).json()
    #expect(said["dataSet"]?.text == "business" && said["snapshots"]?.number == 1)
    #expect(said["salt"]?.text?.count == 32)
    let back = try box.run(destroy(box, "--withdraw"))
    #expect(back.isClean && back.output.contains("business is not destroyed"), "\(back)")
    #expect(try box.host("nightly").isSilent)
    #expect(try box.owner("ls", "latest").isClean)
  }

  @Test(.enabled(if: canMoveClock)) func itIsGoneAndTheOtherIsNot() throws {
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
    #expect(try box.run(destroy(box, "--reason", "sold", "--yes")).isClean)
    let nightly = ["nightly", "--policy", box.policy]
    // A clock that nobody keeps is believed four days on from the last night.
    for day in [3, 6] {
      let night = try box.run(nightly, variables: Self.later(day))
      #expect(night.code == 0, "\(night)")
    }

    let first = try box.run(nightly, variables: Self.later(8))
    #expect(first.code == 5 && first.output.isEmpty, "\(first)")
    #expect(first.errors.contains("business: the owner has destroyed this data set"), "\(first)")
    #expect(first.errors.contains("it is not backed up any more"))
    #expect(first.errors.contains("take it out of \(box.policy)"))
    let late = try box.run(destroy(box, "--withdraw"), variables: Self.later(8))
    #expect(late.code == 1 && late.errors.contains("that can't be taken back"), "\(late)")
    let undo = try box.run(
      ["rotate", "--undo", "--policy", box.policy], variables: Self.later(8))
    #expect(undo.code == 1 && undo.errors.contains("has destroyed the data set"), "\(undo)")
    let soon = try box.run(
      [
        "restore", "latest", "--data-set", "business", "--to", box.path("no"), "--policy",
        box.policy, "--key", box.ownerKey,
      ], variables: Self.later(8))
    #expect(
      soon.code == 1 && soon.errors.contains("the owner has destroyed the data set business"),
      "\(soon)")

    // The keys are gone, and it is told by what the machine noted.
    let second = try box.run(nightly, variables: Self.later(9))
    #expect(second.code == 5, "\(second)")
    #expect(second.errors.contains("business: the owner has destroyed this data set"), "\(second)")
    #expect(try box.objects("keys").count == 2)
    let restored = try box.owner(
      "restore", "latest", "--data-set", "business", "--to", box.path("no"))
    #expect(restored.code == 1, "\(restored)")
    #expect(restored.errors.contains("destroyed by the owner, with their keys"), "\(restored)")
    #expect(try box.owner("restore", "latest", "--to", box.path("back")).isClean)
    #expect(box.exists("back\(box.path("books"))/2025.txt") && !box.exists("back\(box.source)"))
    let approve = try box.owner("policy", "approve")
    #expect(approve.code == 2 && approve.errors.contains("which its owner has destroyed"))

    // Taken out of the policy it is spoken of no more, but in the record.
    try box.removeDataSet("business")
    let third = try box.run(nightly, variables: Self.later(10))
    #expect(third.isSilent, "\(third)")
    #expect(try box.field("erasure.destroyed-sets").contains("\"keysStored\":0"))
    // Monitoring from outside misses nothing of it, either.
    let status = try box.run(
      .verifier, ["status", "--repository", box.repository, "--id", box.id, "--no-memory"],
      variables: Self.later(10))
    #expect(status.code == 0 && status.output.hasPrefix("NIGHTSAFE OK"), "\(status)")
    let checked = try box.run(["verify", "--policy", box.policy], variables: Self.later(10))
    #expect(checked.code == 0, "\(checked)")
    // A new owner's key gets shares of what is left.
    let keys = try box.run(
      ["key", "rotate", "--no-passphrase", "--policy", box.policy, "--key", box.ownerKey],
      variables: Self.later(10))
    #expect(keys.code == 0, "\(keys)")
    #expect(try box.owner("ls", "latest").output.contains("2025.txt"))
  }
}

extension Sandbox {
  /// Takes a data set out of the policy.
  fileprivate func removeDataSet(_ name: String) throws {
    let script = """
      import json, sys
      policy = json.load(open(sys.argv[1]))
      policy["dataSets"] = [d for d in policy["dataSets"] if d["name"] != sys.argv[2]]
      json.dump(policy, open(sys.argv[1], "w"))
      """
    try Self.tool("python3", "-c", script, policy, name)
  }
}
