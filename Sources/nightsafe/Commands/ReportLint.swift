import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupRecord
import BackupSystem

struct ReportLint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract:
      "Look at a privacy statement: unfilled places, its age, rules of old, and its nights.",
    discussion: """
      The file is text or HTML. What it says of every night is compared with the newest public edition. \
      Exit code 1 if anything was found. Whether a statement is lawful is for people to judge.
      """)

  @OptionGroup var repository: RepositoryOptions
  @Argument(help: "The file with the statement.", completion: .file())
  var file: String
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let bytes: [UInt8]
    do {
      bytes = try SecureFile.readWhole(
        [UInt8](file.utf8), limitByteCount: StatementReview.byteCountMax)
    } catch {
      throw Failure(.usage, "\(file) can't be read: \(error)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.usage, "\(file) is no text in UTF-8")
    }
    let now = open.session.now().unix
    // Without a record no night is borne out, which is what is told then.
    let edition = try? RecordReader(open).edition(.public, night: nil, key: nil)
    let today = BackupPolicy.Night(dayNumber: Int((Double(now) / 86_400).rounded(.down)))
    let findings = StatementReview.findings(in: text, today: today, edition: edition, now: now)
    if json {
      Terminal.print(
        JSON.list(
          findings.map { finding in
            .object([
              ("kind", .text(finding.kind.rawValue)),
              ("line", finding.line.map { .number(Int64($0)) } ?? .nothing),
              ("text", .text(finding.text)), ("message", .text(Self.words(finding))),
            ])
          }
        ).encoded)
    } else {
      for finding in findings { Terminal.print(Self.words(finding)) }
    }
    guard findings.isEmpty else { throw ExitCode(ExitStatus.failed.rawValue) }
  }

  private static func words(_ finding: ReviewFinding) -> String {
    let place = finding.line.map { "line \($0): " } ?? ""
    switch finding.kind {
    case .placeholder: return "\(place)a place was not filled in: \(finding.text)"
    case .old: return "it is of \(finding.text), more than twelve months ago; look at it again"
    case .undated: return "it has no date; give it a version and a date"
    case .supersededBreachRule:
      return
        "\(place)\"\(finding.text)\" is the rule of the Wbp, without effect since 25 May 2018; "
        + "AVG articles 33 and 34 ask whether a risk, or a high risk, is likely"
    case .supersededLaw: return "\(place)\"\(finding.text)\" is no longer in force"
    case .everyNightNotBorneOut:
      return
        "\(place)\"\(finding.text)\" is not borne out by the record: nightsafe report says what may be said"
    case .noOuterLimit:
      return "it speaks of backups and says not after what term deleted data are gone from them"
    case .absolute: return "\(place)nothing can bear out \"\(finding.text)\""
    }
  }
}
