public import BackupFormat

/// Blocks that are stored though nothing live needs them, and who vouches for those that are needed.
extension LogState {
  /// Stored blocks of one pack that no live snapshot needs.
  public struct DeadBlocks: Hashable, Sendable {
    /// The pack.
    public let pack: PackID
    /// The run that sealed them.
    public let run: RunID
    /// Their numbers.
    public let blocks: BlockRanges
    /// The believed time since which nothing needs them: that of the statement which ended the last
    /// snapshot that did, or that at which they were stored, when nobody can say who needed them.
    public let since: Int64
    /// Whether a rewriting left them behind: then they are not to wait.
    public let isRewritten: Bool
  }

  /// The dead blocks of a set, those in condemned packs too, sorted by pack and run.
  ///
  /// A pure function of what is stored: who reads the log for the first time finds the same.
  public func deadBlocks(of set: SetID) -> [DeadBlocks] {
    let needed = neededBlocks
    let endings = endings(of: set)
    let rewrittenAt = (snapshots[set] ?? []).compactMap(\.rewrittenAt).max() ?? -1
    var found: [DeadBlocks] = []
    for (run, list) in presence.blocks {
      let dead = needed[run].map { list.present.subtracting($0) } ?? list.present
      guard !dead.isEmpty, runs[run]?.set ?? set == set else { continue }
      let ages = Self.ages(of: dead, in: run, endings)
      for (place, own) in Dictionary(grouping: list.placements, by: \.pack) {
        guard let first = own.map(\.index).min(), presence.indexes[first].set == set else {
          continue
        }
        let index = presence.indexes[first]
        let ranges = BlockRanges(own.map(\.range))
        for age in ages {
          let blocks = age.blocks.clipped(to: ranges)
          guard !blocks.isEmpty else { continue }
          found.append(
            DeadBlocks(
              pack: presence.packs[place].id, run: run, blocks: blocks,
              since: max(age.since ?? 0, index.placedAt),
              isRewritten: age.since == nil && rewrittenAt > index.number))
        }
      }
    }
    return found.sorted { ($0.pack, $0.run, $0.since) < ($1.pack, $1.run, $1.since) }
  }

  /// Since when the oldest dead block that is still stored is dead; nil if there is none.
  public func oldestDeadBlock(of set: SetID) -> Int64? { deadBlocks(of: set).map(\.since).min() }

  /// The rotated snapshots whose needs are known, the one that ended last first.
  private func endings(of set: SetID) -> [(since: Int64, needs: NeedList)] {
    var times: [Int: Int64] = [:]
    for said in rotations { times[said.number] = said.believedTime }
    return (snapshots[set] ?? []).compactMap { snapshot -> (since: Int64, needs: NeedList)? in
      guard case .rotated(let number, _) = snapshot.state, let since = times[number],
        let needs = snapshot.needs
      else { return nil }
      return (since, needs)
    }.sorted { $0.since > $1.since }
  }

  private static func ages(
    of dead: BlockRanges, in run: RunID, _ endings: [(since: Int64, needs: NeedList)]
  ) -> [(blocks: BlockRanges, since: Int64?)] {
    var rest = dead
    var ages: [(blocks: BlockRanges, since: Int64?)] = []
    for ending in endings where !rest.isEmpty {
      let hit = rest.intersection(BlockRanges(sorted: ending.needs.blocks(of: run)))
      guard !hit.isEmpty else { continue }
      ages.append((hit, ending.since))
      rest.subtract(hit)
    }
    if !rest.isEmpty { ages.append((rest, nil)) }
    return ages
  }

  /// The objects of rotated snapshots that needed dead blocks which stay stored when the packs of
  /// `numbers` are condemned: as long as these lie there, someone must be able to say since when.
  func witnesses(
    without numbers: [RunID: [BlockRange]], needed: [RunID: BlockRanges]
  ) -> Set<Digest> {
    let doomed = numbers.mapValues { BlockRanges($0) }
    var left: [RunID: BlockRanges] = [:]
    for (run, list) in presence.blocks {
      let stays = list.placements.filter { placement in
        let pack = presence.packs[placement.pack]
        return !pack.isCondemned && doomed[pack.id.run]?.contains(pack.id.number) != true
      }
      let dead = BlockRanges(sorted: stays.map(\.range)).subtracting(needed[run] ?? BlockRanges())
      if !dead.isEmpty { left[run] = dead }
    }
    guard !left.isEmpty else { return [] }
    var witnesses: Set<Digest> = []
    for snapshot in snapshots.values.joined() {
      guard case .rotated = snapshot.state, let needs = snapshot.needs else { continue }
      let isWitness = left.contains { run, ranges in
        needs.blocks(of: run).contains { ranges.intersects($0) }
      }
      if isWitness { witnesses.insert(snapshot.digest) }
    }
    return witnesses
  }

  // MARK: Who vouches

  /// Whether an index object holds the hash that a writer or a restorer signed of a needed block.
  ///
  /// It stays when the block is moved, so that a compaction can be checked against it for ever.
  func isVoucher(_ index: Presence.Index, of needed: [RunID: BlockRanges]) -> Bool {
    guard runs[index.run]?.purpose != .compaction else { return false }
    return index.listed.contains { run, ranges in needed[run]?.intersects(ranges) ?? false }
  }

  /// The index objects of a set, not deleted, with which writers and restorers vouch for any of
  /// `blocks`; oldest first.
  public func vouchers(of set: SetID, for blocks: [RunID: BlockRanges]) -> [Digest] {
    presence.indexes
      .filter { $0.set == set && !$0.isDeleted && isVoucher($0, of: blocks) }.map(\.digest)
  }

  /// Needed blocks whose hash no readable index object of a writer or a restorer holds.
  public func unvouchedBlocks(of set: SetID) -> [RunID: BlockRanges] {
    var vouched: [RunID: [BlockRange]] = [:]
    for index in presence.indexes
    where index.set == set && !index.isDeleted && runs[index.run]?.purpose != .compaction {
      for (run, ranges) in index.listed { vouched[run, default: []] += ranges.ranges }
    }
    var missing: [RunID: BlockRanges] = [:]
    for snapshot in liveSnapshots(of: set) {
      guard let needs = snapshot.needs else { continue }
      for i in needs.runs.indices {
        let run = needs.runs[i]
        missing[run, default: BlockRanges()].formUnion(BlockRanges(sorted: needs.blocks(at: i)))
      }
    }
    for (run, ranges) in missing {
      let rest = ranges.subtracting(BlockRanges(vouched[run] ?? []))
      missing[run] = rest.isEmpty ? nil : rest
    }
    return missing
  }

  // MARK: What a pack must keep

  /// For each pack of a set the needed blocks for which it is the place that was named last.
  public func keptBlocks(of set: SetID) -> [PackID: [RunID: BlockRanges]] {
    var kept: [PackID: [RunID: BlockRanges]] = [:]
    for (run, ranges) in neededBlocks {
      var left = ranges
      let placements = (presence.blocks[run]?.placements ?? [])
        .filter { presence.isFirm($0) && presence.indexes[$0.index].set == set }
        .sorted(by: presence.isKeptRather)
      for placement in placements where left.intersects(placement.range) {
        let range = BlockRanges(placement.range)
        kept[presence.packs[placement.pack].id, default: [:]][run, default: BlockRanges()]
          .formUnion(left.clipped(to: range))
        left.subtract(range)
      }
    }
    return kept
  }

  /// Whether a void statement names an object, so that no later reader could find it void again
  /// without it.
  public func isKeptForJudging(_ path: ObjectPath) -> Bool { voidSubjects.contains(path) }

  /// The data set that an object or a pack belongs to; nil if to none or to all.
  public func set(of path: ObjectPath) -> SetID? {
    switch path {
    case .pack(let pack): runs[pack.run]?.set
    case .index(let digest): presence.index(digest)?.set ?? unreadIndexes[digest]
    case .chunks: published[path]?.runs.first.flatMap { runs[$0]?.set }
    case .snapshot(let digest):
      snapshots.first { $0.value.contains { $0.digest == digest } }?.key
        ?? published[path]?.runs.first.flatMap { runs[$0]?.set }
    case .key(let set, _): set
    default: nil
    }
  }
}
