import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupRecord

struct EraseReply: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reply", abstract: "Print the text of a reply to the person who asked.",
    discussion: "It says no more than what is known now; read it before it is sent.")

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Argument(help: "The id of the request, or the first digits of it.")
  var erasure: String
  @Option(help: "nl or en.")
  var language: LanguageName = .nl

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    let (found, keys) = try ErasureChoice.find(erasure, open, key: pair)
    let request = try open.session.request(of: found, keys: keys)
    let what = found.opened.what
    let live = open.session.logState.liveSnapshots(of: what.set)
      .filter { found.applies(to: $0) }
    let holding = try ErasureSearch(open.session, keys: keys)
      .execute(ErasureFilter([request]), in: live).found
    let progress = try ErasureProgress(found, in: open.session)
    let now = open.session.now().unix
    let copies: ErasureReply.Copies
    // What lies inside a database of an older copy stays there as long as the copy does.
    if holding.isEmpty, progress.isCollected, request.tasks.isEmpty {
      copies = .absent
    } else if what.cleanBy < now
      || !open.session.logState.holds(of: what.set, at: now).isEmpty
    {
      copies = .withoutDate
    } else {
      copies = .until(Self.night(what.cleanBy))
    }
    Terminal.print(
      ErasureReply(
        removed: Self.night(what.cutOff - 1), copies: copies, hasTasks: !request.tasks.isEmpty
      ).text(in: language.language))
  }

  /// The calendar day of an instant, in UTC.
  private static func night(_ seconds: Int64) -> BackupPolicy.Night {
    BackupPolicy.Night(dayNumber: Int((Double(seconds) / 86_400).rounded(.down)))
  }
}
