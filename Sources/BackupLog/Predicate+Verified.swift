public import BackupFormat

// What a verifier says (`Docs/format.md`, section 9.2).

extension Predicate {
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
}
