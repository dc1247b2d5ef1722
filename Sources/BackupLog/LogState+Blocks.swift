public import BackupFormat

/// Where blocks lie, and what nothing needs any more.
extension LogState {
  /// Whether all of a range of blocks is present.
  public func isPresent(_ range: BlockRange, of run: RunID) -> Bool {
    presence.blocks[run]?.present.contains(range) ?? false
  }

  /// Whether a block is present.
  public func isPresent(_ address: BlockAddress) -> Bool {
    presence.blocks[address.run]?.present.contains(address.number) ?? false
  }

  /// The present blocks of a run.
  public func presentBlocks(of run: RunID) -> BlockRanges { presence.present(run) }

  /// The blocks of a run against which chunks may be deduplicated: present, not condemned and not
  /// reported as damaged.
  public func reusableBlocks(of run: RunID) -> BlockRanges {
    let firm = presence.firm(run)
    return damagedBlocks[run].map { firm.subtracting($0) } ?? firm
  }

  /// The packs, not deleted, in which a block lies, the one that was named last first.
  public func packs(of address: BlockAddress) -> [PackID] {
    (presence.blocks[address.run]?.placements ?? [])
      .filter { $0.range.contains(address.number) }
      .sorted { $0.index > $1.index }
      .map { presence.packs[$0.pack].id }
  }

  /// The index objects, not deleted, of a set; oldest first.
  public func indexes(of set: SetID) -> [Digest] {
    presence.indexes.filter { $0.set == set && !$0.isDeleted }.map(\.digest)
  }

  /// The index objects of a set that a counting statement names, that none deleted, and that could not
  /// be read; sorted.
  public func unreadIndexes(of set: SetID) -> [Digest] {
    unreadIndexes.filter { $0.value == set }.map(\.key).sorted()
  }

  /// Whether a counting `deleted` names a pack.
  public func isDeleted(_ pack: PackID) -> Bool { presence.isDeleted(pack) }

  /// The blocks that, as index objects say, lie in a pack that is not deleted.
  public func blocks(in pack: PackID) -> [RunID: BlockRanges] {
    guard let known = presence.pack(pack) else { return [:] }
    var blocks: [RunID: BlockRanges] = [:]
    for run in known.runs {
      let ranges = (presence.blocks[run]?.placements ?? [])
        .filter { presence.packs[$0.pack].id == pack }.map(\.range)
      if !ranges.isEmpty { blocks[run] = BlockRanges(ranges) }
    }
    return blocks
  }

  /// The blocks that would no longer be present without these packs.
  public func blocksLost(without packs: some Sequence<PackID>) -> [RunID: BlockRanges] {
    let ranges = packs.map { PackRanges(run: $0.run, numbers: BlockRanges(BlockRange($0.number))) }
    return presence.loss(presence.removal(packs: ranges, indexes: []))
  }

  /// The index objects, not deleted, of all sets; in the order in which they were named.
  public var indexes: [Digest] { presence.indexes.filter { !$0.isDeleted }.map(\.digest) }

  /// The blocks of a run that live snapshots need.
  public func neededBlocks(of run: RunID) -> BlockRanges {
    BlockRanges(liveSnapshots.flatMap { $0.needs?.blocks(of: run) ?? [] })
  }

  /// The blocks that live snapshots need, for all runs.
  public var neededBlocks: [RunID: BlockRanges] {
    var ranges: [RunID: [BlockRange]] = [:]
    for snapshot in liveSnapshots {
      guard let needs = snapshot.needs else { continue }
      for i in needs.runs.indices {
        let blocks = needs.blocks(at: i)
        // From night to night most needs are the same.
        if ranges[needs.runs[i]]?.suffix(blocks.count) == blocks { continue }
        ranges[needs.runs[i], default: []].append(contentsOf: blocks)
      }
    }
    return ranges.mapValues { BlockRanges($0) }
  }

  /// A pack, and how much of it is needed.
  public struct PackUse: Hashable, Sendable {
    /// The pack.
    public let pack: PackID
    /// The size of its file, in bytes.
    public let byteCount: Int
    /// How many blocks lie in it.
    public let blockCount: Int
    /// How many of them live snapshots need.
    public let neededBlockCount: Int
    /// Whether it is condemned.
    public let isCondemned: Bool
    /// Whether an open run may still name it.
    public let isHeld: Bool
  }

  /// All packs of a set that are not deleted, by id: what compaction plans with.
  public func packUses(of set: SetID) -> [PackUse] {
    var all: [Int: BlockCounts] = [:]
    let needed = neededBlocks
    for (run, list) in presence.blocks {
      var ranges: [Int: [BlockRange]] = [:]
      for placement in list.placements where presence.indexes[placement.index].set == set {
        ranges[placement.pack, default: []].append(placement.range)
      }
      for (pack, list) in ranges {
        // Two index objects may describe one pack.
        let blocks = BlockRanges(list)
        all[pack, default: BlockCounts()].total += blocks.count
        if let needed = needed[run] {
          all[pack, default: BlockCounts()].needed += blocks.intersection(needed).count
        }
      }
    }
    return all.map { place, counts in
      let pack = presence.packs[place]
      return PackUse(
        pack: pack.id, byteCount: pack.byteCount, blockCount: counts.total,
        neededBlockCount: counts.needed, isCondemned: pack.isCondemned, isHeld: isHeld(pack.id.run))
    }.sorted { $0.pack < $1.pack }
  }

  private struct BlockCounts {
    var total = 0
    var needed = 0
  }

  /// The packs and index objects that place needed blocks.
  struct NeededPlaces {
    var packs: Set<Int> = []
    var indexes: Set<Int> = []
  }

  /// Those that place needed blocks and are not condemned; with `once`, for each block only the
  /// one that was named last of those that were never condemned.
  func neededPlaces(once: Bool) -> NeededPlaces {
    var places = NeededPlaces()
    for (run, ranges) in neededBlocks {
      var left = ranges
      let placements = (presence.blocks[run]?.placements ?? [])
        .filter { presence.isFirm($0) }.sorted(by: presence.isKeptRather)
      for placement in placements where left.intersects(placement.range) {
        places.packs.insert(placement.pack)
        places.indexes.insert(placement.index)
        if once, !presence.isMarked(placement) { left.subtract(BlockRanges(placement.range)) }
      }
    }
    return places
  }
}
