import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupSystem

struct BackUp: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Back up now, without the rest of a night.")

  @OptionGroup var repository: RepositoryOptions
  @Option(help: "Only this data set.")
  var dataSet: String?
  @Flag(help: "Say what would be backed up; write nothing.")
  var dryRun = false
  @Option(help: "With --dry-run: say why this path is kept or left out.", completion: .file())
  var explain: String?
  @Flag(help: "Take sources as they are, though they are empty or on another device.")
  var acceptSources = false
  @Flag(help: "Read back and open what was written, as a night does.")
  var check = false
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let sets = try DataSets(open)
    let chosen = try sets.chosen(dataSet)
    try sets.check(chosen)
    if dryRun || explain != nil { return try explainAll(sets, chosen) }
    let night = try sets.night(at: Times.clock().unix)
    let work = NightWork(sets, night: night, acceptsMovedSources: acceptSources, readsBack: check)
    let outcomes = work.backUp(chosen)
    for (dataSet, outcome) in outcomes { report(dataSet, outcome) }
    throw ExitCode(ExitStatus.worst(outcomes.map { $0.1.status }).rawValue)
  }

  private func report(_ dataSet: Policy.DataSet, _ outcome: SetResult) {
    if let failure = outcome.failure {
      Terminal.report(
        Failure(failure.status, "\(dataSet.name): \(failure.message)", hint: failure.hint))
    }
    guard let done = outcome.outcome else { return }
    let counters = done.counters
    if json {
      JSON.print([
        ("dataSet", .text(dataSet.name)), ("snapshot", .number(Int64(done.number))),
        ("files", .count(counters.fileCount)), ("folders", .count(counters.folderCount)),
        ("bytes", .count(counters.byteCount)), ("readBytes", .count(counters.readByteCount)),
        ("newBytes", .count(counters.newByteCount)), ("storedBytes", .count(done.storedByteCount)),
        ("unreadable", .count(counters.unreadableCount)),
        ("changedDuringRead", .count(counters.changedCount)),
        ("excluded", .count(counters.excludedCount)),
        ("exitCode", .number(Int64(outcome.status.rawValue))),
      ])
    } else {
      Terminal.print(
        "\(dataSet.name): snapshot \(done.number), \(counters.fileCount) files in "
          + "\(counters.folderCount) folders, \(Words.size(counters.byteCount)); read "
          + "\(Words.size(counters.readByteCount)), stored \(Words.size(done.storedByteCount))")
    }
    for entry in done.unreadable.prefix(100) {
      Terminal.note("unreadable: \(Words.path(entry.path)): \(entry.error)")
    }
  }

  private func explainAll(_ sets: DataSets, _ chosen: [Policy.DataSet]) throws {
    for dataSet in chosen {
      let plan = try sets.plan(
        dataSet, night: try sets.night(at: Times.clock().unix), acceptsMovedSources: true)
      if let explain {
        try self.explain(RawArguments.bytes(explain), dataSet, plan)
        continue
      }
      let dry = try DryRun.execute(plan)
      if json {
        JSON.print([
          ("dataSet", .text(dataSet.name)), ("files", .count(dry.fileCount)),
          ("folders", .count(dry.folderCount)), ("bytes", .count(dry.byteCount)),
          ("excluded", .count(dry.excludedCount)),
          ("unreadable", .list(dry.unreadable.map { .text("/" + Words.path($0.path)) })),
        ])
        continue
      }
      Terminal.print(
        "\(dataSet.name): \(dry.fileCount) files in \(dry.folderCount) folders, "
          + "\(Words.size(dry.byteCount)) would be backed up; \(dry.excludedCount) entries are left "
          + "out by rules, \(dry.unreadable.count) can't be read")
    }
  }

  private func explain(_ path: [UInt8], _ dataSet: Policy.DataSet, _ plan: BackupPlan) throws {
    var whole = [UInt8](try Places.absolute(path))
    while whole.count > 1, whole.last == 0x2f { whole.removeLast() }
    let why = ScanExplanation.of(whole, in: plan)
    if json {
      return JSON.print([
        ("dataSet", .text(dataSet.name)), ("path", .text(Words.path(whole))),
        ("decision", why.map { .text("\($0.decision)") } ?? .nothing),
        ("cause", why.map { .text(Self.name($0.cause)) } ?? .nothing),
        ("place", why.map { .text(Words.path($0.place)) } ?? .nothing),
        ("rule", why.flatMap { Self.rule($0.cause) }.map { .text($0.id) } ?? .nothing),
        (
          "text", why.flatMap { Self.rule($0.cause) }.map { .text(Words.path($0.text)) } ?? .nothing
        ),
      ])
    }
    guard let why else {
      return Terminal.print("\(dataSet.name): \(Words.path(whole)) is in none of its sources")
    }
    Terminal.print("\(dataSet.name): \(Words.path(whole)): \(why.decision) \(Self.words(why))")
  }

  private static func rule(_ cause: ScanExplanation.Cause) -> PathRule? {
    if case .rule(let rule) = cause { rule } else { nil }
  }

  private static func name(_ cause: ScanExplanation.Cause) -> String {
    switch cause {
    case .rule(let rule): rule == nil ? "noRule" : "rule"
    case .source: "source"
    case .cacheFolder: "cacheFolder"
    case .otherFileSystem: "otherFileSystem"
    case .tooLarge: "tooLarge"
    case .ownFolder: "ownFolder"
    case .socket: "socket"
    case .link: "link"
    }
  }

  private static func words(_ why: ScanExplanation) -> String {
    let place = Words.path(why.place)
    return switch why.cause {
    case .rule(nil) where why.decision == .skip: "since no pattern of include matches it"
    case .rule(nil): "by no rule"
    case .rule(let rule?): "by rule \(rule.id): \(Words.path(rule.text))"
    case .source: "since it is a source"
    case .cacheFolder: "since \(place) is a cache (CACHEDIR.TAG; excludeCaches)"
    case .otherFileSystem: "since another file system is mounted at \(place) (oneFileSystem)"
    case .tooLarge: "since it is larger than maximumFileSize"
    case .ownFolder: "since \(place) is NightSafe's own state or repository"
    case .socket: "since it is a socket"
    case .link: "since \(place) is a symbolic link: it is kept as such and not followed"
    }
  }
}
