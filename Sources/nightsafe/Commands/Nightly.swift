import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupSystem

struct Nightly: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What cron calls: back up, check, rotate, record. Silent when all is well.")

  @OptionGroup var repository: RepositoryOptions

  func run() throws {
    // Yielding to others is a courtesy, not a condition.
    try? ProcessPriority.lower()
    let open = try repository.open()
    let sets = try DataSets(open)
    let started = Times.clock()
    let night = try sets.night(at: started.unix)
    let work = NightWork(sets, night: night, acceptsMovedSources: false)
    let results = work.backUp(sets.policy.policy.dataSets)
    let end = NightEnd(sets, night: night, started: started, results: results)
    let statuses = results.map { $0.1.status } + end.close()
    let status = ExitStatus.worst(statuses)
    end.tell(status)
    throw ExitCode(status.rawValue)
  }
}
