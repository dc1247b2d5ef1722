internal import ArgumentParser
internal import BackupFormat
internal import BackupVerifier

/// Says in one line how a repository is, for monitoring.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Says how fresh the repository is, as a monitoring plugin does.",
    discussion: "Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.")

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var memory: MemoryOptions

  @Option(
    help: "The verifier's key file; it is not read, but the memory of verify can lie beside it.",
    completion: .file())
  var key: PathArgument?

  @Option(help: "How old the newest snapshot of each data set may be, in hours.")
  var maxAgeHours = 26

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard maxAgeHours > 0 else { throw ValidationError("--max-age-hours is at least 1") }
  }

  mutating func run() throws {
    let status: PluginStatus
    let line: String
    var summary: RepositorySummary?
    do {
      let id = try repository.repositoryID()
      let verifier = try repository.verifier()
      let before: VerifierMemory?
      if let path = memory.path(id: id, key: key) {
        before = try MemoryFile.read(path, of: id)
      } else {
        before = nil
      }
      let (seen, findings) = try verifier.survey(memory: before, now: .now())
      let health = Health(seen, findings, maxAgeSeconds: Int64(maxAgeHours) * 3600)
      status = health.status
      line = Console.statusLine(seen, health)
      summary = seen
    } catch let failure as Failure {
      (status, line) = (.unknown, Console.unknownLine(failure))
    } catch let error as VerifierError {
      (status, line) = (.unknown, Console.unknownLine(.verifier(error)))
    }
    if json {
      Console.print(JSONOutput.status(status, line, summary))
    } else {
      Console.say(line)
    }
    throw status
  }
}

/// What monitoring is told about a repository.
struct Health {
  /// Something that is not as it should be.
  enum Concern: Hashable {
    case finding(Finding)
    case noSnapshot(set: String)
    case old(set: String, ageSeconds: Int64)
    case nightFailed(code: Int)
    case frozen(set: String)
    case voids(count: Int)
    case noSets
  }

  let maxAgeSeconds: Int64
  private(set) var status = PluginStatus.ok
  private(set) var concerns: [Concern] = []

  init(_ summary: RepositorySummary, _ findings: [Finding], maxAgeSeconds: Int64) {
    self.maxAgeSeconds = maxAgeSeconds
    for finding in findings where finding.severity > .information {
      if finding.kind == .voidEntry || finding.kind == .voidStatement { continue }
      add(.finding(finding), finding.severity >= .damage ? .critical : .warning)
    }
    if summary.sets.isEmpty { add(.noSets, .warning) }
    for set in summary.sets {
      let name = String(set.set.hex.prefix(8))
      if let newest = set.newest {
        if newest.ageSeconds > maxAgeSeconds {
          add(.old(set: name, ageSeconds: newest.ageSeconds), .critical)
        }
      } else {
        add(.noSnapshot(set: name), .critical)
      }
      if set.isFrozen { add(.frozen(set: name), .warning) }
    }
    switch summary.lastNight?.code {
    case nil, 0: break
    case 3, 5: add(.nightFailed(code: summary.lastNight?.code ?? 0), .warning)
    default: add(.nightFailed(code: summary.lastNight?.code ?? 0), .critical)
    }
    if summary.voidCount > 0 { add(.voids(count: summary.voidCount), .warning) }
  }

  private mutating func add(_ concern: Concern, _ status: PluginStatus) {
    concerns.append(concern)
    self.status = max(self.status, status)
  }
}
