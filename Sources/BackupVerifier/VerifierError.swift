public import BackupLog
public import BackupStorage
public import BackupSystem

/// Why a repository could not be checked; what is wrong inside one is a ``Finding``.
public enum VerifierError: Error, Hashable, Sendable {
  /// The log could not be read: no repository is there, another one is, or the store failed.
  case log(LogError)
  /// The store could not be asked.
  case storage(StorageError)
  /// The system refused a thread.
  case system(SystemError)
  /// Somebody asked the process to stop.
  case interrupted
  /// There is no record in the log, or none with an open edition.
  case noOpenRecord
  /// The record's open edition is missing, altered, or not what the log commits to.
  case badRecord(ObjectPath)
}

extension StorageError {
  /// Whether the error is about one object, so that the others can be checked all the same.
  var isAboutOneObject: Bool {
    switch self {
    case .notFound, .truncated, .tooLarge, .notAnObject, .inputOutput: true
    case .permissionDenied(let key): key != nil
    case .writerClosed, .storageNotFound, .noSpace, .readOnly, .unreachable, .unsupported,
      .limitReached:
      false
    }
  }
}
