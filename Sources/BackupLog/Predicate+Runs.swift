public import BackupFormat

// What is said of runs (`Docs/format.md`, section 9.2).

extension Predicate {
  /// A run writes packs from here on; said again on each day that it lasts.
  public struct Started: Hashable, Sendable, FieldCoded {
    /// The run.
    public var run: RunID
    /// The data set.
    public var set: SetID
    /// What it is for.
    public var purpose: Purpose
    /// Open runs of the set that it takes over.
    public var continues: [RunID]

    /// Makes the predicate of its fields.
    public init(run: RunID, set: SetID, purpose: Purpose, continues: [RunID]) {
      self.run = run
      self.set = set
      self.purpose = purpose
      self.continues = continues
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      run = try f.id("run")
      set = try f.id("set")
      purpose = try f.choice("purpose")
      continues = try f.ids("continues")
    }

    var fields: [String: CanonicalJSON] {
      [
        "run": .id(run),
        "set": .id(set),
        "purpose": .choice(purpose),
        "continues": .list(continues) { .id($0) },
      ]
    }
  }

  /// What a run is for.
  public enum Purpose: String, Hashable, Sendable {
    /// A snapshot.
    case backup
    /// Moving live blocks together.
    case compaction
    /// Sealing anew without erased content.
    case rewrite
  }

  /// A data set as it was one night; its subjects are the snapshot, index and chunk list objects.
  public struct SnapshotTaken: Hashable, Sendable, FieldCoded {
    /// The run, which ends.
    public var run: RunID
    /// The data set.
    public var set: SetID
    /// The night under which it counts.
    public var night: Night
    /// When reading the source began, in seconds since 1970.
    public var readStart: Int64
    /// When reading the source ended, in seconds since 1970.
    public var readEnd: Int64
    /// The runs that end with it.
    public var closes: [RunID]
    /// How many blocks were sealed.
    public var blocks: Int
    /// How many bytes the sealed blocks have.
    public var byteCount: Int

    /// Makes the predicate of its fields.
    public init(
      run: RunID, set: SetID, night: Night, readStart: Int64, readEnd: Int64, closes: [RunID],
      blocks: Int, byteCount: Int
    ) {
      self.run = run
      self.set = set
      self.night = night
      self.readStart = readStart
      self.readEnd = readEnd
      self.closes = closes
      self.blocks = blocks
      self.byteCount = byteCount
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      run = try f.id("run")
      set = try f.id("set")
      night = try f.night("night")
      readStart = try f.seconds("readStart")
      readEnd = try f.seconds("readEnd")
      closes = try f.ids("closes")
      blocks = try f.count("blocks")
      byteCount = try f.count("bytes")
    }

    var fields: [String: CanonicalJSON] {
      [
        "run": .id(run),
        "set": .id(set),
        "night": .string(night.description),
        "readStart": .integer(readStart),
        "readEnd": .integer(readEnd),
        "closes": .list(closes) { .id($0) },
        "blocks": .count(blocks),
        "bytes": .count(byteCount),
      ]
    }
  }

  /// A run ends with nothing.
  public struct Abandoned: Hashable, Sendable, FieldCoded {
    /// The run, which ends.
    public var run: RunID

    /// Makes the predicate of its fields.
    public init(run: RunID) {
      self.run = run
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      run = try f.id("run")
    }

    var fields: [String: CanonicalJSON] {
      [
        "run": .id(run)
      ]
    }
  }

  /// What a run wrote was read back by the host itself.
  public struct SelfChecked: Hashable, Sendable, FieldCoded {
    /// The run.
    public var run: RunID
    /// How many blocks were read back.
    public var blocks: Int
    /// How many bytes were read back.
    public var byteCount: Int
    /// How many of the blocks were opened.
    public var opened: Int
    /// How many of the blocks failed.
    public var failed: Int

    /// Makes the predicate of its fields.
    public init(run: RunID, blocks: Int, byteCount: Int, opened: Int, failed: Int) {
      self.run = run
      self.blocks = blocks
      self.byteCount = byteCount
      self.opened = opened
      self.failed = failed
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      run = try f.id("run")
      blocks = try f.count("blocks")
      byteCount = try f.count("bytes")
      opened = try f.count("opened")
      failed = try f.count("failed")
    }

    var fields: [String: CanonicalJSON] {
      [
        "run": .id(run),
        "blocks": .count(blocks),
        "bytes": .count(byteCount),
        "opened": .count(opened),
        "failed": .count(failed),
      ]
    }
  }

  /// Blocks lie in packs of this run too; its subjects are index objects.
  public struct Compacted: Hashable, Sendable, FieldCoded {
    /// The run, which ends.
    public var run: RunID
    /// The data set.
    public var set: SetID

    /// Makes the predicate of its fields.
    public init(run: RunID, set: SetID) {
      self.run = run
      self.set = set
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      run = try f.id("run")
      set = try f.id("set")
    }

    var fields: [String: CanonicalJSON] {
      [
        "run": .id(run),
        "set": .id(set),
      ]
    }
  }

  /// Snapshots have successors without erased content; its subjects are their objects.
  public struct Rewritten: Hashable, Sendable, FieldCoded {
    /// The run, which ends.
    public var run: RunID
    /// The data set.
    public var set: SetID
    /// Old and new snapshots.
    public var successors: [Successor]

    /// Makes the predicate of its fields.
    public init(run: RunID, set: SetID, successors: [Successor]) {
      self.run = run
      self.set = set
      self.successors = successors
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      run = try f.id("run")
      set = try f.id("set")
      successors = try f.parts("successors")
    }

    var fields: [String: CanonicalJSON] {
      [
        "run": .id(run),
        "set": .id(set),
        "successors": .list(successors) { .part($0) },
      ]
    }
  }

  /// A snapshot and the object that takes its place.
  public struct Successor: Hashable, Sendable, FieldCoded {
    /// The digest of the new snapshot object.
    public var new: Digest
    /// The log number of the snapshot, which it keeps.
    public var old: Int

    /// Makes it of its fields.
    public init(new: Digest, old: Int) {
      self.new = new
      self.old = old
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      new = try f.id("new")
      old = try f.count("old")
    }

    var fields: [String: CanonicalJSON] {
      [
        "new": .id(new),
        "old": .count(old),
      ]
    }
  }
}
