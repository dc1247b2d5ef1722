import BackupCrypto
public import BackupFormat
import BackupLog
public import BackupObjects
import BackupStorage
import BackupSystem

/// What level L2 found in a data set.
public struct DeepCheckOutcome: Sendable {
  /// Blocks that live snapshots need.
  public var blockCount = 0
  /// Their sealed bytes.
  public var byteCount: UInt64 = 0
  /// Blocks that were opened and whose chunks match their ids.
  public var comparedCount = 0
  /// Blocks that were opened, but of which no readable chunk list speaks.
  public var uncomparedCount = 0
  /// Blocks that could not be opened, or do not match.
  public var damaged: [BlockAddress] = []
  /// Snapshots whose catalogue and need list disagree, or whose catalogue can't be read.
  public var badSnapshots: [(number: Int, reason: String)] = []
}

/// Level L2: every block that a live snapshot needs is decrypted, authenticated and decompressed;
/// every chunk's plaintext matches its id; and no catalogue needs a block beyond its need list.
public struct DeepCheck {
  private let session: RepositorySession
  private let keys: SetOpeningKeys

  /// Checks the data set of `keys`.
  public init(_ session: RepositorySession, keys: SetOpeningKeys) {
    self.session = session
    self.keys = keys
  }

  /// Does it.
  ///
  /// - Parameter progress: Told now and then how many sealed bytes are on their way, and of how many.
  public func execute(
    progress: (_ byteCount: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws -> DeepCheckOutcome {
    let set = keys.secret.set
    let live = session.logState.liveSnapshots(of: set)
    let (locator, _) = try session.locator(of: set)
    var outcome = DeepCheckOutcome()
    var kinds: [BlockAddress: ObjectKind] = [:]
    for snapshot in live { checkCatalogue(snapshot, &outcome, &kinds) }
    let chunks = try chunkLists()
    var blocks: [NeededBlock] = []
    var seen: Set<BlockAddress> = []
    for snapshot in live {
      guard let needs = snapshot.needs else { continue }
      for (i, run) in needs.runs.enumerated() {
        for range in needs.blocks(at: i) {
          for number in range.first..<range.end {
            let address = BlockAddress(run: run, number: number)
            guard seen.insert(address).inserted else { continue }
            let locations = locator.locations(of: address)
            if locations.isEmpty {
              outcome.damaged.append(address)
            } else {
              blocks.append(NeededBlock(address: address, locations: locations, pieces: []))
            }
          }
        }
      }
    }
    outcome.blockCount = seen.count
    try open(blocks, locator, kinds, chunks, &outcome, progress)
    return outcome
  }

  /// Reads a catalogue and compares what it names with the need list.
  private func checkCatalogue(
    _ snapshot: Snapshot, _ outcome: inout DeepCheckOutcome,
    _ kinds: inout [BlockAddress: ObjectKind]
  ) {
    do {
      let opened = try session.open(snapshot, keys: keys, withholding: .none)
      var need = NeedCollector()
      for (index, page) in opened.root.pages.enumerated() {
        need.insert(page.address)
        kinds[page.address] = .cataloguePage
        for section in try opened.page(at: index).sections {
          for entry in section.entries {
            guard case .file(_, let extents) = entry.content else { continue }
            for extent in extents where !extent.isZeros { need.insert(extent.address) }
          }
        }
      }
      guard need.needList() == opened.need else {
        outcome.badSnapshots.append(
          (snapshot.number, "the catalogue names other blocks than the need list"))
        return
      }
    } catch {
      outcome.badSnapshots.append((snapshot.number, "the catalogue can't be read: \(error)"))
    }
  }

  private func chunkLists() throws -> [BlockAddress: ChunkList.Block] {
    var blocks: [BlockAddress: ChunkList.Block] = [:]
    for digest in session.logState.chunkLists(of: keys.secret.set) {
      guard
        let bytes = try session.objects.bytes(
          of: .chunks(digest), limitByteCount: Limits.indexByteCount),
        let list = try? SealedObjects.openChunkList(  // an unreadable list compares nothing
          bytes, secret: keys.secret, repository: session.id)
      else { continue }
      for block in list.blocks { blocks[block.address] = block }
    }
    return blocks
  }

  private func open(
    _ blocks: [NeededBlock], _ locator: BlockLocator, _ kinds: [BlockAddress: ObjectKind],
    _ chunks: [BlockAddress: ChunkList.Block], _ outcome: inout DeepCheckOutcome,
    _ progress: (_ byteCount: UInt64, _ total: UInt64) -> Void
  ) throws {
    let groups = BoundedRing<ReadGroup>(capacity: 8)
    let part = SessionPart(storage: session.storage, repository: session.id)
    var heads = locator.heads
    for snapshot in session.logState.liveSnapshots(of: keys.secret.set) {
      if let object = try session.objects.snapshotObject(snapshot.digest) {
        heads[object.head.run] = object.head
      }
    }
    let contentKeys = ContentKeys(
      repository: session.id, privateKey: keys.privateKey, heads: heads)
    let secret = keys.secret
    let workers = try (0..<Machine.processorCount).map { number in
      try WorkerThread("verify-\(number)") { () throws -> DeepCheckOutcome in
        do {
          var worker = try DeepCheckWorker(part, secret, contentKeys, kinds, chunks)
          while let group = groups.pop() {
            if Interrupt.isRequested { throw EngineError.interrupted }
            try worker.check(group)
          }
          return worker.outcome
        } catch {
          groups.fail(error)
          throw error
        }
      }
    }
    let made = ReadGroup.make(blocks)
    let total = made.reduce(0) { $0 + UInt64($1.byteCount) }
    var sent: UInt64 = 0
    for group in made {
      guard groups.push(group) else { break }
      sent += UInt64(group.byteCount)
      progress(sent, total)
    }
    groups.close()
    var failure: (any Error)?
    for worker in workers {
      switch worker.join() {
      case .success(let part):
        outcome.byteCount += part.byteCount
        outcome.comparedCount += part.comparedCount
        outcome.uncomparedCount += part.uncomparedCount
        outcome.damaged += part.damaged
      case .failure(let error): failure = error
      }
    }
    if let failure = groups.failure ?? failure { throw failure }
  }
}

private struct DeepCheckWorker: ~Copyable {
  private let part: SessionPart
  private let contentKeys: ContentKeys
  private let kinds: [BlockAddress: ObjectKind]
  private let chunks: [BlockAddress: ChunkList.Block]
  private let chunkHasher: HMACHasher
  private let pageHasher: HMACHasher
  /// For runs that have a key of chunk ids of their own.
  private var runHashers: [RunID: HMACHasher] = [:]
  private var opener: BlockOpener
  // Both only grow: what is read again and again stays in the processor's caches.
  private var sealed: [UInt8] = []
  private var raw: [UInt8] = []
  private(set) var outcome = DeepCheckOutcome()

  init(
    _ part: SessionPart, _ secret: SetSecret, _ contentKeys: ContentKeys,
    _ kinds: [BlockAddress: ObjectKind], _ chunks: [BlockAddress: ChunkList.Block]
  ) throws {
    let opener = try BlockOpener(repository: part.repository, set: secret.set)
    self.part = part
    self.contentKeys = contentKeys
    self.kinds = kinds
    self.chunks = chunks
    self.opener = opener
    chunkHasher = HMACHasher(key: secret.chunkIDKey)
    pageHasher = HMACHasher(key: secret.pageIDKey)
  }

  mutating func check(_ group: ReadGroup) throws {
    for block in group.blocks {
      var isGood = false
      for location in block.locations where !isGood {
        isGood = try check(block.address, location)
      }
      if !isGood { outcome.damaged.append(block.address) }
    }
  }

  /// Whether the chunks match their ids, under the set's key or under the run's own.
  private mutating func matches(
    _ block: ChunkList.Block, _ count: Int, _ contentKey: SecretKey
  ) throws -> Bool {
    func isSame(_ hasher: HMACHasher) -> Bool {
      ChunkComparison.matches(block, raw: raw, rawByteCount: count, hasher: hasher)
    }
    if block.kind == .cataloguePage { return isSame(pageHasher) }
    let run = block.address.run
    if let known = runHashers[run] { return isSame(known) }
    if isSame(chunkHasher) { return true }
    let own = HMACHasher(key: try RunKey.chunkIDKey(of: contentKey))
    guard isSame(own) else { return false }
    runHashers[run] = own
    return true
  }

  private mutating func check(
    _ address: BlockAddress, _ location: BlockLocation
  ) throws -> Bool {
    var sealed: [UInt8] = []
    swap(&sealed, &self.sealed)
    defer { swap(&sealed, &self.sealed) }
    let missing = location.byteCount - sealed.count
    if missing > 0 { sealed.append(contentsOf: [UInt8](repeating: 0, count: missing)) }
    do {
      var all = sealed.mutableSpan
      var span = all._mutatingExtracting(0..<location.byteCount)
      try part.storage.read(
        try StorageKey.of(location.pack.path), at: location.offset, into: &span)
    } catch let error as StorageError {
      guard case .object = EngineError.of(error, "") else { throw EngineError.storage(error) }
      return false
    }
    let found = sealed.span.extracting(0..<location.byteCount)
    guard Digest(SHA256.hash(found)) == location.digest else { return false }
    do {
      let key = try contentKeys.key(of: address.run)
      let count = try opener.open(
        found, key: key, kind: kinds[address] ?? .dataBlock, address: address, into: &raw)
      outcome.byteCount += UInt64(location.byteCount)
      guard let block = chunks[address] else {
        outcome.uncomparedCount += 1
        return true
      }
      guard try matches(block, count, key) else { return false }
      outcome.comparedCount += 1
      return true
    } catch {
      return false
    }
  }
}

/// Whether raw bytes are the chunks that a chunk list says they are.
enum ChunkComparison {
  static func matches(
    _ block: ChunkList.Block, raw: [UInt8], rawByteCount: Int, hasher: HMACHasher
  ) -> Bool {
    var offset = 0
    var id = [UInt8](repeating: 0, count: HMACSHA256.codeByteCount)
    for (i, byteCount) in block.byteCounts.enumerated() {
      let end = offset + Int(byteCount)
      guard end <= rawByteCount else { return false }
      var code = id.mutableSpan
      hasher.authenticate(raw.span.extracting(offset..<end), into: &code)
      for k in id.indices where id[k] != block.ids[i * id.count + k] { return false }
      offset = end
    }
    return offset == rawByteCount
  }
}
