import BackupFormat
import BackupLog

/// Writes the catalogue of one snapshot anew, without what is erased: only pages that change.
struct RewrittenCatalogue {
  private let survey: RewriteSurvey
  private let snapshot: Snapshot
  private let opened: OpenSnapshot
  private let filter: ErasureFilter
  /// Under which path each file lives on whose first name goes.
  private var heirs: [[UInt8]: [UInt8]] = [:]
  private var counters: SnapshotCounters

  init(_ snapshot: Snapshot, _ survey: RewriteSurvey) throws {
    self.survey = survey
    self.snapshot = snapshot
    opened = try survey.open(snapshot)
    filter = survey.filter(for: snapshot)
    counters = opened.root.counters
  }

  /// The new root and need list; pages go to `run`.
  mutating func write(
    _ run: RewriteRun
  ) throws -> (root: CatalogueRoot, need: SnapshotNeeds) {
    var root = opened.root
    root.pages = []
    var need = BlockSet(opened.need)
    for address in survey.changing { need.remove(address) }
    for (index, page) in opened.root.pages.enumerated() {
      let facts = survey.facts(of: page.address, for: snapshot)
      for address in facts.keeps where !survey.blocks.contains(address) { need.insert(address) }
      guard survey.isAffected(page.address, for: snapshot) else {
        root.pages.append(page)
        continue
      }
      need.remove(page.address)
      try rewrite(try opened.page(at: index), run, &root, &need)
    }
    for page in root.pages { need.insert(page.address) }
    root.counters = counters
    return (root, need.list)
  }

  private mutating func rewrite(
    _ page: CataloguePage, _ run: RewriteRun, _ root: inout CatalogueRoot, _ need: inout BlockSet
  ) throws {
    var builder = CataloguePageBuilder()
    func end() throws {
      guard builder.entryCount > 0 else { return }
      let count = builder.entryCount
      let first = builder.first
      let bytes = builder.finish { isGroup, id in
        page.owners.first { $0.isGroup == isGroup && $0.id == id }?.name
      }
      root.pages.append(
        CatalogueRoot.Page(
          folder: first.folder, name: first.name, address: try run.store(page: bytes),
          entryCount: UInt64(count)))
    }
    for section in page.sections {
      for old in section.entries {
        guard let entry = try successor(of: old, in: section.folder, run, &need) else { continue }
        if builder.byteCount >= EngineLimits.pageByteCountMax { try end() }
        builder.append(entry, in: section.folder)
      }
    }
    try end()
  }

  /// What an entry becomes; nil if it goes.
  private mutating func successor(
    of old: CatalogueEntry, in folder: [UInt8], _ run: RewriteRun, _ need: inout BlockSet
  ) throws -> CatalogueEntry? {
    if filter.withholds(old, in: folder) {
      count(old, by: -1)
      return nil
    }
    var entry = old
    if case .hardLink(let first) = old.content, filter.withholds(first) {
      if let heir = heirs[first] {
        entry.content = .hardLink(first: heir)
      } else if let file = try opened.entry(at: first) {
        heirs[first] = CataloguePath.join(folder, old.name)
        entry = file
        entry.name = old.name
        count(old, by: -1)
        count(entry, by: 1)
      } else {
        count(old, by: -1)
        return nil
      }
    }
    if case .file(let byteCount, let extents) = entry.content {
      let new = try run.extents(extents)
      for extent in new where !extent.isZeros { need.insert(extent.address) }
      entry.content = .file(byteCount: byteCount, extents: new)
    }
    return entry
  }

  private mutating func count(_ entry: CatalogueEntry, by step: Int) {
    func add(_ count: inout UInt64, _ value: UInt64 = 1) {
      // A root of an older program may count other things.
      count = step > 0 ? count &+ value : count - min(value, count)
    }
    switch entry.content {
    case .file(let byteCount, _):
      add(&counters.fileCount)
      add(&counters.byteCount, byteCount)
    case .folder: add(&counters.folderCount)
    case .symbolicLink: add(&counters.symbolicLinkCount)
    default: add(&counters.otherCount)
    }
    if entry.isUnreadable { add(&counters.unreadableCount) }
    if entry.changedDuringRead { add(&counters.changedCount) }
  }
}

/// Blocks by run, to which some are added and from which some are taken.
struct BlockSet {
  private(set) var runs: [RunID: BlockRanges] = [:]

  init(_ needs: SnapshotNeeds) {
    for run in needs.runs {
      runs[run.run] = BlockRanges(
        run.ranges.compactMap { BlockRange(first: Int($0.first), count: Int($0.count)) })
    }
  }

  mutating func insert(_ address: BlockAddress) {
    runs[address.run, default: BlockRanges()].insert(BlockRange(address.number))
  }

  mutating func remove(_ address: BlockAddress) {
    runs[address.run]?.subtract(BlockRanges(BlockRange(address.number)))
  }

  /// The list of a snapshot object.
  var list: SnapshotNeeds {
    SnapshotNeeds(
      runs: runs.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { run, ranges in
        SnapshotNeeds.Run(
          run: run,
          ranges: ranges.ranges.map {
            SnapshotNeeds.Range(first: $0.first, count: UInt32($0.count))
          })
      })
  }
}
