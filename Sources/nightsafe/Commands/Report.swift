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
}

enum LanguageName: String, ExpressibleByArgument, CaseIterable {
  case nl
  case en

  var language: Language { self == .nl ? .dutch : .english }
}

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the compliance record of the newest night, or of one.",
    discussion: """
      The public edition needs no key. The administrator's is sealed to verifiers and restorers, the \
      confidential one to restorers: name the key with --key.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Option(help: "public, administrator or confidential.")
  var edition: EditionName = .public
  @Option(help: "json or text.")
  var format: ReportFormat = .text
  @Option(help: "nl or en.")
  var language: LanguageName = .nl
  @Option(help: "The night, YYYY-MM-DD; the newest by default.")
  var night: String?

  func run() throws {
    let open = try repository.open()
    let edition = try RecordReader(open).edition(
      self.edition, night: night, key: self.edition == .public ? nil : try key.open())
    switch format {
    case .json: Terminal.print(String(decoding: edition.bytes, as: UTF8.self))
    case .text: Terminal.print(try text(edition, open))
    }
  }

  private func text(_ edition: Edition, _ open: OpenRepository) throws -> String {
    guard self.edition == .public else {
      let zone = try Times.zone(open.policy?.policy.night.zone ?? "Europe/Amsterdam")
      return AdministratorText(language: language.language, zone: zone).text(of: edition)
    }
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
    return statement.text
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
      The host that made the newest record keeps what is asked for; elsewhere a verifier's or \
      restorer's key opens it: name it with --key.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Option(help: "nl or en.")
  var language: LanguageName = .nl
  @Flag(help: "Print the result as JSON.")
  var json = false

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
      let line = StatusLine.make(
        try edition(open), now: open.session.now().unix, language: language.language)
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

  private func edition(_ open: OpenRepository) throws -> Edition? {
    if key.key != nil {
      return try RecordReader(open).edition(.administrator, night: nil, key: try key.open())
    }
    if let kept = KeptRecord.read(open.session) { return kept }
    // Says whether there is a record at all.
    _ = try RecordReader(open).edition(.public, night: nil, key: nil)
    throw Failure(.failed, "the newest record was made elsewhere; name a key with --key")
  }
}
