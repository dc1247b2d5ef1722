internal import BackupFormat
public import BackupStorage

extension LogState {
  /// What one entry did.
  struct Fold {
    var findings: [LogFinding] = []
    /// Keys whose earlier statements an entry makes void.
    var lookBack: [Said<Predicate.Distrusted>] = []
  }

  /// Takes in the next entry, whatever it holds, and returns what is to be reported about it.
  ///
  /// A void entry stays in the tree, says nothing, and the next number goes on.
  ///
  /// - Throws: what `objects` throws; the state is then as it was.
  public mutating func take(
    _ entry: [UInt8], objects: any ObjectSource
  ) throws(StorageError) -> [LogFinding] {
    try take(StoredEntry(entry), objects: objects)
  }

  /// Takes in the next entry as a store holds it.
  ///
  /// - Throws: as ``take(_:objects:)``.
  public mutating func take(
    _ entry: StoredEntry, objects: any ObjectSource
  ) throws(StorageError) -> [LogFinding] {
    try take(PreparedEntry(entry, in: repository), objects: objects)
  }

  mutating func take(
    _ entry: PreparedEntry, objects: any ObjectSource
  ) throws(StorageError) -> [LogFinding] {
    let examined = try examined(entry, objects: objects)
    guard examined.isDistrust else { return fold(entry, examined).findings }
    let before = self
    let fold = fold(entry, examined)
    guard !fold.lookBack.isEmpty else { return fold.findings }
    self = before
    return try judgeAgain(entry, because: fold.lookBack, objects: objects)
  }

  /// An entry with everything that is needed to judge it.
  private struct ExaminedEntry {
    let examined: Examined
    /// For each statement.
    var contents: [Contents] = []

    var isDistrust: Bool {
      guard case .statements(let statements) = examined else { return false }
      return statements.contains { $0.predicate.kind == .distrusted }
    }
  }

  private func examined(
    _ prepared: PreparedEntry, objects: any ObjectSource
  ) throws(StorageError) -> ExaminedEntry {
    var entry = ExaminedEntry(examined: examine(prepared))
    guard case .statements(let statements) = entry.examined else { return entry }
    for statement in statements {
      entry.contents.append(try contents(of: statement, from: objects))
    }
    return entry
  }

  /// Folds one entry under the distrust that is known.
  private mutating func fold(_ prepared: PreparedEntry, _ entry: ExaminedEntry) -> Fold {
    let number = size
    history.append(prepared.stored)
    tree.append(leaf: prepared.leaf)
    var fold = Fold()
    switch entry.examined {
    case .void(let reason): fold.findings.append(.voidEntry(number: number, reason))
    case .statements(let statements):
      seen.formUnion(statements.map(\.id))
      var place = EntryPlace(number: number)
      for (index, statement) in statements.enumerated() {
        let contents = entry.contents[index]
        if let reason = judge(statement, contents, place) {
          fold.findings.append(
            .voidStatement(number: number, index: index, id: statement.id, reason))
          // Of a destroyed set the log alone says that it is void.
          if reason != .setDestroyed { keepForJudging(statement) }
          continue
        }
        for path in contents.unread {
          fold.findings.append(.unreadObject(path, number: number))
        }
        apply(statement, contents, number: number, &fold)
        if case .snapshot(let taken) = statement.predicate { place.sets.insert(taken.set) }
      }
    }
    findingsByEntry.append(contentsOf: fold.findings)
    return fold
  }

  /// What a later reader needs to find a statement void again must not be condemned.
  private mutating func keepForJudging(_ statement: Statement) {
    switch statement.predicate {
    case .snapshot, .compacted, .rewritten: voidSubjects.formUnion(statement.subjects.map(\.path))
    default: break
    }
  }

  /// Where a statement stands.
  struct EntryPlace {
    let number: Int
    /// The sets of which the entry holds a snapshot already.
    var sets: Set<SetID> = []
  }

  /// Folds everything from the start with what is now distrusted, and once more if that changes
  /// who may distrust; a `distrusted` for which there is no stable answer is void.
  private mutating func judgeAgain(
    _ entry: PreparedEntry, because new: [Said<Predicate.Distrusted>], objects: any ObjectSource
  ) throws(StorageError) -> [LogFinding] {
    let number = size
    var known = distrusted
    for said in new { known.distrust(said.what) }
    // Each round settles at least one statement of distrust, unless they contradict each other.
    for _ in 0..<(distrusts.count + new.count + 1) {
      let (next, findings) = try foldedAgain(entry, knowing: known, selfDefeating, objects)
      if next.distrusted == known {
        self = next
        let old = findings.filter { $0.number == number }
        return old + new.map { .judgedAgain(key: $0.what.key, from: $0.what.from) }
      }
      known = next.distrusted
    }
    let (next, findings) = try foldedAgain(
      entry, knowing: distrusted, selfDefeating.union(new.map(\.id)), objects)
    self = next
    return findings.filter { $0.number == number }
  }

  private func foldedAgain(
    _ entry: PreparedEntry, knowing known: [KeyID: Int], _ selfDefeating: Set<StatementID>,
    _ objects: any ObjectSource
  ) throws(StorageError) -> (LogState, [LogFinding]) {
    guard let first = history[0].bytes,
      var state = try? LogState(repository: repository, firstEntry: first)
    else {
      preconditionFailure("entry 0 was taken before")
    }
    state.foreknown = known
    state.checked = checked
    state.selfDefeating = selfDefeating
    for stored in history.dropFirst() {
      let entry = PreparedEntry(stored, in: repository)
      _ = state.fold(entry, try state.examined(entry, objects: objects))
    }
    let fold = state.fold(entry, try state.examined(entry, objects: objects))
    return (state, fold.findings)
  }

  /// What is to be reported about the log now: void entries that the owner did not acknowledge,
  /// and objects that could not be read and were not deleted since.
  public var findings: [LogFinding] { findingsByEntry.filter(isOpen) }

  /// Whether a finding still is one: the owner did not acknowledge it, and what could not be read
  /// was not deleted since.
  public func isOpen(_ finding: LogFinding) -> Bool {
    switch finding {
    case .voidEntry(let number, _), .voidStatement(let number, _, _, _):
      !acknowledgedEntries.contains(number)
    case .unreadObject(let path, _): deletedObjects[path] == nil
    case .judgedAgain, .gap, .shorterThanRemembered, .differsFromRemembered, .restoredFromCopy,
      .strayName:
      true
    }
  }

  /// Every void entry and statement, acknowledged or not.
  public var voids: [LogFinding] {
    findingsByEntry.filter {
      switch $0 {
      case .voidEntry, .voidStatement: true
      default: false
      }
    }
  }
}

extension [KeyID: Int] {
  /// Keeps the smallest number from which a key is distrusted.
  mutating func distrust(_ what: Predicate.Distrusted) {
    self[what.key] = Swift.min(self[what.key] ?? what.from, what.from)
  }
}
