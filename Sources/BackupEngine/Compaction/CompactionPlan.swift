public import BackupFormat
public import BackupLog

/// Which packs of a data set are to be emptied, and what of each is to be kept.
///
/// A pure function of log and now: a pack that would hold a dead block for longer than the collection
/// lag is compacted however small the gain; what a rewriting left behind does not wait.
public struct CompactionPlan: Hashable, Sendable {
  /// A pack and the blocks that live snapshots need of it.
  public struct Pack: Hashable, Sendable {
    /// The pack.
    public let id: PackID
    /// The blocks that are to be copied.
    public let kept: [RunID: BlockRanges]
  }

  /// So many days before the lag ends a pack is emptied: what is condemned tonight is deleted in the
  /// next night at the earliest, and a night may be missed.
  static let leadDays = 2

  /// The packs, sorted by id.
  public private(set) var packs: [Pack] = []

  /// Plans the compaction of a data set; nothing is due while it is frozen or has no policy.
  public init(_ state: LogState, _ set: SetID, now: Int64) {
    guard !state.isFrozen(set), let policy = state.policy(of: set, at: now) else { return }
    let lag = Int64(max(0, policy.what.retention.collectionLagDays - Self.leadDays)) * 86_400
    var due: Set<PackID> = []
    for dead in state.deadBlocks(of: set) where dead.isRewritten || now - dead.since > lag {
      due.insert(dead.pack)
    }
    guard !due.isEmpty else { return }
    let usable = Set(
      state.packUses(of: set).filter { !$0.isCondemned && !$0.isHeld }.map(\.pack))
    for (id, kept) in state.keptBlocks(of: set) where due.contains(id) && usable.contains(id) {
      var movable: [RunID: BlockRanges] = [:]
      for (run, ranges) in kept {
        // A damaged block stays where it is: nothing that could be copied is what was signed.
        let whole = ranges.subtracting(state.damagedBlocks[run] ?? BlockRanges())
        if !whole.isEmpty { movable[run] = whole }
      }
      if !movable.isEmpty { packs.append(Pack(id: id, kept: movable)) }
    }
    packs.sort { $0.id < $1.id }
  }
}
