public import BackupFormat

// What is said of checks, nights and events (`Docs/format.md`, section 9.2).

extension Predicate {
  /// A restore test was done.
  public struct Tested: Hashable, Sendable, FieldCoded {
    /// The data set.
    public var set: SetID
    /// The log number of the snapshot that was restored.
    public var number: Int
    /// Who did it.
    public var kind: TestKind
    /// What was claimed.
    public var level: TestLevel
    /// When it began, in seconds since 1970.
    public var started: Int64
    /// When it ended, in seconds since 1970.
    public var ended: Int64
    /// When what was restored was destroyed, in seconds since 1970; 0 = not.
    public var destroyed: Int64
    /// How many files were restored.
    public var files: Int
    /// How many bytes were restored.
    public var byteCount: Int
    /// How many files differ from what was stored.
    public var mismatches: Int
    /// How many files were withheld because of erasures.
    public var erasures: Int
    /// The outcome.
    public var result: TestResult
    /// What else is said of it; nil in a statement of before.
    public var account: TestAccount?

    /// Makes the predicate of its fields.
    public init(
      set: SetID, number: Int, kind: TestKind, level: TestLevel, started: Int64, ended: Int64,
      destroyed: Int64, files: Int, byteCount: Int, mismatches: Int, erasures: Int,
      result: TestResult, account: TestAccount? = nil
    ) {
      self.set = set
      self.number = number
      self.kind = kind
      self.level = level
      self.started = started
      self.ended = ended
      self.destroyed = destroyed
      self.files = files
      self.byteCount = byteCount
      self.mismatches = mismatches
      self.erasures = erasures
      self.result = result
      self.account = account
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      set = try f.id("set")
      number = try f.count("number")
      kind = try f.choice("kind")
      level = try f.choice("level")
      started = try f.seconds("started")
      ended = try f.seconds("ended")
      destroyed = try f.seconds("destroyed")
      files = try f.count("files")
      byteCount = try f.count("bytes")
      mismatches = try f.count("mismatches")
      erasures = try f.count("erasures")
      result = try f.choice("result")
      account = f.has("selection") ? try TestAccount(fields: &f) : nil
      if kind == .automatic, let account, account.role != .none {
        throw .outOfRange(.predicate)
      }
    }

    var fields: [String: CanonicalJSON] {
      let first: [String: CanonicalJSON] = [
        "set": .id(set),
        "number": .count(number),
        "kind": .choice(kind),
        "level": .choice(level),
        "started": .integer(started),
        "ended": .integer(ended),
        "destroyed": .integer(destroyed),
        "files": .count(files),
        "bytes": .count(byteCount),
        "mismatches": .count(mismatches),
        "erasures": .count(erasures),
        "result": .choice(result),
      ]
      return first.merging(account?.fields ?? [:]) { first, _ in first }
    }
  }

  /// What is said of a restore test besides its figures; a bracket of the format.
  public struct TestAccount: Hashable, Sendable, FieldCoded {
    /// Which files were restored.
    public var selection: TestSelection
    /// How many databases opened and were sound.
    public var databasesOpened: Int
    /// How many databases did not open, or were not sound.
    public var databasesFailed: Int
    /// How many requests to erase applied and were obeyed.
    public var requests: Int
    /// Who did it, as a role in the firm.
    public var role: TestRole
    /// How many tasks it left.
    public var tasks: Int
    /// Until when its minutes are kept, in seconds since 1970; 0 without minutes.
    public var until: Int64

    /// Makes it of its fields.
    public init(
      selection: TestSelection, databasesOpened: Int = 0, databasesFailed: Int = 0,
      requests: Int = 0, role: TestRole = .none, tasks: Int = 0, until: Int64 = 0
    ) {
      self.selection = selection
      self.databasesOpened = databasesOpened
      self.databasesFailed = databasesFailed
      self.requests = requests
      self.role = role
      self.tasks = tasks
      self.until = until
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      selection = try f.choice("selection")
      databasesOpened = try f.count("databasesOpened")
      databasesFailed = try f.count("databasesFailed")
      requests = try f.count("requests")
      role = try f.choice("role")
      tasks = try f.count("tasks")
      until = try f.seconds("until")
    }

    var fields: [String: CanonicalJSON] {
      [
        "selection": .choice(selection),
        "databasesOpened": .count(databasesOpened),
        "databasesFailed": .count(databasesFailed),
        "requests": .count(requests),
        "role": .choice(role),
        "tasks": .count(tasks),
        "until": .integer(until),
      ]
    }
  }

  /// Which files of a snapshot a restore test restored.
  public enum TestSelection: String, Hashable, Sendable {
    /// Everything.
    case all
    /// Files chosen at random.
    case random
  }

  /// Who did a restore test, as a role in the firm.
  public enum TestRole: String, Hashable, Sendable, CaseIterable {
    /// A program, or a person who did not say.
    case none
    /// Who leads the firm.
    case management
    /// Somebody who works there.
    case employee
    /// The firm's own system administrator.
    case systemAdministrator
    /// The system administrator under a service contract.
    case externalAdministrator
    /// Who looks at the books or the security from outside.
    case auditor
  }

  /// Who did a restore test.
  public enum TestKind: String, Hashable, Sendable {
    /// A program.
    case automatic
    /// A person.
    case person
  }

  /// What a restore test claims.
  public enum TestLevel: String, Hashable, Sendable {
    /// Restored to disk and compared.
    case restored = "L3"
  }

  /// The outcome of a restore test.
  public enum TestResult: String, Hashable, Sendable {
    /// All is well.
    case passed = "PASSED"
    /// Well, with remarks.
    case warned = "WARNED"
    /// Not well.
    case failed = "FAILED"
  }

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

  /// A verifier read the store.
  public struct Verified: Hashable, Sendable, FieldCoded {
    /// What is claimed.
    public var level: VerifiedLevel
    /// How much was read.
    public var method: VerifiedMethod
    /// The size of the log that was judged.
    public var logSize: Int
    /// How many blocks were read.
    public var blocks: Int
    /// How many bytes were read.
    public var byteCount: Int
    /// How many blocks were damaged.
    public var damaged: Int
    /// How many findings there were.
    public var findings: Int
    /// The SHA-256 of the seed of the draw; nil if nothing was drawn.
    public var commitment: Digest?
    /// The seed of the signer's draw before this one; nil if there was none.
    public var revealed: Digest?
    /// What else is said of it; nil in a statement of before.
    public var extent: VerifiedExtent?

    /// Makes the predicate of its fields.
    public init(
      level: VerifiedLevel, method: VerifiedMethod, logSize: Int, blocks: Int, byteCount: Int,
      damaged: Int, findings: Int, commitment: Digest? = nil, revealed: Digest? = nil,
      extent: VerifiedExtent? = nil
    ) {
      self.level = level
      self.method = method
      self.logSize = logSize
      self.blocks = blocks
      self.byteCount = byteCount
      self.damaged = damaged
      self.findings = findings
      self.commitment = commitment
      self.revealed = revealed
      self.extent = extent
    }

    /// What stands where there is no digest.
    private static let nothing = Digest([UInt8](repeating: 0, count: Digest.byteCount))

    private static func hex(_ digest: Digest?) -> String {
      digest?.hex ?? String(repeating: "0", count: 2 * Digest.byteCount)
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      level = try f.choice("level")
      method = try f.choice("method")
      logSize = try f.count("size")
      blocks = try f.count("blocks")
      byteCount = try f.count("bytes")
      damaged = try f.count("damaged")
      findings = try f.count("findings")
      let tonight: Digest = try f.id("commitment")
      let before: Digest = try f.id("revealed")
      commitment = tonight == Self.nothing ? nil : tonight
      revealed = before == Self.nothing ? nil : before
      extent = f.has("population") ? try VerifiedExtent(fields: &f) : nil
    }

    var fields: [String: CanonicalJSON] {
      let first: [String: CanonicalJSON] = [
        "level": .choice(level),
        "method": .choice(method),
        "size": .count(logSize),
        "blocks": .count(blocks),
        "bytes": .count(byteCount),
        "damaged": .count(damaged),
        "findings": .count(findings),
        "commitment": .string(Self.hex(commitment)),
        "revealed": .string(Self.hex(revealed)),
      ]
      return first.merging(extent?.fields ?? [:]) { first, _ in first }
    }
  }

  /// What a verification drew from and with what certainty, and what it saw of the whole store; a
  /// bracket of the format.
  public struct VerifiedExtent: Hashable, Sendable, FieldCoded {
    /// How many blocks live snapshots need, where they are stored; 0 if none was to be read.
    public var population: Int
    /// How many of them were drawn at random.
    public var drawn: Int
    /// How sure the draw makes, in basis points; 0 without one.
    public var confidenceBasisPoints: Int
    /// With that confidence fewer of a million were damaged, if no drawn one was; 0 without a draw.
    public var boundPartsPerMillion: Int
    /// How many objects that the log requires are not there.
    public var missing: Int
    /// How many objects are there that nothing explains.
    public var unexplained: Int
    /// Whether the verifier could have written to the store.
    public var writable: Writable

    /// Makes it of its fields.
    public init(
      population: Int, drawn: Int = 0, confidenceBasisPoints: Int = 0,
      boundPartsPerMillion: Int = 0, missing: Int, unexplained: Int,
      writable: Writable = .unknown
    ) {
      self.population = population
      self.drawn = drawn
      self.confidenceBasisPoints = confidenceBasisPoints
      self.boundPartsPerMillion = boundPartsPerMillion
      self.missing = missing
      self.unexplained = unexplained
      self.writable = writable
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      population = try f.count("population")
      drawn = try f.count("drawn")
      confidenceBasisPoints = try f.count("confidence")
      boundPartsPerMillion = try f.count("bound")
      missing = try f.count("missing")
      unexplained = try f.count("unexplained")
      writable = try f.choice("writable")
      guard drawn <= population, confidenceBasisPoints < 10_000,
        boundPartsPerMillion <= 1_000_000, (drawn == 0) == (confidenceBasisPoints == 0),
        (drawn == 0) == (boundPartsPerMillion == 0)
      else { throw .outOfRange(.predicate) }
    }

    var fields: [String: CanonicalJSON] {
      [
        "population": .count(population),
        "drawn": .count(drawn),
        "confidence": .count(confidenceBasisPoints),
        "bound": .count(boundPartsPerMillion),
        "missing": .count(missing),
        "unexplained": .count(unexplained),
        "writable": .choice(writable),
      ]
    }
  }

  /// Whether a verifier could have written to the store, as was tried.
  public enum Writable: String, Hashable, Sendable {
    /// It could.
    case yes
    /// It was refused.
    case no
    /// It could not be tried.
    case unknown
  }

  /// What a verification claims.
  public enum VerifiedLevel: String, Hashable, Sendable {
    /// What the log requires is there.
    case complete = "L0"
    /// The bytes are as they were signed.
    case intact = "L1"
  }

  /// How much a verification read.
  public enum VerifiedMethod: String, Hashable, Sendable {
    /// All that live snapshots need.
    case full
    /// A part.
    case sample
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
