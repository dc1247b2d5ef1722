import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupSystem

struct TestRestore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Restore for practice: timed, compared, destroyed again, signed into the log.")

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

  func validate() throws {
    guard sample > 0 else { throw ValidationError("--sample takes a number above 0") }
  }

  func run() throws {
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
      ).execute(paths)
      let draft = statement(outcome, meant)
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

  private func statement(_ outcome: RestoreTestOutcome, _ meant: MeantSnapshot) -> Draft {
    Draft(
      .tested(
        Predicate.Tested(
          set: meant.snapshot.set, number: meant.snapshot.number,
          kind: Terminal.isAttended ? .person : .automatic, level: .restored,
          started: outcome.started, ended: outcome.ended, destroyed: outcome.destroyed,
          files: outcome.fileCount, byteCount: Int(outcome.byteCount),
          mismatches: outcome.mismatchCount, erasures: Int(outcome.report.withheldCount),
          result: outcome.result)))
  }

  private func tell(_ outcome: RestoreTestOutcome, _ meant: MeantSnapshot, _ number: Int?) {
    if out.json {
      JSON.print([
        ("dataSet", .text(meant.name)), ("night", .text("\(meant.snapshot.night)")),
        ("level", .text("L3")), ("result", .text(outcome.result.rawValue)),
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
      "\(meant.name), night \(meant.snapshot.night): \(outcome.result.rawValue) (L3): "
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
