import BackupSystem
import BackupTestSupport
import Foundation
import Testing

/// What somebody puts into a store who may write there and means harm: files larger than any reader needs.
///
/// What a program takes in memory stays what `Docs/architecture.md` says.
@Suite("Files that are too large", .enabled(if: Sandbox.canMeasure, "needs python3"))
struct HostileSizeTests {
  /// Peak memory of a program that has nothing to do but to read a small repository, in MiB; that of both is
  /// below half of it.
  private static let boundMiB = 96
  private let box: Sandbox

  init() throws {
    box = try Sandbox()
    try box.begin()
    guard try box.host("nightly").isSilent else { throw Sandbox.Unexpected("the night complained") }
    try Sandbox.tool("chmod", "-R", "u+w", box.repository)
  }

  /// Runs a program and measures the most memory that it had, in MiB.
  private func measured(
    _ program: Sandbox.Program, _ arguments: [String]
  ) throws -> (said: Transcript, peakMiB: Int) {
    let file = box.path("peak")
    let script =
      "import resource,subprocess,sys; c=subprocess.run(sys.argv[2:]).returncode; "
      + "open(sys.argv[1],'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)); sys.exit(c)"
    let said = try box.run(
      program, arguments, shell: "exec python3 -c \"\(script)\" \(file) \"$@\"")
    guard let peak = Int(try box.read("peak")) else { throw Sandbox.Unexpected(said) }
    return (said, peak >> 10)
  }

  /// What a stranger with a key and a verifier say, and that neither takes much memory.
  private func read() throws -> (list: Transcript, verify: Transcript) {
    let list = try measured(
      .nightsafe, ["snapshots", "--repository", box.repository, "--id", box.id])
    #expect(list.peakMiB < Self.boundMiB, "\(list.said)")
    let verify = try measured(
      .verifier,
      ["verify", "--level", "L1", "--no-memory", "--repository", box.repository, "--id", box.id])
    #expect(verify.peakMiB < Self.boundMiB, "\(verify.said)")
    return (list.said, verify.said)
  }

  private func restores() throws {
    let back = try box.stranger("restore", "latest", "--to", box.path("back"))
    #expect(back.code == 0 || back.code == 4, "\(back)")
    #expect(try Sandbox.differences(box.source, box.path("back\(box.source)")).isEmpty)
  }

  private func nextEntry() throws -> String {
    let number = try box.objects("log").count
    return "\(box.repository)/log/" + String(repeating: "0", count: 16 - "\(number)".count)
      + "\(number)"
  }

  @Test func soundIsReadInLittleMemory() throws {
    let (list, verify) = try read()
    #expect(list.isClean && verify.isClean)
  }

  /// Eight entries of just 16 MiB, of 17 MiB, and of 1 GiB of holes: void, in the tree, and no more.
  @Test(arguments: ["16777216", "17825792", "1073741824"])
  func entriesOfTheLog(_ byteCount: String) throws {
    for _ in 0..<(byteCount.count > 8 ? 1 : 8) {
      try Sandbox.tool("truncate", "-s", byteCount, try nextEntry())
    }
    let (list, verify) = try read()
    #expect(list.code == 0 || list.code == 4, "\(list)")
    #expect(verify.code == 4 && verify.output.contains("of the log is void"), "\(verify)")
    // The night goes on behind them, and everything comes back.
    try box.write("source/new.txt", "new\n")
    let night = try box.host("nightly")
    #expect(night.code == 0 || night.code == 4, "\(night)")
    try restores()
  }

  /// 400 entries of the greatest size that is read whole: their bytes are kept, and little more.
  @Test func manyEntriesOfTheGreatestSize() throws {
    let first = try box.objects("log").count
    try Sandbox.tool(
      "python3", "-c",
      "import sys\nfor n in range(int(sys.argv[2]),int(sys.argv[2])+400): open('%s/log/%016d'%(sys.argv[1],n),'wb').write(b'{'*65536)",
      box.repository, "\(first)")
    let (list, verify) = try read()
    #expect(list.code == 0 || list.code == 4, "\(list)")
    #expect(verify.code == 4, "\(verify)")
    try restores()
  }

  @Test func theFORMAT() throws {
    try Sandbox.tool("truncate", "-s", "1G", "\(box.repository)/FORMAT")
    let (list, verify) = try read()
    #expect(list.code == 7 || list.code == 4, "\(list)")
    #expect(verify.code == 7 || verify.code == 4, "\(verify)")
  }

  @Test func aCheckpoint() throws {
    let checkpoint = try #require(try box.objects("checkpoints").first)
    try Sandbox.tool("truncate", "-s", "1G", "\(box.repository)/\(checkpoint)")
    let (list, verify) = try read()
    #expect(list.code == 0, "\(list)")
    #expect(verify.code == 4 && verify.output.contains(checkpoint), "\(verify)")
    try restores()
  }

  /// Whatever the log names, or does not, as large as a disk takes.
  @Test(arguments: ["snapshots", "index", "chunks", "records", "keys", "packs"])
  func objectsThatTheLogNames(_ kind: String) throws {
    for object in try box.objects(kind) {
      try Sandbox.tool("truncate", "-s", "8T", "\(box.repository)/\(object)")
    }
    let (list, verify) = try read()
    #expect((0...7).contains(list.code), "\(list)")
    #expect(verify.code == 4 && verify.output.contains("\(kind)/"), "\(verify)")
  }

  @Test func aPolicy() throws {
    try Sandbox.tool("truncate", "-s", "1G", box.policy)
    for command in ["snapshots", "nightly", "verify"] {
      let done = try measured(.nightsafe, [command, "--policy", box.policy])
      #expect(done.said.code == 2 || done.said.code == 1, "\(done.said)")
      #expect(!done.said.errors.isEmpty && done.peakMiB < Self.boundMiB, "\(done.said)")
    }
  }
}
