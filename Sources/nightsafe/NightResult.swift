import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupRecord
import BackupSystem

/// What a night came to: told to whoever reads cron's mail, written into a file, handed to the notify
/// command.
///
/// No name of a file is in it.
struct NightResult {
  let policy: PolicyFile
  /// The folder of what this machine remembers.
  let state: String
  var night: String?
  var status: ExitStatus
  /// What is wrong, the first in the order of happening.
  var problems: [Failure] = []
  /// Since when.
  var lastGoodNight: String?
  var sets: [JSON] = []
  /// Its record, if it came to that.
  var record: CommittedRecord?

  /// Says what is wrong and what to do, and starts the notify command; silent when all is well.
  func tell() {
    let file = write()
    guard status != .done else { return }
    let lines = self.lines
    for line in lines { Terminal.note(line) }
    notify(lines, file)
    if let mail = policy.policy.notify?.mail { Mail(mail).send(self, lines) }
  }

  private var lines: [String] {
    var lines: [String] = []
    for problem in problems {
      lines.append("error: " + problem.message)
      if let hint = problem.hint { lines.append("hint: " + hint) }
    }
    if let night {
      lines.append(
        lastGoodNight.map { "note: night \(night); the last one without a complaint was \($0)" }
          ?? "note: night \(night); none before it went without a complaint")
    }
    return lines
  }

  /// Writes the result file.
  ///
  /// - Returns: Its path; nil if it can't be written, which is told.
  private func write() -> String? {
    guard let id = RepositoryID(hex: policy.policy.repository.id) else { return nil }
    do {
      let folder = try StateFolder(below: [UInt8](state.utf8), repository: id)
      let path = folder.path + [UInt8]("/result.json".utf8)
      do {
        try SecureFile.replaceDurably(path, [UInt8]((json.encoded + "\n").utf8).span)
      } catch { throw EngineError.state(path: path, error) }
      return String(decoding: path, as: UTF8.self)
    } catch {
      Terminal.report(Failure(error))
      return nil
    }
  }

  private var json: JSON {
    .object([
      ("policy", .text(policy.path)), ("repository", .text(policy.policy.repository.location)),
      ("night", night.map(JSON.text) ?? .nothing),
      ("lastGoodNight", lastGoodNight.map(JSON.text) ?? .nothing),
      ("exitCode", .number(Int64(status.rawValue))), ("unix", .number(Times.clock().unix)),
      (
        "problems",
        .list(
          problems.map {
            .object([
              ("exitCode", .number(Int64($0.status.rawValue))), ("message", .text($0.message)),
              ("hint", $0.hint.map(JSON.text) ?? .nothing),
            ])
          })
      ), ("sets", .list(sets)),
    ])
  }

  /// The command gets the path of the result file as its last argument, and the words as its input.
  private func notify(_ lines: [String], _ file: String?) {
    guard let command = policy.policy.notify, !command.arguments.isEmpty else { return }
    let text = (["nightsafe: exit code \(status.rawValue)"] + lines).map { $0 + "\n" }.joined()
    do {
      let outcome = try ChildProcess(
        arguments: (command.arguments + [file].compactMap { $0 }).map { [UInt8]($0.utf8) },
        standardInput: [UInt8](text.utf8),
        timeLimitMilliseconds: command.timeLimitSeconds * 1000
      ).run()
      if !outcome.isSuccess { Terminal.note("error: the notify command failed: \(outcome.ending)") }
    } catch {
      Terminal.note("error: the notify command can't be run: \(error)")
    }
  }
}
