import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupSystem

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
    for number in 0..<state.size {
      guard let bytes = state.entry(number), let entry = try? Entry(parsing: bytes) else {
        Terminal.print("\(number)  void: not an entry")  // told again by the findings below
        continue
      }
      for envelope in entry.envelopes {
        guard let statement = try? Statement(payload: envelope.payload, in: state.repository) else {
          Terminal.print("\(number)  a statement that this program can't read")
          continue
        }
        tell(number, statement)
      }
    }
    let findings = open.session.logFindings
    for finding in findings { Terminal.note("\(finding)") }
    guard findings.isEmpty else { throw ExitCode(ExitStatus.damage.rawValue) }
  }

  private func tell(_ number: Int, _ statement: Statement) {
    let kind = statement.predicate.kind.rawValue
    if json {
      JSON.print([
        ("number", .number(Int64(number))), ("kind", .text(kind)),
        ("signer", .text(statement.signer.hex)), ("unix", .number(statement.time.unix)),
        ("synchronised", .flag(statement.time.synchronised)), ("id", .text(statement.id.hex)),
        ("subjects", .list(statement.subjects.map { .text($0.path.text) })),
      ])
    } else {
      Terminal.print(
        "\(number)  \(Times.utc(statement.time.unix))  \(statement.signer.hex.prefix(8))  \(kind)")
    }
  }
}

struct LogAppend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "append", abstract: "Hand in statements that were signed with --out.")
  @OptionGroup var repository: RepositoryOptions
  @Argument(help: "The file.")
  var file: String

  func run() throws {
    let open = try repository.open()
    let bytes: [UInt8]
    do {
      bytes = try SecureFile.readWhole([UInt8](file.utf8), limitByteCount: 1 << 20)
    } catch {
      throw Failure(.usage, "\(file) can't be read: \(error)")
    }
    let outcome = try open.session.handIn(bytes)
    for number in outcome.entries { Terminal.print("log entry \(number)") }
    if let checkpoint = outcome.checkpoint { Terminal.print("\(checkpoint)") }
  }
}

struct LogAcknowledge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "acknowledge",
    abstract: "Say as the owner that void entries, or a log restored from a copy, are known.")
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "Numbers of void entries.")
  var entries: [Int] = []
  @Option(help: "The size from which a log restored from an older copy goes on.")
  var restoredFrom: Int = 0

  func run() throws {
    let open = try repository.open()
    try out.say(
      [
        Draft(
          .acknowledged(
            Predicate.Acknowledged(entries: entries.sorted(), restoredSize: restoredFrom)))
      ], open, by: try key.open())
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
    try out.say(
      [Draft(.clock(Predicate.Clock(believed: Times.clock().unix)))], open, by: try key.open())
  }
}

struct LogDistrust: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distrust",
    abstract: "Say as the owner from which log number a key's word is doubted.")
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "The id of the key.")
  var keyID: String
  @Option(help: "The first log number that is doubted.")
  var from: Int

  func run() throws {
    let open = try repository.open()
    guard let id = KeyID(hex: keyID) else { throw Failure(.usage, "a key id has 32 hex digits") }
    try out.say(
      [Draft(.distrusted(Predicate.Distrusted(key: id, from: from)))], open, by: try key.open())
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
    try out.say([Draft(.thaw(Predicate.Thaw(set: set)))], open, by: owner)
  }
}
