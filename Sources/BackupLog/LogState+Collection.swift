public import BackupFormat

/// What may go, and what must be there.
extension LogState {
  /// What nothing live needs and no open run holds, and what is not condemned yet.
  ///
  /// Of a block that lies in several packs the place that was named last stays. Chunk lists stay
  /// while a live snapshot needs a block of the run that published them. An index object stays
  /// while it vouches for a needed block, and a rotated snapshot's object while it is the witness of
  /// when a stored block died. Records go when their term has ended at the newest believed time.
  /// Orphans, which no statement names, are not known here; ``standings(of:)`` tells them.
  public func condemnable() -> Predicate.Removal {
    let places = neededPlaces(once: true)
    let needed = neededBlocks
    var numbers: [RunID: [BlockRange]] = [:]
    for (place, pack) in presence.packs.enumerated()
    where !pack.isDeleted && !pack.isCondemned && !places.packs.contains(place)
      && !isHeld(pack.id.run)
    {
      numbers[pack.id.run, default: []].append(BlockRange(pack.id.number))
    }
    var doomed = Presence.Removal()
    for (place, index) in presence.indexes.enumerated()
    where !index.isDeleted && !places.indexes.contains(place) && !isVoucher(index, of: needed) {
      doomed.indexes.insert(place)
    }
    let witnesses = witnesses(without: numbers, needed: needed)
    let objects = published.keys.filter { path in
      guard condemnedObjects[path] == nil, !voidSubjects.contains(path) else { return false }
      switch path {
      case .index(let digest):
        // Nobody has to know any more what an object of a destroyed set would place.
        return presence.removal(packs: [], indexes: [digest]).indexes
          .isSubset(of: doomed.indexes)
          && (unreadIndexes[digest].map { isErasable($0) } ?? true)
      case .chunks:
        let runs = published[path]?.runs ?? []
        return (runs.allSatisfy { needed[$0] == nil } || isSuperseded(chunkList: path))
          && !isNeeded(path, without: doomed, at: 0)
      case .key(let set, _):
        return isErasable(set)
          || !dataSets.values.contains { $0.subjects.contains { $0.path == path } }
      case .snapshot(let digest) where witnesses.contains(digest):
        return set(of: path).map { isErasable($0) } ?? false
      default:
        return !isNeeded(path, without: doomed, at: newestBelievedTime)
      }
    }
    return Predicate.Removal(
      objects: objects.sorted(),
      packs: numbers.map { PackRanges(run: $0.key, numbers: BlockRanges($0.value)) }
        .sorted { $0.run < $1.run })
  }

  /// What was condemned, and may be deleted by the next entry, a night having been closed between.
  ///
  /// What a later statement needs, or needed for a while, is not among it: it is condemned again
  /// first.
  public func deletable() -> Predicate.Removal {
    let night = nights.last?.number ?? 0
    let objects = condemnedObjects.keys.filter { path in
      guard let at = markedObjects[path], at < night, mayNoMoreBeNamed(path, condemned: at)
      else { return false }
      return !isNeeded(path, at: newestBelievedTime)
    }
    let packs = presence.condemned.compactMap { run, marks -> PackRanges? in
      let ready = (presence.marked[run] ?? []).filter { $0.at < night }.map(\.numbers)
      let numbers = BlockRanges(marks.map(\.numbers)).intersection(BlockRanges(ready))
      return numbers.isEmpty ? nil : PackRanges(run: run, numbers: numbers)
    }
    let ripe = Predicate.Removal(
      objects: objects.sorted(), packs: packs.sorted { $0.run < $1.run })
    return sparingNeeded(ripe)
  }

  /// Whether no statement can name a text any more that was signed before it was condemned.
  ///
  /// A record or a request tells nobody whose it is, and a statement about it may be handed in this
  /// many entries later. What was named once is known.
  private func mayNoMoreBeNamed(_ path: ObjectPath, condemned number: Int) -> Bool {
    switch path {
    case .record, .erasure: published[path] != nil || size > number + Self.handInLag
    default: true
    }
  }

  /// Whether a text was deleted, so that no statement may name it any more: its removal may be
  /// under way.
  func isDeletedText(_ path: ObjectPath) -> Bool {
    switch path {
    case .record, .erasure: deletedObjects[path] != nil
    default: false
    }
  }

  /// Without the packs and index objects that hold what a live snapshot would miss.
  private func sparingNeeded(_ removal: Predicate.Removal) -> Predicate.Removal {
    let doomed = presence.removal(packs: removal.packs, indexes: removal.indexes)
    let loss = presence.loss(doomed)
    if !isAnyLive(needing: loss) { return removal }
    let spared = presence.removal(doomed, holding: loss)
    let indexes = Set(spared.indexes.map { presence.indexes[$0].digest })
    var packs: [RunID: [BlockRange]] = [:]
    for place in spared.packs {
      let id = presence.packs[place].id
      packs[id.run, default: []].append(BlockRange(id.number))
    }
    return Predicate.Removal(
      objects: removal.objects.filter { path in
        if case .index(let digest) = path { return !indexes.contains(digest) }
        return true
      },
      packs: removal.packs.compactMap { range in
        let numbers = range.numbers.subtracting(BlockRanges(packs[range.run] ?? []))
        return numbers.isEmpty ? nil : PackRanges(run: range.run, numbers: numbers)
      })
  }

  /// What is condemned, whether it may be deleted yet or not.
  public func condemned() -> Predicate.Removal {
    Predicate.Removal(
      objects: condemnedObjects.keys.sorted(),
      packs: presence.condemned
        .map { PackRanges(run: $0.key, numbers: BlockRanges($0.value.map(\.numbers))) }
        .sorted { $0.run < $1.run })
  }

  /// An object that level L0 asks for.
  public struct RequiredObject: Hashable, Sendable {
    /// Where it lies.
    public let path: ObjectPath
    /// Its size, where the log or an index object says it.
    public let byteCount: Int?
    /// Its SHA-256, where the log says it.
    public let digest: Digest?
  }

  /// Every object that must be there at this size of the log, each once, sorted by path.
  ///
  /// `FORMAT`, all entries, `keys/` in force, records in their term, open erasures, each live
  /// snapshot's object, the index objects and packs of needed blocks, and the chunk lists that
  /// were named with them; these last serve deduplication alone. What is condemned is not asked
  /// for.
  public func requiredObjects() -> [RequiredObject] {
    var required: [RequiredObject] = []
    forEachRequired { path, byteCount, digest in
      required.append(RequiredObject(path: path, byteCount: byteCount, digest: digest()))
    }
    return required.sorted { $0.path < $1.path }
  }

  /// The paths of ``requiredObjects()``.
  public func requiredPaths() -> Set<ObjectPath> {
    var paths: Set<ObjectPath> = []
    forEachRequired { path, _, _ in paths.insert(path) }
    return paths
  }

  /// - Parameter body: The digest of an entry is made when it is asked for.
  private func forEachRequired(_ body: (ObjectPath, Int?, () -> Digest?) -> Void) {
    body(.format, nil) { nil }
    for (number, entry) in history.enumerated() {
      switch entry {
      case .bytes(let bytes): body(.log(number), bytes.count) { Digest(hashing: bytes) }
      case .large(_, let byteCount): body(.log(number), Int(clamping: byteCount)) { nil }
      }
    }
    let places = neededPlaces(once: false)
    for place in places.packs {
      let pack = presence.packs[place]
      body(.pack(pack.id), pack.byteCount) { nil }
    }
    let needed = neededBlocks
    let indexes = Set(places.indexes.map { presence.indexes[$0].digest })
    let vouchers = Set(
      presence.indexes.filter { !$0.isDeleted && isVoucher($0, of: needed) }.map(\.digest))
    for (path, object) in published where condemnedObjects[path] == nil {
      let isRequired =
        switch path {
        case .index(let digest):
          indexes.contains(digest) || vouchers.contains(digest) || unreadIndexes[digest] != nil
        case .chunks:
          object.indexes.contains(where: indexes.contains) && !isSuperseded(chunkList: path)
        case .key(let set, _):
          dataSets[set]?.subjects.contains { $0.path == path } == true
        default: isNeeded(path, at: newestBelievedTime)
        }
      if isRequired { body(path, nil) { object.digest } }
    }
  }

  /// Every object that a counting statement named, that none deleted, and that nothing live needs.
  ///
  /// It was rotated or condemned, and may still be asked for again. Sorted by path.
  ///
  /// Such an object may be missing, from a copy for instance; one that is there is as it was signed.
  ///
  /// - Parameter objects: What ``requiredObjects()`` returned, from who has it.
  public func spareObjects(besides objects: [RequiredObject]? = nil) -> [RequiredObject] {
    let required = objects.map { Set($0.map(\.path)) } ?? requiredPaths()
    var spare: [RequiredObject] = []
    for (path, object) in published where !required.contains(path) {
      spare.append(RequiredObject(path: path, byteCount: nil, digest: object.digest))
    }
    for pack in presence.packs where !pack.isDeleted {
      let path = ObjectPath.pack(pack.id)
      if required.contains(path) { continue }
      spare.append(RequiredObject(path: path, byteCount: pack.byteCount, digest: nil))
    }
    return spare.sorted { $0.path < $1.path }
  }

  /// How the log explains that an object lies in the store.
  public enum ObjectStanding: Hashable, Sendable {
    /// It must be there.
    case required
    /// A statement named it; nothing live needs it, and it may still go.
    case published
    /// It is condemned by the entry of this number.
    case condemned(number: Int)
    /// It was deleted by the entry of this number or before; its removal is to be finished.
    case deleted
    /// A pack of a run that is open.
    case ofOpenRun
    /// A pack of a run that has ended and never named it: left behind by a crash.
    case orphan
    /// No entry explains it; an object of a run that is not finished looks the same.
    case unexplained
  }

  /// Says of each of `paths` how the log explains it.
  ///
  /// - Parameter objects: The paths of what ``requiredObjects()`` returned, from who has them.
  public func standings(
    of paths: some Sequence<ObjectPath>, besides objects: Set<ObjectPath>? = nil
  ) -> [ObjectPath: ObjectStanding] {
    let required = objects ?? requiredPaths()
    var standings: [ObjectPath: ObjectStanding] = [:]
    for path in paths { standings[path] = standing(of: path, required) }
    return standings
  }

  private func standing(of path: ObjectPath, _ required: Set<ObjectPath>) -> ObjectStanding {
    if required.contains(path) { return .required }
    if let number = condemnedObjects[path] { return .condemned(number: number) }
    if published[path] != nil { return .published }
    if deletedObjects[path] != nil { return .deleted }
    switch path {
    case .pack(let pack):
      if isDeleted(pack) { return .deleted }
      if let number = presence.condemnation(of: pack) { return .condemned(number: number) }
      if presence.pack(pack) != nil { return .published }
      guard runs[pack.run] != nil else { return .unexplained }
      return isHeld(pack.run) ? .ofOpenRun : .orphan
    case .checkpoint(let size, let key):
      return size <= self.size && keys[key]?.signsHeads == true ? .published : .unexplained
    default: return .unexplained
    }
  }
}
