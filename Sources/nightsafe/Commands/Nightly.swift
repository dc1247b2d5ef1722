import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupSystem

struct Nightly: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What cron calls: back up, check, rotate, record. Silent when all is well.",
    discussion: """
      With several policies, as for two disks in turn, those whose repository is there are used; it \
      is enough that one is.
      """)

  @Option(help: "The policy file; may be given several times.")
  var policy: [String]
  @Option(help: "The folder for what this machine remembers (default: state beside the policy).")
  var state: String?

  func validate() throws {
    guard !policy.isEmpty else { throw ValidationError("give --policy FILE") }
  }

  func run() throws {
    // Yielding to others is a courtesy, not a condition.
    try? ProcessPriority.lower()
    var statuses: [ExitStatus] = []
    var absent: [Failure] = []
    for policy in policy {
      do {
        var arguments = ["--policy", policy]
        if let state { arguments += ["--state", state] }
        statuses.append(try night(try RepositoryOptions.parse(arguments).open()))
      } catch {
        let failure = Failure(error)
        if failure.status == .unreachable {
          absent.append(failure)
        } else {
          Terminal.report(failure)
          statuses.append(failure.status)
        }
      }
    }
    if statuses.isEmpty {
      for failure in absent { Terminal.report(failure) }
      statuses.append(.unreachable)
    }
    throw ExitCode(ExitStatus.worst(statuses).rawValue)
  }

  private func night(_ open: OpenRepository) throws -> ExitStatus {
    let sets = try DataSets(open)
    let started = Times.clock()
    let night = try sets.night(at: started.unix)
    let work = NightWork(sets, night: night, acceptsMovedSources: false)
    let results = work.backUp(sets.policy.policy.dataSets)
    let end = NightEnd(sets, night: night, started: started, results: results)
    let status = ExitStatus.worst(results.map { $0.1.status } + end.close())
    end.tell(status)
    return status
  }
}
