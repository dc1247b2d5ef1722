internal import ArgumentParser
internal import BackupFormat
internal import BackupKeys
internal import BackupLog
internal import BackupPolicy
internal import BackupRecord
internal import BackupSystem
internal import BackupVerifier

/// Prints the record of a night.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Prints the record of a night, after checking it against the log.",
    discussion: """
      The public edition needs no key. The administrator's is sealed to verifiers and restorers: name the \
      key with --key.
      """)

  /// An edition that a verifier can read.
  enum EditionName: String, ExpressibleByArgument, CaseIterable {
    case `public`
    case administrator

    var reader: Reader { self == .public ? .public : .administrator }
  }

  /// The languages of sentences.
  enum LanguageName: String, ExpressibleByArgument, CaseIterable {
    case nl
    case en

    var language: Language { self == .nl ? .dutch : .english }
  }

  /// The forms.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case json
    case text
    case html
    case oscal
    case metrics
  }

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions

  @Option(help: "Which edition.")
  var edition = EditionName.public

  @Option(help: "In which language.")
  var language = LanguageName.nl

  @Option(help: "In which form.")
  var format = Format.json

  @Option(help: "The night, YYYY-MM-DD; the newest by default.")
  var night: String?

  @Option(help: "The time zone in which times are shown.")
  var zone = "Europe/Amsterdam"

  mutating func run() throws {
    var asked: BackupLog.Night?
    if let night {
      asked = BackupLog.Night(night)
      guard asked != nil else { throw Failure.edition(.badNight) }
    }
    if edition != .public, key.key == nil { throw Failure.missingKey(for: "--edition") }
    let found = try Editions.read(
      try repository.verifier(), night: asked, reader: edition.reader, key: try key.open(),
      repository: try repository.repositoryID())
    Console.say(try text(found))
  }

  private func text(_ found: Edition) throws(Failure) -> String {
    let now = SystemClock.now().seconds
    let rendering: any RecordRendering
    switch format {
    case .json: rendering = JSONRendering()
    case .oscal: rendering = OSCALRendering(zone: try Editions.zone(zone))
    case .metrics: rendering = MetricsRendering()
    case .html:
      rendering = HTMLReport(
        now: now, language: language.language, zone: try Editions.zone(zone))
    case .text where edition == .public:
      rendering = PublicRendering(now: now, language: language.language)
    case .text:
      rendering = AdministratorText(
        language: language.language, zone: try Editions.zone(zone))
    }
    if edition == .public {
      let leaks = PublicStatement.make(from: found, now: now, language: language.language).lint()
      guard leaks.isEmpty else { throw .edition(.leaks(leaks)) }
    }
    var bytes = rendering.render(found)
    if bytes.last == 0x0a { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
