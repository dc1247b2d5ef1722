internal import BackupFormat

/// What a counting statement changes.
extension LogState {
  mutating func apply(
    _ statement: Statement, _ contents: Contents, number: Int, _ fold: inout Fold
  ) {
    let isBelieved = believes(statement.time)
    if isBelieved { time.newest = statement.time.unix }
    if let topic = Self.topic(of: statement.predicate) { lastAbout[topic] = number }
    func said<What>(_ what: What) -> Said<What> {
      Said(
        number: number, id: statement.id, signer: statement.signer, time: statement.time,
        isTimeBelieved: isBelieved, believedTime: time.newest, subjects: statement.subjects,
        what: what)
    }
    switch statement.predicate {
    case .created, .disclosed: break
    case .role(let grant): apply(grant, number: number)
    case .dataSet(let declared):
      dataSets[declared.set] = said(declared)
      publish(statement.subjects, number: number)
    case .policy(let policy): policies[policy.set, default: []].append(said(policy))
    case .hold(let hold):
      holds[hold.hold] = hold.action == .add ? said(hold) : nil
    case .destroyed(let destroyed): apply(said(destroyed))
    case .thaw(let thaw): freezes[thaw.set] = nil
    case .clock(let clock):
      time = BelievedTime(newest: clock.believed, ofEarlierProcess: clock.believed)
      clocks.append(said(clock))
    case .acknowledged(let acknowledged):
      acknowledgedEntries.formUnion(acknowledged.entries)
      acknowledgements.append(said(acknowledged))
    case .distrusted(let what):
      let said = said(what)
      distrusts.append(said)
      distrusted.distrust(what)
      if what.from <= number, (foreknown[what.key] ?? .max) > what.from {
        fold.lookBack.append(said)
      }
    case .started(let started): apply(started, by: statement.signer, number: number)
    case .snapshot(let taken): apply(said(taken), contents)
    case .abandoned(let abandoned): close(abandoned.run, number: number)
    case .selfChecked(let check): apply(said(check))
    case .damaged(let damaged): apply(said(damaged))
    case .rotated(let rotated): apply(said(rotated))
    case .reinstated(let reinstated): apply(reinstated)
    case .compacted(let compacted):
      place(statement.subjects, contents, set: compacted.set, run: compacted.run, number: number)
      close(compacted.run, number: number)
    case .condemned(let removal): condemn(removal, number: number)
    case .deleted(let removal): delete(removal, number: number)
    case .rewritten(let rewritten):
      place(statement.subjects, contents, set: rewritten.set, run: rewritten.run, number: number)
      apply(rewritten, statement, contents, number: number)
    case .tested(let tested):
      tests.append(said(tested))
      keepTexts(statement.subjects, until: tested.account?.until ?? 0)
      publish(statement.subjects, number: number)
    case .erasureOpened(let opened):
      if erasures[opened.erasure] == nil {
        erasures[opened.erasure] = ErasureStanding(opened: said(opened))
      }
      publish(statement.subjects, number: number)
    case .erasureClosed(let closed): erasures[closed.erasure]?.closed = said(closed)
    case .erasureRefused(let refused):
      refusals.append(said(refused))
      keepTexts(statement.subjects, until: refused.until)
      publish(statement.subjects, number: number)
    case .noted(let noted):
      notes.append(said(noted))
      keepTexts(statement.subjects, until: noted.until)
      publish(statement.subjects, number: number)
    case .verified(let verified): verifications.append(said(verified))
    case .stamped(let stamped): stamps.append(said(stamped))
    case .night(let night):
      nights.append(said(night))
      time.ofEarlierProcess = time.newest
    case .record(let record):
      records.append(said(record))
      keepTexts(statement.subjects, until: record.until)
      publish(statement.subjects, number: number)
    case .incidentDetected(let incident): apply(said(incident))
    case .incidentDecided(let decision):
      incidents[decision.incident, default: IncidentStanding(detected: nil, decisions: [])]
        .decisions.append(said(decision))
    }
  }

  private mutating func apply(_ grant: Predicate.RoleGrant, number: Int) {
    let key = grant.key.publicKey
    let change = RoleChange(
      number: number, roles: grant.roles, sets: grant.sets, isSeparate: grant.isSeparate)
    keys[key.keyID, default: KeyStanding(publicKey: key, changes: [])].changes.append(change)
  }

  private mutating func apply(_ said: Said<Predicate.IncidentDetected>) {
    incidents[said.what.incident, default: IncidentStanding(detected: nil, decisions: [])]
      .detected = said
    guard said.what.kind == .suddenChange, let signer = keys[said.signer] else { return }
    // A writer speaks for its own sets, a verifier for all.
    let sets = signer.holds(.verifier) ? [SetID](dataSets.keys) : signer.changes.last?.sets ?? []
    for set in sets { freezes[set, default: []].append(Freeze(incident: said)) }
  }

  private mutating func apply(_ said: Said<Predicate.Damaged>) {
    damages.append(said)
    for block in said.what.blocks {
      damagedBlocks[block.run, default: BlockRanges()].insert(block.range)
    }
  }

  /// A text that several statements name is kept as long as the last of them says.
  private mutating func keepTexts(_ subjects: [Subject], until: Int64) {
    for subject in subjects {
      textTerms[subject.path] = max(textTerms[subject.path] ?? .min, until)
    }
  }

  // MARK: Runs

  private mutating func apply(_ started: Predicate.Started, by signer: KeyID, number: Int) {
    if runs[started.run] != nil {
      runs[started.run]?.lastHeard = time.newest
      return
    }
    for id in started.continues { runs[id]?.state = .continued(by: started.run) }
    runs[started.run] = Run(
      id: started.run, set: started.set, purpose: started.purpose, signer: signer, number: number,
      continues: started.continues, lastHeard: time.newest, state: .open)
  }

  /// Ends a run; those that it continues stay continued by it, and end with it.
  private mutating func close(_ run: RunID, number: Int) {
    runs[run]?.state = .closed(number: number)
  }

  private mutating func apply(_ said: Said<Predicate.SelfChecked>) {
    guard let run = runs[said.what.run], run.signer == said.signer else { return }
    runs[run.id]?.selfCheck = said
    // The list itself is not held meanwhile: it would be copied, once for each of its snapshots.
    let i = snapshots[run.set]?.lastIndex { $0.run == run.id && $0.rewrittenAt == nil }
    if let i { snapshots[run.set]?[i].selfCheck = said }
  }

  // MARK: Snapshots

  private mutating func publish(
    _ subjects: [Subject], run: RunID? = nil, number: Int
  ) {
    let indexes = subjects.compactMap { subject -> Digest? in
      if case .index(let digest) = subject.path { digest } else { nil }
    }
    let family = run.map { [$0] + continued(by: $0) } ?? []
    for subject in subjects {
      published[subject.path] = Published(
        number: number, digest: subject.digest, indexes: indexes, runs: family)
      // What is named anew is neither condemned nor deleted any longer.
      condemnedObjects[subject.path] = nil
      markedObjects[subject.path] = nil
      deletedObjects[subject.path] = nil
    }
    presence.pardon(indexes: indexes)
  }

  /// All runs that a run took over, and those that these took over.
  private func continued(by run: RunID) -> [RunID] {
    var all: [RunID] = []
    var waiting = runs[run]?.continues ?? []
    while let id = waiting.popLast() {
      all.append(id)
      waiting.append(contentsOf: runs[id]?.continues ?? [])
    }
    return all
  }

  private mutating func place(
    _ subjects: [Subject], _ contents: Contents, set: SetID, run: RunID, number: Int
  ) {
    publish(subjects, run: run, number: number)
    for subject in subjects {
      guard case .index(let digest) = subject.path else { continue }
      if let index = contents.indexes[digest] {
        presence.place(digest, index, run: run, number: number, at: time.newest)
      } else {
        unreadIndexes[digest] = set
      }
    }
  }

  private mutating func apply(_ said: Said<Predicate.SnapshotTaken>, _ contents: Contents) {
    let taken = said.what
    place(said.subjects, contents, set: taken.set, run: taken.run, number: said.number)
    close(taken.run, number: said.number)
    var digest: Digest?
    var indexes: [Digest] = []
    var chunkLists: [Digest] = []
    for subject in said.subjects {
      switch subject.path {
      case .snapshot(let name): digest = name
      case .index(let name): indexes.append(name)
      case .chunks(let name): chunkLists.append(name)
      default: break
      }
    }
    guard let digest else { preconditionFailure("a well-formed snapshot has its object") }
    let needs = contents.snapshots[digest]?.needs
    snapshots[taken.set, default: []].append(
      Snapshot(
        number: said.number, set: taken.set, statement: said.id, run: taken.run, digest: digest,
        indexes: indexes, chunkLists: chunkLists, signer: said.signer, time: said.time,
        isTimeBelieved: said.isTimeBelieved, taken: taken, state: .live,
        selfCheck: runs[taken.run]?.selfCheck, needs: needs))
    if let needs { pardon(needs, of: taken.set) }
    pardonKeys(of: taken.set)
  }

  private mutating func apply(
    _ rewritten: Predicate.Rewritten, _ statement: Statement, _ contents: Contents, number: Int
  ) {
    close(rewritten.run, number: number)
    lastRewrites[rewritten.set] = number
    let old = rewritten.successors.compactMap { snapshot($0.old, of: rewritten.set)?.digest }
    defer { retire(old, of: rewritten.set) }
    for successor in rewritten.successors {
      guard let i = snapshotIndex(successor.old, of: rewritten.set) else { continue }
      snapshots[rewritten.set]?[i].rewrite(
        as: successor.new, needs: contents.snapshots[successor.new]?.needs,
        by: statement, run: rewritten.run, number: number)
      if let needs = contents.snapshots[successor.new]?.needs {
        pardon(needs, of: rewritten.set)
      }
    }
  }

  /// Notes what nothing needs once snapshots of a set were rewritten.
  private mutating func retire(_ old: [Digest], of set: SetID) {
    var retired = Set(old.map { ObjectPath.snapshot($0) })
    let needed = neededPlaces(once: true).packs
    for index in presence.indexes where index.set == set && !index.isDeleted {
      for place in index.packs where !needed.contains(place) {
        let pack = presence.packs[place]
        if !pack.isDeleted, !isHeld(pack.id.run) { retired.insert(.pack(pack.id)) }
      }
    }
    for path in published.keys where isSuperseded(chunkList: path) { retired.insert(path) }
    retiredObjects[set, default: []].formUnion(retired)
  }

  private mutating func apply(_ said: Said<Predicate.Rotated>) {
    rotations.append(said)
    for removed in said.what.removed {
      guard let i = snapshotIndex(removed.number, of: said.what.set) else { continue }
      snapshots[said.what.set]?[i].state = .rotated(number: said.number, removed.reason)
    }
  }

  private mutating func apply(_ reinstated: Predicate.Reinstated) {
    for number in reinstated.numbers {
      guard let i = snapshotIndex(number, of: reinstated.set),
        let snapshot = snapshots[reinstated.set]?[i]
      else { continue }
      snapshots[reinstated.set]?[i].state = .live
      condemnedObjects[.snapshot(snapshot.digest)] = nil
      if let needs = snapshot.needs { pardon(needs, of: reinstated.set) }
      pardonKeys(of: reinstated.set)
    }
  }

  // MARK: Removal

  /// A live snapshot needs its set's keys.
  private mutating func pardonKeys(of set: SetID) {
    for subject in dataSets[set]?.subjects ?? [] { condemnedObjects[subject.path] = nil }
  }

  /// Takes the mark from what is needed again.
  ///
  /// Where an index object is unread nobody knows whether it lies elsewhere too.
  private mutating func pardon(_ needs: NeedList, of set: SetID) {
    if unreadIndexes.values.contains(set) { return }
    for digest in presence.pardon(needs) { condemnedObjects[.index(digest)] = nil }
    for path in condemnedObjects.keys {
      guard case .chunks = path, isChunkListNeeded(path, without: Presence.Removal()) else {
        continue
      }
      condemnedObjects[path] = nil
    }
  }

  private mutating func condemn(_ removal: Predicate.Removal, number: Int) {
    for path in removal.objects where condemnedObjects[path] == nil {
      condemnedObjects[path] = number
    }
    for path in removal.objects { markedObjects[path] = number }
    presence.condemn(packs: removal.packs, indexes: removal.indexes, at: number)
  }

  private mutating func delete(_ removal: Predicate.Removal, number: Int) {
    presence.delete(packs: removal.packs, indexes: removal.indexes)
    for path in removal.objects {
      condemnedObjects[path] = nil
      markedObjects[path] = nil
      published[path] = nil
      deletedObjects[path] = number
      switch path {
      case .index(let digest): unreadIndexes[digest] = nil
      case .snapshot(let digest): forget(digest, number: number)
      case .erasure:
        for (id, erasure) in erasures
        where erasure.opened.subjects.contains(where: { $0.path == path }) {
          erasures[id]?.deletedAt = number
        }
      default: break
      }
    }
    noteGoneKeys(removal)
  }

  private mutating func forget(_ digest: Digest, number: Int) {
    for set in [SetID](snapshots.keys) {
      for i in endedPlaces(of: digest, in: set) {
        snapshots[set]?[i].state = .gone(number: number)
        snapshots[set]?[i].needs = nil
      }
    }
  }

  /// Where the snapshots of an object that live no longer stand in the list of their set, which is not
  /// held when this returns: it would be copied when it is changed.
  private func endedPlaces(of digest: Digest, in set: SetID) -> [Int] {
    guard let list = snapshots[set] else { return [] }
    return list.indices.filter { list[$0].digest == digest && !list[$0].isLive }
  }
}

extension Snapshot {
  fileprivate mutating func rewrite(
    as digest: Digest, needs: NeedList?, by statement: Statement, run: RunID, number: Int
  ) {
    self.digest = digest
    self.statement = statement.id
    self.run = run
    self.needs = needs
    rewrittenAt = number
    selfCheck = nil
    indexes = statement.subjects.compactMap {
      if case .index(let digest) = $0.path { digest } else { nil }
    }
    chunkLists = statement.subjects.compactMap {
      if case .chunks(let digest) = $0.path { digest } else { nil }
    }
  }
}
