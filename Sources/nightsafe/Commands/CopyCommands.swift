import ArgumentParser
import BackupEngine
import BackupLog
import BackupPolicy
import BackupStorage
import BackupSystem

struct CopyRepository: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy", abstract: "Copy the repository to another folder; no key is needed.",
    discussion: "The log is read first and written last; what is there already is not sent again.")

  @OptionGroup var repository: RepositoryOptions
  @Option(help: "The folder of the copy; it is made if need be.", completion: .directory)
  var to: String
  @Option(
    help: "Which of the policy's locations the folder is; the record then tells how far it lags.")
  var location: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let open = try repository.open()
    if let location, open.policy?.policy.locations.contains(where: { $0.name == location }) != true
    {
      throw Failure(
        .usage, "no location of the policy is named \(location)",
        hint: "there are: "
          + (open.policy?.policy.locations ?? []).map(\.name).joined(separator: ", "))
    }
    let target: FolderStorage
    do {
      target = try FolderStorage(path: [UInt8](to.utf8), creates: true)
    } catch {
      throw Failure(.failed, "the folder \(to) can't be made or opened: \(error)")
    }
    let meter = ProgressMeter()
    let outcome: CopyOutcome
    do {
      outcome = try RepositoryCopy(open.session, to: target).execute { done, total, byteCount in
        meter.show("\(done) of \(total) objects", byteCount: byteCount, of: nil)
      }
    } catch {
      throw failure(error)
    }
    meter.clear()
    if let location, let policy = open.policy, outcome.damaged.isEmpty, outcome.differing.isEmpty {
      CopyNotes(policy).note(location, open.session.logState)
    }
    if json {
      JSON.print([
        ("copied", .number(Int64(outcome.copiedCount))), ("bytes", .count(outcome.copiedByteCount)),
        ("present", .number(Int64(outcome.presentCount))),
        ("logSize", .number(Int64(outcome.logSize))),
        ("damaged", .list(outcome.damaged.map { .text("\($0)") })),
        ("differing", .list(outcome.differing.map { .text("\($0)") })),
      ])
      if !outcome.damaged.isEmpty || !outcome.differing.isEmpty {
        throw ExitCode(ExitStatus.damage.rawValue)
      }
      return
    }
    Terminal.print(
      "copied \(outcome.copiedCount) objects (\(Words.size(outcome.copiedByteCount))), "
        + "\(outcome.presentCount) were there; the copy's log has \(outcome.logSize) entries")
    for path in outcome.damaged { Terminal.note("error: not copied, damaged or missing: \(path)") }
    for path in outcome.differing { Terminal.note("error: of another size in the copy: \(path)") }
    if !outcome.damaged.isEmpty {
      Terminal.note(
        "hint: nightsafe repair --from ANOTHER-COPY heals; without --from it makes lost "
          + "index objects again")
    }
    if !outcome.differing.isEmpty {
      Terminal.note(
        "hint: heal the copy from here: nightsafe repair --repository COPY --id ID "
          + "--from \(open.location)")
    }
    if !outcome.damaged.isEmpty || !outcome.differing.isEmpty {
      throw ExitCode(ExitStatus.damage.rawValue)
    }
  }
}

extension CopyRepository {
  /// Only the copy is written: its disk is meant where one is full or read-only.
  private func failure(_ error: any Error) -> Failure {
    let cause: StorageError
    switch error {
    case let error as StorageError: cause = error
    case EngineError.storage(let error): cause = error
    default: return Failure(error)
    }
    switch cause {
    case .noSpace:
      return Failure(
        .failed, "the disk of the copy \(to) is full",
        hint: "free space there and run it again: it goes on where it stopped")
    case .readOnly: return Failure(.failed, "the copy \(to) can't be written: it is read-only")
    case .inputOutput:
      return Failure(
        .unreachable, "the disk of the repository or of the copy \(to) fails: \(cause)",
        hint: "look at both disks, and run it again: it goes on where it stopped")
    default: return Failure(error)
    }
  }
}

struct RepairRepository: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair", abstract: "Put identical bytes back from a copy; no key is needed.",
    discussion: """
      Every object that the log requires is read. What is damaged or missing is put back from the \
      copy, if its bytes there are those that were signed; entries of the log too. Without a copy \
      only lost index objects are made again, from the ends of the packs.
      """)

  @OptionGroup var repository: RepositoryOptions
  @Option(help: "The folder of the copy.", completion: .directory)
  var from: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let copy: FolderStorage? = try from.map { folder in
      do {
        return try FolderStorage(path: [UInt8](folder.utf8), creates: false)
      } catch {
        throw Failure(.unreachable, "the copy \(folder) can't be opened: \(error)")
      }
    }
    var healed: [ObjectPath] = []
    if let copy {
      let (storage, id) = try repository.openStorage()
      healed = try LogRepair(id, in: storage, from: copy).execute()
    }
    let open = try repository.open()
    var outcome = try RepositoryRepair(open.session, from: copy).execute()
    outcome.healed = healed + outcome.healed
    if json {
      JSON.print([
        ("checked", .number(Int64(outcome.checkedCount))),
        ("healed", .list(outcome.healed.map { .text("\($0)") })),
        ("lost", .list(outcome.lost.map { .text("\($0)") })),
      ])
      if !outcome.lost.isEmpty { throw ExitCode(ExitStatus.damage.rawValue) }
      return
    }
    Terminal.print(
      "checked \(outcome.checkedCount) objects, healed \(outcome.healed.count), "
        + "\(outcome.lost.count) can't be made whole")
    for path in outcome.healed { Terminal.print("healed \(path)") }
    for path in outcome.lost { Terminal.note("error: still damaged or missing: \(path)") }
    if !outcome.lost.isEmpty { throw ExitCode(ExitStatus.damage.rawValue) }
  }
}
