import BackupSystem
import BackupTestSupport
import Foundation

/// A folder in which commands are run as cron runs them: no terminal, an empty input, hardly any
/// environment, no home.
///
/// `host` holds the policy and the host's key, `vault` the owner's, `repository` the backups, and
/// `source` is what is backed up. All of it goes away with the sandbox.
final class Sandbox {
  enum Program: String {
    case nightsafe
    case verifier = "nightsafe-verifier"
  }

  let folder: TemporaryDirectory
  /// The repository's id, once `begin` made one.
  private(set) var id = ""

  /// Makes the folders, and a source with three files.
  init() throws {
    folder = try TemporaryDirectory()
    for name in ["host", "vault", "source", "source/letters"] { try makeFolder(name) }
    try write("source/note.txt", "a note\n")
    try write("source/letters/first.txt", "dear reader\n")
    try write("source/letters/second.txt", String(repeating: "and so on ", count: 20_000))
  }

  var root: String { folder.text }
  var policy: String { path("host/policy.json") }
  var repository: String { path("repository") }
  var source: String { path("source") }
  var ownerKey: String { path("vault/owner.key") }

  func path(_ name: String) -> String { "\(root)/\(name)" }

  // MARK: Commands

  /// Runs a program.
  ///
  /// - Parameters:
  ///   - raw: Its last arguments as bytes, so that they may be of any name.
  ///   - shell: A script that runs the program as `"$@"`.
  ///   - isolated: Whether the script may mount what nobody else sees.
  func run(
    _ program: Program, _ arguments: [String], raw: [[UInt8]] = [],
    input: String? = nil, variables: [String] = [], shell: String? = nil, isolated: Bool = false
  ) throws -> Transcript {
    let whole = [try Self.path(of: program)] + arguments
    // setsid: whoever runs the tests at a terminal is not asked for passphrases.
    let before =
      (isolated ? ["unshare", "-m"] : []) + ["setsid", "-w"]
      + (shell.map { ["/bin/sh", "-c", $0, "sh"] } ?? [])
    let child = ChildProcess(
      arguments: (before + whole).map { Array($0.utf8) } + raw,
      environment: (["PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no"] + variables).map {
        Array($0.utf8)
      },
      standardInput: input.map { Array($0.utf8) }, outputByteCountLimit: 64 << 20,
      errorOutput: .captured, timeLimitMilliseconds: 120_000)
    let outcome = try child.run()
    return Transcript(
      command: ([program.rawValue] + arguments).joined(separator: " "), ending: outcome.ending,
      outputBytes: outcome.output,
      errors: String(decoding: outcome.errorOutput, as: UTF8.self))
  }

  /// Runs `nightsafe`, in the same way.
  func run(
    _ arguments: [String], raw: [[UInt8]] = [], input: String? = nil, variables: [String] = [],
    shell: String? = nil, isolated: Bool = false
  ) throws -> Transcript {
    try run(
      .nightsafe, arguments, raw: raw, input: input, variables: variables, shell: shell,
      isolated: isolated)
  }

  func nightsafe(_ arguments: String...) throws -> Transcript { try run(arguments) }

  /// What the nightly host does: a command with `--policy`.
  func host(_ arguments: String...) throws -> Transcript {
    try run(arguments + ["--policy", policy])
  }

  /// What the owner does: a command with `--policy` and `--key`.
  func owner(_ arguments: String...) throws -> Transcript {
    try run(arguments + ["--policy", policy, "--key", ownerKey])
  }

  /// What is done on a strange machine: only the disk, the id and the owner's key.
  func stranger(_ arguments: String...) throws -> Transcript {
    try run(arguments + ["--repository", repository, "--id", id, "--key", ownerKey])
  }

  /// What the outside administrator does, with a memory of his own.
  func verifier(_ arguments: String...) throws -> Transcript {
    try run(.verifier, arguments + ["--repository", repository, "--id", id])
  }

  /// Makes a repository over `source`.
  @discardableResult
  func begin(_ more: String...) throws -> Transcript {
    let made = try run(
      [
        "init", "--policy", policy, "--repository", repository, "--source", source,
        "--owner-key", ownerKey, "--no-recovery-sheet", "--json",
      ] + more)
    guard made.code == 0, let id = try made.json()["repositoryId"]?.text else {
      throw Unexpected(made)
    }
    self.id = id
    return made
  }

  /// Backs up, and returns the number of the snapshot.
  @discardableResult
  func backUp() throws -> Int {
    let done = try host("backup", "--json")
    guard done.code == 0, let number = try done.json()["snapshot"]?.number else {
      throw Unexpected(done)
    }
    return number
  }

  /// The night of the newest snapshot, as commands take it.
  func newestNight() throws -> String {
    let listed = try host("snapshots", "--json")
    guard let night = try listed.json().all.last?["night"]?.text else { throw Unexpected(listed) }
    return night
  }

  /// A field of the newest confidential edition, as its JSON has it; "" if it is not there.
  func field(_ id: String) throws -> String {
    let text = try owner("report", "--edition", "confidential", "--format", "json").output
    let after = text.split(separator: "\"id\":\"\(id)\"").dropFirst().first ?? ""
    return String(after.split(separator: "\"id\":\"").first ?? "")
  }

  /// A command that a test stands on did not do what it should.
  struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ transcript: Transcript) { description = transcript.description }
    init(_ text: String) { description = text }
  }

  // MARK: What this machine lets a test do

  /// Whether the tests run as root.
  static let isRoot = Accounts.effectiveUser == 0

  /// Whether file systems can be mounted in a namespace of one's own.
  static let canMount: Bool = {
    let trial = try? tool("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt")
    return trial != nil  // refused, as in many containers: those tests have nothing to say there
  }()

  /// Whether strace(1) is there, and may look.
  static let canTrace: Bool = {
    let trial = try? tool("strace", "-qq", "-o", "/dev/null", "true")
    return trial != nil  // as above
  }()

  /// Whether python3(1) is there, to measure with.
  static let canMeasure: Bool = {
    let trial = try? tool("python3", "-c", "import resource")
    return trial != nil  // as above
  }()

  // MARK: Other programs

  /// Runs any other program and returns what it wrote; a failure is thrown.
  @discardableResult
  static func tool(_ arguments: String..., raw: [[UInt8]] = []) throws -> String {
    let outcome = try ChildProcess(
      arguments: arguments.map { Array($0.utf8) } + raw, outputByteCountLimit: 64 << 20,
      errorOutput: .captured, timeLimitMilliseconds: 120_000
    ).run()
    guard outcome.isSuccess else {
      throw Unexpected(
        "\(arguments): \(outcome.ending)\n"
          + String(decoding: outcome.output + outcome.errorOutput, as: UTF8.self))
    }
    return String(decoding: outcome.output, as: UTF8.self)
  }

  /// What rsync would change to make `copy` the same as `original`; empty if nothing.
  ///
  /// The folder itself is left out: it is whoever asked for the restore who made it.
  static func differences(_ original: String, _ copy: String) throws -> String {
    try tool("rsync", "-aHAXnc", "--delete", "--itemize-changes", "\(original)/", "\(copy)/")
      .split(separator: "\n").filter { !$0.hasSuffix(" ./") }.joined(separator: "\n")
  }

  static func path(of program: Program) throws -> String {
    let bundle = try FileSystem.readSymlink(at: nil, Array("/proc/self/exe".utf8))
    let folder = String(decoding: bundle, as: UTF8.self).split(separator: "/").dropLast()
    return "/" + folder.joined(separator: "/") + "/" + program.rawValue
  }

  // MARK: Files

  func makeFolder(_ name: String) throws {
    try FileSystem.makeDirectory(at: folder.descriptor, Array(name.utf8), mode: 0o755)
  }

  func write(_ name: String, _ text: String) throws { try folder.write(name, Array(text.utf8)) }

  func read(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  func bytes(_ name: String) throws -> [UInt8] {
    try Descriptor.open(at: folder.descriptor, Array(name.utf8), .readOnly)
      .readToEnd(limitByteCount: 1 << 30)
  }

  func exists(_ name: String) -> Bool {
    (try? FileStatus.read(at: folder.descriptor, name: Array(name.utf8))) != nil  // else absent
  }

  func remove(_ name: String) throws { try Self.tool("rm", "-rf", "--", path(name)) }

  func permissions(_ name: String) throws -> UInt32 {
    try FileStatus.read(at: folder.descriptor, name: Array(name.utf8)).permissions
  }

  /// Every file below a folder with its SHA-256 or link target, its mode and time: to show that nothing
  /// was touched.
  func fingerprint(_ name: String) throws -> String {
    try Self.tool(
      "sh", "-c",
      "cd \"$1\" && find . -printf '%p %y %m %U:%G %T@ %l\\n' | sort; "
        + "find . -type f -print0 | sort -z | xargs -0 -r sha256sum", "sh", path(name))
  }

  /// The objects of the repository below a folder of it, by path there.
  func objects(_ prefix: String) throws -> [String] {
    try Self.tool("sh", "-c", "cd \"$1\" && find \"$2\" -type f | sort", "sh", repository, prefix)
      .split(separator: "\n").map(String.init)
  }

  /// Changes the policy's text; `old` must be in it.
  func editPolicy(_ old: String, _ new: String) throws {
    let text = try read("host/policy.json")
    guard text.contains(old) else { throw Unexpected("the policy does not hold \(old)") }
    try write("host/policy.json", text.replacingOccurrences(of: old, with: new))
  }
}
