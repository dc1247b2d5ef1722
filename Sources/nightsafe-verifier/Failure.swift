internal import BackupKeys
internal import BackupLog
internal import BackupStorage
internal import BackupSystem
internal import BackupVerifier

/// Why the program could not do what was asked; the words are in `Terminal.swift`.
enum Failure: Error {
  case badID
  case unsupportedPlace(String)
  case contradictoryOptions(String, String)
  case missingKey(for: String)
  case outOfRange(String)
  case keyFile(path: String, SystemError)
  case keyRefused(path: String, KeyError)
  case keyReadableByOthers(path: String)
  case keyLacksRole
  case passphraseFile(path: String, SystemError)
  case passphraseCommand
  case passphrasePrompt(SystemError)
  case memoryUnreadable(path: String)
  case memoryOfAnotherRepository(path: String)
  case memoryUnwritable(path: String, SystemError)
  case outputUnwritable(path: String, SystemError)
  case brokenLogNotSigned
  case noClock
  case verifier(VerifierError)
  case edition(EditionFailure)
  case bundle(BundleFailure)
  case stamp(StampFailure)
  case place(StorageError)

  var status: ExitStatus {
    switch self {
    case .badID, .unsupportedPlace, .contradictoryOptions, .outOfRange, .memoryOfAnotherRepository:
      .usage
    case .missingKey, .keyFile, .keyRefused, .keyReadableByOthers, .keyLacksRole, .passphraseFile,
      .passphraseCommand, .passphrasePrompt:
      .key
    case .memoryUnreadable, .memoryUnwritable, .outputUnwritable, .noClock: .failed
    case .brokenLogNotSigned: .damaged
    case .place: .unreachable
    case .verifier(let error): Self.status(of: error)
    case .edition(let failure): failure.status
    case .bundle(let failure): failure.status
    case .stamp(let failure): failure.status
    }
  }

  private static func status(of error: VerifierError) -> ExitStatus {
    switch error {
    case .log(let error):
      switch error {
      case .noRepository, .otherRepository, .badFirstEntry: .unreachable
      case .storage(let error): status(of: error)
      case .wouldBeVoid: .key
      case .objectDeleted, .entryTooLarge, .nothingToSay, .notALine, .lostRaces, .crypto: .failed
      }
    case .storage(let error): status(of: error)
    case .badRecord: .damaged
    case .system, .interrupted, .noOpenRecord: .failed
    }
  }

  private static func status(of error: StorageError) -> ExitStatus {
    switch error {
    case .storageNotFound, .unreachable: .unreachable
    case .notFound, .truncated, .tooLarge, .notAnObject, .writerClosed, .noSpace, .readOnly,
      .permissionDenied, .unsupported, .limitReached, .inputOutput:
      .failed
    }
  }
}
