import BackupCrypto
public import BackupFormat
public import BackupLog
import BackupObjects
import BackupPolicy
import BackupStorage
import BackupSystem

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
  private var stored: StoredChunks

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
    stored = StoredChunks(session, state, plan.secret)
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
    let name = SetState.journalName
    if !sparesOnlyUnchanged, let file = try state.open(name) {
      let old = try state.at(name) { () throws(SystemError) in
        try JournalReader(file, repository: session.id, set: plan.secret.set)
      }
      if var old, continues.contains(old.run) {
        while let pack = try state.at(name, { () throws(SystemError) in try old.next() }) {
          try adopt(pack)
        }
      }
    }
    let journal = try state.at(name) { () throws(SystemError) in
      try Journal(
        at: state.directory, name, repository: session.id, set: plan.secret.set, run: run)
    }
    for pack in adopted {
      try state.at(name) { () throws(SystemError) in try journal.append(pack) }
    }
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
    let index = try stored.openIndex(live, adopted: adopted) { try self.openCatalogue(live.last) }
    let renewal = RunRenewal(session, startStatement, signer: signer)
    let state = state
    let packs = PackWriter(storage: session.storage, head: key.head) { pack in
      try state.at(SetState.journalName) { () throws(SystemError) in try journal.append(pack) }
      try renewal.tick()
    }
    let context = RunContext(
      repository: session.id, secret: plan.secret, key: key, chunkIDKey: chunkIDKey,
      index: index, packs: packs,
      compression: plan.compression, chunkAverageByteCount: 1 << 18,
      blockByteCount: plan.blockByteCount,
      clock: session.clock)
    progress?.attach(context)
    if let text = try state.read(SetState.entryCountName, limitByteCount: 32),
      let count = UInt64(String(decoding: text, as: UTF8.self))
    {
      progress?.expect(entryCount: count)
    }
    let prepared = try prepareSources()
    let scan = try SourceScan(sources: plan.sources, rules: plan.scanRules, prepared: prepared)
    if !plan.acceptsMovedSources { try RootMemory(state).check(scan) }
    let cache = try openCatalogue(live.last)
    let usable = stored.blocks
    var isUnusable: (@Sendable (BlockAddress) -> Bool)?
    if stored.isRefresh || !logState.damagedBlocks.isEmpty {
      isUnusable = { address in !(usable[address.run]?.contains(address.number) ?? false) }
    }
    try state.remove(SetState.newCacheName)
    let cacheFile = try state.at(SetState.newCacheName) { () throws(SystemError) in
      try Descriptor.createFile(at: state.directory, SetState.newCacheName, mode: 0o600)
    }
    var formerPlaces: FormerPlaces?
    if cache != nil, let newest = live.last {
      formerPlaces = FormerPlaces(before: newest.taken.readStart) {
        try self.openCatalogue(newest)
      }
    }
    let product = try BackupPipeline(run: context, workerCount: plan.workerCount).execute(
      scan: scan, cache: cache, formerPlaces: formerPlaces, isUnusable: isUnusable,
      cacheFile: CacheFile(file: cacheFile, path: state.path(of: SetState.newCacheName)))
    index.forgetAdded()
    ProcessGuards.returnFreeMemory()
    var cleanUpFailure: EngineError?
    do { try prepared.release() } catch { cleanUpFailure = error }
    try checkContent(product, scan)
    var outcome = try commit(product, context, scan)
    outcome.cleanUpFailure = cleanUpFailure
    outcome.lostChunkLists = stored.lostLists
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

  // MARK: Commit

  private func commit(
    _ product: BackupProduct, _ context: RunContext, _ scan: SourceScan
  ) throws -> BackupOutcome {
    let storage = session.storage
    // Invariant 1 and 2 of section 10: packs first, then what names them.
    try storage.barrier()
    let packs = (adopted + product.packs).sorted { $0.name < $1.name }
    let indexObjects = try writeIndex(packs)
    let (lists, records) = try stored.writeLists(of: packs, run: run)
    var counters = product.counters
    var canaries = try CanaryMemory(state, plan.secret)
    for path in plan.canaries { try canaries.look(at: path) }
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
      unreadable: product.unreadable, excludedByRule: product.excludedByRule,
      canariesFound: canaries.foundCount,
      canariesExpected: plan.canaries.count, blockCount: blockCount,
      storedByteCount: storedByteCount,
      adoptedBlockCount: adopted.reduce(0) { $0 + $1.segments.blockCount },
      readStart: product.readStart, readEnd: product.readEnd,
      selfCheck: plan.readsBack
        ? try SelfCheck(
          session: session, key: key, secret: plan.secret, chunkIDKey: chunkIDKey,
          packs: product.packs, adopted: adopted
        ).execute() : nil,
      alarms: alarms, isRefresh: stored.isRefresh)
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

  /// Keeps for tomorrow what tonight has learned; the snapshot is safe already.
  private func remember(
    _ product: BackupProduct, _ scan: SourceScan, digest: Digest, lists: [Digest],
    records: [(ChunkID, ChunkPlace)]
  ) throws {
    try product.catalogue.finishCache(snapshot: digest)
    try state.at(SetState.cacheName) { () throws(SystemError) in
      try FileSystem.rename(
        at: state.directory, SetState.newCacheName, to: state.directory, SetState.cacheName)
    }
    let isRefresh = stored.isRefresh
    let known = isRefresh ? lists + stored.lists : lists
    try state.at(SetState.indexName) { () throws(SystemError) in
      if isRefresh { try state.index.removeAll() }
      if !known.isEmpty { try state.index.write(lists: known, records: records) }
    }
    try RootMemory(state).note(scan)
    let counters = product.counters
    let entryCount =
      counters.fileCount + counters.folderCount + counters.symbolicLinkCount + counters.otherCount
    try state.replace(SetState.entryCountName, with: [UInt8]("\(entryCount)".utf8))
    try state.remove(SetState.journalName)
    try state.synchronise()
  }
}
