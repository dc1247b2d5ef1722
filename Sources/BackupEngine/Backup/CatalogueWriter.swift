import BackupCrypto
import BackupFormat
import BackupObjects
import BackupSystem
import Synchronization

/// Where tomorrow's cache is written.
struct CacheFile {
  /// The open file.
  let file: Descriptor
  /// Its path, for whoever reads of an error.
  let path: [UInt8]
}

/// Takes entries in order and makes pages, the need list, and the cache for tomorrow.
///
/// Unchecked: the catalogue thread uses it alone, and the caller only after that thread was joined.
final class CatalogueWriter: @unchecked Sendable {
  private let run: RunContext
  private let hasher: HMACHasher
  private let gearTable: [UInt64]
  private var sealer: BlockSealer
  private var stream = BlockStream(lane: .catalogue, kind: .cataloguePage)
  private var output: [UInt8] = []
  private var builder = CataloguePageBuilder()
  /// Unchanged frames from the beginning of a page of last night's, which may go on being that page.
  private var held: [UnchangedFrame] = []
  private var need = NeedCollector()
  private var pages: [CatalogueRoot.Page] = []
  private var names = OwnerNames()
  private var cache: CatalogueCacheWriter
  private var lostFirsts: Set<[UInt8]> = []
  private(set) var counters = SnapshotCounters()
  /// New files that look like noise and whose content was not stored before.
  private(set) var addedNoiseCount: UInt64 = 0
  private(set) var unreadable: [UnreadableEntry] = []

  init(_ run: RunContext, cache: CacheFile) throws {
    self.run = run
    sealer = try BlockSealer(
      key: run.key, repository: run.repository, compression: run.compression)
    hasher = HMACHasher(key: run.secret.pageIDKey)
    gearTable = run.secret.gearTable
    self.cache = CatalogueCacheWriter(cache.file, path: cache.path)
  }

  func append(_ batch: Batch) throws {
    for folder in batch.folders {
      if let frame = folder.unchanged { try append(frame) }
      for pending in folder.entries {
        if pending.hasVanished {
          lostFirsts.insert(CataloguePath.join(folder.path, pending.entry.name))
        } else {
          try append(pending, in: folder.path)
        }
      }
    }
  }

  private func append(_ pending: PendingEntry, in folder: [UInt8]) throws {
    try endHeldPage(before: pending.entry.name, in: folder)
    try release()
    try endPage(before: pending.entry.name, in: folder)
    var entry = pending.entry
    if case .hardLink(let first) = entry.content, lostFirsts.contains(first) {
      entry.content = .file(byteCount: 0, extents: [])
      entry.isUnreadable = true
    }
    builder.append(entry, in: folder)
    try cache.append(
      entry, in: folder, inode: pending.inode, changeTime: pending.changeTime,
      isRacy: pending.isRacy, isNoise: pending.isNoise)
    count(entry)
    compare(pending)
    if case .hardLink(let first) = pending.entry.content, lostFirsts.contains(first) {
      // Its content was to be read under the first name, which was gone by then.
      unreadable.append(
        UnreadableEntry(
          path: CataloguePath.join(folder, entry.name), error: SystemError("openat2", 2)))
    }
    if let error = pending.error {
      unreadable.append(
        UnreadableEntry(path: CataloguePath.join(folder, entry.name), error: error))
    }
    run.entryCount.add(1, ordering: .relaxed)
  }

  /// Takes over what is as last night; a page of which that is true as a whole is not made again.
  private func append(_ unchanged: UnchangedFrame) throws {
    let frame = unchanged.frame
    try endHeldPage(before: unchanged.firstName, in: frame.folder)
    if let last = held.last, last.frame.number + 1 != frame.number { try release() }
    if held.isEmpty { try endPage(before: unchanged.firstName, in: frame.folder) }
    counters.add(unchanged)
    for address in unchanged.addresses { need.insert(address) }
    run.entryCount.add(UInt64(frame.entryCount), ordering: .relaxed)
    if !held.isEmpty || builder.entryCount == 0 && frame.beginsPage {
      held.append(unchanged)
    } else {
      try rewrite(frame)
    }
  }

  /// Ends the page where the rule says so.
  private func endPage(before name: [UInt8], in folder: [UInt8]) throws {
    if builder.entryCount > 0, isEnd(builder.byteCount, before: name, in: folder) { try endPage() }
  }

  /// Whether a page of so many bytes ends before an entry.
  private func isEnd(_ byteCount: Int, before name: [UInt8], in folder: [UInt8]) -> Bool {
    byteCount >= EngineLimits.pageByteCountMin
      && (byteCount >= EngineLimits.pageByteCountMax || isGoodCut(folder, name))
  }

  /// Ends the page that is held back, if it is whole: as it was, where the rule ends it here too.
  private func endHeldPage(before name: [UInt8], in folder: [UInt8]) throws {
    guard let page = held.last?.frame.page else { return }
    guard isEnd(page.byteCount, before: name, in: folder), try nameAgain(page) else {
      return try release()
    }
  }

  /// Names a page of last night again, if the store has it and its owners are called as they were.
  private func nameAgain(_ page: CachedPage) throws -> Bool {
    guard let first = held.first, run.index.isUsable(page.address),
      page.owners.allSatisfy({ (names.name(isGroup: $0.isGroup, $0.id) ?? []) == $0.name })
    else { return false }
    need.insert(page.address)
    pages.append(
      CatalogueRoot.Page(
        folder: first.frame.folder, name: first.firstName, address: page.address,
        entryCount: UInt64(page.entryCount)))
    try cache.append(pageOf: held.map(\.frame))
    held.removeAll(keepingCapacity: true)
    return true
  }

  /// Makes entries again of what was held back, where its page does not go on as it was.
  private func release() throws {
    guard !held.isEmpty else { return }
    let frames = held
    held.removeAll(keepingCapacity: true)
    for unchanged in frames { try rewrite(unchanged.frame) }
  }

  private func rewrite(_ frame: CacheFrame) throws {
    let entries = frame.entries()
    // Its bytes were compared and fit their check; to lose its files without a word would be worse than no backup.
    guard entries.count == frame.entryCount else {
      throw EngineError.state(path: SetState.cacheName, SystemError("read", 5))
    }
    for old in entries {
      try endPage(before: old.entry.name, in: frame.folder)
      builder.append(old.entry, in: frame.folder)
      try cache.append(
        old.entry, in: frame.folder, inode: old.inode, changeTime: old.changeTime,
        isRacy: old.isRacy, isNoise: old.isNoise)
    }
  }

  private func count(_ entry: CatalogueEntry) {
    switch entry.content {
    case .file(let byteCount, let extents):
      counters.fileCount += 1
      // Sparse files may add up to more than any number holds.
      let sum = counters.byteCount.addingReportingOverflow(byteCount)
      counters.byteCount = sum.overflow ? .max : sum.partialValue
      for extent in extents where !extent.isZeros { need.insert(extent.address) }
    case .folder: counters.folderCount += 1
    case .symbolicLink: counters.symbolicLinkCount += 1
    default: counters.otherCount += 1
    }
    if entry.isUnreadable { counters.unreadableCount += 1 }
    if entry.changedDuringRead { counters.changedCount += 1 }
  }

  /// Counts what a sudden change is told by.
  private func compare(_ pending: PendingEntry) {
    guard case .file(let byteCount, let extents) = pending.entry.content else { return }
    if pending.isNew {
      counters.addedFileCount += 1
      if pending.isKnownContent, byteCount > 0 {
        counters.movedFileCount += 1
      } else if pending.isNoise {
        addedNoiseCount += 1
      }
    } else if let former = pending.former, !former.isUnaltered, former.extents != extents {
      counters.alteredFileCount += 1
      if pending.isNoise, !former.isNoise { counters.noiseFileCount += 1 }
    }
  }

  /// The keyed rule: pages end before the same names night after night, whatever came before.
  private func isGoodCut(_ folder: [UInt8], _ name: [UInt8]) -> Bool {
    var hash: UInt64 = 0
    for byte in folder.suffix(32) { hash = (hash << 1) &+ gearTable[Int(byte)] }
    for byte in name.suffix(64) { hash = (hash << 1) &+ gearTable[Int(byte)] }
    return hash & EngineLimits.pageCutMask == 0
  }

  private func endPage() throws {
    guard builder.entryCount > 0 else { return }
    let entryCount = builder.entryCount
    let byteCount = builder.byteCount
    let first = builder.first
    var owners: [OwnerName] = []
    let page = builder.finish { isGroup, id in
      let name = self.names.name(isGroup: isGroup, id)
      owners.append(OwnerName(isGroup: isGroup, id: id, name: name ?? []))
      return name
    }
    let id = authenticate(page)
    let key = ChunkID(id.span)
    let address: BlockAddress
    if let known = run.index.place(of: key), Int(known.byteCount) == page.count {
      address = known.address
    } else {
      let place = try stream.place(byteCount: page.count, run, &sealer, &output)
      if let faster = run.index.add(key, place) {
        address = faster.address
      } else {
        stream.append(page.span, id: id)
        try stream.flush(run, &sealer, &output)
        address = place.address
      }
    }
    need.insert(address)
    pages.append(
      CatalogueRoot.Page(
        folder: first.folder, name: first.name, address: address, entryCount: UInt64(entryCount)))
    try cache.endPage(
      CachedPage(address: address, entryCount: entryCount, byteCount: byteCount, owners: owners))
  }

  private func authenticate(_ page: [UInt8]) -> [UInt8] {
    hasher.update(page.span)
    return hasher.finish()
  }

  /// Ends the last page.
  func finish() throws -> (pages: [CatalogueRoot.Page], need: SnapshotNeeds) {
    let page = held.last?.frame.page
    if try page.map({ try nameAgain($0) }) != true {
      try release()
      try endPage()
    }
    return (pages, need.needList())
  }

  /// Ends the cache, once the snapshot object is made.
  func finishCache(snapshot: Digest) throws {
    try cache.finish(repository: run.repository, set: run.secret.set, snapshot: snapshot)
  }
}

/// Names of users and groups, asked once each.
struct OwnerNames {
  private var users: [UInt32: [UInt8]?] = [:]
  private var groups: [UInt32: [UInt8]?] = [:]

  mutating func name(isGroup: Bool, _ id: UInt32) -> [UInt8]? {
    if let known = isGroup ? groups[id] : users[id] { return known }
    let name: [UInt8]?
    do {
      name = isGroup ? try Accounts.groupName(id) : try Accounts.userName(id)
    } catch {
      // The number is what counts; a name that can't be looked up is left out.
      name = nil
    }
    if isGroup { groups[id] = .some(name) } else { users[id] = .some(name) }
    return name
  }
}

extension SnapshotCounters {
  fileprivate mutating func add(_ unchanged: UnchangedFrame) {
    fileCount += unchanged.fileCount
    folderCount += unchanged.folderCount
    symbolicLinkCount += unchanged.symbolicLinkCount
    otherCount += unchanged.otherCount
    // Sparse files may add up to more than any number holds.
    let sum = byteCount.addingReportingOverflow(unchanged.byteCount)
    byteCount = sum.overflow ? .max : sum.partialValue
  }
}
