public import BackupFormat

/// The owner's word that a data set is to be destroyed with its keys (`Docs/format.md`, section 9.3).
public struct Destruction: Hashable, Sendable {
  /// How long it can be withdrawn: 7 days.
  public static let noticeSeconds: Int64 = 604_800

  /// What was said.
  public let said: Said<Predicate.Destroyed>
  /// When the last of the keys that the set's statement names was deleted, in seconds since 1970; nil
  /// while one is stored.
  public internal(set) var keysGoneAt: Int64?

  /// The data set.
  public var set: SetID { said.what.set }

  /// From when it is in force, in seconds since 1970.
  public var inForceAt: Int64 {
    let (end, overflow) = said.believedTime.addingReportingOverflow(Self.noticeSeconds)
    return max(said.what.effective, overflow ? .max : end)
  }
}

extension LogState {
  /// Whether the destruction of a set is in force at a believed time.
  public func isDestroyed(_ set: SetID, at unixTime: Int64) -> Bool {
    destructions[set].map { $0.inForceAt <= unixTime } ?? false
  }

  /// Whether the destruction of a set is in force once a time is taken in, if that is believed.
  public func isDestroyed(_ set: SetID, at time: LogTime) -> Bool {
    isDestroyed(set, at: now(time))
  }

  /// Whether everything of a set is to go: its destruction is in force, and no hold is.
  public func isDestructionDue(_ set: SetID, at time: LogTime) -> Bool {
    isDestructionDue(set, at: now(time))
  }

  func isDestructionDue(_ set: SetID, at now: Int64) -> Bool {
    isDestroyed(set, at: now) && holds(of: set, at: now).isEmpty
  }

  /// Whether nothing of a set is needed any more, its keys among it.
  public func isErasable(_ set: SetID) -> Bool {
    isDestructionDue(set, at: newestBelievedTime)
      && snapshots[set]?.contains(where: \.isLive) != true
  }

  /// Whether keys of a destroyed set are stored longer than the collection lag of its policy after its
  /// destruction was in force.
  public func isDestructionOverdue(_ set: SetID, at unixTime: Int64) -> Bool {
    guard let end = destructionEnd(of: set) else { return false }
    return end < unixTime && storedKeyCount(of: set) > 0
  }

  /// By when the keys of a set that is to be destroyed are to be gone: the collection lag of its policy
  /// after it is in force; nil if it is not to be destroyed.
  public func destructionEnd(of set: SetID) -> Int64? {
    destructions[set].map { destruction in
      let policy = policy(of: set, at: destruction.inForceAt)
      let lag = Int64(clamping: policy?.what.retention.collectionLagDays ?? 0)
      let (seconds, isLong) = lag.multipliedReportingOverflow(by: 86_400)
      let (end, isLate) = destruction.inForceAt.addingReportingOverflow(isLong ? .max : seconds)
      return isLate ? .max : end
    }
  }

  /// The packs of a set that the log says are stored, and their bytes.
  public func storedPacks(of set: SetID) -> (count: Int, byteCount: Int) {
    presence.packs.reduce((0, 0)) { sum, pack in
      pack.isDeleted || runs[pack.id.run]?.set != set
        ? sum : (sum.0 + 1, sum.1 + pack.byteCount)
    }
  }

  /// How many of the keys that a set's statement names are not deleted.
  public func storedKeyCount(of set: SetID) -> Int {
    (dataSets[set]?.subjects ?? []).count { deletedObjects[$0.path] == nil }
  }

  // MARK: Judge

  /// The set of a statement that adds something to it, moves it or brings it back.
  static func setThatMustStand(_ predicate: Predicate) -> SetID? {
    switch predicate {
    case .dataSet, .started, .snapshot, .compacted, .rewritten, .reinstated: predicate.set
    default: nil
    }
  }

  func judge(_ destroyed: Predicate.Destroyed, at now: Int64) -> VoidReason? {
    guard let declared = dataSets[destroyed.set] else { return .wrongDataSet }
    switch destroyed.action {
    case .add: return destructions[destroyed.set] == nil ? nil : .wrongDestruction
    case .remove:
      let isAnyKeyGone = declared.subjects.contains { deletedObjects[$0.path] != nil }
      let isOpen =
        destructions[destroyed.set] != nil && !isDestroyed(destroyed.set, at: now) && !isAnyKeyGone
      return isOpen ? nil : .wrongDestruction
    }
  }

  // MARK: Apply

  mutating func apply(_ said: Said<Predicate.Destroyed>) {
    destructions[said.what.set] = said.what.action == .add ? Destruction(said: said) : nil
  }

  /// Notes when the last key of a set that is destroyed goes.
  mutating func noteGoneKeys(_ removal: Predicate.Removal) {
    for path in removal.objects {
      guard case .key(let set, _) = path, destructions[set] != nil,
        destructions[set]?.keysGoneAt == nil, storedKeyCount(of: set) == 0
      else { continue }
      destructions[set]?.keysGoneAt = time.newest
    }
  }
}
