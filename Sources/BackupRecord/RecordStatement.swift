public import BackupFormat
import BackupKeys
public import BackupLog
public import BackupPolicy

/// The three editions of a record as they lie under `records/`.
public struct RecordObjects: Hashable, Sendable {
  /// An edition as it is stored.
  public struct Object: Hashable, Sendable {
    /// For whom it is.
    public let reader: Reader
    /// What is stored: canonical JSON for everyone, a sealed text for the others.
    public let bytes: [UInt8]
    /// The SHA-256 of the bytes, which is its name.
    public let digest: Digest

    /// Where it lies.
    public var path: ObjectPath { .record(digest) }

    init(_ reader: Reader, _ bytes: [UInt8]) {
      self.reader = reader
      self.bytes = bytes
      digest = Digest(hashing: bytes)
    }
  }

  /// The objects to store before the statement is said; at most three.
  public let objects: [Object]

  /// Makes the public edition, the administrator's, sealed to verifiers and restorers, and the
  /// confidential one, sealed to restorers.
  ///
  /// An edition that nobody could open is not made.
  public init(
    _ record: CommittedRecord, verifiers: [PublicKey], restorers: [PublicKey],
    repository: RepositoryID
  ) throws(RecordError) {
    var objects = [Object(.public, record.edition(.public).bytes)]
    let both = Array(Set(verifiers + restorers))
    if !both.isEmpty {
      let bytes = record.edition(.administrator).bytes
      objects.append(
        Object(
          .administrator,
          try Self.seal(bytes, to: both, repository)))
    }
    let those = Array(Set(restorers))
    if !those.isEmpty {
      let bytes = record.edition(.confidential).bytes
      objects.append(
        Object(
          .confidential,
          try Self.seal(bytes, to: those, repository)))
    }
    self.objects = objects
  }

  private static func seal(
    _ bytes: [UInt8], to keys: [PublicKey], _ repository: RepositoryID
  ) throws(RecordError) -> [UInt8] {
    do {
      return try SealedText.seal(
        bytes, kind: .record, recipients: keys.map { SealedText.Recipient($0) },
        repository: repository)
    } catch {
      throw .sealedText(error)
    }
  }

  /// Makes them for the keys that are verifiers and restorers by the log.
  ///
  /// - Throws: ``RecordError/sealedText(_:)`` if there are more than 64 of them.
  public init(_ record: CommittedRecord, log: LogState) throws(RecordError) {
    try self.init(
      record, verifiers: log.keys(holding: .verifier).map(\.publicKey),
      restorers: log.keys(holding: .restorer).map(\.publicKey), repository: log.repository)
  }
}

/// What the log is told of a record.
public enum RecordStatement {
  /// One statement with all editions, kept until one time, in seconds since 1970.
  public static func draft(
    _ record: CommittedRecord, objects: RecordObjects, until: Int64
  ) -> Draft {
    draft(record, objects.objects, until: until)
  }

  /// Statements whose editions have the terms of the policy: one for each different term.
  ///
  /// All name the same commitment, so that each edition can go when its own term is over.
  public static func drafts(
    _ record: CommittedRecord, objects: RecordObjects, terms: Policy.RecordTerms, now: Int64
  ) -> [Draft] {
    func days(_ reader: Reader) -> Int {
      switch reader {
      case .public: terms.publicDays
      case .administrator: terms.administratorDays
      case .confidential: terms.confidentialDays
      }
    }
    let byTerm = Dictionary(grouping: objects.objects) { days($0.reader) }
    return byTerm.keys.sorted().map { term in
      draft(record, byTerm[term] ?? [], until: now + Int64(term) * secondsPerDay)
    }
  }

  private static func draft(
    _ record: CommittedRecord, _ objects: [RecordObjects.Object], until: Int64
  ) -> Draft {
    guard let night = BackupLog.Night(dayNumber: record.record.night.dayNumber) else {
      preconditionFailure("both modules name the nights of the years 1 to 9999")
    }
    return Draft(
      .record(.init(night: night, commitment: record.commitment, until: until)),
      subjects: objects.map { Subject(path: $0.path, digest: $0.digest) })
  }
}

let secondsPerDay: Int64 = 86_400
