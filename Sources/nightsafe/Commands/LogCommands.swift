import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupSystem
import BackupVerifier

struct LogGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Show the log; hand in signed statements.",
    subcommands: [
      LogShow.self, LogAppend.self, LogAcknowledge.self, LogClock.self, LogDistrust.self,
      LogThaw.self,
    ], defaultSubcommand: LogShow.self)
}

struct LogShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show every statement of the log.")
  @OptionGroup var repository: RepositoryOptions
  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let state = open.session.logState
    var entries: [Int: VoidReason] = [:]
    var statements: [StatementID: VoidReason] = [:]
    for finding in state.voids {
      switch finding {
      case .voidEntry(let number, let reason): entries[number] = reason
      case .voidStatement(_, _, let id, let reason): statements[id] = reason
      default: continue
      }
    }
    for number in 0..<state.size {
      guard let bytes = state.entry(number), let entry = try? Entry(parsing: bytes) else {
        tellUnread(number, entries[number])
        continue
      }
      for envelope in entry.envelopes {
        guard let statement = try? Statement(payload: envelope.payload, in: state.repository) else {
          tellUnread(number, entries[number])
          continue
        }
        tell(number, statement, entries[number] ?? statements[statement.id])
      }
    }
    let findings = open.session.logFindings
    for finding in findings { Terminal.note(Words.finding(finding)) }
    guard findings.isEmpty else { throw ExitCode(ExitStatus.damage.rawValue) }
  }

  private func tellUnread(_ number: Int, _ reason: VoidReason?) {
    let words = reason?.text ?? "this program can't read it"
    if json {
      JSON.print([
        ("number", .number(Int64(number))), ("kind", .nothing),
        ("void", .text(reason.map { "\($0)" } ?? "unread")),
      ])
    } else {
      Terminal.print("\(number)  void: \(words)")
    }
  }

  private func tell(_ number: Int, _ statement: Statement, _ reason: VoidReason?) {
    let kind = statement.predicate.kind.rawValue
    if json {
      JSON.print([
        ("number", .number(Int64(number))), ("kind", .text(kind)),
        ("signer", .text(statement.signer.hex)), ("unix", .number(statement.time.unix)),
        ("synchronised", .flag(statement.time.synchronised)), ("id", .text(statement.id.hex)),
        ("subjects", .list(statement.subjects.map { .text($0.path.text) })),
        ("void", reason.map { .text("\($0)") } ?? .nothing),
      ])
    } else {
      Terminal.print(
        "\(number)  \(Times.utc(statement.time.unix))  \(statement.signer.hex.prefix(8))  \(kind)"
          + (reason.map { "  void: \($0.text)" } ?? ""))
    }
  }
}

struct LogAppend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "append", abstract: "Hand in statements that were signed with --out.")
  @OptionGroup var repository: RepositoryOptions
  @Argument(help: "The file.", completion: .file())
  var file: String
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let bytes: [UInt8]
    do {
      bytes = try SecureFile.readWhole(
        [UInt8](file.utf8), limitByteCount: 1 << 20, allowsPipe: true)
    } catch {
      throw Failure(.usage, "\(file) can't be read: \(error)")
    }
    let outcome = try open.session.handIn(bytes)
    if json {
      return JSON.print([
        ("logNumbers", .list(outcome.entries.map { .number(Int64($0)) })),
        ("checkpoint", outcome.checkpoint.map { .text($0.text) } ?? .nothing),
      ])
    }
    for number in outcome.entries { Terminal.print("log entry \(number)") }
    if let checkpoint = outcome.checkpoint { Terminal.print("\(checkpoint)") }
  }
}

struct LogAcknowledge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "acknowledge",
    abstract: "Say as the owner that void entries, or a log restored from a copy, are known.",
    discussion: """
      An entry is void when it says nothing, or holds a statement that says nothing; nightsafe log show \
      tells which, and why. When the log was put back from an older copy, --restored-from names the \
      size that it has now: machines that saw more of it go on from there.
      """)
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "Numbers of void entries.")
  var entries: [Int] = []
  @Option(help: "The size from which a log restored from an older copy goes on.")
  var restoredFrom: Int?

  func validate() throws {
    guard !entries.isEmpty || restoredFrom != nil else {
      throw ValidationError("name void entries by their numbers, or give --restored-from SIZE")
    }
    guard restoredFrom ?? 1 > 0, entries.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("numbers of entries and sizes are above 0")
    }
  }

  func run() throws {
    // Whoever remembers more of the log than there is must be able to say that this is right.
    let open = try repository.open(remembers: restoredFrom == nil)
    let state = open.session.logState
    let void = Set(state.voids.compactMap(\.number))
    let wrong = Set(entries).subtracting(void).sorted()
    guard wrong.isEmpty else {
      throw Failure(
        .failed,
        (wrong.count == 1 ? "this entry is not void: " : "these entries are not void: ")
          + wrong.map { "\($0)" }.joined(separator: ", "),
        hint: "nightsafe log show names those that are; nothing was signed")
    }
    if let restoredFrom, restoredFrom > state.size {
      throw Failure(
        .failed, "the log has \(state.size) entries, so it can't go on from \(restoredFrom)",
        hint: "nightsafe log acknowledge --restored-from \(state.size); nothing was signed")
    }
    let numbers = Set(entries).sorted()
    try out.say(
      [
        Draft(
          .acknowledged(
            Predicate.Acknowledged(entries: numbers, restoredSize: restoredFrom ?? 0)))
      ], open, by: try key.open(),
      [
        ("entries", .list(numbers.map { .number(Int64($0)) })),
        ("restoredFrom", restoredFrom.map { .number(Int64($0)) } ?? .nothing),
      ])
  }
}

struct LogClock: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clock", abstract: "Say as the owner that this machine's clock is right now.")
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption

  func run() throws {
    let open = try repository.open()
    let now = Times.clock().unix
    try out.say(
      [Draft(.clock(Predicate.Clock(believed: now)))], open, by: try key.open(),
      [("believed", .number(now))])
  }
}

struct LogDistrust: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distrust",
    abstract: "Say as the owner from which log number a key's word is doubted.")
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "The id of the key, or the first digits of it.")
  var keyID: String
  @Option(help: "The first log number that is doubted.")
  var from: Int

  func validate() throws {
    guard from > 0 else { throw ValidationError("--from takes a number above 0") }
  }

  func run() throws {
    let open = try repository.open()
    let found = open.session.logState.keys.filter { $0.key.hex.hasPrefix(keyID) }
    guard found.count == 1, let id = found.first?.key else {
      throw Failure(
        .failed, "no key, or more than one, begins with \(keyID)",
        hint: "nightsafe role list shows the keys")
    }
    guard from <= open.session.logState.size else {
      throw Failure(
        .usage,
        "the log has \(open.session.logState.size) entries, so nothing is doubted from \(from) on",
        hint: "nightsafe log show lists them; nothing was signed")
    }
    try out.say(
      [Draft(.distrusted(Predicate.Distrusted(key: id, from: from)))], open, by: try key.open(),
      [("key", .text(id.hex)), ("from", .number(Int64(from)))])
  }
}

struct LogThaw: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "thaw", abstract: "Lift the freeze of a data set as the owner.")
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Option(help: "The data set.")
  var dataSet: String

  func run() throws {
    let open = try repository.open()
    let owner = try key.open()
    guard let set = try SnapshotChoice.sets(open, key: owner, named: dataSet).first?.set else {
      return
    }
    guard open.session.logState.isFrozen(set) else {
      throw Failure(.failed, "the data set \(dataSet) is not frozen", hint: "nothing was signed")
    }
    try out.say(
      [Draft(.thaw(Predicate.Thaw(set: set)))], open, by: owner,
      [("dataSet", .text(dataSet)), ("set", .text(set.hex))])
  }
}
