import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupStorage
import BackupSystem

/// Where the repository is: by its policy, or by place and id on a strange machine.
struct RepositoryOptions: ParsableArguments {
  @Option(name: .long, help: "The policy file.", completion: .file())
  var policy: String?

  @Option(
    name: .long, help: "The folder of the repository; with --id in place of --policy.",
    completion: .directory)
  var repository: String?

  @Option(name: .long, help: "The repository id, 64 hex digits, as on the recovery sheet.")
  var id: String?

  @Option(
    name: .long,
    help: "The folder for what this machine remembers (default: state beside the policy).",
    completion: .directory)
  var state: String?

  func validate() throws {
    if policy == nil, repository == nil || id == nil {
      throw ValidationError("give --policy FILE, or --repository FOLDER and --id ID")
    }
  }

  /// Reads the policy, if one is named.
  func readPolicy() throws -> PolicyFile? {
    try policy.map { try PolicyFile(path: $0) }
  }

  /// Opens the store, without looking at what is in it.
  func openStorage() throws -> (storage: FolderStorage, id: RepositoryID) {
    let (storage, id, _) = try openStorage(try readPolicy())
    return (storage, id)
  }

  private func openStorage(
    _ file: PolicyFile?
  ) throws -> (storage: FolderStorage, id: RepositoryID, location: String) {
    let location = repository ?? file?.policy.repository.location ?? ""
    guard let id = RepositoryID(hex: self.id ?? file?.policy.repository.id ?? "") else {
      throw Failure(.usage, "the repository id has 64 hex digits in lower case")
    }
    guard location.hasPrefix("/") || repository != nil else {
      throw Failure(
        .usage, "repository.location: only folders are supported by this version: \(location)")
    }
    do {
      return (try FolderStorage(path: [UInt8](location.utf8), creates: false), id, location)
    } catch .limitReached(let call, let code) {
      throw Words.limitFailure(location, SystemError(call, code))
    } catch {
      throw Failure(
        .unreachable, "the repository can't be opened at \(location): \(error)",
        hint: "is the disk mounted? only nightsafe init makes a repository")
    }
  }

  /// Opens the repository.
  ///
  /// - Parameter remembers: Whether the log is compared with what this machine saw of it last.
  func open(remembers: Bool = true) throws -> OpenRepository {
    let file = try readPolicy()
    let (storage, id, location) = try openStorage(file)
    let place = remembers ? state ?? file?.statePath : nil
    let stateFolder = try place.map { place in
      do {
        return try StateFolder(below: [UInt8](place.utf8), repository: id)
      } catch {
        throw Failure(
          .failed,
          "the folder for what this machine remembers can't be used: \(Failure(error).message)",
          hint: "--state FOLDER names another; on a strange machine give --repository and --id")
      }
    }
    let session = try RepositorySession(
      storage: storage, id: id, state: stateFolder, clock: Times.clock)
    return OpenRepository(session: session, policy: file, location: location)
  }
}

/// A policy file and what follows from where it lies.
struct PolicyFile {
  let path: String
  let bytes: [UInt8]
  let policy: Policy

  init(path: String) throws {
    self.path = path
    do {
      bytes = try SecureFile.readWhole([UInt8](path.utf8), limitByteCount: Policy.byteCountMax)
    } catch {
      throw Failure(.usage, "the policy \(path) can't be read: \(error)")
    }
    do {
      policy = try Policy.decode(bytes)
    } catch {
      throw Failure(
        .usage,
        error.problems.map { "\(path):\($0.description)" }.joined(separator: "\n"),
        hint: "Docs/policy.md explains every key; nothing was touched")
    }
  }

  /// The folder of the file, with its slash; empty for the working folder.
  var folder: String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[...slash])
  }

  /// A path of the policy: absolute, or beside the file.
  func resolve(_ name: String) -> String { name.hasPrefix("/") ? name : folder + name }

  /// Where this machine keeps what it remembers.
  var statePath: String { folder + "state" }
}

/// An open repository and the policy that named it.
struct OpenRepository {
  let session: RepositorySession
  let policy: PolicyFile?
  let location: String
}
