public import BackupFormat
public import BackupLog
public import BackupPolicy
import BackupStorage

/// What a rotation would do to one data set, each snapshot with its reason.
public struct RotationDecision: Sendable {
  /// The data set.
  public var set: SetID
  /// The policy that is in force; nil if the owner has approved none.
  public var policy: Said<Predicate.Policy>?
  /// Each live snapshot's fate, oldest first.
  public var decisions: [RetentionDecision]

  /// How many snapshots go.
  public var removedCount: Int { removed.count }

  /// The numbers of the snapshots that go, with the reason that the log is told.
  var removed: [Predicate.RotatedSnapshot] {
    decisions.compactMap { decision in
      guard decision.fate == .remove, let number = Int(decision.id) else { return nil }
      let reason: Predicate.RotationReason =
        decision.reasons.contains { if case .maximumAgeReached = $0 { true } else { false } }
        ? .maximumAge
        : decision.reasons.contains { if case .superseded = $0 { true } else { false } }
          ? .superseded : .keepRules
      return Predicate.RotatedSnapshot(number: number, reason: reason)
    }.sorted { $0.number < $1.number }
  }
}

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
  /// Whether nothing was done because this run found damage.
  public var isStoppedByDamage = false
  /// Whether nothing was done because the clock is not believed.
  public var isStoppedByClock = false
}

/// Rotation: a plan that is a pure function of log, policy and now; then what the log's order allows.
///
/// It needs no secret: only the log, and a credential that may delete.
public struct Rotation {
  private let session: RepositorySession
  private let signer: Signer
  private let isDamageFound: Bool

  /// - Parameter isDamageFound: Whether this run found damage: then nothing is deleted.
  public init(_ session: RepositorySession, signer: Signer, isDamageFound: Bool) {
    self.session = session
    self.signer = signer
    self.isDamageFound = isDamageFound
  }

  /// The plan for every data set.
  public static func plan(
    _ state: LogState, now: LogTime, isDamageFound: Bool
  ) -> [RotationDecision] {
    state.dataSets.keys.sorted().map { set in
      plan(state, set, now: now, isDamageFound: isDamageFound)
    }
  }

  /// The snapshots that a change of retention would remove, by their numbers.
  public static func removedByChange(
    _ state: LogState, _ set: SetID, to retention: BackupPolicy.Retention, now: LogTime
  ) -> [String] {
    guard let policy = state.policy(of: set, at: now.unix) else { return [] }
    return RetentionPlan.removedByChange(
      from: BackupPolicy.Retention(policy.what.retention), to: retention,
      snapshots: facts(state, set), holds: holds(state, set, now: now), now: now.unix,
      guards: RetentionGuards(isNowBelieved: true))
  }

  private static func plan(
    _ state: LogState, _ set: SetID, now: LogTime, isDamageFound: Bool
  ) -> RotationDecision {
    let live = state.liveSnapshots(of: set)
    guard let policy = state.policy(of: set, at: now.unix) else {
      return RotationDecision(set: set, policy: nil, decisions: [])
    }
    let lastRotation = state.rotations.last { $0.what.set == set }?.number ?? -1
    let added = live.count { $0.number > lastRotation }
    let freezes = (state.freezes[set] ?? []).map { freeze in
      RetentionFreeze(
        fromLogNumber: UInt64(freeze.incident.number), thawedAtLogNumber: nil)
    }
    return RotationDecision(
      set: set, policy: policy,
      decisions: RetentionPlan.plan(
        snapshots: facts(state, set), retention: BackupPolicy.Retention(policy.what.retention),
        holds: holds(state, set, now: now),
        limits: RemovalLimit(
          addedSinceLastRotation: added, approvedRemovalCount: policy.what.removes),
        now: now.unix,
        guards: RetentionGuards(
          isNowBelieved: state.believes(now), isDamageFound: isDamageFound, freezes: freezes)))
  }

  private static func facts(_ state: LogState, _ set: SetID) -> [SnapshotFact] {
    state.liveSnapshots(of: set).compactMap { snapshot -> SnapshotFact? in
      guard let night = BackupPolicy.Night(parsing: snapshot.night.description) else { return nil }
      return SnapshotFact(
        id: "\(snapshot.number)", night: night, time: snapshot.taken.readStart,
        isChecked: snapshot.isSelfChecked, logNumber: UInt64(snapshot.number),
        isTimeBelieved: snapshot.isTimeBelieved)
    }
  }

  private static func holds(_ state: LogState, _ set: SetID, now: LogTime) -> [LegalHold] {
    state.holds(of: set, at: now.unix).map { hold in
      LegalHold(
        id: hold.what.hold.hex,
        coverage: hold.what.snapshots.isEmpty
          ? .everything : .snapshots(Set(hold.what.snapshots.map { "\($0)" })),
        until: hold.what.until == 0 ? nil : hold.what.until)
    }
  }

  /// Plans, says so, and removes what an earlier night has condemned.
  public func execute() throws -> RotationOutcome {
    var outcome = RotationOutcome()
    try session.refresh()
    let now = session.now()
    outcome.decisions = Self.plan(session.logState, now: now, isDamageFound: isDamageFound)
    outcome.isStoppedByDamage = isDamageFound
    outcome.isStoppedByClock = !session.logState.believes(now)
    guard !isDamageFound, !outcome.isStoppedByClock else { return outcome }
    let rotated = Self.rotated(outcome.decisions)
    if !rotated.isEmpty {
      let isDamageFound = isDamageFound
      try session.append(rotated, by: signer) { state in
        Self.rotated(Self.plan(state, now: now, isDamageFound: isDamageFound))
      }
      outcome.rotatedCount = outcome.decisions.reduce(0) { $0 + $1.removed.count }
    }
    try delete(&outcome)
    try condemn(&outcome)
    return outcome
  }

  private static func rotated(_ decisions: [RotationDecision]) -> [Draft] {
    decisions.compactMap { decision in
      guard let policy = decision.policy, !decision.removed.isEmpty else { return nil }
      return Draft(
        .rotated(
          Predicate.Rotated(set: decision.set, policy: policy.id, removed: decision.removed)))
    }
  }

  /// Packs that runs which have ended left behind, and that nothing names.
  private func orphans() throws -> Predicate.Removal {
    let state = session.logState
    let paths: [ObjectPath]
    do {
      paths = try session.storage.list("packs").objects.compactMap {
        ObjectPath($0.key.description)
      }
    } catch {
      throw EngineError.storage(error)
    }
    var numbers: [RunID: [BlockRange]] = [:]
    for (path, standing) in state.standings(of: paths) {
      guard case .orphan = standing, case .pack(let pack) = path else { continue }
      numbers[pack.run, default: []].append(BlockRange(pack.number))
    }
    return Predicate.Removal(
      objects: [],
      packs: numbers.map { PackRanges(run: $0.key, numbers: BlockRanges($0.value)) }
        .sorted { $0.run < $1.run })
  }

  private func condemn(_ outcome: inout RotationOutcome) throws {
    for part in try orphans().parts {
      if try session.append([Draft(.condemned(part))], by: signer) != nil {
        outcome.condemnedCount += part.count
      }
    }
    for part in session.logState.condemnable().parts {
      let appended = try session.append([Draft(.condemned(part))], by: signer) { state in
        let still = state.condemnable()
        return still.isEmpty ? [] : [Draft(.condemned(still.parts[0]))]
      }
      if appended != nil { outcome.condemnedCount += part.count }
    }
  }

  /// `deleted` stands in the log before the first removal; removal can be finished by anyone.
  private func delete(_ outcome: inout RotationOutcome) throws {
    for part in session.logState.deletable().parts {
      let appended = try session.append([Draft(.deleted(part))], by: signer) { state in
        let still = state.deletable()
        return still.isEmpty ? [] : [Draft(.deleted(still.parts[0]))]
      }
      if appended != nil {
        outcome.deletedObjectCount += part.objects.count
        outcome.deletedPackCount += part.count - part.objects.count
      }
    }
    try removeDeleted(&outcome)
  }

  /// Removes everything that lies in the store and that the log calls deleted.
  private func removeDeleted(_ outcome: inout RotationOutcome) throws {
    let state = session.logState
    do {
      let objects = try session.storage.list("").objects
      var paths: [ObjectPath: UInt64] = [:]
      for object in objects {
        if let path = ObjectPath(object.key.description) { paths[path] = object.byteCount }
      }
      for (path, standing) in state.standings(of: paths.keys) {
        guard case .deleted = standing else { continue }
        try session.storage.remove(try StorageKey.of(path.text))
        outcome.freedByteCount += paths[path] ?? 0
      }
      try session.storage.barrier()
    } catch let error as StorageError {
      throw EngineError.storage(error)
    }
  }
}

extension Predicate.Removal {
  /// Whether nothing is named.
  var isEmpty: Bool { objects.isEmpty && packs.isEmpty }

  /// How many objects and packs are named.
  var count: Int { objects.count + packs.reduce(0) { $0 + $1.numbers.count } }

  /// The same in parts that fit an entry of the log: 300 names each.
  var parts: [Predicate.Removal] {
    var parts: [Predicate.Removal] = []
    var rest = self
    while !rest.isEmpty {
      let objects = Array(rest.objects.prefix(300))
      rest.objects.removeFirst(objects.count)
      let packs = Array(rest.packs.prefix(max(0, 300 - objects.count)))
      rest.packs.removeFirst(packs.count)
      parts.append(Predicate.Removal(objects: objects, packs: packs))
    }
    return parts
  }
}
