import Testing

@Suite("Hooks of a data set")
struct HookTests {
  private let box: Sandbox

  init() throws {
    box = try Sandbox()
    try box.begin()
  }

  /// Has a script run before or after the data set.
  private func hook(_ moment: String, _ script: String) throws {
    try box.write("\(moment).sh", "#!/bin/sh\n\(script)\n")
    try Sandbox.tool("chmod", "755", box.path("\(moment).sh"))
    try box.editPolicy("\"\(moment)\": []", "\"\(moment)\": [\"\(box.path("\(moment).sh"))\"]")
  }

  private func snapshotCount() throws -> Int {
    try box.host("snapshots", "--json").json().all.count
  }

  private var note: String { "env | grep ^NIGHTSAFE_ | sort > \(box.path("note"))" }

  @Test func saysNothingOfThoseThatSucceed() throws {
    try hook("before", "echo words; echo more >&2")
    try hook("after", "echo words; \(note)")
    #expect(try box.host("nightly").isSilent)
    let found = try box.read("note")
    #expect(found.contains("NIGHTSAFE_HOOK=after\n") && found.contains("NIGHTSAFE_OUTCOME=0\n"))
    #expect(found.contains("NIGHTSAFE_REPOSITORY=\(box.id)\n"))
    #expect(found.contains("NIGHTSAFE_DATA_SET=") && found.contains("NIGHTSAFE_NIGHT=20"))
  }

  /// The set is not backed up, its `after` runs all the same, and what the hook said is shown.
  @Test func leavesNoSnapshotWhenTheFirstFails() throws {
    #expect(try box.host("nightly").isSilent)
    let before = try snapshotCount()
    try hook("before", "echo the share is away; exit 9")
    try hook("after", note)
    let night = try box.host("nightly")
    #expect(night.code == 1, "\(night)")
    #expect(night.errors.contains("the hook before ") && night.errors.contains("the share is away"))
    #expect(try snapshotCount() == before)
    #expect(try box.read("note").contains("NIGHTSAFE_OUTCOME=1\n"))
  }

  @Test func keepsTheSnapshotWhenTheLastFails() throws {
    let before = try snapshotCount()
    try hook("after", "echo cannot start it again >&2; exit 3")
    let night = try box.host("nightly")
    #expect(night.code == 1, "\(night)")
    #expect(night.errors.contains("the hook after ") && night.errors.contains("cannot start it"))
    #expect(try snapshotCount() == before + 1)
    #expect(try box.host("verify").code == 0)
  }

  /// It is ended with what it started, in no more time than it has.
  @Test(arguments: ["before", "after"]) func endsTheOneThatTakesTooLong(_ moment: String) throws {
    try hook(moment, "echo $$ > \(box.path("pid")); trap '' TERM; sleep 1000 & wait; sleep 1000")
    try box.editPolicy("\"timeLimitSeconds\": 3600", "\"timeLimitSeconds\": 1")
    let night = try box.host("nightly")
    #expect(night.code == 1, "\(night)")
    #expect(night.errors.contains("the hook \(moment) "), "\(night)")
    let pid = try box.read("pid").split(separator: "\n")[0]
    let left = try? Sandbox.tool("kill", "-0", String(pid))  // thrown: there is no such process
    #expect(left == nil)
  }
}
