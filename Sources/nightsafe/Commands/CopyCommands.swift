import ArgumentParser
import BackupEngine
import BackupLog
import BackupStorage
import BackupSystem

struct CopyRepository: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy", abstract: "Copy the repository to another folder; no key is needed.",
    discussion: "The log is read first and written last; what is there already is not sent again.")

  @OptionGroup var repository: RepositoryOptions
  @Option(help: "The folder of the copy; it is made if need be.")
  var to: String

  func run() throws {
    let open = try repository.open()
    let target: FolderStorage
    do {
      target = try FolderStorage(path: [UInt8](to.utf8), creates: true)
    } catch {
      throw Failure(.failed, "the folder \(to) can't be made or opened: \(error)")
    }
    let outcome = try RepositoryCopy(open.session, to: target).execute()
    Terminal.print(
      "copied \(outcome.copiedCount) objects (\(Words.size(outcome.copiedByteCount))), "
        + "\(outcome.presentCount) were there; the copy's log has \(outcome.logSize) entries")
    for path in outcome.damaged { Terminal.note("error: not copied, damaged or missing: \(path)") }
    if !outcome.damaged.isEmpty { throw ExitCode(ExitStatus.damage.rawValue) }
  }
}

struct RepairRepository: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair", abstract: "Put identical bytes back from a copy; no key is needed.")

  @OptionGroup var repository: RepositoryOptions
  @Option(help: "The folder of the copy.")
  var from: String

  func run() throws {
    let open = try repository.open()
    let copy: FolderStorage
    do {
      copy = try FolderStorage(path: [UInt8](from.utf8), creates: false)
    } catch {
      throw Failure(.unreachable, "the copy \(from) can't be opened: \(error)")
    }
    let outcome = try RepositoryRepair(open.session, from: copy).execute()
    Terminal.print(
      "checked \(outcome.checkedCount) objects, healed \(outcome.healed.count), "
        + "\(outcome.lost.count) are not whole in the copy either")
    for path in outcome.healed { Terminal.print("healed \(path)") }
    for path in outcome.lost { Terminal.note("error: still damaged or missing: \(path)") }
    if !outcome.lost.isEmpty { throw ExitCode(ExitStatus.damage.rawValue) }
  }
}
