internal import BackupCrypto
internal import BackupFormat
internal import BackupLog
internal import BackupSystem
internal import BackupVerifier

/// Why a time stamp could not be asked for, added or checked.
enum StampFailure: Error {
  case brokenLog
  case noSignedHead
  case unreadableFile(path: String, SystemError)
  case tooLong(path: String, byteCountMax: Int)
  case notAQuery(path: String)
  case unknownHead(path: String)
  case refused(path: String, TimestampError)
  case saidAlready(number: Int)
  case crypto

  var status: ExitStatus {
    switch self {
    case .brokenLog: .damaged
    case .noSignedHead, .unreadableFile, .tooLong, .notAQuery, .unknownHead, .saidAlready, .crypto:
      .failed
    case .refused(_, let error): error.status
    }
  }
}

extension TimestampError {
  /// What was forged, or is another's, is damage; what is not shown could not be done.
  var status: ExitStatus {
    switch self {
    case .otherImprint, .otherNonce, .notTrusted, .badSignature: .damaged
    case .tooLong, .notAResponse, .notGranted, .notAToken, .unusable, .noSignerCertificate,
      .expired, .badCertificates, .openSSL:
      .failed
    }
  }

  /// The reason in words, as what follows "it" or the name of a file.
  fileprivate var text: String {
    switch self {
    case .tooLong(let most, _): "has more than \(most) bytes"
    case .notAResponse: "is no response of an authority for time stamps"
    case .notGranted(let status): "grants no stamp (status \(status): \(Self.word(status)))"
    case .notAToken: "holds no time stamp"
    case .unusable(let part): "has a part that is not used here: \(part.text)"
    case .otherImprint: "is a stamp on something else than what was asked for"
    case .otherNonce: "answers another query (the nonce differs)"
    case .noSignerCertificate: "holds no certificate of its signer"
    case .notTrusted: "is not signed under a certificate of --ca that is for time stamps"
    case .expired:
      "was signed under a certificate that was valid at the time of the stamp, and is not any more"
    case .badSignature: "is not as its authority signed it"
    case .badCertificates: "holds no certificate in PEM, a damaged one, or more than 1,000"
    case .openSSL: "could not be checked: the cryptographic library refused"
    }
  }

  private static func word(_ status: Int) -> String {
    switch status {
    case 2: "rejected"
    case 3: "waiting"
    case 4: "a certificate is about to be revoked"
    case 5: "a certificate was revoked"
    default: "unknown"
    }
  }

  fileprivate var hint: String? {
    switch self {
    case .notAResponse: "what an authority sends as application/timestamp-reply, as it is"
    case .notGranted: "ask the authority, or another one"
    case .noSignerCertificate, .notTrusted:
      "--ca is the authority's root, --untrusted what lies between; get both from the authority"
    case .otherNonce, .otherImprint: "send the query to the authority once more"
    case .expired: "ask for a new stamp"
    default: nil
    }
  }
}

extension TimestampError.Part {
  fileprivate var text: String {
    switch self {
    case .version: "its version"
    case .imprint: "what was hashed, which is no SHA-256"
    case .time: "its time"
    case .policy: "its policy"
    case .serial: "its serial number"
    case .signerDigest: "the digest by which it was signed, below 256 bits"
    }
  }
}

extension StampReport {
  /// What a stamp means for the exit code.
  var status: ExitStatus {
    switch verdict {
    case .good: .done
    case .unfit: .damaged
    case .refused(let error): error.status
    }
  }

  /// In one word, for JSON.
  var word: String {
    switch verdict {
    case .good(_, nil): "good"
    case .good: "renewed"
    case .unfit: "unfit"
    case .refused(.expired): "expired"
    case .refused: "refused"
    }
  }

  /// Why it is not good; nil if it is.
  var reason: String? {
    switch verdict {
    case .good: nil
    case .unfit(let fault): fault.text
    case .refused(let error): "it \(error.text)"
    }
  }
}

/// Words about time stamps.
extension Console {
  static func text(_ failure: StampFailure) -> String {
    switch failure {
    case .brokenLog: "the log is not whole, or not the one that was signed"
    case .noSignedHead: "nobody signed a head of this log yet"
    case .unreadableFile(let path, let error): "cannot read \(path): \(error)"
    case .tooLong(let path, let most): "\(path) has more than \(most) bytes"
    case .notAQuery(let path): "\(path) is no query as timestamp request makes it"
    case .unknownHead(let path): "no signed head of this log is the one that \(path) asks about"
    case .refused(let path, let error): "\(path) \(error.text)"
    case .saidAlready(let number): "the stamp is in the log already: entry \(number)"
    case .crypto: "the cryptographic library refused"
    }
  }

  static func hint(_ failure: StampFailure) -> String? {
    switch failure {
    case .brokenLog: "nightsafe-verifier verify says what is wrong with it"
    case .noSignedHead: "the operator signs it each night, a witness with verify --sign"
    case .unknownHead: "is it the query of another repository, or of a head that was removed?"
    case .refused(_, let error): error.hint
    default: nil
    }
  }

  static func lines(_ head: SignedHead, of repository: RepositoryID, query: String) -> String {
    [
      "head of size \(head.head.size), signed by \(head.key)",
      "SHA-256 \(head.imprint(of: repository))",
      "\(query): to be sent to an authority; then nightsafe-verifier timestamp add",
    ].joined(separator: "\n")
  }

  static func lines(
    _ stamped: Predicate.Stamped, signer: TimestampToken.Signer, entry: Int?, out: String?
  ) -> String {
    var lines = [
      stamp(stamped), "by \(signer.name), whose certificate ends \(time(signer.validUntil))",
    ]
    if let entry { lines.append("said in the log: entry \(entry)") }
    if let out { lines.append("hand in with: nightsafe log append \(out)") }
    return lines.joined(separator: "\n")
  }

  static func lines(_ reports: [StampReport]) -> String {
    guard !reports.isEmpty else { return "the log holds no time stamp" }
    return reports.flatMap { report in
      var lines = ["entry \(report.said.number): \(stamp(report.said.what))"]
      switch report.verdict {
      case .good(let signer, let number):
        lines.append("  good: by \(signer.name), certificate until \(time(signer.validUntil))")
        if let number { lines.append("  its certificate has ended; entry \(number) renewed it") }
      case .unfit, .refused: lines.append("  not good: \(report.reason ?? "")")
      }
      return lines
    }.joined(separator: "\n")
  }

  private static func stamp(_ stamped: Predicate.Stamped) -> String {
    "head of size \(stamped.head.head.size), stamped \(time(stamped.at)), policy "
      + "\(stamped.policy), number \(Hex.encode(stamped.serial))"
  }
}

extension JSONOutput {
  static func stampQuery(
    _ head: SignedHead, of repository: RepositoryID, file: String
  ) -> CanonicalJSON {
    .object([
      "file": .string(file), "imprint": .string(head.imprint(of: repository).hex),
      "root": .string(head.head.root.hex), "signer": .string(head.key.hex),
      "size": .integer(Int64(head.head.size)),
    ])
  }

  static func stamp(
    _ stamped: Predicate.Stamped, of repository: RepositoryID, signer: TimestampToken.Signer,
    entry: Int?, file: String?
  ) -> CanonicalJSON {
    var fields = self.fields(stamped, imprint: stamped.head.imprint(of: repository))
    fields["authority"] = .string(signer.name)
    fields["certificateUntil"] = .integer(signer.validUntil)
    if let entry { fields["entry"] = .integer(Int64(entry)) }
    if let file { fields["file"] = .string(file) }
    return .object(fields)
  }

  static func stamps(_ reports: [StampReport]) -> CanonicalJSON {
    .array(
      reports.map { report in
        var fields = self.fields(report.said.what, imprint: report.imprint)
        fields["entry"] = .integer(Int64(report.said.number))
        fields["signer"] = .string(report.said.signer.hex)
        fields["verdict"] = .string(report.word)
        if let reason = report.reason { fields["reason"] = .string(reason) }
        if case .good(let signer, let number) = report.verdict {
          fields["authority"] = .string(signer.name)
          fields["certificateUntil"] = .integer(signer.validUntil)
          if let number { fields["renewedBy"] = .integer(Int64(number)) }
        }
        return .object(fields)
      })
  }

  private static func fields(
    _ stamped: Predicate.Stamped, imprint: Digest
  ) -> [String: CanonicalJSON] {
    [
      "imprint": .string(imprint.hex), "policy": .string(stamped.policy),
      "root": .string(stamped.head.head.root.hex), "serial": .string(Hex.encode(stamped.serial)),
      "size": .integer(Int64(stamped.head.head.size)), "stampedAt": .integer(stamped.at),
    ]
  }
}
