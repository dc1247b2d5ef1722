import BackupCrypto
public import BackupFormat
public import BackupLog
public import BackupObjects
public import BackupPolicy
import BackupStorage
public import BackupSystem
import Synchronization

/// What is backed up and how: a data set of the policy.
public struct BackupPlan: Sendable {
  /// The data set's keys, as the writer holds them.
  public var secret: SetSecret
  /// Absolute paths of the sources that are read as they lie there.
  public var sources: [[UInt8]]
  /// Sources for which something must be done before they stand still.
  public var liveSources: [LiveSource]
  /// The include and exclude rules.
  public var rules: PathRules
  /// Whether folders with a `CACHEDIR.TAG` lose their content.
  public var excludesCaches: Bool
  /// Whether other file systems are left out.
  public var staysOnFileSystem: Bool
  /// Larger files are left out.
  public var maximumFileByteCount: UInt64?
  /// How new blocks are compressed.
  public var compression: CompressionChoice
  /// Fewer regular files than this are taken for a source that is not there.
  public var minimumFileCount: Int
  /// Files that must be there.
  public var canaries: [[UInt8]]
  /// The text of policy.json.
  public var policyText: [UInt8]
  /// The night under which the snapshot counts.
  public var night: BackupLog.Night
  /// Whether a source that changed its device or became empty is taken as it is.
  public var acceptsMovedSources: Bool
  /// Whether what was written is read back and opened at the end, while the key still lives.
  public var readsBack: Bool
  /// How many threads read; as many as processors by default.
  public var workerCount: Int
  /// From when on a night looks like an attack.
  public var alarms: Policy.DataSet.Alarms
  /// Folders of this program itself, which are left out wherever they lie: its state, the repository.
  public var ownFolders: [[UInt8]] = []

  /// Makes a plan of its parts.
  public init(
    secret: SetSecret, sources: [[UInt8]], rules: PathRules, excludesCaches: Bool,
    staysOnFileSystem: Bool, maximumFileByteCount: UInt64?, compression: CompressionChoice,
    minimumFileCount: Int, canaries: [[UInt8]], policyText: [UInt8], night: BackupLog.Night,
    acceptsMovedSources: Bool = false, readsBack: Bool = true,
    workerCount: Int = Machine.processorCount,
    alarms: Policy.DataSet.Alarms = Policy.DataSet.Alarms(), liveSources: [LiveSource] = []
  ) {
    self.secret = secret
    self.sources = sources
    self.liveSources = liveSources
    self.rules = rules
    self.excludesCaches = excludesCaches
    self.staysOnFileSystem = staysOnFileSystem
    self.maximumFileByteCount = maximumFileByteCount
    self.compression = compression
    self.minimumFileCount = minimumFileCount
    self.canaries = canaries
    self.policyText = policyText
    self.night = night
    self.acceptsMovedSources = acceptsMovedSources
    self.readsBack = readsBack
    self.workerCount = workerCount
    self.alarms = alarms
  }

  /// Where each source stands in the backup.
  var sourcePaths: [[UInt8]] { sources + liveSources.map(\.path) }

  /// The sources that can be looked at as they lie there; no copy or picture is made for that.
  public var readablePaths: [[UInt8]] {
    var paths = sources
    for case .snapshot(let path, _) in liveSources { paths.append(path) }
    for case .database(let path) in liveSources
    where !paths.contains(where: { CataloguePath.isWithin(path, $0) }) {
      paths.append(path)
    }
    return paths
  }

  var scanRules: ScanRules {
    ScanRules(
      paths: rules, excludesCaches: excludesCaches, staysOnFileSystem: staysOnFileSystem,
      maximumFileByteCount: maximumFileByteCount,
      ownFolders: Set(
        ownFolders.compactMap { path in
          // What is not there can't be met.
          (try? FileStatus.read(path: path)).map { FolderIdentity($0) }
        }))
  }
}

/// What a backup of one data set did.
public struct BackupOutcome: Sendable {
  /// The number of the snapshot in the log.
  public var number: Int
  /// The digest of the snapshot object.
  public var snapshot: Digest
  /// The run that made it.
  public var run: RunID
  /// What was counted.
  public var counters: SnapshotCounters
  /// What could not be read.
  public var unreadable: [UnreadableEntry]
  /// Canary files that were there, and how many there should be.
  public var canariesFound: Int
  /// Canary files that should be there.
  public var canariesExpected: Int
  /// New sealed blocks.
  public var blockCount: Int
  /// Their bytes.
  public var storedByteCount: UInt64
  /// How many blocks of an interrupted run were taken over.
  public var adoptedBlockCount: Int
  /// When reading the source began and ended, seconds since 1970.
  public var readStart: Int64
  /// When reading the source ended.
  public var readEnd: Int64
  /// What the self-check found; nil where none was asked for.
  public var selfCheck: SelfCheckOutcome?
  /// What about the night looked like an attack; if anything did, the data set is frozen now.
  public var alarms: [ChangeAlarm]
  /// Whether the night stored anew what shares a block with something dead.
  public var isRefresh: Bool
  /// Chunk lists that are missing or not as they were signed: their chunks were sent again.
  public var lostChunkLists: [Digest] = []
  /// Why a clear copy or a picture could not be removed; it is tried again at the next start.
  public var cleanUpFailure: EngineError?
}

/// One run over one data set: from the first `started` to the snapshot in the log.
public final class DataSetBackup {
  private let session: RepositorySession
  private let state: SetState
  private let plan: BackupPlan
  private let signer: Signer
  /// The run.
  public let run: RunID
  private let key: RunKey
  private let lock: Descriptor
  private var adopted: [FinishedPack] = []
  private var adoptedHeads: [RunID: RunHead] = [:]
  private let continues: [RunID]
  /// Whether only files that look unchanged are not stored again, by the policy in force.
  private let sparesOnlyUnchanged: Bool
  private let chunkIDKey: SecretKey
  private var journal: Journal?
  private var lostChunkLists: [Digest] = []
  private var reuse = Reuse()

  /// Which blocks this run may use again.
  private struct Reuse {
    var blocks: [RunID: BlockRanges] = [:]
    var isRefresh = false
    /// All chunk lists that the index was made from.
    var lists: [Digest] = []
  }

  /// Takes the data set's lock, draws the run's key, and finds out what it continues.
  ///
  /// - Parameter lockWaitSeconds: How long another run of the same set is waited for.
  public init(
    _ session: RepositorySession, _ plan: BackupPlan, signer: Signer, lockWaitSeconds: Int = 600
  ) throws(EngineError) {
    guard let stateFolder = session.state else { throw .refused(.race) }
    self.session = session
    self.plan = plan
    self.signer = signer
    state = try stateFolder.set(plan.secret.set)
    lock = try state.lock(waitSeconds: lockWaitSeconds)
    try session.refresh()
    do {
      guard let run = RunID(try RandomBytes.make(count: 16)) else { throw EngineError.unavailable }
      self.run = run
      key = try RunKey.draw(
        repository: session.id, set: plan.secret.set, setPublicKey: plan.secret.publicKey, run: run)
      sparesOnlyUnchanged = session.sparesOnlyUnchanged(plan.secret.set)
      chunkIDKey =
        sparesOnlyUnchanged
        ? try RunKey.chunkIDKey(of: key.contentKey) : plan.secret.chunkIDKey
    } catch {
      throw .unavailable
    }
    continues = session.logState.openRuns(of: plan.secret.set)
      .filter { $0.signer == signer.keyID && $0.purpose == .backup }.map(\.id)
  }

  /// Backs up a data set from `started` to the snapshot.
  ///
  /// A run that finds at its end that a block it needs was deleted meanwhile is continued by another,
  /// twice at most.
  public static func perform(
    _ session: RepositorySession, _ plan: BackupPlan, signer: Signer, lockWaitSeconds: Int = 600,
    progress: BackupProgress? = nil
  ) throws -> BackupOutcome {
    for _ in 0..<2 {
      do {
        let backup = try DataSetBackup(
          session, plan, signer: signer, lockWaitSeconds: lockWaitSeconds)
        try session.append([backup.startStatement], by: signer)
        return try backup.execute(progress: progress)
      } catch EngineError.refused(.blockGone) { continue }
    }
    let backup = try DataSetBackup(
      session, plan, signer: signer, lockWaitSeconds: lockWaitSeconds)
    try session.append([backup.startStatement], by: signer)
    return try backup.execute(progress: progress)
  }

  /// What the log has to say before a pack is written.
  public var startStatement: Draft {
    Draft(
      .started(
        Predicate.Started(
          run: run, set: plan.secret.set, purpose: .backup, continues: continues.sorted())))
  }

  /// Takes over what the interrupted runs have finished, and begins the journal of this one.
  private func prepare() throws {
    // The ids of an interrupted run that had a key of its own say nothing to this one.
    if !sparesOnlyUnchanged, let file = try state.open(SetState.journalName),
      let (old, packs) = try Journal.read(
        file, repository: session.id, set: plan.secret.set),
      continues.contains(old)
    {
      for pack in packs { try adopt(pack) }
    }
    let journal = try Journal(
      at: state.directory, SetState.journalName, repository: session.id, set: plan.secret.set,
      run: run)
    for pack in adopted { try journal.append(pack) }
    self.journal = journal
  }

  private func adopt(_ pack: FinishedPack) throws {
    let key = try StorageKey.of(pack.name.path)
    guard try session.storage.byteCount(of: key) == pack.byteCount else { return }
    do {
      let (end, bytes) = try session.readEnd(of: pack.name, byteCount: pack.byteCount)
      guard Digest(SHA256.hash(bytes)) == pack.endDigest, end.heads.count == 1 else { return }
      adoptedHeads[end.heads[0].run] = end.heads[0]
      adopted.append(pack)
    } catch let error as EngineError {
      // A pack that is not what the journal says is left where it is, and its content sent again.
      if case .storage = error { throw error }
    } catch let error as StorageError {
      throw EngineError.storage(error)
    } catch is FormatError {
      return
    }
  }

  /// Backs up; `started` of this run stands in the log.
  public func execute(progress: BackupProgress? = nil) throws -> BackupOutcome {
    try prepare()
    guard let journal else { throw EngineError.unavailable }
    let set = plan.secret.set
    let logState = session.logState
    let live = logState.liveSnapshots(of: set)
    if let number = logState.lastRewrites[set] { try state.forget(rewrittenBy: number) }
    let index = try openIndex(live)
    let renewal = RunRenewal(session, startStatement, signer: signer)
    let packs = PackWriter(storage: session.storage, head: key.head) { pack in
      try journal.append(pack)
      try renewal.tick()
    }
    let context = RunContext(
      repository: session.id, secret: plan.secret, key: key, chunkIDKey: chunkIDKey,
      index: index, packs: packs,
      compression: plan.compression, chunkAverageByteCount: 1 << 18,
      clock: session.clock)
    progress?.attach(context)
    if let text = try state.open(SetState.entryCountName)?.readToEnd(limitByteCount: 32),
      let count = UInt64(String(decoding: text, as: UTF8.self))
    {
      progress?.expect(entryCount: count)
    }
    let prepared = try prepareSources()
    let scan = try SourceScan(sources: plan.sources, rules: plan.scanRules, prepared: prepared)
    try checkRoots(scan)
    let cache = try openCatalogue(live.last)
    let usable = reuse.blocks
    var isUnusable: (@Sendable (BlockAddress) -> Bool)?
    if reuse.isRefresh || !logState.damagedBlocks.isEmpty {
      isUnusable = { address in !(usable[address.run]?.contains(address.number) ?? false) }
    }
    try state.remove(SetState.newCacheName)
    let cacheFile = try Descriptor.createFile(
      at: state.directory, SetState.newCacheName, mode: 0o600)
    var formerPlaces: FormerPlaces?
    if cache != nil, let newest = live.last {
      formerPlaces = FormerPlaces(before: newest.taken.readStart) {
        try self.openCatalogue(newest)
      }
    }
    let product = try BackupPipeline(run: context, workerCount: plan.workerCount).execute(
      scan: scan, cache: cache, formerPlaces: formerPlaces, isUnusable: isUnusable,
      cacheFile: cacheFile)
    index.forgetAdded()
    ProcessGuards.returnFreeMemory()
    var cleanUpFailure: EngineError?
    do { try prepared.release() } catch { cleanUpFailure = error }
    try checkContent(product, scan)
    var outcome = try commit(product, context, scan)
    outcome.cleanUpFailure = cleanUpFailure
    outcome.lostChunkLists = lostChunkLists
    return outcome
  }

  // MARK: Sources

  /// Makes the live sources stand still, and removes what a crash left of an earlier run's.
  private func prepareSources() throws(EngineError) -> PreparedSources {
    let name = [UInt8]("copies".utf8)
    let folder = session.state.map { $0.path } ?? []
    let copies = try CopiesFolder(
      parent: state.directory, name: name,
      path: folder + [UInt8]("/\(plan.secret.set.hex)/".utf8) + name)
    return try PreparedSources(
      plan.liveSources, in: copies, mark: String(run.hex.prefix(16)), time: session.now().unix)
  }

  /// A source that lies on another device than last time is an unmounted share, not a change.
  private func checkRoots(_ scan: SourceScan) throws {
    guard !plan.acceptsMovedSources, let file = try state.open(SetState.rootsName) else { return }
    let known = String(decoding: try file.readToEnd(limitByteCount: 1 << 20), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    for root in scan.roots where !root.isLive {
      let hex = Hex.encode(root.source)
      // A damaged line accuses nobody.
      guard let line = known.first(where: { $0.hasPrefix(hex + " ") }),
        let mark = RootMark(rawValue: String(line.dropFirst(hex.count + 1)))
      else { continue }
      guard mark == (try Self.mark(of: root)) else {
        throw EngineError.source(path: root.source, .otherDevice)
      }
    }
  }

  /// What a source is, as the next night is told.
  private enum RootMark: String {
    case file, folder, mount
  }

  /// Whether a source is the root of a file system of its own; device numbers may change at a
  /// restart, this does not.
  private static func mark(of root: SourceScan.Root) throws -> RootMark {
    guard root.descriptor != nil else { return .file }
    // Not what the scan reads: a picture is a file system of its own.
    let status = try FileStatus.read(path: root.source)
    let parent = try FileStatus.read(path: root.source + [UInt8]("/..".utf8))
    return parent.device != status.device ? .mount : .folder
  }

  private func rememberRoots(_ scan: SourceScan) throws {
    var text = ""
    for root in scan.roots where !root.isLive {
      text += Hex.encode(root.source) + " " + (try Self.mark(of: root)).rawValue + "\n"
    }
    try state.replace(SetState.rootsName, with: [UInt8](text.utf8))
  }

  /// An empty source is an error and not an empty backup.
  private func checkContent(_ product: BackupProduct, _ scan: SourceScan) throws {
    guard !plan.acceptsMovedSources else { return }
    for (root, isEmpty) in zip(scan.roots, product.isRootEmpty) where isEmpty {
      throw EngineError.source(path: root.source, .empty)
    }
    if product.counters.fileCount < UInt64(plan.minimumFileCount) {
      throw EngineError.source(path: plan.sourcePaths.first ?? [], .tooFewFiles)
    }
  }

  // MARK: Index

  /// Last night's catalogue, from its start; nil if it is not that of the newest live snapshot.
  private func openCatalogue(_ newest: Snapshot?) throws -> CatalogueCacheReader? {
    guard let newest, let file = try state.open(SetState.cacheName) else { return nil }
    return CatalogueCacheReader(
      file, repository: session.id, set: plan.secret.set, snapshot: newest.digest)
  }

  private func openIndex(_ live: [Snapshot]) throws -> ChunkIndex {
    let logState = session.logState
    let now = session.now()
    reuse.isRefresh = RefreshRule.isDue(logState, plan.secret.set, now: now)
    let sharing =
      reuse.isRefresh
      ? live.suffix(1) : RefreshRule.reusable(logState, plan.secret.set, now: now)[...]
    var needed: [RunID: BlockRanges] = [:]
    for snapshot in sharing {
      guard let needs = snapshot.needs else { continue }
      for (i, run) in needs.runs.enumerated() {
        needed[run, default: BlockRanges()].formUnion(BlockRanges(Array(needs.blocks(at: i))))
      }
    }
    var usable: [RunID: BlockRanges] = [:]
    for (run, ranges) in needed {
      usable[run] = ranges.intersection(logState.reusableBlocks(of: run))
    }
    // What a refresh finds dead is judged by all that a block holds: no record may be missing there.
    var pieces = try state.index.pieces(checkingRecords: reuse.isRefresh)
    var known = Set(pieces.flatMap(\.lists))
    reuse.lists = logState.chunkLists(of: plan.secret.set)
    for list in reuse.lists where known.insert(list).inserted {
      guard let chunks = try readChunkList(list) else {
        lostChunkLists.append(list)
        continue
      }
      pieces.append(
        try state.index.write(lists: [list], records: Self.records(of: chunks)).piece)
    }
    if reuse.isRefresh {
      usable = try LiveBlocks(usable, pieces: pieces).find {
        try self.openCatalogue(live.last)
      }
    }
    reuse.blocks = usable
    let usableRanges = usable
    let index = ChunkIndex(pieces: pieces) { address in
      usableRanges[address.run]?.contains(address.number) ?? false
    }
    for pack in adopted {
      for (id, place) in Self.records(of: pack.chunks) { _ = index.add(id, place) }
    }
    return index
  }

  /// A list that is missing or does not match counts as empty: its chunks are sent again.
  private func readChunkList(_ digest: Digest) throws -> ChunkList? {
    guard
      let bytes = try session.objects.bytes(
        of: .chunks(digest), limitByteCount: Limits.indexByteCount)
    else { return nil }
    return try? SealedObjects.openChunkList(  // what does not open is no help
      bytes, secret: plan.secret, repository: session.id)
  }

  private static func records(of list: ChunkList) -> [(ChunkID, ChunkPlace)] {
    var records: [(ChunkID, ChunkPlace)] = []
    append(list, to: &records)
    return records
  }

  private static func append(_ list: ChunkList, to records: inout [(ChunkID, ChunkPlace)]) {
    for block in list.blocks {
      var offset: UInt32 = 0
      for (i, byteCount) in block.byteCounts.enumerated() {
        let id = ChunkID(block.ids.span.extracting(i * 32..<i * 32 + 32))
        records.append(
          (id, ChunkPlace(address: block.address, offset: offset, byteCount: byteCount)))
        offset += byteCount
      }
    }
  }

  // MARK: Commit

  private func commit(
    _ product: BackupProduct, _ context: RunContext, _ scan: SourceScan
  ) throws -> BackupOutcome {
    let storage = session.storage
    // Invariant 1 and 2 of section 10: packs first, then what names them.
    try storage.barrier()
    let packs = (adopted + product.packs).sorted { $0.name < $1.name }
    let indexObjects = try writeIndex(packs)
    let (lists, records) = try writeChunkLists(packs)
    var counters = product.counters
    var canaries = try CanaryMemory(state, plan.secret)
    for path in plan.canaries { canaries.look(at: path) }
    counters.canaryCount = UInt64(canaries.foundCount)
    let root = CatalogueRoot(
      setName: plan.secret.name, readStart: product.readStart, readEnd: product.readEnd,
      sources: plan.sourcePaths, policyText: plan.policyText, counters: counters,
      pages: product.pages)
    let object = SnapshotObject(
      repository: session.id, head: key.head, need: product.need,
      sealedRoot: try SealedObjects.seal(
        root: root, key: key, repository: session.id, compression: plan.compression)
    ).encode()
    guard let digest = Digest(SHA256.hash(object)) else { throw EngineError.unavailable }
    try storage.barrier()
    _ = try storage.put(try StorageKey.of(ObjectPath.snapshot(digest).text), object.span)
    try storage.barrier()
    let storedByteCount = product.packs.reduce(0) { $0 + $1.segments.sealedByteCount }
    let blockCount = product.packs.reduce(0) { $0 + $1.segments.blockCount }
    let statement = Draft(
      .snapshot(
        Predicate.SnapshotTaken(
          run: run, set: plan.secret.set, night: plan.night, readStart: product.readStart,
          readEnd: product.readEnd, closes: ([run] + continues).sorted(), blocks: blockCount,
          byteCount: Int(storedByteCount))),
      subjects: [Subject(path: .snapshot(digest), digest: digest)]
        + indexObjects.map { Subject(path: .index($0), digest: $0) }
        + lists.map { Subject(path: .chunks($0), digest: $0) })
    try session.refresh()
    let alarms = ChangeAlarm.causes(
      in: counters, alarms: plan.alarms, canaryCount: plan.canaries.count)
    let number = try append([statement] + incident(alarms))
    try remember(product, scan, digest: digest, lists: lists, records: records)
    try canaries.remember(in: state)
    return BackupOutcome(
      number: number, snapshot: digest, run: run, counters: counters,
      unreadable: product.unreadable, canariesFound: canaries.foundCount,
      canariesExpected: plan.canaries.count, blockCount: blockCount,
      storedByteCount: storedByteCount,
      adoptedBlockCount: adopted.reduce(0) { $0 + $1.segments.blockCount },
      readStart: product.readStart, readEnd: product.readEnd,
      selfCheck: plan.readsBack
        ? try SelfCheck(
          session: session, key: key, secret: plan.secret, chunkIDKey: chunkIDKey,
          packs: product.packs, adopted: adopted
        ).execute() : nil,
      alarms: alarms, isRefresh: reuse.isRefresh)
  }

  /// The evidence that freezes the set, in the entry of the snapshot that it is about; nothing while
  /// it is frozen already.
  private func incident(_ alarms: [ChangeAlarm]) throws -> [Draft] {
    guard !alarms.isEmpty, !session.logState.isFrozen(plan.secret.set) else { return [] }
    guard let id = IncidentID(try RandomBytes.make(count: 16)) else {
      throw EngineError.unavailable
    }
    return [
      Draft(
        .incidentDetected(
          Predicate.IncidentDetected(
            incident: id, kind: .suddenChange, detected: session.now().unix)))
    ]
  }

  private func append(_ drafts: [Draft]) throws -> Int {
    do {
      guard let number = try session.append(drafts, by: signer) else {
        throw EngineError.refused(.race)
      }
      return number
    } catch EngineError.log(.wouldBeVoid(let findings)) {
      let isGone = findings.contains {
        if case .voidStatement(_, _, _, .notPresent) = $0 { true } else { false }
      }
      throw isGone ? EngineError.refused(.blockGone) : EngineError.log(.wouldBeVoid(findings))
    }
  }

  private func writeIndex(_ packs: [FinishedPack]) throws -> [Digest] {
    let named = packs.compactMap { pack -> NamedPack? in
      guard let head = pack.name.run == run ? key.head : adoptedHeads[pack.name.run] else {
        return nil
      }
      return NamedPack(
        name: pack.name, byteCount: pack.byteCount, endByteCount: pack.endByteCount,
        endDigest: pack.endDigest, segments: pack.segments.movingHeads { _ in 0 }, heads: [head])
    }
    return try IndexWriting.objects(
      named, repository: session.id, set: plan.secret.set, run: run
    ).map { object in
      let bytes = object.encode()
      guard let digest = Digest(SHA256.hash(bytes)) else { throw EngineError.unavailable }
      _ = try session.storage.put(
        try StorageKey.of(ObjectPath.index(digest).text), bytes.span)
      return digest
    }.sorted()
  }

  private func writeChunkLists(
    _ packs: [FinishedPack]
  ) throws -> (digests: [Digest], records: [(ChunkID, ChunkPlace)]) {
    var digests: [Digest] = []
    var records: [(ChunkID, ChunkPlace)] = []
    var blocks: [ChunkList.Block] = []
    records.reserveCapacity(
      packs.reduce(0) { $0 + $1.chunks.blocks.reduce(0) { $0 + $1.byteCounts.count } })
    var byteCount = 0
    var sequence: UInt64 = 0
    func flush() throws {
      guard !blocks.isEmpty else { return }
      let list = ChunkList(blocks: blocks.sorted { $0.address < $1.address })
      let bytes = try SealedObjects.seal(
        list,
        front: ChunkList.Front(
          repository: session.id, set: plan.secret.set, run: run, sequence: sequence),
        secret: plan.secret)
      guard let digest = Digest(SHA256.hash(bytes)) else { throw EngineError.unavailable }
      _ = try session.storage.put(
        try StorageKey.of(ObjectPath.chunks(digest).text), bytes.span)
      digests.append(digest)
      Self.append(list, to: &records)
      sequence += 1
      blocks = []
      byteCount = 0
    }
    func add(_ block: ChunkList.Block) throws {
      if byteCount > EngineLimits.listByteCount { try flush() }
      blocks.append(block)
      byteCount += block.byteCounts.count * 36 + 16
    }
    for pack in packs {
      for block in pack.chunks.blocks { try add(block) }
    }
    if reuse.isRefresh {
      // One new list of what is live, so that the old ones need not be kept for it.
      var listed: [RunID: BlockRanges] = [:]
      for old in reuse.lists.reversed() {
        for block in try readChunkList(old)?.blocks ?? []
        where reuse.blocks[block.address.run]?.contains(block.address.number) == true
          && listed[block.address.run]?.contains(block.address.number) != true
        {
          listed[block.address.run, default: BlockRanges()]
            .insert(BlockRange(block.address.number))
          try add(block)
        }
      }
    }
    try flush()
    return (digests.sorted(), records)
  }

  /// Keeps for tomorrow what tonight has learned; the snapshot is safe already.
  private func remember(
    _ product: BackupProduct, _ scan: SourceScan, digest: Digest, lists: [Digest],
    records: [(ChunkID, ChunkPlace)]
  ) throws {
    try product.catalogue.finishCache(snapshot: digest)
    try FileSystem.rename(
      at: state.directory, SetState.newCacheName, to: state.directory, SetState.cacheName)
    if reuse.isRefresh { try state.index.removeAll() }
    let known = reuse.isRefresh ? lists + reuse.lists : lists
    if !known.isEmpty { try state.index.write(lists: known, records: records) }
    try rememberRoots(scan)
    let counters = product.counters
    let entryCount =
      counters.fileCount + counters.folderCount + counters.symbolicLinkCount + counters.otherCount
    try state.replace(SetState.entryCountName, with: [UInt8]("\(entryCount)".utf8))
    try state.remove(SetState.journalName)
    try state.directory.synchronise()
  }
}
