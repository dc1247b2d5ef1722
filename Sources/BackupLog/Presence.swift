internal import BackupFormat

/// Which blocks are stored where, as far as the statements so far say.
///
/// For each run of blocks there is one sorted list of placements and two unions: of what is
/// present, and of what is present and not condemned. No structure has an element per block.
struct Presence: Hashable, Sendable {
  struct Pack: Hashable, Sendable {
    let id: PackID
    let byteCount: Int
    /// The runs of the blocks in it.
    var runs: Set<RunID> = []
    /// Condemned, and not needed again since.
    var isCondemned = false
    /// Condemned, whatever needed it since.
    var isMarked = false
    var isDeleted = false
  }

  struct Index: Hashable, Sendable {
    let digest: Digest
    let set: SetID
    /// The entry that named it first.
    let number: Int
    /// The run that published it.
    let run: RunID
    /// The newest believed time when it was named.
    let placedAt: Int64
    /// The blocks whose hashes it holds, whether their packs are still there or not.
    var listed: [RunID: BlockRanges] = [:]
    var packs: [Int] = []
    /// Condemned, and not needed again since.
    var isCondemned = false
    /// Condemned, and not named by a later statement.
    var isMarked = false
    var isDeleted = false
  }

  struct Placement: Hashable, Sendable {
    let range: BlockRange
    /// Places in ``packs`` and ``indexes``.
    let pack: Int
    let index: Int
  }

  struct RunBlocks: Hashable, Sendable {
    /// Of packs and index objects that are not deleted; sorted by range.
    var placements: [Placement] = []
    /// What the placements hold.
    var present = BlockRanges()
    /// What those of them hold that are not condemned.
    var firm = BlockRanges()
  }

  /// Packs and index objects of which it is asked what would be without them.
  struct Removal {
    var packs: Set<Int> = []
    var indexes: Set<Int> = []
  }

  private(set) var packs: [Pack] = []
  private(set) var indexes: [Index] = []
  private(set) var blocks: [RunID: RunBlocks] = [:]
  private var packPlaces: [RunID: [UInt32: Int]] = [:]
  private var indexPlaces: [Digest: Int] = [:]
  /// By the run that wrote the packs; each number with the entry that condemned it.
  private(set) var condemned: [RunID: [CondemnedPacks]] = [:]
  /// The same, but with the entry that condemned it last, and nothing taken out by what needs it.
  ///
  /// Statements are judged by this: it follows from the log alone, whichever objects are gone since.
  private(set) var marked: [RunID: [CondemnedPacks]] = [:]
  private(set) var deleted: [RunID: BlockRanges] = [:]

  struct CondemnedPacks: Hashable, Sendable {
    var numbers: BlockRange
    var at: Int
  }

  // MARK: Look up

  func pack(_ id: PackID) -> Pack? { packPlaces[id.run]?[id.number].map { packs[$0] } }

  func index(_ digest: Digest) -> Index? { indexPlaces[digest].map { indexes[$0] } }

  func present(_ run: RunID) -> BlockRanges { blocks[run]?.present ?? BlockRanges() }

  func firm(_ run: RunID) -> BlockRanges { blocks[run]?.firm ?? BlockRanges() }

  func isDeleted(_ pack: PackID) -> Bool {
    deleted[pack.run]?.contains(pack.number) ?? false
  }

  func condemnation(of pack: PackID) -> Int? {
    condemned[pack.run]?.first { $0.numbers.contains(pack.number) }?.at
  }

  /// The blocks of index objects that are not yet placed.
  ///
  /// Those in deleted packs are not among them, unless they are asked for.
  func blocks(
    of contents: [IndexContent], besidesDeleted: Bool = false
  ) -> [RunID: BlockRanges] {
    var ranges: [RunID: [BlockRange]] = [:]
    for content in contents {
      for pack in content.packs where besidesDeleted || !isDeleted(pack.pack) {
        for segment in pack.segments { ranges[segment.run, default: []].append(segment.range) }
      }
    }
    return ranges.mapValues { BlockRanges($0) }
  }

  /// Whether every needed block is present, or among `own`.
  func holds(_ needs: NeedList, besides own: [RunID: BlockRanges] = [:]) -> Bool {
    for i in needs.runs.indices {
      let run = needs.runs[i]
      let stored = blocks[run]?.present
      for range in needs.blocks(at: i) {
        if let stored, stored.contains(range) { continue }
        guard let mine = own[run] else { return false }
        guard (stored ?? BlockRanges()).union(mine).contains(range) else { return false }
      }
    }
    return true
  }

  /// Whether all of `blocks` is present, or among `own`.
  func holds(_ blocks: [RunID: BlockRanges], besides own: [RunID: BlockRanges]) -> Bool {
    blocks.allSatisfy { run, ranges in
      let stored = self.blocks[run]?.present ?? BlockRanges()
      return stored.union(own[run] ?? BlockRanges()).contains(ranges)
    }
  }

  // MARK: Place

  /// Takes in an index object that entry `number` names for `run`.
  mutating func place(
    _ digest: Digest, _ content: IndexContent, run: RunID, number: Int, at time: Int64
  ) {
    if let old = indexPlaces[digest], !indexes[old].isDeleted { return }
    let place = indexes.count
    indexPlaces[digest] = place
    var index = Index(
      digest: digest, set: content.set, number: number, run: run, placedAt: time)
    var listed: [RunID: [BlockRange]] = [:]
    var added: [RunID: [Placement]] = [:]
    for described in content.packs {
      let pack = packPlace(described)
      index.packs.append(pack)
      for segment in described.segments {
        packs[pack].runs.insert(segment.run)
        listed[segment.run, default: []].append(segment.range)
        guard !packs[pack].isDeleted else { continue }
        added[segment.run, default: []].append(
          Placement(range: segment.range, pack: pack, index: place))
      }
    }
    index.listed = listed.mapValues { BlockRanges($0) }
    indexes.append(index)
    for (run, placements) in added {
      blocks[run, default: RunBlocks()].placements.append(contentsOf: placements)
      blocks[run]?.placements.sort { $0.range < $1.range }
      refresh(run)
    }
  }

  private mutating func packPlace(_ described: IndexedPack) -> Int {
    let id = described.pack
    if let place = packPlaces[id.run]?[id.number] { return place }
    var pack = Pack(id: id, byteCount: described.byteCount)
    pack.isDeleted = isDeleted(id)
    pack.isCondemned = condemnation(of: id) != nil
    pack.isMarked = marked[id.run]?.contains { $0.numbers.contains(id.number) } ?? false
    packPlaces[id.run, default: [:]][id.number] = packs.count
    packs.append(pack)
    return packs.count - 1
  }

  /// Whether neither the pack nor the index object is condemned.
  func isFirm(_ placement: Placement) -> Bool {
    !packs[placement.pack].isCondemned && !indexes[placement.index].isCondemned
  }

  /// Whether a counting `condemned` names the pack or the index object, whatever needed it since.
  func isMarked(_ placement: Placement) -> Bool {
    packs[placement.pack].isMarked || indexes[placement.index].isMarked
  }

  /// Of two places of a block the one to keep: what was never condemned, then what was named last.
  func isKeptRather(_ one: Placement, than other: Placement) -> Bool {
    let marks = (isMarked(one), isMarked(other))
    if marks.0 != marks.1 { return !marks.0 }
    return (one.index, one.pack) > (other.index, other.pack)
  }

  private mutating func refresh(_ run: RunID) {
    guard var list = blocks[run] else { return }
    blocks[run] = nil
    list.placements.removeAll { packs[$0.pack].isDeleted || indexes[$0.index].isDeleted }
    guard !list.placements.isEmpty else { return }
    list.present = BlockRanges(sorted: list.placements.lazy.map(\.range))
    list.firm = BlockRanges(sorted: list.placements.filter { isFirm($0) }.map(\.range))
    blocks[run] = list
  }

  // MARK: Remove

  /// The known packs and index objects among those named.
  func removal(packs ranges: [PackRanges], indexes digests: [Digest]) -> Removal {
    var removal = Removal()
    for range in ranges {
      for (number, place) in packPlaces[range.run] ?? [:] where range.numbers.contains(number) {
        removal.packs.insert(place)
      }
    }
    for digest in digests {
      if let place = indexPlaces[digest] { removal.indexes.insert(place) }
    }
    return removal
  }

  private func runs(of removal: Removal) -> Set<RunID> {
    var runs: Set<RunID> = []
    for pack in removal.packs { runs.formUnion(packs[pack].runs) }
    for index in removal.indexes {
      for pack in indexes[index].packs { runs.formUnion(packs[pack].runs) }
    }
    return runs
  }

  /// Which blocks would no longer be present without what is removed.
  func loss(_ removal: Removal) -> [RunID: BlockRanges] {
    loss(removal) { _ in true }
  }

  /// Which blocks of what is to be condemned would lie only in what is condemned.
  func lossByCondemning(_ removal: Removal) -> [RunID: BlockRanges] {
    loss(removal) { !isMarked($0) }
  }

  private func loss(
    _ removal: Removal, remaining: (Placement) -> Bool
  ) -> [RunID: BlockRanges] {
    var loss: [RunID: BlockRanges] = [:]
    for run in runs(of: removal) {
      guard let list = blocks[run] else { continue }
      func isRemoved(_ placement: Placement) -> Bool {
        removal.packs.contains(placement.pack) || removal.indexes.contains(placement.index)
      }
      let removed = list.placements.filter(isRemoved)
      let left = list.placements.filter { !isRemoved($0) && remaining($0) }
      let lost = BlockRanges(sorted: removed.map(\.range))
        .subtracting(BlockRanges(sorted: left.map(\.range)))
      if !lost.isEmpty { loss[run] = lost }
    }
    return loss
  }

  /// The part of a removal that places one of `blocks`.
  func removal(_ removal: Removal, holding blocks: [RunID: BlockRanges]) -> Removal {
    var part = Removal()
    for (run, ranges) in blocks {
      for placement in self.blocks[run]?.placements ?? []
      where ranges.intersects(placement.range) {
        if removal.packs.contains(placement.pack) { part.packs.insert(placement.pack) }
        if removal.indexes.contains(placement.index) { part.indexes.insert(placement.index) }
      }
    }
    return part
  }

  /// Marks packs and index objects as condemned by entry `number`; earlier marks stay.
  mutating func condemn(packs ranges: [PackRanges], indexes digests: [Digest], at number: Int) {
    for range in ranges {
      var marks = condemned[range.run] ?? []
      let known = BlockRanges(marks.map(\.numbers))
      for new in range.numbers.subtracting(known).ranges {
        marks.append(CondemnedPacks(numbers: new, at: number))
      }
      condemned[range.run] = marks
      let new = range.numbers.ranges.map { CondemnedPacks(numbers: $0, at: number) }
      marked[range.run] = Self.marks(marked[range.run], without: range.numbers) + new
    }
    let removal = removal(packs: ranges, indexes: digests)
    for pack in removal.packs {
      packs[pack].isCondemned = true
      packs[pack].isMarked = true
    }
    for index in removal.indexes {
      indexes[index].isCondemned = true
      indexes[index].isMarked = true
    }
    for run in runs(of: removal) { refresh(run) }
  }

  /// Takes the mark from what holds needed blocks that are nowhere else; returns index objects.
  mutating func pardon(_ needs: NeedList) -> [Digest] {
    var removal = Removal()
    for i in needs.runs.indices {
      guard let list = blocks[needs.runs[i]] else { continue }
      let firm = list.firm
      if needs.blocks(at: i).allSatisfy({ firm.contains($0) }) { continue }
      let missing = BlockRanges(sorted: needs.blocks(at: i)).subtracting(firm)
      for placement in list.placements where missing.intersects(placement.range) {
        if packs[placement.pack].isCondemned { removal.packs.insert(placement.pack) }
        if indexes[placement.index].isCondemned { removal.indexes.insert(placement.index) }
      }
    }
    return pardon(removal)
  }

  /// Takes the mark from index objects that are named anew.
  mutating func pardon(indexes digests: [Digest]) {
    let named = removal(packs: [], indexes: digests)
    for index in named.indexes { indexes[index].isMarked = false }
    _ = pardon(named)
  }

  private mutating func pardon(_ removal: Removal) -> [Digest] {
    for place in removal.packs {
      packs[place].isCondemned = false
      let id = packs[place].id
      unmark(PackRanges(run: id.run, numbers: BlockRanges(BlockRange(id.number))))
    }
    for place in removal.indexes { indexes[place].isCondemned = false }
    for run in runs(of: removal) { refresh(run) }
    return removal.indexes.map { indexes[$0].digest }
  }

  private mutating func unmark(_ ranges: PackRanges) {
    let marks = Self.marks(condemned[ranges.run], without: ranges.numbers)
    condemned[ranges.run] = marks.isEmpty ? nil : marks
  }

  private static func marks(
    _ marks: [CondemnedPacks]?, without numbers: BlockRanges
  ) -> [CondemnedPacks] {
    (marks ?? []).flatMap { mark in
      BlockRanges(mark.numbers).subtracting(numbers).ranges.map {
        CondemnedPacks(numbers: $0, at: mark.at)
      }
    }
  }

  /// Takes packs and index objects away.
  mutating func delete(packs ranges: [PackRanges], indexes digests: [Digest]) {
    for range in ranges {
      unmark(range)
      let marks = Self.marks(marked[range.run], without: range.numbers)
      marked[range.run] = marks.isEmpty ? nil : marks
      deleted[range.run, default: BlockRanges()].formUnion(range.numbers)
    }
    let removal = removal(packs: ranges, indexes: digests)
    for pack in removal.packs { packs[pack].isDeleted = true }
    for index in removal.indexes { indexes[index].isDeleted = true }
    for run in runs(of: removal) { refresh(run) }
  }
}
