internal import ArgumentParser
internal import BackupFormat
internal import BackupLog
internal import BackupVerifier

/// Lists the log.
struct LogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Lists the statements of the log, and which of them are void.")

  @OptionGroup var repository: RepositoryOptions

  @Option(
    help:
      "The verifier's key file, as for the other commands; the log is open, and it is not read.",
    completion: .file())
  var key: PathArgument?

  @Flag(help: "Print JSON.")
  var json = false

  mutating func run() throws {
    let lines: [LogLine]
    do {
      lines = LogLine.all(of: try repository.verifier().state())
    } catch let error as VerifierError { throw Failure.verifier(error) }
    if json {
      Console.print(JSONOutput.log(lines))
    } else {
      Console.say(lines.map { Console.line($0) }.joined(separator: "\n"))
    }
  }
}

/// A statement of the log, or an entry that holds none.
struct LogLine {
  let number: Int
  /// Nil if the entry can't be read.
  let statement: Statement?
  /// Why it says nothing.
  let void: VoidReason?

  /// All statements, in order.
  static func all(of state: LogState) -> [LogLine] {
    var entries: [Int: VoidReason] = [:]
    var statements: [StatementID: VoidReason] = [:]
    for finding in state.voids {
      switch finding {
      case .voidEntry(let number, let reason): entries[number] = reason
      case .voidStatement(_, _, let id, let reason): statements[id] = reason
      default: continue
      }
    }
    var lines: [LogLine] = []
    for (number, entry) in state.entries.enumerated() {
      let read = ((try? Entry(parsing: entry.bytes ?? []))?.envelopes ?? []).compactMap {
        // The void reason says why one can't be read.
        try? Statement(payload: $0.payload, in: state.repository)
      }
      for statement in read {
        lines.append(
          LogLine(
            number: number, statement: statement,
            void: entries[number] ?? statements[statement.id]))
      }
      if read.isEmpty {
        lines.append(LogLine(number: number, statement: nil, void: entries[number]))
      }
    }
    return lines
  }
}
