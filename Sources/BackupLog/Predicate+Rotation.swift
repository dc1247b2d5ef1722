public import BackupFormat

// What is said of removal and damage (`Docs/format.md`, section 9.2).

extension Predicate {
  /// Snapshots live no longer.
  public struct Rotated: Hashable, Sendable, FieldCoded {
    /// The data set.
    public var set: SetID
    /// The statement that asks for it: of the policy, or of the destruction of the set.
    public var policy: StatementID
    /// The snapshots, each with its reason.
    public var removed: [RotatedSnapshot]

    /// Makes the predicate of its fields.
    public init(set: SetID, policy: StatementID, removed: [RotatedSnapshot]) {
      self.set = set
      self.policy = policy
      self.removed = removed
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      set = try f.id("set")
      policy = try f.id("policy")
      removed = try f.parts("removed")
    }

    var fields: [String: CanonicalJSON] {
      [
        "set": .id(set),
        "policy": .id(policy),
        "removed": .list(removed) { .part($0) },
      ]
    }
  }

  /// A snapshot that lives no longer.
  public struct RotatedSnapshot: Hashable, Sendable, FieldCoded {
    /// Its log number.
    public var number: Int
    /// Why.
    public var reason: RotationReason

    /// Makes it of its fields.
    public init(number: Int, reason: RotationReason) {
      self.number = number
      self.reason = reason
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      number = try f.count("number")
      reason = try f.choice("reason")
    }

    var fields: [String: CanonicalJSON] {
      [
        "number": .count(number),
        "reason": .choice(reason),
      ]
    }
  }

  /// Why a snapshot lives no longer.
  public enum RotationReason: String, Hashable, Sendable {
    /// A later one of the same night is whole.
    case superseded
    /// No rule keeps it.
    case keepRules
    /// It reached its maximum age.
    case maximumAge
    /// An approved shortening names it.
    case shortened
    /// The owner destroyed the data set.
    case destroyed
  }

  /// Rotated snapshots live again.
  public struct Reinstated: Hashable, Sendable, FieldCoded {
    /// The data set.
    public var set: SetID
    /// Their log numbers.
    public var numbers: [Int]

    /// Makes the predicate of its fields.
    public init(set: SetID, numbers: [Int]) {
      self.set = set
      self.numbers = numbers
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      set = try f.id("set")
      numbers = try f.counts("numbers")
    }

    var fields: [String: CanonicalJSON] {
      [
        "set": .id(set),
        "numbers": .list(numbers) { .count($0) },
      ]
    }
  }

  /// Objects that nothing live needs: condemned, and later deleted.
  public struct Removal: Hashable, Sendable, FieldCoded {
    /// Objects, of any kind that may be removed, but packs.
    public var objects: [ObjectPath]
    /// Packs.
    public var packs: [PackRanges]

    /// Makes the predicate of its fields.
    public init(objects: [ObjectPath], packs: [PackRanges]) {
      self.objects = objects.sorted()
      self.packs = packs.sorted { $0.run < $1.run }
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      objects = try FieldReader.checkSorted(try f.paths("objects"))
      packs = try f.parts("packs")
      _ = try FieldReader.checkSorted(packs.map(\.run))
    }

    var fields: [String: CanonicalJSON] {
      [
        "objects": .list(objects) { .string($0.text) },
        "packs": .list(packs) { .part($0) },
      ]
    }
  }

  /// Blocks or objects are missing or not as they were signed.
  public struct Damaged: Hashable, Sendable, FieldCoded {
    /// The blocks.
    public var blocks: [RunRange]
    /// The objects.
    public var objects: [ObjectPath]

    /// Makes the predicate of its fields.
    public init(blocks: [RunRange], objects: [ObjectPath]) {
      self.blocks = blocks
      self.objects = objects
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      blocks = try f.parts("blocks")
      objects = try f.paths("objects")
    }

    var fields: [String: CanonicalJSON] {
      [
        "blocks": .list(blocks) { .part($0) },
        "objects": .list(objects) { .string($0.text) },
      ]
    }
  }
}
