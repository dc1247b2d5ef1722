import Testing

/// "Nothing changed" is one thing, and "the share is not mounted" another.
@Suite("Where a source lies", .enabled(if: Sandbox.canMount, "file systems can't be mounted here"))
struct SourceRootTests {
  private static let refusal = "lies on another file system than in the last night"

  private let box: Sandbox
  private var share: String { box.path("the share") }
  private var data: String { share + "/data" }

  /// A source below the place where a share is mounted, where as many files lie without it.
  init() throws {
    box = try Sandbox()
    for name in ["the share", "the share/data", "disk", "disk/data"] { try box.makeFolder(name) }
    for name in ["a", "b", "c"] {
      try box.write("the share/data/\(name)", "left from before the share\n")
      try box.write("disk/data/\(name)", "on the share\n")
    }
    try box.begin("--source", data)
    try box.editPolicy("\"\(box.source)\",", "")
  }

  /// Runs a command of the host where a script has mounted what only it sees.
  private func host(_ command: String..., mounted script: String) throws -> Transcript {
    try box.run(
      command + ["--policy", box.policy], shell: script + " && exec \"$@\"", isolated: true)
  }

  private var memoryDisk: String {
    "mount -t tmpfs server:/share '\(share)' && cp -r '\(box.path("disk/data"))' '\(data)'"
  }

  private func snapshotCount() throws -> Int {
    try box.host("snapshots", "--json").json().all.count
  }

  @Test func aShareAboveTheSourceThatIsNotMounted() throws {
    #expect(try host("nightly", mounted: memoryDisk).isSilent)
    #expect(try host("nightly", mounted: memoryDisk).isSilent)
    let snapshots = try box.host("snapshots").output
    let night = try box.host("nightly")
    #expect(night.code == 1 && night.errors.contains(Self.refusal), "\(night)")
    #expect(night.errors.contains("--accept-sources"))
    #expect(try box.host("snapshots").output == snapshots)
    // When the share was given up, the administrator says so once.
    #expect(try box.host("backup", "--accept-sources").code == 0)
    #expect(try box.host("nightly").isSilent)
    let back = try host("nightly", mounted: memoryDisk)
    #expect(back.code == 1 && back.errors.contains(Self.refusal))
  }

  /// The device number is the same with and without it.
  @Test func aFolderOfTheSameDiskThatIsNotMounted() throws {
    let bind = "mount --bind '\(box.path("disk"))' '\(share)'"
    #expect(try host("nightly", mounted: bind).isSilent)
    let night = try box.host("nightly")
    #expect(night.code == 1 && night.errors.contains(Self.refusal), "\(night)")
    #expect(try host("nightly", mounted: bind).isSilent)
  }

  @Test func anotherShareInItsPlace() throws {
    #expect(try host("nightly", mounted: memoryDisk).isSilent)
    let other = memoryDisk.replacing("server:/share", with: "server:/other")
    let night = try host("nightly", mounted: other)
    #expect(night.code == 1 && night.errors.contains(Self.refusal), "\(night)")
  }

  /// As systemd does for a service: the same folder is mounted on itself.
  @Test func mountsOfAServiceAreNoAlarm() throws {
    #expect(try box.host("nightly").isSilent)
    let service = "mount --bind '\(share)' '\(share)' && mount --bind '\(data)' '\(data)'"
    #expect(try host("nightly", mounted: service).isSilent)
    #expect(try box.host("nightly").isSilent)
  }

  @Test func aLinkThatLeadsElsewhereIsNoAlarm() throws {
    try Sandbox.tool("ln", "-s", data, box.path("current"))
    try box.editPolicy("\"\(data)\"", "\"\(box.path("current"))\"")
    #expect(try box.host("nightly").isSilent)
    try Sandbox.tool("ln", "-sfn", box.path("disk/data"), box.path("current"))
    #expect(try box.host("nightly").isSilent)
    // But where it leads must be there.
    #expect(try host("nightly", mounted: "mount --bind '\(share)' '\(box.path("disk"))'").code == 1)
  }

  /// The links that udev makes, in a folder for devices that nobody else sees.
  @Test func anotherDiskInItsPlace() throws {
    let place = try Sandbox.tool("findmnt", "-n", "-o", "SOURCE,MAJ:MIN", "-T", data)
      .split(whereSeparator: \.isWhitespace).map(String.init)
    // Where the tests themselves lie on no disk, as in many containers, there is nothing to see.
    guard place.count == 2, place[0].hasPrefix("/dev/"), !place[1].hasPrefix("0:") else { return }
    let numbers = place[1].replacing(":", with: " ")
    let devices = """
      mount -t tmpfs none /dev && mknod /dev/null c 1 3 && mknod /dev/urandom c 1 9 \
      && mkdir -p /dev/disk/by-uuid && mknod /dev/disk/here b \(numbers)
      """
    let disk = devices + " && ln -s ../here /dev/disk/by-uuid/"
    #expect(try host("nightly", mounted: disk + "2f1c-one").isSilent)
    #expect(try host("nightly", mounted: disk + "2f1c-one").isSilent)
    let night = try host("nightly", mounted: disk + "77aa-two")
    #expect(night.code == 1 && night.errors.contains(Self.refusal), "\(night)")
    // A machine that does not say accuses nobody.
    #expect(try host("nightly", mounted: devices).isSilent)
  }
}
