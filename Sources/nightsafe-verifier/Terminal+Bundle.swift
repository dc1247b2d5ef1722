internal import BackupFormat
internal import BackupKeys
internal import BackupLog

/// Why a bundle could not be made or opened.
enum BundleFailure: Error {
  case shortPassphrase
  case keyLacksRole
  case notAPublicKey(path: String)
  case exists(String)
  case tooMuch
  /// The path is nil while it is being made.
  case refused(path: String?, BundleError)

  var status: ExitStatus {
    switch self {
    case .shortPassphrase, .keyLacksRole, .notAPublicKey: .key
    case .exists, .tooMuch: .failed
    case .refused(_, .wrongOpener), .refused(_, .badPassphrase): .key
    case .refused(_, .crypto): .failed
    case .refused(_, .format), .refused(_, .changed): .damaged
    case .refused(_, .otherRepository): .unreachable
    }
  }
}

/// Words about bundles.
extension Console {
  static func text(_ failure: BundleFailure) -> String {
    switch failure {
    case .shortPassphrase: "the passphrase of the bundle has fewer than 12 bytes"
    case .keyLacksRole: "the key holds neither the role restorer nor verifier in this repository"
    case .notAPublicKey(let path): "\(path) is no public key file"
    case .exists(let path): "\(path) exists already"
    case .tooMuch: "what would lie in the bundle goes beyond 256 MiB or 131,072 files"
    case .refused(let path, let error): text(error, path ?? "the bundle")
    }
  }

  private static func text(_ error: BundleError, _ path: String) -> String {
    switch error {
    case .format: "\(path) is no bundle of this version"
    case .crypto: "the cryptographic library refused"
    case .otherRepository: "\(path) is about another repository"
    case .badPassphrase: "the passphrase of a bundle holds no NUL byte"
    case .wrongOpener: "\(path) is not opened by what was given, or was altered"
    case .changed: "\(path) was altered or cut off; nothing was written"
    }
  }

  static func hint(_ failure: BundleFailure) -> String? {
    switch failure {
    case .shortPassphrase: "whoever has the file can try passphrases for as long as he likes"
    case .keyLacksRole: "the owner appoints keys with: nightsafe role add"
    case .notAPublicKey: "nightsafe key new FILE makes a key, and FILE.pub beside it"
    case .exists: "a bundle is not overwritten; choose another name"
    case .tooMuch: "make one for fewer nights, with --from and --through"
    case .refused(_, .badPassphrase): "scrypt would take it for the same without the NUL bytes"
    case .refused(_, .wrongOpener): "the statement disclosed in the log names the key"
    case .refused: "compare its SHA-256 with the statement disclosed in the log"
    }
  }

  static func lines(
    _ gathered: BundleMaker.Gathered, byteCount: Int, out: String, entry: Int?,
    _ statement: String?
  ) -> String {
    let editions = gathered.editions.sorted().map(\.rawValue).joined(separator: ", ")
    var lines = [
      "\(out): \(gathered.content.files.count) files, \(byteCount) bytes",
      "nights \(gathered.nights.lowerBound) through \(gathered.nights.upperBound); editions: "
        + "\(editions); \(gathered.closedCount) not opened, or kept no longer",
    ]
    if let entry { lines.append("said in the log: entry \(entry)") }
    if let statement { lines.append("hand in with: nightsafe log append \(statement)") }
    return lines.joined(separator: "\n")
  }
}
