public import BackupFormat

/// What may be condemned and deleted (`Docs/format.md`, section 9.3).
extension LogState {
  func judgeCondemned(_ removal: Predicate.Removal, at now: Int64) -> VoidReason? {
    for packs in removal.packs where isHeld(packs.run) { return .packOfOpenRun }
    for path in removal.objects where voidSubjects.contains(path) { return .needed }
    let doomed = presence.removal(packs: removal.packs, indexes: removal.indexes)
    if isAnyLive(needing: presence.lossByCondemning(doomed), besides: blindSets) {
      return .needed
    }
    return isAnyNeeded(removal, at: now) ? .needed : nil
  }

  /// - Parameter now: The newest believed time with the statement's own taken in.
  func judgeDeleted(
    _ removal: Predicate.Removal, number: Int, at now: Int64
  ) -> VoidReason? {
    let nightBefore = nights.last { $0.number < number }?.number ?? 0
    for path in removal.objects {
      guard let at = markedObjects[path], at < nightBefore else { return .notCondemned }
    }
    for packs in removal.packs {
      let ready = (presence.marked[packs.run] ?? []).filter { $0.at < nightBefore }
      guard BlockRanges(ready.map(\.numbers)).contains(packs.numbers) else {
        return .notCondemned
      }
    }
    let doomed = presence.removal(packs: removal.packs, indexes: removal.indexes)
    // What is deleted here can't be what an absent block lies in.
    let blind = Set(unreadIndexes.filter { !removal.indexes.contains($0.key) }.values)
    if isAnyLive(needing: presence.loss(doomed), besides: blind) { return .needed }
    return isAnyNeeded(removal, at: now) ? .needed : nil
  }

  /// Chunk lists are not judged: they only serve deduplication.
  private func isAnyNeeded(_ removal: Predicate.Removal, at now: Int64) -> Bool {
    removal.objects.contains { path in
      if case .chunks = path { return false }
      return isNeeded(path, at: now)
    }
  }

  /// The sets of which an index object is unread, so that no block of theirs is judged absent.
  private var blindSets: Set<SetID> { Set(unreadIndexes.values) }

  /// Whether a live snapshot, of another set than `besides`, needs any of `blocks`.
  func isAnyLive(
    needing blocks: [RunID: BlockRanges], besides: Set<SetID> = []
  ) -> Bool {
    if blocks.isEmpty { return false }
    for snapshot in snapshots.values.joined()
    where snapshot.isLive && !besides.contains(snapshot.set) {
      guard let needs = snapshot.needs else { continue }
      for (run, ranges) in blocks
      where needs.blocks(of: run).contains(where: { ranges.intersects($0) }) {
        return true
      }
    }
    return false
  }

  /// Whether an object must stay at `now`, if what is doomed goes; the blocks of index objects are
  /// looked at elsewhere.
  func isNeeded(
    _ path: ObjectPath, without doomed: Presence.Removal = Presence.Removal(), at now: Int64
  ) -> Bool {
    switch path {
    case .snapshot(let digest):
      return snapshots.values.contains { $0.contains { $0.digest == digest && $0.isLive } }
    case .key(let set, _):
      return dataSets[set]?.subjects.contains { $0.path == path } == true
        && snapshots[set]?.contains(where: \.isLive) == true
    case .record: return textTerms[path].map { $0 > now } ?? false
    case .erasure:
      return erasures.values.contains { erasure in
        erasure.isOpen && erasure.opened.subjects.contains { $0.path == path }
          && !isSpent(erasure, at: now)
      }
    case .chunks:
      return isChunkListNeeded(path, without: doomed)
    case .format, .log: return true
    case .checkpoint, .pack, .index: return false
    }
  }

  /// Whether no snapshot can hold any more what an erasure speaks of, and its date is over.
  private func isSpent(_ erasure: ErasureStanding, at now: Int64) -> Bool {
    let what = erasure.opened.what
    return what.cleanBy < now
      && (snapshots[what.set] ?? []).allSatisfy { snapshot in
        if case .gone = snapshot.state { return true }
        return snapshot.taken.readStart > what.cutOff
      }
  }

  /// Whether a rewriting has named chunk lists in the place of this one.
  public func isSuperseded(chunkList path: ObjectPath) -> Bool {
    guard case .chunks = path, let list = published[path],
      let set = list.runs.first.flatMap({ runs[$0]?.set }), let last = lastRewrites[set]
    else { return false }
    return list.number < last
  }

  /// Whether an index object of the same statement places a block that a live snapshot needs.
  func isChunkListNeeded(_ path: ObjectPath, without doomed: Presence.Removal) -> Bool {
    guard let mates = published[path]?.indexes, !isSuperseded(chunkList: path) else {
      return false
    }
    let places = Set(
      presence.removal(packs: [], indexes: mates).indexes.filter {
        !doomed.indexes.contains($0) && !presence.indexes[$0].isDeleted
      })
    var runs: Set<RunID> = []
    for index in places {
      for pack in presence.indexes[index].packs { runs.formUnion(presence.packs[pack].runs) }
    }
    for run in runs {
      let placed = (presence.blocks[run]?.placements ?? []).filter {
        places.contains($0.index) && !doomed.packs.contains($0.pack)
      }
      if isAnyLive(needing: [run: BlockRanges(sorted: placed.map(\.range))]) { return true }
    }
    return false
  }

  /// Whether packs of a run are written or may be taken over: it is open, or continued by an open
  /// run.
  public func isHeld(_ id: RunID) -> Bool {
    var id = id
    // `continues` names runs that existed, so the chain can't be longer than the list of runs.
    for _ in 0...runs.count {
      guard let run = runs[id] else { return false }
      switch run.state {
      case .open: return true
      case .closed: return false
      case .continued(let by): id = by
      }
    }
    return false
  }
}

extension Predicate.Removal {
  /// The digests of the index objects among the objects.
  var indexes: [Digest] {
    objects.compactMap { if case .index(let digest) = $0 { digest } else { nil } }
  }
}
