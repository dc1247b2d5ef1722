public import BackupFormat
public import BackupPolicy

/// A record as far as a reader may see it: what is hidden stands there as a commitment.
///
/// Canonical JSON: {`edition`, `fields`: [{`commitment`} or {`id`, `salt`, `value`}], `night`,
/// `schema`} (`Docs/format.md`, section 11).
public struct Edition: Hashable, Sendable {
  /// The schema of this version's list of fields.
  public static let schema = "nightsafe/record/v1"

  /// A field of an edition.
  public enum Field: Hashable, Sendable {
    /// It can be read, and its salt proves it.
    case revealed(RecordField, salt: [UInt8])
    /// Only its commitment is there.
    case hidden(Digest)
  }

  /// For whom it is.
  public let reader: Reader
  /// The night.
  public let night: BackupPolicy.Night
  /// Every field, in the order of the ids.
  public let fields: [Field]

  init(reader: Reader, night: BackupPolicy.Night, fields: [Field]) {
    self.reader = reader
    self.night = night
    self.fields = fields
  }

  /// The record's commitment, recomputed from what is revealed and what is hidden.
  public var commitment: Digest {
    FieldCommitment.combine(
      fields.map { field in
        switch field {
        case .hidden(let commitment): commitment
        case .revealed(let field, let salt):
          FieldCommitment.commit(id: field.id.rawValue, value: field.json, salt: salt)
        }
      })
  }

  /// The field of an id; nil if it is hidden.
  public subscript(id: FieldID) -> RecordField? {
    for case .revealed(let field, _) in fields where field.id == id { return field }
    return nil
  }

  /// The fields that can be read, in the order of the ids.
  public var revealed: [RecordField] {
    fields.compactMap { if case .revealed(let field, _) = $0 { field } else { nil } }
  }

  // MARK: Bytes

  /// The canonical JSON of the edition.
  public var bytes: [UInt8] {
    let list = fields.map { field -> CanonicalJSON in
      switch field {
      case .hidden(let commitment): .object(["commitment": .string(commitment.hex)])
      case .revealed(let field, let salt):
        .object([
          "id": .string(field.id.rawValue), "salt": .string(Hex.encode(salt)), "value": field.json,
        ])
      }
    }
    return CanonicalJSON.object([
      "edition": .string(reader.rawValue), "fields": .array(list),
      "night": .string(night.description), "schema": .string(Self.schema),
    ]).encode()
  }

  /// Reads an edition that lists exactly the fields of this version and reveals exactly what its
  /// reader may see.
  ///
  /// What it says is proven only by ``RecordProof``.
  public static func parse(_ bytes: [UInt8]) throws(RecordError) -> Edition {
    guard bytes.count <= Limits.sealedTextByteCount else { throw .tooLong(byteCount: bytes.count) }
    let json: CanonicalJSON
    do { json = try CanonicalJSON(decoding: bytes) } catch { throw .format(error) }
    guard let object = json.object, object.count == 4, let schema = object["schema"]?.string else {
      throw .illFormedEdition
    }
    guard schema == Self.schema else { throw .unknownSchema }
    guard let reader = object["edition"]?.string.flatMap(Reader.init),
      let night = object["night"]?.string.flatMap({ BackupPolicy.Night(parsing: $0) }),
      let list = object["fields"]?.array, list.count == FieldID.allCases.count
    else { throw .illFormedEdition }
    var fields: [Field] = []
    for (i, id) in FieldID.allCases.enumerated() {
      guard let field = Field(list[i], as: id, for: reader) else { throw .wrongField(index: i) }
      fields.append(field)
    }
    let edition = Edition(reader: reader, night: night, fields: fields)
    guard edition[.headerNight]?.value == .string(night.description) else {
      throw .illFormedEdition
    }
    return edition
  }
}

extension Edition.Field {
  /// Reads the field that stands at the place of `id`.
  init?(_ json: CanonicalJSON, as id: FieldID, for reader: Reader) {
    guard let object = json.object else { return nil }
    guard id.definition.reader <= reader else {
      guard object.count == 1,
        let commitment = object["commitment"]?.string.flatMap(Digest.init(hex:))
      else { return nil }
      self = .hidden(commitment)
      return
    }
    guard object.count == 3, object["id"] == .string(id.rawValue),
      let salt = object["salt"]?.string.flatMap(Hex.decode),
      salt.count == FieldCommitment.saltByteCount,
      let field = object["value"].flatMap({ RecordField(id, json: $0) })
    else { return nil }
    self = .revealed(field, salt: salt)
  }
}
