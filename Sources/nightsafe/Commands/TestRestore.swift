import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupSystem

/// Who did a restore test.
enum TestRoleName: String, ExpressibleByArgument, CaseIterable {
  case management
  case employee
  case systemAdministrator
  case externalAdministrator
  case auditor

  var role: Predicate.TestRole {
    switch self {
    case .management: .management
    case .employee: .employee
    case .systemAdministrator: .systemAdministrator
    case .externalAdministrator: .externalAdministrator
    case .auditor: .auditor
    }
  }
}

struct TestRestore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Restore for practice: timed, compared, destroyed again, signed into the log.",
    discussion: """
      Say who does it (--role), what was found (--finding-file) and what is left to do (--tasks-file). \
      The finding, the tasks and the names of databases are sealed to whoever opens the data set; the \
      log tells counts and the role. nightsafe report minutes shows them.

      With --used the copy stays after it was compared, until the person at the terminal has opened it \
      and says what was opened and whether it could be used: level L4. The program measures nothing of \
      that; it is signed as what the person says.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Option(help: "How many files, chosen at random.")
  var sample: Int = 100
  @Flag(help: "Everything.")
  var all = false
  @Option(help: "Which snapshot: a night, a log number, or latest.")
  var snapshot: String = "latest"
  @Option(help: "A folder with room for the copy; it is removed again.", completion: .directory)
  var below: String = "/var/tmp"
  @Option(help: "Only this data set.")
  var dataSet: String?
  @Option(help: "Who does it, as a role in the firm.")
  var role: TestRoleName?
  @Option(
    help: "A file with what was found; - reads it from standard input.", completion: .file())
  var findingFile: String?
  @Option(help: "A file with what is left to do, one task a line.", completion: .file())
  var tasksFile: String?

  @Flag(help: "Keep the copy until a person at this terminal has used it and says so (L4).")
  var used = false

  func validate() throws {
    if used, role == nil { throw ValidationError("--used needs --role: who used it") }
    if used, findingFile != nil {
      throw ValidationError("--used asks for the finding on the terminal: give no --finding-file")
    }
    guard sample > 0 else { throw ValidationError("--sample takes a number above 0") }
    if findingFile != nil || tasksFile != nil, role == nil {
      throw ValidationError("a finding or tasks need --role: who says so")
    }
    if findingFile == "-", tasksFile == "-" {
      throw ValidationError("only one thing can be read from standard input")
    }
  }

  func run() throws {
    if used {
      guard BackupSystem.Terminal.isTerminal(.input), Terminal.isAttended else {
        throw Failure(
          .usage, "--used asks a person at the terminal, and there is none",
          hint: "run it where the copy can be opened; nothing was restored")
      }
    }
    let finding = try findingFile.map { try PersonalText.read($0) } ?? ""
    let tasks = try tasksFile.map { PersonalText.lines(of: try PersonalText.read($0)) } ?? []
    let open = try repository.open()
    let pair = try key.open()
    var statuses: [ExitStatus] = []
    var written: [Draft] = []
    for meant in try SnapshotChoice.find(snapshot, open, key: pair, dataSet: dataSet) {
      let opened = try open.session.open(meant.snapshot, keys: meant.keys)
      let paths = all ? [] : try RestoreTest.sample(opened, count: sample)
      let outcome: RestoreTestOutcome
      if !all, paths.isEmpty {
        Terminal.note("\(meant.name): the snapshot holds no file")
        continue
      }
      outcome = try RestoreTest(
        opened, below: [UInt8](below.utf8), clock: open.session.clock
      ).execute(paths, use: used ? { try UseDialogue(meant.name, $0).hold() } : nil)
      let draft = try statement(
        outcome, meant, opened, open, finding: outcome.use?.words ?? finding, tasks: tasks)
      var number: Int?
      if out.file == nil {
        number = try out.say([draft], open, by: pair, isTold: !out.json)
      } else {
        written.append(draft)
      }
      tell(outcome, meant, number)
      statuses.append(outcome.result == .failed ? .damage : .done)
    }
    try out.say(written, open, by: pair, isTold: !out.json)
    throw ExitCode(ExitStatus.worst(statuses).rawValue)
  }

  private func statement(
    _ outcome: RestoreTestOutcome, _ meant: MeantSnapshot, _ opened: OpenSnapshot,
    _ open: OpenRepository, finding: String, tasks: [String]
  ) throws -> Draft {
    let set = meant.snapshot.set
    var account = Predicate.TestAccount(
      selection: all ? .all : .random, databasesOpened: outcome.databasesOpenedCount,
      databasesFailed: outcome.databasesFailedCount, requests: opened.erasures.requests.count,
      role: role?.role ?? .none, tasks: tasks.count)
    var subjects: [Subject] = []
    if !finding.isEmpty || !tasks.isEmpty || !outcome.databases.isEmpty {
      let minutes: TestMinutes
      do {
        minutes = try TestMinutes(
          set: set, number: meant.snapshot.number, started: outcome.started,
          databases: outcome.databases, finding: finding, tasks: tasks)
      } catch {
        throw Failure(.usage, "the finding or a task is too long, or there are too many tasks")
      }
      subjects = [try open.session.store(minutes, keys: meant.keys)]
      account.until = outcome.ended + Self.keptSeconds(opened)
    }
    return Draft(
      .tested(
        Predicate.Tested(
          set: set, number: meant.snapshot.number,
          kind: role != nil || Terminal.isAttended ? .person : .automatic,
          level: Self.level(outcome),
          started: outcome.started, ended: outcome.ended, destroyed: outcome.destroyed,
          files: outcome.fileCount, byteCount: Int(outcome.byteCount),
          mismatches: outcome.mismatchCount, erasures: Int(outcome.report.withheldCount),
          result: outcome.result, account: account)), subjects: subjects)
  }

  private static func level(_ outcome: RestoreTestOutcome) -> Predicate.TestLevel {
    outcome.use == nil ? .restored : .used
  }

  /// How long minutes are kept: as long as the confidential edition, by the policy of the snapshot.
  private static func keptSeconds(_ opened: OpenSnapshot) -> Int64 {
    // A policy of a later version says nothing to this program.
    let policy = try? Policy.decode(opened.root.policyText)
    return Int64((policy?.record ?? Policy.RecordTerms()).confidentialDays) * 86_400
  }

  private func tell(_ outcome: RestoreTestOutcome, _ meant: MeantSnapshot, _ number: Int?) {
    if out.json {
      JSON.print([
        ("dataSet", .text(meant.name)), ("night", .text("\(meant.snapshot.night)")),
        ("level", .text(Self.level(outcome).rawValue)), ("result", .text(outcome.result.rawValue)),
        ("files", .number(Int64(outcome.fileCount))), ("bytes", .count(outcome.byteCount)),
        ("mismatches", .number(Int64(outcome.mismatchCount))),
        ("withheld", .count(outcome.report.withheldCount)),
        ("comparedWithSource", .number(Int64(outcome.sourceComparedCount))),
        ("databasesOpened", .number(Int64(outcome.databasesOpenedCount))),
        ("databasesFailed", .number(Int64(outcome.databasesFailedCount))),
        ("sourceMismatches", .number(Int64(outcome.sourceMismatchCount))),
        ("restoreMilliseconds", .count(outcome.restoreNanoseconds / 1_000_000)),
        ("logNumber", number.map { .number(Int64($0)) } ?? .nothing),
      ])
      return
    }
    Terminal.print(
      "\(meant.name), night \(meant.snapshot.night): \(outcome.result.rawValue) "
        + "(\(Self.level(outcome).rawValue)): "
        + "\(outcome.fileCount) files, \(Words.size(outcome.byteCount)) restored in "
        + "\(Times.duration(nanoseconds: outcome.restoreNanoseconds)); \(outcome.mismatchCount) "
        + "differ; \(outcome.sourceComparedCount) compared with the unchanged source, "
        + "\(outcome.sourceMismatchCount) of them differ; \(outcome.databasesOpenedCount) databases "
        + "opened and sound, \(outcome.databasesFailedCount) not; copy destroyed")
    for failure in outcome.report.failures.prefix(20) {
      Terminal.note("error: /\(Words.path(failure.path)): \(failure.error)")
    }
  }
}

/// The talk with the person who uses a restored copy.
private struct UseDialogue {
  private static let wordByteCountMax = 16_384
  let name: String
  let folder: String

  init(_ name: String, _ folder: [UInt8]) {
    self.name = name
    self.folder = Words.path(folder)
  }

  /// Waits until the person has said it.
  ///
  /// - Throws: if the input ends before: then nothing is said.
  func hold() throws -> RestoreTestOutcome.Use {
    Terminal.endProgress()
    Terminal.note("\(name): the copy lies in \(folder) until you have answered")
    Terminal.note("open what you would need for your work, with the programs that you use for it")
    var words = ""
    while words.isEmpty {
      Terminal.note("What did you open, and with what? End with an empty line.")
      words = try paragraph()
    }
    while true {
      Terminal.note("Could you use it? yes or no")
      switch try line().lowercased() {
      case "yes", "y", "ja", "j": return RestoreTestOutcome.Use(words: words, isUsable: true)
      case "no", "n", "nee": return RestoreTestOutcome.Use(words: words, isUsable: false)
      default: continue
      }
    }
  }

  private func paragraph() throws -> String {
    var lines: [String] = []
    while true {
      let line = try line()
      if line.isEmpty { return lines.joined(separator: "\n") }
      lines.append(line)
      guard lines.reduce(0, { $0 + $1.utf8.count + 1 }) <= Self.wordByteCountMax else {
        throw Failure(.usage, "that is longer than minutes may be; nothing was signed")
      }
    }
  }

  private func line() throws -> String {
    guard
      let line = try BackupSystem.Terminal.readInputLine(limitByteCount: Self.wordByteCountMax)
    else {
      throw Failure(
        .failed, "nothing was said of the use; nothing was signed, and the copy is destroyed")
    }
    return String(decoding: line, as: UTF8.self).trimmed
  }
}
