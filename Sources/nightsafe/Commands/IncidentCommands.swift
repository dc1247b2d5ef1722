import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy

struct IncidentGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "incident",
    abstract: "What may be a breach: show it, acknowledge it, decide about it.",
    discussion: """
      The program detects and counts the hours; people acknowledge, assess and decide, each signed with \
      the owner's key. Notes in words, about incidents and other exceptions, are sealed to whoever \
      opens the backups. The clock of article 33 runs from awareness; assess-by counts from detection, which is \
      the safe reading.
      """,
    subcommands: [
      IncidentList.self, IncidentAcknowledge.self, IncidentAssess.self, IncidentDecide.self,
      IncidentNote.self, IncidentNotes.self,
    ],
    defaultSubcommand: IncidentList.self)
}

struct IncidentList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List incidents, those that wait for someone first.")
  @OptionGroup var repository: RepositoryOptions
  @Flag(help: "Only those that nobody decided about.")
  var open = false
  @Flag(help: "Print one JSON list.")
  var json = false

  func run() throws {
    let repository = try repository.open()
    let hours = Int64(repository.policy?.policy.incidents.assessWithinHours ?? 72)
    let now = repository.session.now().unix
    let all = repository.session.logState.incidents
      .filter { !open || $0.value.decision == nil }
      .sorted {
        ($0.value.decision == nil ? 0 : 1, $0.value.detected?.number ?? 0, $0.key)
          < ($1.value.decision == nil ? 0 : 1, $1.value.detected?.number ?? 0, $1.key)
      }
    if json {
      Terminal.print(JSON.list(all.map { object($0.key, $0.value, hours: hours) }).encoded)
      return
    }
    for (id, standing) in all { tell(id, standing, hours: hours, now: now) }
  }

  private func object(_ id: IncidentID, _ standing: IncidentStanding, hours: Int64) -> JSON {
    var members: [(String, JSON)] = [("incident", .text(id.hex))]
    if let detected = standing.detected {
      members.append(("class", .text(detected.what.kind.rawValue)))
      members.append(("detected", .number(detected.what.detected)))
      if detected.what.kind.isEvaluated {
        members.append(("assessBy", .number(detected.what.detected + hours * 3_600)))
      }
    }
    if let said = standing.acknowledged {
      members.append(("acknowledged", .number(said.time.unix)))
    }
    if let said = standing.assessed { members.append(("assessed", .number(said.time.unix))) }
    if let said = standing.decision {
      members.append(("decision", .text(said.what.decision.rawValue)))
      members.append(("decided", .number(said.time.unix)))
    }
    return .object(members)
  }

  private func tell(_ id: IncidentID, _ standing: IncidentStanding, hours: Int64, now: Int64) {
    var parts = [id.hex]
    if let detected = standing.detected {
      parts.append(detected.what.kind.rawValue)
      parts.append("detected \(Times.utc(detected.what.detected))")
    }
    if let said = standing.decision {
      parts.append("decided \(Times.utc(said.time.unix)): \(said.what.decision.rawValue)")
    } else if let detected = standing.detected, detected.what.kind.isEvaluated {
      let end = detected.what.detected + hours * 3_600
      let left = end - now
      let clock = left < 0 ? "LATE by \(-left / 3_600) h" : "\(left / 3_600) h left"
      parts.append("assess by \(Times.utc(end)) (\(clock))")
    } else {
      parts.append("not decided")
    }
    if standing.decision == nil, let said = standing.assessed ?? standing.acknowledged {
      parts.append("\(said.what.decision.rawValue) \(Times.utc(said.time.unix))")
    }
    Terminal.print(parts.joined(separator: "  "))
  }
}

/// What the acts share.
struct IncidentAct {
  let repository: OpenRepository

  init(_ options: RepositoryOptions) throws { repository = try options.open() }

  /// The incident that an id, or the first digits of it, names.
  func find(_ text: String) throws -> IncidentID {
    let found = repository.session.logState.incidents.keys.filter { $0.hex.hasPrefix(text) }
    guard !text.isEmpty, found.count == 1, let incident = found.first else {
      throw Failure(
        .failed, "no incident, or more than one, begins with \(text)",
        hint: "nightsafe incident list shows them")
    }
    return incident
  }

  func say(
    _ decision: Predicate.IncidentDecision, of text: String, _ out: OutOption, by key: KeyOptions
  ) throws {
    let incident = try find(text)
    try out.say(
      [Draft(.incidentDecided(Predicate.IncidentDecided(incident: incident, decision: decision)))],
      repository, by: try key.open(),
      [("incident", .text(incident.hex)), ("decision", .text(decision.rawValue))])
  }
}

struct IncidentAcknowledge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "acknowledge", abstract: "Say as the owner that you know of an incident.")
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "The id of the incident, or the first digits of it.")
  var incident: String

  func run() throws {
    let act = try IncidentAct(repository)
    try act.say(.acknowledged, of: incident, out, by: key)
  }
}

struct IncidentAssess: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assess", abstract: "Say as the owner that the risk of an incident was assessed.")
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "The id of the incident, or the first digits of it.")
  var incident: String

  func run() throws {
    let act = try IncidentAct(repository)
    try act.say(.assessed, of: incident, out, by: key)
  }
}

struct IncidentDecide: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decide", abstract: "Say as the owner what is done about an incident.",
    discussion: """
      register: it is written down, a risk to people is unlikely. authority: the supervisor is told within \
      72 hours. people: those whose data it is are told as well, the risk being high.
      """)

  enum Choice: String, ExpressibleByArgument, CaseIterable {
    case register
    case authority
    case people

    var decision: Predicate.IncidentDecision {
      switch self {
      case .register: .register
      case .authority: .authority
      case .people: .people
      }
    }
  }

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "The id of the incident, or the first digits of it.")
  var incident: String
  @Argument(help: "register, authority or people.")
  var choice: Choice

  func run() throws {
    let act = try IncidentAct(repository)
    try act.say(choice.decision, of: incident, out, by: key)
  }
}
