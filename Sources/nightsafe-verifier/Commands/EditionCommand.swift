internal import ArgumentParser
internal import BackupFormat
internal import BackupLog
internal import BackupRecord
internal import BackupSystem
internal import BackupVerifier

/// Editions that were handed over as files.
struct EditionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edition", abstract: "Checks an edition of a record that was handed over.",
    subcommands: [EditionCheckCommand.self])
}

/// Proves that an edition is part of the signed record, without seeing the rest of it.
struct EditionCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Proves that an edition is part of the signed record, without seeing the rest.",
    discussion: """
      With --repository the log itself is asked. With --proof and --signed-by a proof of one night is \
      enough, and nothing else is read.
      """)

  @Argument(help: "The edition as JSON, as report --format json prints it.", completion: .file())
  var file: PathArgument

  @Option(help: "The repository: a folder.", completion: .directory)
  var repository: PathArgument?

  @Option(help: "The repository's id: 64 hexadecimal digits.")
  var id: String

  @Option(
    help: "A proof of the night, as tlog-proof writes it, in place of the repository.",
    completion: .file())
  var proof: PathArgument?

  @Option(help: "A key that signed the log, name+hash+base64; may be given several times.")
  var signedBy: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (repository == nil) != (proof == nil) else {
      throw ValidationError("give --repository, or --proof with --signed-by")
    }
    guard proof == nil || !signedBy.isEmpty else {
      throw ValidationError("--proof needs --signed-by")
    }
  }

  mutating func run() throws {
    guard let id = RepositoryID(hex: id.lowercased()) else { throw Failure.badID }
    let edition = try Editions.read(file)
    if let proof {
      var keys: [NoteKey] = []
      for text in signedBy {
        guard let key = NoteKey(parsing: text) else { throw Failure.edition(.badKeyText(text)) }
        keys.append(key)
      }
      let number = try Editions.check(
        edition, with: try Editions.proof(proof), of: id, keys: keys)
      return tell(.proven(number: number), edition)
    }
    let verifier = Verifier(
      storage: try RepositoryPlace.open(repository ?? PathArgument([])), repository: id)
    do {
      let found = RecordProof.check(edition, in: try verifier.state())
      guard found.isProven else { throw Failure.edition(.notProven(found)) }
      tell(found, edition)
    } catch let error as VerifierError { throw Failure.verifier(error) }
  }

  private func tell(_ proof: RecordProof, _ edition: Edition) {
    switch proof {
    case .proven(let number) where json:
      Console.print(JSONOutput.proven(edition, number: number, supersededBy: nil))
    case .superseded(let number, let by) where json:
      Console.print(JSONOutput.proven(edition, number: number, supersededBy: by))
    default: Console.say(Console.lines(proof, edition))
    }
  }
}

/// Writes the one file that shows a night's record to be part of the log.
struct ProofCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tlog-proof",
    abstract: "Writes a proof that the record of a night is part of the signed log.",
    discussion: """
      The proof has the form c2sp.org/tlog-proof@v1 and holds the log's entry as extra data. On standard \
      error stand the keys that signed the head; who is to check the proof gets them by another way.
      """)

  @OptionGroup var repository: RepositoryOptions

  @Option(help: "The night, YYYY-MM-DD.")
  var night: String

  @Option(help: "The file to write; standard output by default.", completion: .file())
  var out: PathArgument?

  @Flag(help: "With --out: print as JSON what was written, and who signed the head.")
  var json = false

  func validate() throws {
    guard !json || out != nil else { throw ValidationError("--json goes with --out") }
  }

  mutating func run() throws {
    guard let night = Night(night) else { throw Failure.edition(.badNight) }
    do {
      let verifier = try repository.verifier()
      guard let proof = try verifier.proof(of: night) else {
        throw Failure.edition(.noSignedHead)
      }
      if let out {
        do {
          try SecureFile.writeNew(out.bytes, proof.bytes.span, mode: 0o644)
        } catch { throw Failure.outputUnwritable(path: out.description, error) }
      } else {
        Console.say(String(decoding: proof.bytes.dropLast(), as: UTF8.self))
      }
      let signers = try verifier.state().keys.values
        .sorted { $0.publicKey.keyID < $1.publicKey.keyID }
        .map { NoteKey($0.publicKey) }
        .filter { proof.checkpoint.verify($0) != .absent }
      if json, let out {
        Console.print(JSONOutput.proof(night: night, file: out.description, signers: signers))
      } else {
        for key in signers { Console.note("signed by \(key.text)") }
      }
    } catch let error as VerifierError { throw Failure.verifier(error) }
  }
}
