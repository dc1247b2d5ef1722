import ArgumentParser
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupRecord
import BackupSystem

enum EditionName: String, ExpressibleByArgument, CaseIterable {
  case `public`
  case administrator
  case confidential
}

enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
  case json
  case text
  case html
  case oscal
  case metrics
  case register
  case incidents
}

enum LanguageName: String, ExpressibleByArgument, CaseIterable {
  case nl
  case en

  var language: Language { self == .nl ? .dutch : .english }
}

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the compliance record of a night; look at a privacy statement.",
    subcommands: [ReportShow.self, ReportMinutes.self, ReportLint.self],
    defaultSubcommand: ReportShow.self)
}

struct ReportShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show the compliance record of the newest night, or of one.",
    discussion: """
      The public edition needs no key. The administrator's is sealed to verifiers and restorers, the \
      confidential one to restorers: name the key with --key.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Option(help: "public, administrator or confidential.")
  var edition: EditionName = .public
  @Option(
    help: """
      text, html, json, oscal (assessment results 1.2.1), metrics (Prometheus); of the confidential edition \
      also register (AVG art. 30) and incidents (rows for art. 33(5)).
      """)
  var format: ReportFormat = .text
  @Option(help: "nl or en.")
  var language: LanguageName = .nl
  @Option(help: "The night, YYYY-MM-DD; the newest by default.")
  var night: String?

  func run() throws {
    if self.edition != .confidential, [.register, .incidents].contains(format) {
      throw Failure(.usage, "--format \(format.rawValue) needs --edition confidential")
    }
    if let night, BackupLog.Night(night) == nil {
      throw Failure(.usage, "\(night) is no night: give YYYY-MM-DD")
    }
    let open = try repository.open()
    let edition = try RecordReader(open).edition(
      self.edition, night: night, key: self.edition == .public ? nil : try key.open())
    if self.edition == .public { try refuseLeaks(of: edition, open) }
    let now = open.session.now().unix
    let language = language.language
    let zone = try Times.zone(open.policy?.policy.night.zone ?? "Europe/Amsterdam")
    let rendering: any RecordRendering =
      switch format {
      case .json: JSONRendering()
      case .html: HTMLReport(now: now, language: language, zone: zone)
      case .oscal: OSCALRendering(zone: zone)
      case .metrics: MetricsRendering()
      case .register: RegisterRendering(language: language)
      case .incidents: IncidentRowsRendering(language: language)
      case .text where self.edition == .public: PublicRendering(now: now, language: language)
      case .text: AdministratorText(language: language, zone: zone)
      }
    var bytes = rendering.render(edition)
    if bytes.last == 0x0a { bytes.removeLast() }
    Terminal.print(String(decoding: bytes, as: UTF8.self))
  }

  private func refuseLeaks(of edition: Edition, _ open: OpenRepository) throws {
    let statement = PublicStatement.make(
      from: edition, now: open.session.now().unix, language: language.language)
    let secrets = open.policy.map { PublicStatement.secrets(of: $0.policy) } ?? []
    let findings = statement.lint(forbidding: secrets)
    guard findings.isEmpty else {
      throw Failure(
        .failed,
        "the public text would give away: "
          + findings.map { "\($0.kind.rawValue) in \"\($0.text)\"" }.joined(separator: "; "),
        hint: "correct the texts of the policy that are meant for publication")
    }
  }
}

/// Finds and opens editions of records.
struct RecordReader {
  private let open: OpenRepository

  init(_ open: OpenRepository) { self.open = open }

  /// The edition of a night, proven part of the signed log.
  func edition(_ name: EditionName, night: String?, key: KeyPair?) throws -> Edition {
    let state = open.session.logState
    let kept = state.records.filter { night == nil || $0.what.night.description == night }
    guard let newest = kept.last?.what.night else {
      throw Failure(
        .failed, night.map { "there is no record of the night \($0)" } ?? "there is no record yet",
        hint: "nightsafe nightly makes one each night")
    }
    var isSealedToOthers = false
    for said in kept.reversed() where said.what.night == newest {
      for subject in said.subjects {
        guard
          let bytes = try open.session.objects.bytes(
            of: subject.path, limitByteCount: Limits.sealedTextByteCount)
        else { continue }
        guard let edition = read(bytes, key, &isSealedToOthers) else { continue }
        guard edition.reader.rawValue == name.rawValue else { continue }
        guard RecordProof.check(edition, in: state).isProven else {
          throw Failure(.damage, "the record of \(newest) is not the one that the log binds")
        }
        return edition
      }
    }
    throw isSealedToOthers
      ? Failure(.key, "this key does not open the \(name.rawValue) edition")
      : Failure(.damage, "the \(name.rawValue) edition of \(newest) is missing or damaged")
  }

  private func read(
    _ bytes: [UInt8], _ key: KeyPair?, _ isSealedToOthers: inout Bool
  ) -> Edition? {
    if bytes.first == 0x7b { return try? Edition.parse(bytes) }  // else it is not this edition
    guard let key else { return nil }
    do {
      let text = try SealedText.open(
        bytes, with: key, kind: .record, repository: open.session.id)
      return try Edition.parse(text)
    } catch {
      isSealedToOthers = true
      return nil
    }
  }
}

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "One line for monitoring, with the exit code of a monitoring plugin (0, 1, 2, 3).",
    discussion: """
      The host that made the newest record keeps what is asked for; a verifier's or restorer's key opens it \
      elsewhere: name it with --key. Without record and key the log and the policy are judged as they are \
      now, which tells how fresh and how whole the nights are.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Option(help: "nl or en.")
  var language: LanguageName = .nl
  @Flag(help: "Print the result as JSON.")
  var json = false
  @Option(
    help: "Write figures for the text-file collector of Prometheus to this file as well.",
    completion: .file())
  var metrics: String?

  /// How long a new repository may wait for its first night before that is critical: 48 hours.
  private static let beginningSeconds: Int64 = 172_800

  func run() throws {
    let (status, text) = judge()
    if json {
      JSON.print([
        ("status", .text(status.word)), ("exitCode", .number(Int64(status.rawValue))),
        ("text", .text(text)),
      ])
    } else {
      Terminal.print(text)
    }
    throw ExitCode(status.rawValue)
  }

  private func judge() -> (StatusLine.Status, String) {
    do {
      let open = try repository.open()
      let now = open.session.now()
      let (edition, recordTime) = try edition(open, now)
      if let metrics { try MetricsFile.write(edition, to: metrics, recordTime: recordTime) }
      let line = StatusLine.make(edition, now: now.unix, language: language.language)
      return (line.status, line.text)
    } catch {
      let failure = Failure(error)
      // Damage and an unreachable store are critical; what can't be judged is unknown.
      let isCritical = failure.status == .damage || failure.status == .unreachable
      let status = isCritical ? StatusLine.Status.critical : .unknown
      // One line, whatever was said; the interface gives "|" a meaning of its own.
      let message = failure.message.replacing("\n", with: "; ").replacing("|", with: " ")
      return (status, "BACKUP \(status.word) - \(message)")
    }
  }

  /// The newest record, or what the log alone tells now, with the time of the newest record.
  private func edition(
    _ open: OpenRepository, _ now: LogTime
  ) throws -> (Edition, recordTime: Int64?) {
    if key.key != nil {
      return (
        try RecordReader(open).edition(.administrator, night: nil, key: try key.open()), nil
      )
    }
    if let kept = RememberedRecord.read(open.session) { return (kept, nil) }
    let state = open.session.logState
    if state.snapshots.isEmpty, state.records.isEmpty,
      let begun = state.dataSets.values.map(\.believedTime).min(),
      now.unix - begun < Self.beginningSeconds
    {
      throw Failure(.failed, "no night has passed yet")
    }
    let policy = open.policy?.policy
    let window = try policy.map { $0.night.window(in: try Times.zone($0.night.zone)) }
    let input = RecordInput(
      log: open.session.logState, policy: policy, window: window, now: now)
    return (
      try Record.make(input).committed().edition(.administrator),
      open.session.logState.records.last?.time.unix
    )
  }
}
