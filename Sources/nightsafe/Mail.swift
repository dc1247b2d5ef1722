import BackupPolicy
import BackupRecord
import BackupSystem

/// A letter to the one who cares for the backups, handed to `sendmail`: figures and words of the
/// record, and no name of a file.
struct Mail {
  private let mail: Policy.Notify.Mail

  init(_ mail: Policy.Notify.Mail) { self.mail = mail }

  /// Sends what needs a person; mail that can't be sent is noted.
  func send(_ result: NightResult, _ lines: [String]) {
    let text = letter(result, lines)
    do {
      let outcome = try ChildProcess(
        // The address stands in the letter (-t): one that looks like an option stays an address.
        arguments: [mail.program, "-t", "-i"].map { [UInt8]($0.utf8) },
        standardInput: [UInt8](text.utf8), timeLimitMilliseconds: 60_000
      ).run()
      guard outcome.isSuccess else {
        Terminal.note("warning: the letter was not taken by \(mail.program): \(outcome.ending)")
        return
      }
    } catch {
      Terminal.note("warning: \(mail.program) can't be run: \(error)")
    }
  }

  private func letter(_ result: NightResult, _ lines: [String]) -> String {
    let name = result.night.map { "night \($0)" } ?? "the night"
    var body = "NightSafe: \(name) ended with exit code \(result.status.rawValue).\n\n"
    body += lines.map { $0 + "\n" }.joined()
    // Its times are UTC; the report has them in the zone of its reader.
    if let record = result.record {
      body +=
        "\n"
        + AdministratorText(language: mail.language == .dutch ? .dutch : .english, zone: .utc)
        .text(of: record.edition(.administrator))
    }
    return """
      To: \(mail.to)
      Subject: NightSafe: \(name) needs someone (code \(result.status.rawValue))
      Auto-Submitted: auto-generated
      MIME-Version: 1.0
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: 8bit

      \(body)
      """
  }
}
