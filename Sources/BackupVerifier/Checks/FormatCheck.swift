internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// Checks the file `FORMAT`.
enum FormatCheck {
  /// What was found, and whether the rest may be read.
  struct Outcome {
    var finding: Finding?
    var mayGoOn = true
    var byteCount = 0
  }

  private static let front = [UInt8]("NightSafe repository\nversion: 1\nfeatures:\n".utf8)

  static func run(_ storage: any Storage) throws(StorageError) -> Outcome {
    var outcome = Outcome()
    let bytes: [UInt8]
    do {
      bytes = try storage.read(
        StorageKey(literal: "FORMAT"), limitByteCount: Limits.smallTextByteCount)
    } catch {
      guard error.isAboutOneObject else { throw error }
      // One that is missing is reported with all that is missing.
      if error.isNotFound { return outcome }
      outcome.finding = Finding(.unreadable, object: .format)
      outcome.finding?.detail = Finding.Detail(error)
      return outcome
    }
    outcome.byteCount = bytes.count
    do {
      try RepositoryFormat.check(bytes)
    } catch {
      outcome.finding = Finding(.badFormatFile, object: .format)
      outcome.finding?.detail = .format(error)
      switch error {
      case .version, .feature: outcome.mayGoOn = false
      case .notARepository: break
      }
      return outcome
    }
    if !bytes.starts(with: front) {
      outcome.finding = Finding(.badFormatFile, object: .format)
      outcome.finding?.detail = .format(.notARepository)
    } else if bytes != [UInt8](RepositoryFormat.text.utf8) {
      // What follows the first lines is for people, and may be that of another version.
      outcome.finding = Finding(.badFormatFile, severity: .information, object: .format)
      outcome.finding?.detail = .otherText
    }
    return outcome
  }
}

extension Finding.Detail {
  /// What the store said of one object.
  init(_ error: StorageError) {
    switch error {
    case .notFound: self = .storage(.notFound)
    case .truncated: self = .storage(.truncated)
    case .tooLarge: self = .storage(.tooLarge)
    case .notAnObject: self = .storage(.notAnObject)
    case .permissionDenied: self = .storage(.permissionDenied)
    default: self = .storage(.inputOutput)
    }
  }
}
