import BackupFormat
import BackupLog
import BackupObjects

/// What is to be rewritten: blocks that hold erased or dead bytes, and the snapshots that name them.
///
/// Every page that live snapshots have is read, each twice for each cut-off that matters. Memory:
/// about 150 bytes for each block that they need.
struct RewriteSurvey {
  /// A page as a snapshot sees it: through the requests that apply to that snapshot.
  private struct SeenPage: Hashable {
    var address: BlockAddress
    var filter: Int
  }

  /// What is found in a page.
  struct PageFacts {
    /// Whether entries go, or lose the file that they are further names of.
    var isErased = false
    /// First names that go while another name stays.
    var lostFirsts: [[UInt8]] = []
    /// Blocks of ``changing`` that entries which stay name.
    var keeps: Set<BlockAddress> = []
  }

  private let session: RepositorySession
  private let keys: SetOpeningKeys
  private let requests: [ErasureRequest]
  private var filters: [ErasureFilter] = []
  private var filterIndices: [[ErasureID]: Int] = [:]
  private var facts: [SeenPage: PageFacts] = [:]
  private var readAgain: Set<SeenPage> = []
  /// The stretches that entries which stay need.
  private(set) var kept: [BlockAddress: ByteRanges] = [:]
  /// The blocks that no snapshot may need any more: bytes in them are erased, or nothing names them.
  private(set) var blocks: Set<BlockAddress> = []
  /// These, and blocks that erased entries name and others keep whole.
  private(set) var changing: Set<BlockAddress> = []
  /// The snapshots that are to be rewritten, oldest first.
  private(set) var affected: [Snapshot] = []

  init(_ session: RepositorySession, keys: SetOpeningKeys, requests: [ErasureRequest]) throws {
    self.session = session
    self.keys = keys
    self.requests = requests
    let live = session.logState.liveSnapshots(of: keys.secret.set)
    for snapshot in live { try read(snapshot) }
    try findBlocks(live)
    changing.formUnion(blocks)
    for snapshot in live { try noteKept(snapshot) }
    affected = try live.filter { snapshot in
      let opened = try open(snapshot)
      return opened.root.pages.contains { isAffected($0.address, for: snapshot) }
    }
  }

  /// A snapshot as it is stored.
  func open(_ snapshot: Snapshot) throws -> OpenSnapshot {
    try session.open(snapshot, keys: keys, withholding: .none)
  }

  /// What goes from a snapshot.
  func filter(for snapshot: Snapshot) -> ErasureFilter {
    ErasureFilter(requests.filter { snapshot.taken.readStart <= $0.cutOff })
  }

  /// What was found in a page of a snapshot.
  func facts(of page: BlockAddress, for snapshot: Snapshot) -> PageFacts {
    guard let filter = filterIndices[applicable(to: snapshot)] else { return PageFacts() }
    return facts[SeenPage(address: page, filter: filter)] ?? PageFacts()
  }

  /// Whether a page has to be written anew for a snapshot.
  func isAffected(_ page: BlockAddress, for snapshot: Snapshot) -> Bool {
    let facts = facts(of: page, for: snapshot)
    return facts.isErased || !facts.keeps.isDisjoint(with: blocks)
  }

  private func applicable(to snapshot: Snapshot) -> [ErasureID] {
    requests.filter { snapshot.taken.readStart <= $0.cutOff }.map(\.erasure)
  }

  private mutating func filterIndex(_ snapshot: Snapshot) -> Int {
    let ids = applicable(to: snapshot)
    if let known = filterIndices[ids] { return known }
    filterIndices[ids] = filters.count
    filters.append(filter(for: snapshot))
    return filters.count - 1
  }

  /// Notes what goes from a snapshot and what stays.
  private mutating func read(_ snapshot: Snapshot) throws {
    let index = filterIndex(snapshot)
    let filter = filters[index]
    let opened = try open(snapshot)
    var firsts: Set<[UInt8]> = []
    for (position, page) in opened.root.pages.enumerated() {
      let seen = SeenPage(address: page.address, filter: index)
      if let known = facts[seen] {
        firsts.formUnion(known.lostFirsts)
        continue
      }
      var found = PageFacts()
      for section in try opened.page(at: position).sections {
        for entry in section.entries {
          if filter.withholds(entry, in: section.folder) {
            found.isErased = true
            for (address, _) in entry.stretches { changing.insert(address) }
            continue
          }
          for (address, range) in entry.stretches {
            kept[address, default: ByteRanges()].insert(range)
          }
          if case .hardLink(let first) = entry.content, filter.withholds(first) {
            found.isErased = true
            found.lostFirsts.append(first)
          }
        }
      }
      firsts.formUnion(found.lostFirsts)
      facts[seen] = found
    }
    // A file whose first name goes lives on under its next one.
    for first in firsts {
      for (address, range) in try opened.entry(at: first)?.stretches ?? [] {
        kept[address, default: ByteRanges()].insert(range)
      }
    }
  }

  /// Finds the blocks with bytes that no entry which stays names.
  private mutating func findBlocks(_ live: [Snapshot]) throws {
    var lengths = try ChunkListReader(session, keys.secret).lengths(of: kept)
    var opened: OpenSnapshot?
    var raw: [UInt8] = []
    for (address, ranges) in kept {
      if lengths[address] == nil, let newest = live.last {
        // No chunk list speaks of it: only the block itself says how long it is.
        let snapshot = try opened ?? open(newest)
        opened = snapshot
        lengths[address] = UInt32(try snapshot.block(address, into: &raw))
      }
      if let length = lengths[address], ranges.ranges != [0..<length] { blocks.insert(address) }
    }
    for address in changing where kept[address] == nil { blocks.insert(address) }
  }

  /// Notes which pages name a block that changes.
  private mutating func noteKept(_ snapshot: Snapshot) throws {
    guard !changing.isEmpty else { return }
    let index = filterIndex(snapshot)
    let filter = filters[index]
    let opened = try open(snapshot)
    for (position, page) in opened.root.pages.enumerated() {
      let seen = SeenPage(address: page.address, filter: index)
      guard readAgain.insert(seen).inserted else { continue }
      var keeps: Set<BlockAddress> = []
      for section in try opened.page(at: position).sections {
        for entry in section.entries where !filter.withholds(entry, in: section.folder) {
          for (address, _) in entry.stretches where changing.contains(address) {
            keeps.insert(address)
          }
        }
      }
      facts[seen]?.keeps = keeps
    }
  }
}

extension CatalogueEntry {
  /// The stretches of blocks that a file names.
  var stretches: [(BlockAddress, Range<UInt32>)] {
    guard case .file(_, let extents) = content else { return [] }
    return extents.filter { !$0.isZeros }.map {
      ($0.address, $0.offset..<$0.offset + UInt32($0.byteCount))
    }
  }
}
