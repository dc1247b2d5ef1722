import ArgumentParser
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupVerifier

/// How deep a check goes.
enum VerifyLevel: String, ExpressibleByArgument, CaseIterable {
  case l0 = "L0"
  case l1 = "L1"
  case l2 = "L2"
}

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the repository: L0 and L1 with public keys, L2 with a restorer's key.",
    discussion: """
      L0: what the log requires is there, with the right sizes. L1: every byte that a live snapshot \
      needs is as the writer signed it. L2: every block opens, and each chunk matches its id.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Option(help: "L0, L1 or L2.")
  var level: VerifyLevel = .l1
  @Option(help: "With L2: only this data set.")
  var dataSet: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let open = try repository.open()
    if level == .l2 { return try verifyDeeply(open) }
    let meter = ProgressMeter()
    let report = try Verifier(storage: open.session.storage, repository: open.session.id).check(
      level: level == .l0 ? .l0 : .l1(.everything), memory: nil, now: open.session.now(),
      progress: { meter.show($0) })
    meter.clear()
    VerifyText.tell(report, json: json)
    if report.isBad { throw ExitCode(ExitStatus.damage.rawValue) }
  }

  private func verifyDeeply(_ open: OpenRepository) throws {
    let pair = try key.open()
    var isDamaged = false
    for (name, set, keys) in try SnapshotChoice.sets(open, key: pair, named: dataSet) {
      let meter = ProgressMeter()
      let outcome = try DeepCheck(open.session, keys: keys).execute {
        meter.show("\(name): opening blocks", byteCount: $0, of: $1)
      }
      meter.clear()
      isDamaged = isDamaged || !outcome.damaged.isEmpty || !outcome.badSnapshots.isEmpty
      tell(name, set, outcome)
    }
    if isDamaged { throw ExitCode(ExitStatus.damage.rawValue) }
  }

  private func tell(_ name: String, _ set: SetID, _ outcome: DeepCheckOutcome) {
    if json {
      JSON.print([
        ("dataSet", .text(name)), ("level", .text("L2")),
        ("blocks", .number(Int64(outcome.blockCount))), ("bytes", .count(outcome.byteCount)),
        ("compared", .number(Int64(outcome.comparedCount))),
        ("opened", .number(Int64(outcome.comparedCount + outcome.uncomparedCount))),
        (
          "damaged",
          .list(outcome.damaged.map { .text("\($0.run)/\($0.number)") })
        ),
        (
          "badSnapshots",
          .list(
            outcome.badSnapshots.map {
              .object([("number", .number(Int64($0.number))), ("reason", .text($0.reason))])
            })
        ),
      ])
      return
    }
    Terminal.print(
      "\(name): L2: \(outcome.blockCount) blocks, \(Words.size(outcome.byteCount)): "
        + "\(outcome.comparedCount) opened and compared with their ids, "
        + "\(outcome.uncomparedCount) opened only, \(outcome.damaged.count) damaged")
    for address in outcome.damaged.prefix(50) {
      Terminal.note("damaged: block \(address.number) of run \(address.run)")
    }
    for bad in outcome.badSnapshots { Terminal.note("snapshot \(bad.number): \(bad.reason)") }
  }
}
