internal import ArgumentParser
internal import BackupCrypto
internal import BackupFormat
internal import BackupKeys
internal import BackupLog
internal import BackupSystem
internal import BackupVerifier

/// Time stamps on heads of the log.
struct TimestampCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timestamp",
    abstract: "Time stamps of an outside authority on heads of the log (RFC 3161).",
    subcommands: [
      TimestampRequestCommand.self, TimestampAddCommand.self, TimestampCheckCommand.self,
    ])
}

/// Whose stamps are believed.
struct AuthorityOptions: ParsableArguments {
  @Option(
    help: "Certificates in PEM of the authority, which are believed; may be given several times.",
    completion: .file())
  var ca: [PathArgument] = []

  @Option(
    help:
      "Certificates in PEM that may lie between, where the stamp lacks them; may be given several times.",
    completion: .file())
  var untrusted: [PathArgument] = []

  func validate() throws {
    guard !ca.isEmpty else { throw ValidationError("give --ca, the certificate of the authority") }
  }

  /// The certificates of both options.
  func read() throws(Failure) -> (authorities: CertificateList, others: CertificateList) {
    (try Self.read(ca), try Self.read(untrusted))
  }

  private static func read(_ paths: [PathArgument]) throws(Failure) -> CertificateList {
    var list = CertificateList()
    for path in paths {
      let pem = try StampFile.read(path, limit: CertificateList.byteCountMax)
      do { try list.add(pem: pem) } catch {
        throw .stamp(.refused(path: path.description, error))
      }
    }
    return list
  }
}

/// Files that come from an authority or go there.
enum StampFile {
  static func read(_ path: PathArgument, limit: Int) throws(Failure) -> [UInt8] {
    do {
      return try SecureFile.readWhole(path.bytes, limitByteCount: limit, allowsPipe: true)
    } catch {
      if error.isTooLarge { throw .stamp(.tooLong(path: path.description, byteCountMax: limit)) }
      throw .stamp(.unreadableFile(path: path.description, error))
    }
  }
}

extension Verifier {
  /// Reads the log, and refuses one that is not the one that was signed.
  func expectWholeLog() throws {
    let findings = try survey(memory: nil, now: .now()).findings
    guard !findings.contains(where: \.breaksLog) else { throw Failure.stamp(.brokenLog) }
  }
}

/// Makes the query for the newest signed head.
struct TimestampRequestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "request",
    abstract: "Makes the query with which an authority is asked to stamp the newest signed head.",
    discussion: """
      Nothing is sent: this program talks to no network. Send the file yourself, and keep it until the \
      answer was added:

      curl -H 'Content-Type: application/timestamp-query' --data-binary @FILE.tsq URL -o FILE.tsr

      Nothing but a SHA-256 and a random number leaves the house. Nothing in the file is secret.
      """)

  @OptionGroup var repository: RepositoryOptions

  @Option(help: "The file to make.", completion: .file())
  var out: PathArgument

  @Flag(help: "Print JSON.")
  var json = false

  mutating func run() throws {
    do {
      let id = try repository.repositoryID()
      let verifier = try repository.verifier()
      try verifier.expectWholeLog()
      guard let head = try verifier.newestSignedHead() else { throw Failure.stamp(.noSignedHead) }
      let query: TimestampQuery
      do { query = try TimestampQuery(imprint: head.imprint(of: id).bytes) } catch {
        throw Failure.stamp(.crypto)
      }
      do { try SecureFile.writeNew(out.bytes, query.bytes.span, mode: 0o644) } catch {
        throw Failure.outputUnwritable(path: out.description, error)
      }
      if json {
        Console.print(JSONOutput.stampQuery(head, of: id, file: out.description))
      } else {
        Console.say(Console.lines(head, of: id, query: out.description))
      }
    } catch let error as VerifierError { throw Failure.verifier(error) }
  }
}

/// Checks an authority's answer, and says so in the log.
struct TimestampAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Checks an authority's response, and puts the stamp into the log.",
    discussion: """
      The response must answer the query, and be signed under a certificate of --ca that is valid now. \
      Whether a certificate was revoked is not looked up: that would need a network.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var authority: AuthorityOptions

  @Option(help: "The authority's response.", completion: .file())
  var response: PathArgument

  @Option(help: "The query that it answers, as timestamp request made it.", completion: .file())
  var query: PathArgument

  @Option(
    help: "Write the statement to this file, for a store that cannot be written.",
    completion: .file())
  var out: PathArgument?

  @Flag(help: "Print JSON.")
  var json = false

  mutating func run() throws {
    let id = try repository.repositoryID()
    guard let pair = try key.open() else { throw Failure.missingKey(for: "timestamp add") }
    let certificates = try authority.read()
    let query = try readQuery()
    let answer = try StampFile.read(response, limit: TimestampToken.byteCountMax)
    let verifier = try repository.verifier()
    do {
      guard try verifier.mayVerify(pair.keyID) else { throw Failure.keyLacksRole }
      try verifier.expectWholeLog()
      guard let imprint = Digest(query.imprint),
        let head = try verifier.signedHead(imprint: imprint)
      else { throw Failure.stamp(.unknownHead(path: self.query.description)) }
      let token: TimestampToken
      let signer: TimestampToken.Signer
      do {
        token = try TimestampToken(response: answer)
        try token.check(against: query)
        signer = try token.verify(
          authorities: certificates.authorities, others: certificates.others,
          at: LogTime.now().unix)
      } catch { throw Failure.stamp(.refused(path: response.description, error)) }
      if let number = try verifier.entry(of: token) {
        throw Failure.stamp(.saidAlready(number: number))
      }
      let stamped = Predicate.Stamped(head: head, token: token)
      let number = try say(Draft(.stamped(stamped)), with: verifier, by: pair.signer)
      if json {
        Console.print(
          JSONOutput.stamp(
            stamped, of: id, signer: signer, entry: number, file: out?.description))
      } else {
        Console.say(Console.lines(stamped, signer: signer, entry: number, out: out?.description))
      }
    } catch let error as VerifierError { throw Failure.verifier(error) }
  }

  private func readQuery() throws(Failure) -> TimestampQuery {
    // More than it may have, so that another file is told as such.
    let bytes = try StampFile.read(query, limit: Limits.smallTextByteCount)
    guard let query = TimestampQuery(parsing: bytes) else {
      throw .stamp(.notAQuery(path: query.description))
    }
    return query
  }

  private func say(_ draft: Draft, with verifier: Verifier, by signer: Signer) throws -> Int? {
    guard let out else { return try verifier.append(draft, by: signer, clock: LogTime.now) }
    let line = try verifier.signHandIn(draft, by: signer, time: .now())
    do {
      try SecureFile.replaceDurably(out.bytes, line.span, mode: 0o644)
    } catch { throw Failure.outputUnwritable(path: out.description, error) }
    return nil
  }
}

/// Checks every stamp of the log.
struct TimestampCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Lists the stamps of the log, and checks each with the authority's certificates.",
    discussion: """
      No key is needed. A stamp whose certificate has ended is good while a later one that is good covers \
      it: stamp the log again before the certificate of the last stamp ends.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var authority: AuthorityOptions

  @Flag(help: "Print JSON.")
  var json = false

  mutating func run() throws {
    let certificates = try authority.read()
    let reports: [StampReport]
    do {
      let verifier = try repository.verifier()
      try verifier.expectWholeLog()
      reports = try verifier.stamps(
        authorities: certificates.authorities, others: certificates.others,
        now: LogTime.now().unix)
    } catch let error as VerifierError { throw Failure.verifier(error) }
    if json {
      Console.print(JSONOutput.stamps(reports))
    } else {
      Console.say(Console.lines(reports))
    }
    let status = reports.reduce(ExitStatus.done) { .worse($0, $1.status) }
    if status != .done { throw status }
  }
}
