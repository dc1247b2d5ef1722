public import BackupCrypto
public import BackupFormat
public import BackupPolicy

/// What is known about one night: every field of the fixed list, each with its state.
public struct Record: Hashable, Sendable {
  /// The night.
  public let night: BackupPolicy.Night
  /// Every field once, in the order of the ids.
  public let fields: [RecordField]

  /// A record of fields; those that are not handed in were not measured.
  init(night: BackupPolicy.Night, fields: [FieldID: RecordField]) {
    self.night = night
    self.fields = FieldID.allCases.map { fields[$0] ?? .notMeasured($0) }
  }

  /// The field of an id.
  public subscript(id: FieldID) -> RecordField {
    guard let field = fields.first(where: { $0.id == id }) else {
      preconditionFailure("a record has every field")
    }
    return field
  }

  /// Binds the record to random salts, after which editions of it can be made.
  public func committed() throws(CryptoError) -> CommittedRecord {
    CommittedRecord(self, salts: try FieldCommitment.randomSalts())
  }
}

/// A record with the salts that bind it.
public struct CommittedRecord: Sendable {
  /// The record.
  public let record: Record
  /// A salt for each field, in the order of the ids.
  public let salts: [[UInt8]]
  /// The commitments to the fields, in the same order.
  public let fieldCommitments: [Digest]

  /// Binds a record to salts, one of 16 bytes for each field.
  public init(_ record: Record, salts: [[UInt8]]) {
    precondition(salts.count == record.fields.count, "each field has a salt")
    self.record = record
    self.salts = salts
    fieldCommitments = zip(record.fields, salts).map { field, salt in
      FieldCommitment.commit(id: field.id.rawValue, value: field.json, salt: salt)
    }
  }

  /// What the log says of the record.
  public var commitment: Digest { FieldCommitment.combine(fieldCommitments) }

  /// The record as far as a reader may see it.
  public func edition(_ reader: Reader) -> Edition {
    let fields = record.fields.indices.map { i in
      let field = record.fields[i]
      return field.id.definition.reader <= reader
        ? Edition.Field.revealed(field, salt: salts[i]) : .hidden(fieldCommitments[i])
    }
    return Edition(reader: reader, night: record.night, fields: fields)
  }
}
