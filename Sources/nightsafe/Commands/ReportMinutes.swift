import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog

struct ReportMinutes: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "minutes",
    abstract: "Show what people wrote down of restore tests, newest first.",
    discussion: "It is sealed to whoever opens the data set: name a restorer's key with --key.")

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Option(help: "Only this data set.")
  var dataSet: String?
  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    let sets = try SnapshotChoice.sets(open, key: pair, named: dataSet)
    let state = open.session.logState
    for test in state.tests.reversed() {
      guard let (name, _, keys) = sets.first(where: { $0.set == test.what.set }),
        // What was deleted after its term is rightly gone.
        let path = test.subjects.first?.path, state.deletedObjects[path] == nil,
        let minutes = try open.session.minutes(of: test, keys: keys)
      else { continue }
      tell(test, minutes, name)
    }
  }

  private func tell(_ test: Said<Predicate.Tested>, _ minutes: TestMinutes, _ name: String) {
    let role = test.what.account?.role.rawValue ?? "none"
    if json {
      Terminal.print(
        JSON.object([
          ("logNumber", .number(Int64(test.number))), ("dataSet", .text(name)),
          ("ended", .number(test.what.ended)), ("result", .text(test.what.result.rawValue)),
          ("role", .text(role)), ("finding", .text(minutes.finding)),
          ("tasks", .list(minutes.tasks.map { .text($0) })),
          (
            "databases",
            .list(
              minutes.databases.map {
                .object([
                  ("path", .text("/" + Words.path($0.path))), ("sound", .flag($0.isSound)),
                ])
              })
          ),
        ]).encoded)
      return
    }
    Terminal.print(
      "\(name), log entry \(test.number), \(Times.utc(test.what.ended)): "
        + "\(test.what.result.rawValue), by \(role)")
    for line in minutes.finding.split(whereSeparator: \.isNewline) {
      Terminal.print("  " + Words.path([UInt8](String(line).utf8)))
    }
    for task in minutes.tasks {
      Terminal.print("  to do: " + Words.path([UInt8](task.utf8)))
    }
    for database in minutes.databases {
      Terminal.print(
        "  database /\(Words.path(database.path)): \(database.isSound ? "sound" : "not sound")")
    }
  }
}
