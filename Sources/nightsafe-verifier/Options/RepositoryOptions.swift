internal import ArgumentParser
internal import BackupFormat
internal import BackupStorage
internal import BackupSystem
internal import BackupLog
internal import BackupVerifier

/// Which repository is meant.
struct RepositoryOptions: ParsableArguments {
  @Option(help: "The repository: a folder.", completion: .directory)
  var repository: PathArgument

  @Option(help: "The repository's id: 64 hexadecimal digits.")
  var id: String

  /// The id, read.
  func repositoryID() throws(Failure) -> RepositoryID {
    guard let id = RepositoryID(hex: id.lowercased()) else { throw .badID }
    return id
  }

  /// A verifier of the repository.
  func verifier() throws(Failure) -> Verifier {
    Verifier(storage: try RepositoryPlace.open(repository), repository: try repositoryID())
  }
}

/// Where repositories are, by the text that a person gives.
enum RepositoryPlace {
  static func open(_ place: PathArgument) throws(Failure) -> any Storage {
    let text = place.description
    if text.contains("://") { throw .unsupportedPlace(text) }
    do {
      return try FolderStorage(path: place.bytes)
    } catch { throw .place(error) }
  }
}

extension LogTime {
  /// The machine's clock.
  ///
  /// Where nobody may ask the kernel it does not count as synchronised.
  static func now() -> LogTime {
    LogTime(
      unix: SystemClock.now().seconds, synchronised: SystemClock.isSynchronised() ?? false)
  }
}
