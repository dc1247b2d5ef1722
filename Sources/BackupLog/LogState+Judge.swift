internal import BackupFormat

/// The rules under which a statement is void alone (`Docs/format.md`, section 9.3).
///
/// Each is judged after the earlier statements of its entry; nil means that it counts.
extension LogState {
  func judge(_ statement: Statement, _ contents: Contents, _ place: EntryPlace) -> VoidReason? {
    let number = place.number
    if let from = foreknown[statement.signer], from <= number { return .distrusted }
    if let from = distrusted[statement.signer], from <= number { return .distrusted }
    if selfDefeating.contains(statement.id) { return .selfDefeating }
    if let set = Self.setThatMustStand(statement.predicate),
      isDestroyed(set, at: now(statement.time))
    {
      return .setDestroyed
    }
    switch statement.predicate {
    case .role(let grant): return judge(grant, at: number)
    case .dataSet(let declared): return judge(declared, statement.subjects)
    case .destroyed(let destroyed): return judge(destroyed, at: now(statement.time))
    case .started(let started): return judge(started, in: statement)
    case .snapshot(let taken):
      if let reason = judgeRun(taken.run, of: taken.set, by: statement.signer) { return reason }
      if place.sets.contains(taken.set) { return .secondSnapshot }
      return judgeObjects(contents, run: taken.run, set: taken.set)
    case .compacted(let compacted):
      if let reason = judgeRun(compacted.run, of: compacted.set, by: statement.signer) {
        return reason
      }
      return judgeCompaction(contents, run: compacted.run, set: compacted.set)
    case .rewritten(let rewritten):
      return judge(rewritten, in: statement, contents)
    case .abandoned(let abandoned): return judge(abandoned, in: statement)
    case .rotated(let rotated): return judge(rotated, at: now(statement.time))
    case .reinstated(let reinstated): return judge(reinstated)
    case .condemned(let removal): return judgeCondemned(removal, at: now(statement.time))
    case .deleted(let removal):
      return judgeDeleted(removal, number: number, at: now(statement.time))
    case .created, .policy, .hold, .thaw, .clock, .acknowledged, .distrusted, .selfChecked,
      .damaged, .tested, .erasureOpened, .erasureClosed, .erasureRefused, .verified, .night,
      .record, .disclosed, .stamped, .incidentDetected, .incidentDecided, .noted:
      return nil
    }
  }

  /// The newest believed time once a statement's time is taken in.
  func now(_ time: LogTime) -> Int64 { believes(time) ? time.unix : self.time.newest }

  /// What a statement is about, if a later one of its kind about the same would change it.
  static func topic(of predicate: Predicate) -> TopicOfKind? {
    let topic: Topic
    switch predicate {
    case .role(let grant): topic = .key(grant.key.publicKey.keyID)
    case .distrusted(let what): topic = .key(what.key)
    case .dataSet(let what): topic = .set(what.set)
    case .policy(let what): topic = .set(what.set)
    case .thaw(let what): topic = .set(what.set)
    case .destroyed(let what): topic = .set(what.set)
    case .hold(let what): topic = .hold(what.hold)
    case .clock: topic = .clock
    case .erasureOpened(let what): topic = .erasure(what.erasure)
    case .erasureClosed(let what): topic = .erasure(what.erasure)
    case .erasureRefused(let what): topic = .refusal(what.refusal)
    case .incidentDetected(let what): topic = .incident(what.incident)
    case .incidentDecided(let what): topic = .incident(what.incident)
    case .created, .acknowledged, .started, .snapshot, .abandoned, .selfChecked, .damaged,
      .rotated, .reinstated, .compacted, .condemned, .deleted, .rewritten, .tested, .verified,
      .night, .record, .disclosed, .stamped, .noted:
      return nil
    }
    return TopicOfKind(kind: predicate.kind, topic: topic)
  }

  // MARK: Keys and sets

  private func judge(_ grant: Predicate.RoleGrant, at number: Int) -> VoidReason? {
    guard grant.key.id == grant.key.publicKey.keyID else { return .wrongKeyID }
    if grant.roles.contains(.owner) { return nil }
    let isOwnerLeft = keys.contains { id, key in
      id != grant.key.publicKey.keyID && key.holds(.owner)
        && (distrusted[id] ?? .max) > number && (foreknown[id] ?? .max) > number
    }
    return isOwnerLeft ? nil : .noOwnerLeft
  }

  private func judge(_ declared: Predicate.DataSet, _ subjects: [Subject]) -> VoidReason? {
    guard declared.set == SetID(xWing: declared.xWing) else { return .wrongDataSet }
    for subject in subjects {
      guard case .key(let set, _) = subject.path, set == declared.set else {
        return .wrongDataSet
      }
    }
    return nil
  }

  // MARK: Runs

  private func judge(_ started: Predicate.Started, in statement: Statement) -> VoidReason? {
    let signer = statement.signer
    guard roles(of: statement).contains(started.purpose.role) else { return .wrongPurpose }
    if let run = runs[started.run] {
      let isRenewal =
        run.isOpen && run.signer == signer && run.set == started.set
        && run.purpose == started.purpose && Set(started.continues).isSubset(of: run.continues)
      return isRenewal ? nil : .runUsed
    }
    for id in started.continues {
      guard let run = runs[id], run.isOpen, run.set == started.set else {
        return .wrongContinuation
      }
    }
    return nil
  }

  private func judgeRun(_ id: RunID, of set: SetID, by signer: KeyID) -> VoidReason? {
    guard let run = runs[id] else { return .runNotOpen }
    guard run.signer == signer else { return .runOfAnother }
    guard run.isOpen else { return .runNotOpen }
    return run.set == set ? nil : .setMismatch
  }

  /// How long an operator must not have heard of a run to abandon it: 7 days.
  static let silence: Int64 = 604_800

  private func judge(_ abandoned: Predicate.Abandoned, in statement: Statement) -> VoidReason? {
    guard let run = runs[abandoned.run], run.isOpen else { return .runNotOpen }
    if run.signer == statement.signer { return nil }
    guard roles(of: statement).contains(.operator) else { return .runOfAnother }
    let now = now(statement.time)
    if isDestroyed(run.set, at: now) { return nil }
    return now - run.lastHeard >= Self.silence ? nil : .runNotSilent
  }

  // MARK: Blocks

  /// Whether an index object of the set is unread, so that nothing can be said to be absent.
  private func isBlind(_ set: SetID, _ contents: Contents) -> Bool {
    contents.unread.contains { if case .index = $0 { true } else { false } }
      || unreadIndexes.values.contains(set)
  }

  /// Whether an object is of another repository, set or run.
  private func areForeign(_ contents: Contents, run: RunID, set: SetID) -> Bool {
    contents.indexes.values.contains { $0.isForeign || $0.set != set || $0.run != run }
      || contents.snapshots.values.contains { $0.isForeign || $0.set != set || $0.run != run }
  }

  private func judgeObjects(_ contents: Contents, run: RunID, set: SetID) -> VoidReason? {
    if areForeign(contents, run: run, set: set) { return .setMismatch }
    if isBlind(set, contents) { return nil }
    let own = presence.blocks(of: [IndexContent](contents.indexes.values))
    for snapshot in contents.snapshots.values
    where !presence.holds(snapshot.needs, besides: own) {
      return .notPresent
    }
    return nil
  }

  /// A compaction needs the blocks that it says lie elsewhere too.
  private func judgeCompaction(_ contents: Contents, run: RunID, set: SetID) -> VoidReason? {
    if areForeign(contents, run: run, set: set) { return .setMismatch }
    if isBlind(set, contents) { return nil }
    let indexes = [IndexContent](contents.indexes.values)
    let placed = presence.blocks(of: indexes)
    return presence.holds(presence.blocks(of: indexes, besidesDeleted: true), besides: placed)
      ? nil : .notPresent
  }

  private func judge(
    _ rewritten: Predicate.Rewritten, in statement: Statement, _ contents: Contents
  ) -> VoidReason? {
    let set = rewritten.set
    if let reason = judgeRun(rewritten.run, of: set, by: statement.signer) { return reason }
    let published = statement.subjects.compactMap { subject -> Digest? in
      if case .snapshot(let digest) = subject.path { digest } else { nil }
    }
    guard published.sorted() == rewritten.successors.map(\.new).sorted(),
      Set(rewritten.successors.map(\.old)).count == rewritten.successors.count
    else { return .wrongSuccessors }
    for run in runs.values where run.isOpen && run.set == set && run.id != rewritten.run {
      return .otherRunOpen
    }
    for successor in rewritten.successors
    where snapshot(successor.old, of: set)?.isLive != true {
      return .notLive
    }
    return judgeObjects(contents, run: rewritten.run, set: set)
  }

  // MARK: Rotation

  private func judge(_ rotated: Predicate.Rotated, at now: Int64) -> VoidReason? {
    guard isEntitled(rotated, at: now) else { return .wrongPolicy }
    var numbers: Set<Int> = []
    for removed in rotated.removed {
      guard numbers.insert(removed.number).inserted,
        snapshot(removed.number, of: rotated.set)?.isLive == true
      else { return .notLive }
    }
    return nil
  }

  /// Whether the statement that a rotation names is in force, and asks for its reasons.
  private func isEntitled(_ rotated: Predicate.Rotated, at now: Int64) -> Bool {
    if destructions[rotated.set]?.said.id == rotated.policy {
      return isDestroyed(rotated.set, at: now)
        && rotated.removed.allSatisfy { $0.reason == .destroyed }
    }
    return policy(of: rotated.set, at: now)?.id == rotated.policy
      && rotated.removed.allSatisfy { $0.reason != .destroyed }
  }

  private func judge(_ reinstated: Predicate.Reinstated) -> VoidReason? {
    var numbers: Set<Int> = []
    for number in reinstated.numbers {
      guard let snapshot = snapshot(number, of: reinstated.set),
        numbers.insert(number).inserted
      else { return .notRotated }
      switch snapshot.state {
      case .live: return .notRotated
      case .gone: return .notPresent
      case .rotated: break
      }
      if isBlind(reinstated.set, Contents()) { continue }
      if let needs = snapshot.needs, !presence.holds(needs) { return .notPresent }
    }
    return nil
  }
}

extension Predicate.Purpose {
  /// The role that works for this purpose.
  var role: Role {
    switch self {
    case .backup: .writer
    case .compaction: .operator
    case .rewrite: .restorer
    }
  }
}
