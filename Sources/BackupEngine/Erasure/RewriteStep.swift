import BackupCrypto
import BackupFormat
import BackupLog
import BackupObjects
import BackupPolicy
import BackupStorage
import BackupSystem

/// One run of a strict erasure, from `started` to `rewritten`.
struct RewriteStep {
  private let session: RepositorySession
  private let keys: SetOpeningKeys
  private let survey: RewriteSurvey
  private let signer: Signer
  private let set: SetID

  init(
    _ session: RepositorySession, keys: SetOpeningKeys, survey: RewriteSurvey, signer: Signer
  ) {
    self.session = session
    self.keys = keys
    self.survey = survey
    self.signer = signer
    set = keys.secret.set
  }

  /// Rewrites `batch`; false if there was nothing to do.
  func execute(
    _ batch: [Snapshot], emptiesPacks: Bool, continuing own: [RunID],
    _ outcome: inout StrictErasureOutcome
  ) throws -> Bool {
    let locator = try session.locator(of: set).locator
    if batch.isEmpty, own.isEmpty {
      let moves = PackEmptying(locator, needed: needed(with: [], without: []))
      if moves.blocks.isEmpty { return false }
    }
    guard let run = RunID(try RandomBytes.make(count: 16)) else { throw EngineError.unavailable }
    let key = try RunKey.draw(
      repository: session.id, set: set, setPublicKey: keys.secret.publicKey, run: run)
    try session.append(
      [
        Draft(
          .started(
            Predicate.Started(run: run, set: set, purpose: .rewrite, continues: own.sorted())))
      ], by: signer)
    let writer = try RewriteRun(
      session, key: key, secret: keys.secret, chunkIDKey: try chunkIDKey(key),
      compression: try compression(batch))
    do {
      try keepBlocks(writer, locator, batch)
      let successors = try writeCatalogues(batch, writer)
      let needed = needed(with: successors.map(\.need), without: batch)
      if emptiesPacks {
        let moves = PackEmptying(locator, needed: needed)
        outcome.movedBlockCount += try carry(moves, locator, writer.packs)
      }
      try writer.packs.finish()
      try session.storage.barrier()
      try readBack(writer.packs.packs)
      try commit(successors, writer, needed)
    } catch {
      writer.packs.cancel()
      // What was stored is left to rotation; a run that stays open would only delay that.
      try? abandon(run)
      throw error
    }
    outcome.runCount += 1
    outcome.snapshotCount += batch.count
    outcome.sealedBlockCount += writer.chunks.count
    outcome.storedByteCount += writer.packs.packs.reduce(0) { $0 + $1.byteCount }
    return true
  }

  private func abandon(_ run: RunID) throws {
    try session.refresh()
    guard session.logState.runs[run]?.isOpen == true else { return }
    try session.append([Draft(.abandoned(Predicate.Abandoned(run: run)))], by: signer)
  }

  private func chunkIDKey(_ key: RunKey) throws(EngineError) -> SecretKey {
    guard session.sparesOnlyUnchanged(set) else { return keys.secret.chunkIDKey }
    do { return try RunKey.chunkIDKey(of: key.contentKey) } catch { throw .unavailable }
  }

  /// How the nights were compressed, by the policy that the newest of them holds.
  private func compression(_ batch: [Snapshot]) throws -> CompressionChoice {
    guard let newest = batch.last ?? session.logState.liveSnapshots(of: set).last,
      // A policy that can't be read says nothing; then the default will do.
      let policy = try? Policy.decode(try survey.open(newest).root.policyText)
    else { return .zstd(level: 3) }
    return switch policy.compression.codec {
    case .zstd: .zstd(level: policy.compression.level)
    case .zlib: .zlib(level: policy.compression.level)
    }
  }

  // MARK: Content

  /// Seals what stays of the blocks that hold erased content.
  private func keepBlocks(
    _ writer: RewriteRun, _ locator: BlockLocator, _ batch: [Snapshot]
  ) throws {
    guard let snapshot = batch.last else { return }
    let opened = try survey.open(snapshot)
    let blocks = survey.kept.filter { survey.blocks.contains($0.key) }
    let boundaries = try ChunkListReader(session, keys.secret).boundaries(of: Set(blocks.keys))
    var raw: [UInt8] = []
    for (address, ranges) in blocks.sorted(by: { locator.precedes($0.key, $1.key) }) {
      if Interrupt.isRequested { throw EngineError.interrupted }
      let count = try opened.block(address, into: &raw)
      if raw.count > count { raw.removeLast(raw.count - count) }
      try writer.keep(ranges, of: address, raw: raw, boundaries: boundaries[address])
    }
    try writer.flush()
  }

  private struct Successor {
    var snapshot: Snapshot
    var root: CatalogueRoot
    var need: SnapshotNeeds
  }

  private func writeCatalogues(
    _ batch: [Snapshot], _ writer: RewriteRun
  ) throws -> [Successor] {
    try batch.map { snapshot in
      if Interrupt.isRequested { throw EngineError.interrupted }
      var catalogue = try RewrittenCatalogue(snapshot, survey)
      let (root, need) = try catalogue.write(writer)
      return Successor(snapshot: snapshot, root: root, need: need)
    }
  }

  /// What live snapshots will need.
  private func needed(
    with new: [SnapshotNeeds], without old: [Snapshot]
  ) -> [RunID: BlockRanges] {
    let gone = Set(old.map(\.number))
    var ranges: [RunID: [BlockRange]] = [:]
    for snapshot in session.logState.liveSnapshots(of: set) where !gone.contains(snapshot.number) {
      guard let needs = snapshot.needs else { continue }
      for (i, run) in needs.runs.enumerated() {
        ranges[run, default: []] += Array(needs.blocks(at: i))
      }
    }
    for needs in new {
      for run in needs.runs {
        ranges[run.run, default: []] += run.ranges.compactMap {
          BlockRange(first: Int($0.first), count: Int($0.count))
        }
      }
    }
    return ranges.mapValues { BlockRanges($0) }
  }

  // MARK: Packs

  /// Carries blocks over as they are.
  private func carry(
    _ moves: PackEmptying, _ locator: BlockLocator, _ packs: MixedPackWriter
  ) throws -> Int {
    for block in moves.blocks {
      if Interrupt.isRequested { throw EngineError.interrupted }
      guard let head = locator.heads[block.address.run] else {
        throw EngineError.object(path: block.locations[0].pack.path, .missing)
      }
      var failure: EngineError?
      for location in block.locations {
        do throws(EngineError) {
          let sealed = try session.storage.readBlock(location)
          failure = nil
          do {
            try packs.append(
              sealed.span, number: block.address.number, head: head,
              digest: location.digest.bytes.span)
          } catch let error as StorageError {
            throw EngineError.storage(error)
          } catch let error as EngineError {
            throw error
          } catch {
            throw EngineError.unavailable
          }
          break
        } catch {
          guard case .object = error else { throw error }
          failure = error
        }
      }
      if let failure { throw failure }
    }
    return moves.blocks.count
  }

  /// Reads back from the medium what was written: after this the old bytes go.
  private func readBack(_ packs: [MixedPack]) throws {
    for pack in packs {
      try session.storage.forgetCached(try StorageKey.of(pack.name.path))
      var offset = UInt64(PackEnd.packMarkByteCount)
      for (position, byteCount) in pack.segments.byteCounts.enumerated() {
        guard let digest = pack.segments.digest(at: position) else { continue }
        _ = try session.storage.readBlock(
          BlockLocation(
            pack: pack.name, offset: offset, byteCount: Int(byteCount), digest: digest))
        offset += UInt64(byteCount)
      }
    }
  }

  // MARK: Commit

  private func commit(
    _ successors: [Successor], _ writer: RewriteRun, _ needed: [RunID: BlockRanges]
  ) throws {
    let storage = session.storage
    let run = writer.key.head.run
    var subjects: [Subject] = []
    func put(_ bytes: [UInt8], _ path: (Digest) -> ObjectPath) throws -> Digest {
      guard let digest = Digest(SHA256.hash(bytes)) else { throw EngineError.unavailable }
      _ = try storage.put(try StorageKey.of(path(digest).text), bytes.span)
      subjects.append(Subject(path: path(digest), digest: digest))
      return digest
    }
    for index in IndexObject.describing(
      writer.packs.packs, repository: session.id, set: set, run: run)
    {
      _ = try put(index.encode()) { .index($0) }
    }
    for list in try ChunkListReader(session, keys.secret).lists(
      of: needed, besides: writer.chunks, run: run)
    {
      _ = try put(list) { .chunks($0) }
    }
    try storage.barrier()
    var replaced: [Predicate.Successor] = []
    for successor in successors {
      let object = SnapshotObject(
        repository: session.id, head: writer.key.head, need: successor.need,
        sealedRoot: try SealedObjects.seal(
          root: successor.root, key: writer.key, repository: session.id,
          compression: .zstd(level: 3)))
      replaced.append(
        Predicate.Successor(
          new: try put(object.encode()) { .snapshot($0) }, old: successor.snapshot.number))
    }
    try storage.barrier()
    let statement = Draft(
      .rewritten(Predicate.Rewritten(run: run, set: set, successors: replaced)),
      subjects: subjects)
    do {
      try session.append([statement], by: signer)
    } catch EngineError.log(.wouldBeVoid(let findings)) {
      try session.refresh()
      for open in session.logState.openRuns(of: set) where open.id != run {
        throw EngineError.refused(.runOpen(open.id))
      }
      throw EngineError.log(.wouldBeVoid(findings))
    }
  }
}
