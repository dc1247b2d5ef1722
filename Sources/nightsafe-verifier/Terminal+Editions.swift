internal import BackupFormat
internal import BackupRecord

/// Words about editions and proofs.
extension Console {
  static func text(_ failure: EditionFailure) -> String {
    switch failure {
    case .badNight: "a night is named YYYY-MM-DD, by the date of its evening"
    case .badKeyText(let text): "this is no key of a log or witness: \(text)"
    case .unreadableFile(let path, let error): "cannot read \(path): \(error)"
    case .notAnEdition(let path, let error): "\(path) is no edition of a record: \(text(error))"
    case .notAProof(let path): "\(path) is no proof of a log (c2sp.org/tlog-proof@v1)"
    case .noRecord: "the log names no record of that night"
    case .noSignedHead: "there is no record of that night, or nobody signed the log after it"
    case .notForThisKey(let reader):
      "the \(reader.rawValue) edition is sealed to other keys than the one given"
    case .missing(let reader): "the \(reader.rawValue) edition is missing or damaged"
    case .notProven(.noRecord): "the log holds no record of the night of this edition"
    case .notProven: "the edition is not part of the record that the log binds"
    case .proofOfAnotherRepository: "the proof is about the log of another repository"
    case .proofNotSigned: "the head of the log in the proof is not signed by the key given"
    case .proofDoesNotFit: "the proof does not show this edition to be part of the log"
    case .unknownZone(let name): "this machine does not know the time zone \(name)"
    case .leaks(let findings):
      "the public text would give away: "
        + findings.map { "\($0.kind.rawValue) in \"\($0.text)\"" }.joined(separator: "; ")
    }
  }

  static func hint(_ failure: EditionFailure) -> String? {
    switch failure {
    case .badKeyText: "it has the form name+hash+base64, as nightsafe-verifier tlog-proof prints it"
    case .notForThisKey: "name the key of a verifier or restorer with --key"
    case .noSignedHead: "the operator signs it each night, a witness with verify --sign"
    case .notProven, .proofDoesNotFit: "it was altered, or is of another repository"
    default: nil
    }
  }

  private static func text(_ error: RecordError) -> String {
    switch error {
    case .wrongField(let index):
      "field \(index + 1) is not the one that stands there for its reader"
    case .unknownSchema: "it is of another version"
    case .tooLong: "it is too long"
    case .format: "it is not in canonical form"
    default: "it lacks a part, or has one too many"
    }
  }

  static func lines(_ proof: RecordProof, _ edition: Edition) -> String {
    let place: String
    switch proof {
    case .proven(let number): place = "entry \(number)"
    case .superseded(let number, let by): place = "entry \(number), superseded by entry \(by)"
    case .differs, .noRecord: place = "no entry"
    }
    return
      "proven: the \(edition.reader.rawValue) edition of night \(edition.night) is part of the "
      + "signed record (\(place)), reference \(edition.commitment.hex.prefix(16))"
  }
}
