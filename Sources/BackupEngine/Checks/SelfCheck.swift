import BackupCrypto
import BackupFormat
public import BackupLog
import BackupObjects
import BackupStorage
import BackupSystem
import Synchronization

/// What the nightly self-check found.
public struct SelfCheckOutcome: Hashable, Sendable {
  /// Blocks read back.
  public var blockCount = 0
  /// Their bytes.
  public var byteCount: UInt64 = 0
  /// Blocks that were opened, their chunks compared with their ids.
  public var openedCount = 0
  /// Blocks that failed.
  public var failed: [Predicate.RunRange] = []
}

/// Reads back what a run wrote, past the page cache, and opens it while the content key lives.
///
/// Blocks of packs that were taken over from an interrupted run are compared with their hashes
/// only: their key died with that run.
struct SelfCheck {
  let session: RepositorySession
  let key: RunKey
  let secret: SetSecret
  /// The key of the run's chunk ids.
  let chunkIDKey: SecretKey
  let packs: [FinishedPack]
  let adopted: [FinishedPack]

  private struct Job: Sendable {
    var pack: FinishedPack
    var opens: Bool
  }

  func execute() throws -> SelfCheckOutcome {
    let jobs = BoundedRing<Job>(capacity: 4)
    let session = SessionPart(storage: session.storage, repository: session.id)
    let key = key
    let secret = secret
    let chunkIDKey = chunkIDKey
    // A worker waits for the medium as long as it reads: another one uses its processor meanwhile.
    let workers = try (0..<2 * Machine.processorCount).map { number in
      try WorkerThread("check-\(number)") { () throws -> SelfCheckOutcome in
        do {
          var worker = try SelfCheckWorker(session, key, secret, chunkIDKey)
          while let job = jobs.pop() {
            if Interrupt.isRequested { throw EngineError.interrupted }
            try worker.check(job.pack, opens: job.opens)
          }
          return worker.outcome
        } catch {
          jobs.fail(error)
          throw error
        }
      }
    }
    for pack in packs where !jobs.push(Job(pack: pack, opens: true)) { break }
    for pack in adopted where !jobs.push(Job(pack: pack, opens: false)) { break }
    jobs.close()
    var outcome = SelfCheckOutcome()
    var failure: (any Error)?
    for worker in workers {
      switch worker.join() {
      case .success(let part):
        outcome.blockCount += part.blockCount
        outcome.byteCount += part.byteCount
        outcome.openedCount += part.openedCount
        outcome.failed += part.failed
      case .failure(let error): failure = error
      }
    }
    if let failure = jobs.failure ?? failure { throw failure }
    return outcome
  }
}

/// What the threads of a check need of the session.
struct SessionPart: Sendable {
  let storage: any Storage
  let repository: RepositoryID
}

private struct SelfCheckWorker: ~Copyable {
  private let session: SessionPart
  private let key: RunKey
  private let chunkHasher: HMACHasher
  private let pageHasher: HMACHasher
  private var opener: BlockOpener
  // Both only grow: what is read again and again stays in the processor's caches.
  private var sealed: [UInt8] = []
  private var raw: [UInt8] = []
  private(set) var outcome = SelfCheckOutcome()

  init(
    _ session: SessionPart, _ key: RunKey, _ secret: SetSecret, _ chunkIDKey: SecretKey
  ) throws {
    let opener = try BlockOpener(repository: session.repository, set: secret.set)
    self.session = session
    self.key = key
    self.opener = opener
    chunkHasher = HMACHasher(key: chunkIDKey)
    pageHasher = HMACHasher(key: secret.pageIDKey)
  }

  mutating func check(_ pack: FinishedPack, opens: Bool) throws {
    let storageKey = try StorageKey.of(pack.name.path)
    try session.storage.forgetCached(storageKey)
    var blocks: [BlockAddress: ChunkList.Block] = [:]
    for block in pack.chunks.blocks { blocks[block.address] = block }
    var offset = UInt64(PackEnd.packMarkByteCount)
    var position = 0
    for segment in pack.segments.segments {
      for number in segment.first..<(segment.first + segment.count) {
        let byteCount = Int(pack.segments.byteCounts[position])
        let address = BlockAddress(run: pack.name.run, number: number)
        let isGood = try check(
          storageKey, offset, byteCount, pack.segments.digest(at: position),
          opens ? blocks[address] : nil, opens: opens)
        if !isGood, let range = BlockRange(first: Int(number), count: 1) {
          outcome.failed.append(Predicate.RunRange(run: address.run, range: range))
        }
        outcome.blockCount += 1
        outcome.byteCount += UInt64(byteCount)
        if opens, isGood { outcome.openedCount += 1 }
        offset += UInt64(byteCount)
        position += 1
      }
    }
  }

  private mutating func check(
    _ storageKey: StorageKey, _ offset: UInt64, _ byteCount: Int, _ digest: Digest?,
    _ block: ChunkList.Block?, opens: Bool
  ) throws -> Bool {
    var sealed: [UInt8] = []
    swap(&sealed, &self.sealed)
    defer { swap(&sealed, &self.sealed) }
    let missing = byteCount - sealed.count
    if missing > 0 { sealed.append(contentsOf: repeatElement(0, count: missing)) }
    do {
      var all = sealed.mutableSpan
      var span = all._mutatingExtracting(0..<byteCount)
      try session.storage.read(storageKey, at: offset, into: &span)
    } catch {
      guard case .object = EngineError.of(error, "") else { throw EngineError.storage(error) }
      return false
    }
    let found = sealed.span.extracting(0..<byteCount)
    guard Digest(SHA256.hash(found)) == digest else { return false }
    guard opens else { return true }
    guard let block else { return false }
    do {
      let count = try opener.open(
        found, key: key.contentKey, kind: block.kind, address: block.address, into: &raw)
      return ChunkComparison.matches(
        block, raw: raw, rawByteCount: count,
        hasher: block.kind == .dataBlock ? chunkHasher : pageHasher)
    } catch {
      return false
    }
  }
}
