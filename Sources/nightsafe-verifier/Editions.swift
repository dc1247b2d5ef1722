internal import BackupCrypto
internal import BackupFormat
internal import BackupKeys
internal import BackupLog
internal import BackupPolicy
internal import BackupRecord
internal import BackupSystem
internal import BackupVerifier

/// Why an edition could not be shown or proven; the words are in `Terminal+Editions.swift`.
enum EditionFailure: Error {
  case badNight
  case badKeyText(String)
  case unreadableFile(path: String, SystemError)
  case notAnEdition(path: String, RecordError)
  case notAProof(path: String)
  case noRecord
  case noSignedHead
  case notForThisKey(Reader)
  case missing(Reader)
  case notProven(RecordProof)
  case proofOfAnotherRepository
  case proofNotSigned
  case proofDoesNotFit
  case unknownZone(String)
  case leaks([LintFinding])

  var status: ExitStatus {
    switch self {
    case .badNight, .badKeyText, .unknownZone: .usage
    case .unreadableFile, .noRecord, .noSignedHead, .leaks: .failed
    case .notForThisKey: .key
    case .notAnEdition, .notAProof, .missing, .notProven, .proofOfAnotherRepository,
      .proofNotSigned, .proofDoesNotFit:
      .damaged
    }
  }
}

/// Finds editions in a repository and in files, and proves that they are part of the signed log.
enum Editions {
  /// The edition of a night for a reader, proven part of the log.
  static func read(
    _ verifier: Verifier, night: BackupLog.Night?, reader: Reader, key: KeyPair?,
    repository: RepositoryID
  ) throws(Failure) -> Edition {
    let kept: KeptRecord
    let state: LogState
    do {
      state = try verifier.state()
      kept = try verifier.keptRecord(of: night)
    } catch { throw error == .noOpenRecord ? .edition(.noRecord) : .verifier(error) }
    var isSealed = false
    for text in kept.texts {
      guard let bytes = text.bytes else { continue }
      if bytes.first != 0x7b { isSealed = true }
      guard let edition = open(bytes, key: key, repository: repository), edition.reader == reader
      else { continue }
      let proof = RecordProof.check(edition, in: state)
      guard proof.isProven else { throw .edition(.notProven(proof)) }
      return edition
    }
    throw .edition(isSealed && reader != .public ? .notForThisKey(reader) : .missing(reader))
  }

  /// Reads an edition as it is stored; nil if it is sealed to others, or none.
  static func open(
    _ bytes: [UInt8], key: KeyPair?, repository: RepositoryID
  ) -> Edition? {
    // What is no edition at all is missing, and told so.
    if bytes.first == 0x7b { return try? Edition.parse(bytes) }
    guard let key,
      // Sealed to others: the caller says so.
      let text = try? SealedText.open(bytes, with: key, kind: .record, repository: repository)
    else { return nil }
    return try? Edition.parse(text)
  }

  /// Reads an edition from a file.
  static func read(_ path: PathArgument) throws(Failure) -> Edition {
    var bytes = try contents(of: path, limit: Limits.sealedTextByteCount)
    if bytes.last == 0x0a { bytes.removeLast() }
    do { return try Edition.parse(bytes) } catch {
      throw .edition(.notAnEdition(path: path.description, error))
    }
  }

  /// Reads a proof from a file.
  static func proof(_ path: PathArgument) throws(Failure) -> TlogProof {
    let bytes = try contents(of: path, limit: TlogProof.byteCountMax)
    guard let proof = try? TlogProof(parsing: bytes) else {  // the format has one form only
      throw .edition(.notAProof(path: path.description))
    }
    return proof
  }

  private static func contents(of path: PathArgument, limit: Int) throws(Failure) -> [UInt8] {
    do {
      return try SecureFile.readWhole(path.bytes, limitByteCount: limit)
    } catch { throw .edition(.unreadableFile(path: path.description, error)) }
  }

  /// Shows by a proof alone, without the repository, that an edition is part of its log.
  ///
  /// - Returns: The number of the entry.
  static func check(
    _ edition: Edition, with proof: TlogProof, of repository: RepositoryID, keys: [NoteKey]
  ) throws(Failure) -> Int {
    guard proof.checkpoint.origin == Checkpoint.origin(of: repository) else {
      throw .edition(.proofOfAnotherRepository)
    }
    let verdicts = keys.map { proof.checkpoint.verify($0) }
    guard !verdicts.contains(.invalid), verdicts.contains(where: { $0 != .absent }) else {
      throw .edition(.proofNotSigned)
    }
    guard let bytes = proof.entry, proof.includes(bytes), let entry = try? Entry(parsing: bytes)
    else { throw .edition(.proofDoesNotFit) }
    for envelope in entry.envelopes {
      // Another statement of the entry may be one that this version does not know.
      guard let statement = try? Statement(payload: envelope.payload, in: repository),
        case .record(let kept) = statement.predicate
      else { continue }
      if edition.isBound(by: kept) { return proof.index }
    }
    throw .edition(.proofDoesNotFit)
  }

  /// The rules of a time zone of this machine.
  static func zone(_ name: String) throws(Failure) -> TimeZoneData {
    guard !name.contains(".."), !name.hasPrefix("/"),
      let bytes = try? SecureFile.readWhole(
        [UInt8]("/usr/share/zoneinfo/\(name)".utf8), limitByteCount: 1 << 20),
      let zone = try? TimeZoneData(parsing: bytes)  // either way there is no such zone
    else { throw .edition(.unknownZone(name)) }
    return zone
  }
}
