public import BackupFormat

// What is said of erasures, nights and events (`Docs/format.md`, section 9.2).

extension Predicate {
  /// Someone's data must go; its subject is the sealed request.
  public struct ErasureOpened: Hashable, Sendable, FieldCoded {
    /// The request.
    public var erasure: ErasureID
    /// The data set.
    public var set: SetID
    /// Snapshots read after this time don't hold the data, in seconds since 1970.
    public var cutOff: Int64
    /// When nothing stored holds the data any more, in seconds since 1970.
    public var cleanBy: Int64
    /// How many tasks the request has; nil in a statement of before.
    public var tasks: Int?

    /// Makes the predicate of its fields.
    public init(
      erasure: ErasureID, set: SetID, cutOff: Int64, cleanBy: Int64, tasks: Int? = nil
    ) {
      self.erasure = erasure
      self.set = set
      self.cutOff = cutOff
      self.cleanBy = cleanBy
      self.tasks = tasks
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      erasure = try f.id("erasure")
      set = try f.id("set")
      cutOff = try f.seconds("cutOff")
      cleanBy = try f.seconds("cleanBy")
      tasks = f.has("tasks") ? try f.count("tasks") : nil
    }

    var fields: [String: CanonicalJSON] {
      var fields: [String: CanonicalJSON] = [
        "erasure": .id(erasure),
        "set": .id(set),
        "cutOff": .integer(cutOff),
        "cleanBy": .integer(cleanBy),
      ]
      fields["tasks"] = tasks.map { .count($0) }
      return fields
    }
  }

  /// An erasure is done.
  public struct ErasureClosed: Hashable, Sendable, FieldCoded {
    /// The request.
    public var erasure: ErasureID

    /// Makes the predicate of its fields.
    public init(erasure: ErasureID) {
      self.erasure = erasure
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      erasure = try f.id("erasure")
    }

    var fields: [String: CanonicalJSON] {
      [
        "erasure": .id(erasure)
      ]
    }
  }

  /// A night's work is over.
  public struct NightClosed: Hashable, Sendable, FieldCoded {
    /// The night.
    public var night: Night
    /// The exit code.
    public var code: Int
    /// What came of each data set.
    public var sets: [SetOutcome]

    /// Makes the predicate of its fields.
    public init(night: Night, code: Int, sets: [SetOutcome]) {
      self.night = night
      self.code = code
      self.sets = sets
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      night = try f.night("night")
      code = try f.count("code")
      sets = try f.parts("sets")
    }

    var fields: [String: CanonicalJSON] {
      [
        "night": .string(night.description),
        "code": .count(code),
        "sets": .list(sets) { .part($0) },
      ]
    }
  }

  /// What came of a data set in a night.
  public struct SetOutcome: Hashable, Sendable, FieldCoded {
    /// The exit code for the set.
    public var code: Int
    /// The log number of its snapshot; -1 = none.
    public var number: Int64
    /// The data set.
    public var set: SetID

    /// Makes it of its fields.
    public init(code: Int, number: Int64, set: SetID) {
      self.code = code
      self.number = number
      self.set = set
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      code = try f.count("code")
      number = try f.integer("number")
      guard number >= -1 else { throw .outOfRange(.predicate) }
      set = try f.id("set")
    }

    var fields: [String: CanonicalJSON] {
      [
        "code": .count(code),
        "number": .integer(number),
        "set": .id(set),
      ]
    }
  }

  /// The record of a night exists; its subjects are the editions.
  public struct RecordKept: Hashable, Sendable, FieldCoded {
    /// The night.
    public var night: Night
    /// The commitment to all its fields.
    public var commitment: Digest
    /// Until when the editions are kept, in seconds since 1970.
    public var until: Int64

    /// Makes the predicate of its fields.
    public init(night: Night, commitment: Digest, until: Int64) {
      self.night = night
      self.commitment = commitment
      self.until = until
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      night = try f.night("night")
      commitment = try f.id("commitment")
      until = try f.seconds("until")
    }

    var fields: [String: CanonicalJSON] {
      [
        "night": .string(night.description),
        "commitment": .id(commitment),
        "until": .integer(until),
      ]
    }
  }

  /// Something happened that a person must judge.
  public struct IncidentDetected: Hashable, Sendable, FieldCoded {
    /// The incident.
    public var incident: IncidentID
    /// What happened.
    public var kind: IncidentKind
    /// When it was detected, in seconds since 1970.
    public var detected: Int64

    /// Makes the predicate of its fields.
    public init(incident: IncidentID, kind: IncidentKind, detected: Int64) {
      self.incident = incident
      self.kind = kind
      self.detected = detected
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      incident = try f.id("incident")
      kind = try f.choice("class")
      detected = try f.seconds("detected")
    }

    var fields: [String: CanonicalJSON] {
      [
        "incident": .id(incident),
        "class": .choice(kind),
        "detected": .integer(detected),
      ]
    }
  }

  /// What happened (`compliance.md`, section 4.2).
  public enum IncidentKind: String, Hashable, Sendable {
    /// A block or object is damaged.
    case objectDamaged
    /// A signature, the log, or objects outside the policy.
    case logBroken
    /// A stranger read or copied the repository.
    case repositoryCopied
    /// A key that opens is lost.
    case keyLost
    /// A key that opens is known to others.
    case keyExposed
    /// Erased content came back.
    case erasureSkipped
    /// A night without a backup.
    case nightMissed
    /// A snapshot outlived its maximum age.
    case retentionOverdue
    /// Mass change, mass deletion, noise or an altered canary: the sets are frozen.
    case suddenChange
    /// A gap in the log or a broken witness.
    case witnessBroken

    /// Whether a person evaluates it as a possible breach, within the hours of the policy; the others
    /// are exceptions, which are no breach by themselves (`Docs/record.md`, section 3).
    public var isEvaluated: Bool {
      switch self {
      case .objectDamaged, .nightMissed, .retentionOverdue: false
      case .logBroken, .repositoryCopied, .keyLost, .keyExposed, .erasureSkipped, .suddenChange,
        .witnessBroken:
        true
      }
    }
  }
}
