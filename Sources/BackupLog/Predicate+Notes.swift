public import BackupFormat

// What people say of refused requests and of exceptions (`Docs/format.md`, sections 9.2 and 11.6).

extension Predicate {
  /// A request for erasure was refused; its subject is the sealed note, if there is one.
  public struct ErasureRefused: Hashable, Sendable, FieldCoded {
    /// The refusal; a later statement with the same id takes the place of this one.
    public var refusal: NoteID
    /// The data set.
    public var set: SetID
    /// Why, as the person says who decided.
    public var ground: RefusalGround
    /// When the request was received, in seconds since 1970.
    public var received: Int64
    /// When it was decided, in seconds since 1970; not before it was received.
    public var decided: Int64
    /// Until when the note is kept, in seconds since 1970; 0 without a note.
    public var until: Int64

    /// Makes the predicate of its fields.
    public init(
      refusal: NoteID, set: SetID, ground: RefusalGround, received: Int64, decided: Int64,
      until: Int64 = 0
    ) {
      self.refusal = refusal
      self.set = set
      self.ground = ground
      self.received = received
      self.decided = decided
      self.until = until
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      refusal = try f.id("refusal")
      set = try f.id("set")
      ground = try f.choice("ground")
      received = try f.seconds("received")
      decided = try f.seconds("decided")
      until = try f.seconds("until")
      guard received <= decided else { throw .outOfRange(.predicate) }
    }

    var fields: [String: CanonicalJSON] {
      [
        "refusal": .id(refusal),
        "set": .id(set),
        "ground": .choice(ground),
        "received": .integer(received),
        "decided": .integer(decided),
        "until": .integer(until),
      ]
    }
  }

  /// Why a request for erasure was refused, by the articles of Regulation (EU) 2016/679.
  public enum RefusalGround: String, Hashable, Sendable, CaseIterable {
    /// Freedom of expression and information, 17(3)(a).
    case expression
    /// A legal obligation, or a task in the public interest, 17(3)(b).
    case legalObligation
    /// Public health, 17(3)(c).
    case publicHealth
    /// Archives, research or statistics, 17(3)(d).
    case archiving
    /// Legal claims, 17(3)(e).
    case legalClaims
    /// None of the grounds of 17(1) applies.
    case noGround
    /// Manifestly unfounded or excessive, 12(5).
    case unfounded
    /// It could not be established who asked, 11(2), 12(2) and 12(6).
    case notIdentified
    /// No data of that person are held, or another answers for them.
    case notHeld
    /// It is refused no longer.
    case withdrawn
  }

  /// A person wrote something down about an exception; its subject is the sealed note.
  public struct Noted: Hashable, Sendable, FieldCoded {
    /// The note.
    public var note: NoteID
    /// The data set whose keys open it.
    public var set: SetID
    /// The incident that it is about; nil where it is about another exception.
    public var incident: IncidentID?
    /// Until when the note is kept, in seconds since 1970.
    public var until: Int64

    /// Makes the predicate of its fields.
    public init(note: NoteID, set: SetID, incident: IncidentID?, until: Int64) {
      self.note = note
      self.set = set
      self.incident = incident
      self.until = until
    }

    /// What stands where it is about no incident.
    private static let none = [UInt8](repeating: 0, count: IncidentID.byteCount)

    init(fields f: inout FieldReader) throws(FormatError) {
      note = try f.id("note")
      set = try f.id("set")
      let id: IncidentID = try f.id("incident")
      incident = id.bytes == Self.none ? nil : id
      until = try f.seconds("until")
      guard until > 0 else { throw .outOfRange(.predicate) }
    }

    var fields: [String: CanonicalJSON] {
      [
        "note": .id(note),
        "set": .id(set),
        "incident": .string(incident?.hex ?? Hex.encode(Self.none)),
        "until": .integer(until),
      ]
    }
  }
}
