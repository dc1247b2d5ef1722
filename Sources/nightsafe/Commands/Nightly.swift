import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupRecord
import BackupSystem

struct Nightly: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What cron calls: back up, check, rotate, record. Silent when all is well.",
    discussion: """
      With several policies, as for two disks in turn, those whose repository is there are used; it \
      is enough that one is.
      """)

  @Option(help: "The policy file; may be given several times.", completion: .file())
  var policy: [String]
  @Option(
    help: "The folder for what this machine remembers (default: state beside the policy).",
    completion: .directory)
  var state: String?
  @OptionGroup var signals: SignalOptions

  func validate() throws {
    guard !policy.isEmpty else { throw ValidationError("give --policy FILE") }
  }

  func run() throws {
    // Yielding to others is a courtesy, not a condition.
    try? ProcessPriority.lower()
    signals.start()
    var results: [NightResult] = []
    var statuses: [ExitStatus] = []
    for policy in policy {
      do {
        results.append(result(try PolicyFile(path: policy)))
      } catch {
        // Without a policy nobody is named who could be notified.
        let failure = Failure(error)
        Terminal.report(failure)
        statuses.append(failure.status)
      }
    }
    // Of disks in turn it is enough that one is there. One that went away in its night was there.
    let present = results.filter { $0.status != .unreachable || $0.night != nil }
    let told = present.isEmpty ? results : present
    for result in told { result.tell() }
    let status = ExitStatus.worst(statuses + told.map(\.status))
    signals.finish(status, told.compactMap(\.record))
    throw ExitCode(status.rawValue)
  }

  private func result(_ policy: PolicyFile) -> NightResult {
    do {
      var arguments = ["--policy", policy.path]
      if let state { arguments += ["--state", state] }
      return try night(try RepositoryOptions.parse(arguments).open())
    } catch {
      let failure = Failure(error)
      return NightResult(
        policy: policy, state: state ?? policy.statePath, status: failure.status,
        problems: [failure])
    }
  }

  private func night(_ open: OpenRepository) throws -> NightResult {
    let sets = try DataSets(open)
    try sets.check(sets.policy.policy.dataSets)
    let started = Times.clock()
    let night = try sets.night(at: started.unix)
    let work = NightWork(sets, night: night, acceptsMovedSources: false)
    let results = work.backUp(sets.policy.policy.dataSets)
    let end = NightEnd(sets, night: night, started: started, results: results)
    let lastGood = open.session.logState.nights.last { $0.what.code == 0 }?.what.night
    let status = ExitStatus.worst(results.map { $0.1.status } + end.close())
    return NightResult(
      policy: sets.policy, state: state ?? sets.policy.statePath, night: "\(night)", status: status,
      problems: end.problems, lastGoodNight: lastGood.map { "\($0)" },
      sets: results.map { NightEnd.json($0.0, $0.1) }, record: end.record)
  }
}
