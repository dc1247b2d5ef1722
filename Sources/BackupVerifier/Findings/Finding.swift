public import BackupFormat
public import BackupLog

/// Something that is not as the log and the format ask for: a value, not an error.
public struct Finding: Hashable, Sendable {
  /// What is wrong.
  public let kind: Kind
  /// How bad that is.
  public let severity: Severity
  /// The object that it is about.
  public var object: ObjectPath?
  /// The name in the store, where it is that of no object.
  public var name: String?
  /// The number of the log entry, snapshot or size that it is about.
  public var number: Int?
  /// Where the damaged block lies.
  public var place: BlockPlace?
  /// Needed blocks that cannot be read back from here.
  public var blocks: [Predicate.RunRange] = []
  /// Live snapshots that need these blocks, or this object.
  public var snapshots: [SnapshotName] = []
  /// What was seen.
  public var detail = Detail.none

  /// Makes a finding with the severity of its kind, or another.
  public init(_ kind: Kind, severity: Severity? = nil, object: ObjectPath? = nil) {
    self.kind = kind
    self.severity = severity ?? kind.severity
    self.object = object
  }

  /// The same finding with another severity.
  func with(_ severity: Severity) -> Finding {
    var finding = Finding(kind, severity: severity, object: object)
    finding.name = name
    finding.number = number
    finding.place = place
    finding.blocks = blocks
    finding.snapshots = snapshots
    finding.detail = detail
    return finding
  }

  /// What is wrong.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// An object that must be there is not.
    case missingObject
    /// An object has another size than the log or an index object says.
    case wrongSize
    /// An object's SHA-256 is not the one that was signed.
    case wrongDigest
    /// An object has the signed digest, and is not of the format.
    case badObject
    /// The store failed while an object was read.
    case unreadable
    /// `FORMAT` is not what a repository of version 1 has.
    case badFormatFile
    /// An entry of the log says nothing.
    case voidEntry
    /// A statement of an entry says nothing.
    case voidStatement
    /// A statement was signed by a key that lacks the role.
    case roleless
    /// An entry of the log is missing although a later one exists.
    case logGap
    /// The log is shorter than, or differs from, the one that this verifier or a witness saw.
    case logRolledBack
    /// Entries are not those that the signers of later entries saw.
    case logAltered
    /// A witness signed another root of a log of this size.
    case fork
    /// A checkpoint is ill-formed or not signed as its name says.
    case badCheckpoint
    /// Nothing explains why an object is in the store.
    case unknownObject
    /// A sealed block is not as it was signed.
    case damagedBlock
    /// Needed blocks lie in no pack that is known.
    case lostBlocks
    /// Needed blocks were moved, and no index object of their writer says any more what they were.
    case unvouchedBlocks
    /// The end of a pack is not as it was signed, or says something else than the index.
    case packEndMismatch
    /// Two index objects contradict each other.
    case conflictingIndexes
    /// Something could not be judged.
    case unjudgeable
    /// A rotation removed what the policy in force kept.
    case rotationNotByPolicy
    /// A key of a data set that its owner destroyed is stored longer than the collection lag.
    case destroyedKeyStored
    /// A time stamp in the log is not one on a head of it.
    case stampMismatch
    /// The log believes a time that lies ahead of the verifier's clock.
    case clockAhead
  }

  /// How bad a finding is.
  public enum Severity: Int, Hashable, Comparable, Sendable, CaseIterable {
    /// Nothing is wrong.
    case information
    /// Someone should look at it.
    case warning
    /// Something is lost or altered.
    case damage
    /// A person must judge whether someone did this.
    case incident

    /// Compares by weight.
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  }

  /// What was seen.
  public enum Detail: Hashable, Sendable {
    /// Nothing more is to be said.
    case none
    /// Why something is void, and how many later entries are void since they name another log.
    case void(VoidReason, laterCount: Int)
    /// The expected and the found size, in bytes.
    case byteCounts(expected: Int, found: Int)
    /// What the store said.
    case storage(StorageFailure)
    /// The expected and the found head.
    case heads(expected: LogHead, found: LogHead)
    /// The same, the largest size below at which a witness agrees, and how many more witnesses say
    /// that it is another log.
    case fork(expected: LogHead, found: LogHead, vouchedSize: Int, moreCount: Int)
    /// So many required objects are not there; entries that are lost may have deleted them.
    case objects(count: Int)
    /// The next entry that exists.
    case nextEntry(Int)
    /// How the log explains the object.
    case standing(LogState.ObjectStanding)
    /// What an index object or a pack's end contradicts.
    case contradicts(ObjectPath)
    /// Which rule a rotation broke.
    case rotation(BrokenRule)
    /// Why `FORMAT` was refused.
    case format(RepositoryFormat.Refusal)
    /// The text for people in `FORMAT` is another than this version writes.
    case otherText
    /// Why a time stamp does not fit.
    case stamp(StampFault)
    /// Seconds by which the log is ahead.
    case ahead(seconds: Int64)
    /// No live snapshot needs the object.
    case nothingNeedsIt
  }

  /// What a store said of one object.
  public enum StorageFailure: String, Hashable, Sendable {
    /// The medium failed.
    case inputOutput
    /// Reading is not allowed.
    case permissionDenied
    /// The name is that of something else, such as a link.
    case notAnObject
    /// The object ended early.
    case truncated
    /// The object has more bytes than its kind allows.
    case tooLarge
    /// The object is not there.
    case notFound
  }

  /// A rule that a rotation broke.
  public enum BrokenRule: Hashable, Sendable {
    /// A hold keeps the snapshot.
    case hold
    /// The snapshot is one of the newest checked that must stay.
    case floor
    /// The data set was frozen.
    case frozen
    /// The time was not believed.
    case clock
    /// A rule of the policy keeps the snapshot.
    case keepRule
    /// More were removed than one run may remove.
    case limit(removed: Int, allowed: Int)
  }
}

/// Where a sealed block lies.
public struct BlockPlace: Hashable, Sendable {
  /// The run that sealed the block, and its number there.
  public let address: BlockAddress
  /// The pack.
  public let pack: PackID
  /// Where in the pack it begins.
  public let offset: UInt64
  /// How many bytes it has.
  public let byteCount: Int
}

/// A snapshot, by what everyone may know of it.
public struct SnapshotName: Hashable, Comparable, Sendable {
  /// The data set.
  public let set: SetID
  /// The log number.
  public let number: Int
  /// The night under which it counts.
  public let night: Night

  init(_ snapshot: Snapshot) {
    set = snapshot.set
    number = snapshot.number
    night = snapshot.night
  }

  /// Compares by number, then by set.
  public static func < (a: Self, b: Self) -> Bool { (a.number, a.set) < (b.number, b.set) }
}
