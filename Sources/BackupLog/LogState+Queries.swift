public import BackupFormat

/// What the log says about sets, runs, keys and time.
extension LogState {
  /// Whether the seed that a verification reveals is the one that the same key committed to before;
  /// nil if it reveals none.
  public func isDrawKept(_ said: Said<Predicate.Verified>) -> Bool? {
    let before = verifications.last {
      $0.signer == said.signer && $0.number < said.number && $0.what.commitment != nil
    }
    return said.what.revealed.map { Digest(hashing: $0.bytes) == before?.what.commitment }
  }

  /// Each refusal as it was last said, those too that were withdrawn, in the order of the log.
  public var latestRefusals: [Said<Predicate.ErasureRefused>] {
    var newest: [NoteID: Int] = [:]
    for (i, said) in refusals.enumerated() { newest[said.what.refusal] = i }
    return newest.values.sorted().map { refusals[$0] }
  }

  /// The refusals that stand: those that were withdrawn are not among them.
  public var standingRefusals: [Said<Predicate.ErasureRefused>] {
    latestRefusals.filter { $0.what.ground != .withdrawn }
  }

  // MARK: Snapshots

  func snapshotIndex(_ number: Int, of set: SetID) -> Int? {
    guard let list = snapshots[set] else { return nil }
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      if list[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < list.count && list[low].number == number ? low : nil
  }

  /// The snapshot of a set with a log number, whether it lives or not.
  public func snapshot(_ number: Int, of set: SetID) -> Snapshot? {
    snapshotIndex(number, of: set).flatMap { snapshots[set]?[$0] }
  }

  /// The live snapshots of a set, oldest first.
  public func liveSnapshots(of set: SetID) -> [Snapshot] {
    (snapshots[set] ?? []).filter(\.isLive)
  }

  /// The live snapshots of all sets.
  public var liveSnapshots: [Snapshot] { snapshots.values.joined().filter(\.isLive) }

  /// How many packs the log says are stored, and their bytes.
  public var storedPacks: (count: Int, byteCount: Int) {
    presence.packs.reduce((0, 0)) { sum, pack in
      pack.isDeleted ? sum : (sum.0 + 1, sum.1 + pack.byteCount)
    }
  }

  // MARK: Policy

  /// The policy that is in force at a time: the last approved of those that took effect by then.
  public func policy(of set: SetID, at unixTime: Int64) -> Said<Predicate.Policy>? {
    policies[set]?.last { $0.what.effective <= unixTime }
  }

  /// Approved policies that will take effect after a time, and that no later one replaces.
  public func pendingPolicies(of set: SetID, at unixTime: Int64) -> [Said<Predicate.Policy>] {
    var pending: [Said<Predicate.Policy>] = []
    var earliestLater = Int64.max
    // A policy counts at a time unless a later one took effect by then.
    for policy in (policies[set] ?? []).reversed() {
      guard policy.what.effective > unixTime else { break }
      if policy.what.effective < earliestLater { pending.append(policy) }
      earliestLater = min(earliestLater, policy.what.effective)
    }
    return pending.reversed()
  }

  /// The holds on a set that are in force at a time.
  public func holds(of set: SetID, at unixTime: Int64) -> [Said<Predicate.Hold>] {
    holds.values
      .filter { $0.what.set == set && ($0.what.until == 0 || unixTime <= $0.what.until) }
      .sorted { ($0.number, $0.id) < ($1.number, $1.id) }
  }

  /// Whether a hold keeps a snapshot at a time.
  public func isHeld(_ snapshot: Snapshot, at unixTime: Int64) -> Bool {
    holds(of: snapshot.set, at: unixTime).contains {
      $0.what.snapshots.isEmpty || $0.what.snapshots.contains(snapshot.number)
    }
  }

  /// Whether a data set is frozen.
  public func isFrozen(_ set: SetID) -> Bool { freezes[set]?.isEmpty == false }

  // MARK: Runs and time

  /// The open runs of a set, in the order in which they were started.
  public func openRuns(of set: SetID) -> [Run] {
    runs.values.filter { $0.set == set && $0.isOpen }
      .sorted { ($0.number, $0.id) < ($1.number, $1.id) }
  }

  /// The newest believed time, in seconds since 1970.
  public var newestBelievedTime: Int64 { time.newest }

  // MARK: Keys

  /// The roles that a key holds now; none if it is distrusted by now.
  public func roles(of key: KeyID) -> [Role] {
    isDistrusted(key) ? [] : keys[key]?.roles ?? []
  }

  /// The keys that hold a role now, for `set` if the role is bound to sets and a set is named.
  public func keys(holding role: Role, for set: SetID? = nil) -> [KeyStanding] {
    keys.values.filter { $0.holds(role, for: set) && !isDistrusted($0.publicKey.keyID) }
      .sorted { $0.publicKey.keyID < $1.publicKey.keyID }
  }

  /// Whether the next entry's statements of a key would be void.
  public func isDistrusted(_ key: KeyID) -> Bool { (distrusted[key] ?? .max) <= size }

  /// The first number from which the statements of a key are void; nil if it is trusted.
  public func distrustedFrom(_ key: KeyID) -> Int? { distrusted[key] }

  // MARK: Records

  /// The newest record of a night.
  public func record(of night: Night) -> Said<Predicate.RecordKept>? {
    records.last { $0.what.night == night }
  }

  /// The newest counting `night` of a night.
  public func outcome(of night: Night) -> Said<Predicate.NightClosed>? {
    nights.last { $0.what.night == night }
  }
}
