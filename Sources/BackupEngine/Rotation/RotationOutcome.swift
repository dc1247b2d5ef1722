public import BackupFormat

/// What a rotation did.
public struct RotationOutcome: Sendable {
  /// The plan of each data set.
  public var decisions: [RotationDecision] = []
  /// Snapshots that live no longer.
  public var rotatedCount = 0
  /// Objects and packs that were condemned.
  public var condemnedCount = 0
  /// Objects other than packs that were deleted.
  public var deletedObjectCount = 0
  /// Packs that were deleted.
  public var deletedPackCount = 0
  /// Objects and packs that were deleted.
  public var deletedCount: Int { deletedObjectCount + deletedPackCount }
  /// Bytes that the store has back.
  public var freedByteCount: UInt64 = 0
  /// Packs whose live blocks were copied into new ones.
  public var compactedPackCount = 0
  /// Bytes that were copied for it.
  public var copiedByteCount: UInt64 = 0
  /// Blocks that were not as their writer signed them when they were to be copied.
  public var damagedBlockCount = 0
  /// Runs that had been silent for seven days and were given up.
  public var abandonedRunCount = 0
  /// For each data set that has one, since when its oldest dead block is dead that is still stored,
  /// seconds since 1970.
  public var oldestDeadBlocks: [SetID: Int64] = [:]
  /// Whether nothing was done because this run found damage.
  public var isStoppedByDamage = false
  /// Whether nothing was done because the clock is not believed.
  public var isStoppedByClock = false
  /// Whether packs were left as they are because less than the reserve would have stayed free.
  public var isCompactionStoppedBySpace = false

  /// Nothing was done yet.
  public init() {}

  /// The data sets that a sudden change has frozen.
  public var frozenSets: [SetID] { decisions.filter(\.isFrozen).map(\.set) }
}
