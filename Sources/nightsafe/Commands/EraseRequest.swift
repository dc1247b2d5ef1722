import ArgumentParser
import BackupCrypto
import BackupEngine
import BackupFormat
import BackupLog
import BackupSystem

struct EraseRequest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "request", abstract: "Ask for files to be erased from all backups.",
    discussion: """
      A path names itself and all below it; what has *, ? or [ is a pattern in gitignore syntax. Both \
      are as nightsafe find prints them. Take them out of the live data first: the request speaks \
      of backups whose reading began before --cut-off.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "Paths and patterns; - reads them from standard input, one a line.")
  var names: [String] = []
  @Option(help: "The data set; needed where there is more than one.")
  var dataSet: String?
  @Option(help: "The last day on which it was in the live data, YYYY-MM-DD; until now by default.")
  var cutOff: String?
  @Option(help: "A file with the reason, which only restorers can read.", completion: .file())
  var reasonFile: String?
  @Option(
    help: "A file with tasks, one a line, for what lies inside databases and archives.",
    completion: .file())
  var tasksFile: String?
  @Flag(help: "Take it out of the stored backups at once.")
  var strict = false
  @Flag(help: "Make the request though no backup holds such a name.")
  var unseen = false

  func validate() throws {
    if strict, out.file != nil { throw ValidationError("--strict can't be combined with --out") }
    if names.contains("-"), names.count > 1 {
      throw ValidationError("- stands alone: all names then come from standard input")
    }
    if [names.first, reasonFile, tasksFile].count(where: { $0 == "-" }) > 1 {
      throw ValidationError("only one thing can be read from standard input")
    }
  }

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    let sets = try SnapshotChoice.sets(open, key: pair, named: dataSet)
    guard sets.count == 1, let (setName, set, keys) = sets.first else {
      throw Failure(
        .usage, "name the data set with --data-set",
        hint: "there are: " + sets.map(\.name).joined(separator: ", "))
    }
    let now = open.session.now().unix
    guard let policy = open.session.logState.policy(of: set, at: now) else {
      throw Failure(.failed, "no policy of \(setName) is in force, so no clean-by date follows")
    }
    let cutOff = try readCutOff(now)
    guard let erasure = ErasureID(try RandomBytes.make(count: 16)) else { return }
    let request = try BackupEngine.ErasureRequest(
      erasure: erasure, cutOff: cutOff,
      cleanBy: RepositorySession.cleanBy(policy.what.retention, cutOff: cutOff, created: now),
      created: now, names: try readNames(), reason: try readReason(), tasks: try readTasks())
    let search = try ErasureSearch(open.session, keys: keys).execute(
      ErasureFilter([request]), in: open.session.logState.liveSnapshots(of: set))
    let old = search.found.filter { $0.snapshot.taken.readStart <= cutOff }
    let hasNames = !request.paths.isEmpty || !request.patterns.isEmpty
    guard !hasNames || unseen || !old.isEmpty else {
      throw Failure(
        .failed, "no backup from before the cut-off holds such a name; nothing was requested",
        hint: "nightsafe find shows names; --unseen requests it all the same")
    }
    let number = try out.say(
      [try open.session.open(request, keys: keys)], open, by: pair, isTold: !out.json)
    tell(
      request, setName, number, old: old.count, later: search.found.count - old.count, search, open)
    if strict {
      try EraseRewrite.execute([request], name: setName, open, keys, pair, json: out.json)
    }
  }

  // MARK: Input

  private func readCutOff(_ now: Int64) throws -> Int64 {
    guard let cutOff else { return now }
    guard let day = Night(cutOff) else { throw Failure(.usage, "--cut-off takes YYYY-MM-DD") }
    let start = Int64(day.dayNumber) * 86_400
    guard start <= now else { throw Failure(.usage, "--cut-off lies in the future") }
    return min(start + 86_400, now)
  }

  private func readNames() throws -> [[UInt8]] {
    guard names == ["-"] else { return names.map { [UInt8]($0.utf8) } }
    do {
      return Self.lines(
        of: try BackupSystem.Terminal.readInput(limitByteCount: Limits.sealedTextByteCount))
    } catch {
      throw Failure(.usage, "standard input can't be read: \(error)")
    }
  }

  private func readReason() throws -> String {
    try reasonFile.map { try PersonalText.read($0) } ?? ""
  }

  private func readTasks() throws -> [String] {
    try tasksFile.map { PersonalText.lines(of: try PersonalText.read($0)) } ?? []
  }

  private static func lines(of bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: 0x0a).map { [UInt8]($0.last == 0x0d ? $0.dropLast() : $0) }
      .filter { !$0.isEmpty }
  }

  // MARK: Output

  private func tell(
    _ request: BackupEngine.ErasureRequest, _ name: String, _ number: Int?, old: Int, later: Int,
    _ search: ErasureSearch.Outcome, _ open: OpenRepository
  ) {
    let holds = open.session.logState.holds(
      of: open.session.logState.erasures[request.erasure]?.opened.what.set ?? .zero,
      at: open.session.now().unix)
    if out.json {
      JSON.print([
        ("logNumber", number.map { .number(Int64($0)) } ?? .nothing),
        ("file", out.file.map { .text($0) } ?? .nothing),
        ("erasure", .text(request.erasure.hex)), ("dataSet", .text(name)),
        ("cutOff", .number(request.cutOff)), ("cleanBy", .number(request.cleanBy)),
        ("snapshotsHolding", .number(Int64(old))),
        ("snapshotsAfterCutOff", .number(Int64(later))),
        ("otherNames", .list(search.otherNames.map { .text("/" + Words.path($0)) })),
        ("onHold", .flag(!holds.isEmpty)),
      ])
    } else {
      Terminal.print(
        "\(name): request \(request.erasure), \(old) snapshots hold it, clean by "
          + Times.utc(request.cleanBy))
    }
    for path in search.otherNames {
      Terminal.note(
        "warning: the same file has another name that stays: /\(Words.path(path))")
    }
    if later > 0 {
      Terminal.note(
        "warning: \(later) snapshots from after the cut-off hold such names too, and keep them: "
          + "were the files taken out of the live data?")
    }
    if !holds.isEmpty {
      Terminal.note("warning: a hold keeps snapshots of this data set; the date does not hold then")
    }
  }
}
