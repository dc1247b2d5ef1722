public import BackupFormat

// What an owner decides as things happen (`Docs/format.md`, section 9.2).

extension Predicate {
  /// The repository exists; the only statement of entry 0.
  public struct Created: Hashable, Sendable, FieldCoded {
    /// The format version, 1.
    public var format: Int
    /// The first owner, who signs this.
    public var owner: OwnerKey

    /// Makes the predicate of its fields.
    public init(format: Int, owner: OwnerKey) {
      self.format = format
      self.owner = owner
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      format = try f.count("format")
      owner = try f.part("owner")
    }

    var fields: [String: CanonicalJSON] {
      [
        "format": .count(format),
        "owner": .part(owner),
      ]
    }
  }

  /// Snapshots must stay, or need no longer stay, for a legal reason.
  public struct Hold: Hashable, Sendable, FieldCoded {
    /// The data set.
    public var set: SetID
    /// The hold.
    public var hold: HoldID
    /// Whether the hold begins or ends.
    public var action: HoldAction
    /// When it ends by itself, in seconds since 1970; 0 = when removed.
    public var until: Int64
    /// Log numbers of the snapshots held; empty = all of the set.
    public var snapshots: [Int]
    /// A salted commitment to the reason.
    public var reason: Digest

    /// Makes the predicate of its fields.
    public init(
      set: SetID, hold: HoldID, action: HoldAction, until: Int64, snapshots: [Int], reason: Digest
    ) {
      self.set = set
      self.hold = hold
      self.action = action
      self.until = until
      self.snapshots = snapshots
      self.reason = reason
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      set = try f.id("set")
      hold = try f.id("hold")
      action = try f.choice("action")
      until = try f.seconds("until")
      snapshots = try f.counts("snapshots")
      reason = try f.id("reason")
    }

    var fields: [String: CanonicalJSON] {
      [
        "set": .id(set),
        "hold": .id(hold),
        "action": .choice(action),
        "until": .integer(until),
        "snapshots": .list(snapshots) { .count($0) },
        "reason": .id(reason),
      ]
    }
  }

  /// A data set is to be destroyed with its keys, or is not after all.
  public struct Destroyed: Hashable, Sendable, FieldCoded {
    /// The data set.
    public var set: SetID
    /// Whether it is said or withdrawn.
    public var action: DestructionAction
    /// From when it is in force, in seconds since 1970, seven days after it was said at the earliest.
    public var effective: Int64
    /// A salted commitment to the reason.
    public var reason: Digest

    /// Makes the predicate of its fields.
    public init(set: SetID, action: DestructionAction, effective: Int64, reason: Digest) {
      self.set = set
      self.action = action
      self.effective = effective
      self.reason = reason
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      set = try f.id("set")
      action = try f.choice("action")
      effective = try f.seconds("effective")
      reason = try f.id("reason")
    }

    var fields: [String: CanonicalJSON] {
      [
        "set": .id(set),
        "action": .choice(action),
        "effective": .integer(effective),
        "reason": .id(reason),
      ]
    }
  }

  /// Whether a destruction is said or withdrawn.
  public enum DestructionAction: String, Hashable, Sendable {
    /// It is said.
    case add
    /// It is withdrawn.
    case remove
  }

  /// Whether a hold begins or ends.
  public enum HoldAction: String, Hashable, Sendable {
    /// It begins.
    case add
    /// It ends.
    case remove
  }

  /// The freeze of a data set is lifted.
  public struct Thaw: Hashable, Sendable, FieldCoded {
    /// The data set.
    public var set: SetID

    /// Makes the predicate of its fields.
    public init(set: SetID) {
      self.set = set
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      set = try f.id("set")
    }

    var fields: [String: CanonicalJSON] {
      [
        "set": .id(set)
      ]
    }
  }

  /// What time it is, on the owner's word.
  public struct Clock: Hashable, Sendable, FieldCoded {
    /// The time in seconds since 1970.
    public var believed: Int64

    /// Makes the predicate of its fields.
    public init(believed: Int64) {
      self.believed = believed
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      believed = try f.seconds("believed")
    }

    var fields: [String: CanonicalJSON] {
      [
        "believed": .integer(believed)
      ]
    }
  }

  /// The owner knows about void entries, or about a log restored from a copy.
  public struct Acknowledged: Hashable, Sendable, FieldCoded {
    /// Numbers of void entries.
    public var entries: [Int]
    /// The size from which a restored log goes on; 0 = not restored.
    public var restoredSize: Int

    /// Makes the predicate of its fields.
    public init(entries: [Int], restoredSize: Int) {
      self.entries = entries
      self.restoredSize = restoredSize
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      entries = try f.counts("entries")
      restoredSize = try f.count("restoredSize")
    }

    var fields: [String: CanonicalJSON] {
      [
        "entries": .list(entries) { .count($0) },
        "restoredSize": .count(restoredSize),
      ]
    }
  }

  /// The word of a key is doubted from an entry on, also looking back.
  public struct Distrusted: Hashable, Sendable, FieldCoded {
    /// The key.
    public var key: KeyID
    /// The first log number at which its statements are void.
    public var from: Int

    /// Makes the predicate of its fields.
    public init(key: KeyID, from: Int) {
      self.key = key
      self.from = from
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      key = try f.id("key")
      from = try f.count("from")
    }

    var fields: [String: CanonicalJSON] {
      [
        "key": .id(key),
        "from": .count(from),
      ]
    }
  }

  /// What the owner decided about an incident.
  public struct IncidentDecided: Hashable, Sendable, FieldCoded {
    /// The incident.
    public var incident: IncidentID
    /// What is done.
    public var decision: IncidentDecision

    /// Makes the predicate of its fields.
    public init(incident: IncidentID, decision: IncidentDecision) {
      self.incident = incident
      self.decision = decision
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      incident = try f.id("incident")
      decision = try f.choice("decision")
    }

    var fields: [String: CanonicalJSON] {
      [
        "incident": .id(incident),
        "decision": .choice(decision),
      ]
    }
  }

  /// What a person says of an incident.
  public enum IncidentDecision: String, Hashable, Sendable {
    /// Someone knows of it.
    case acknowledged
    /// Its risk was assessed.
    case assessed
    /// It is written down.
    case register
    /// The supervisor is told.
    case authority
    /// The people whose data it is are told too.
    case people

    /// Whether it ends the incident.
    public var isFinal: Bool {
      switch self {
      case .acknowledged, .assessed: false
      case .register, .authority, .people: true
      }
    }
  }
}
