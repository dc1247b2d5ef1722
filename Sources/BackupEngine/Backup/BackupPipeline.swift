import BackupCrypto
import BackupFormat
import BackupLog
import BackupObjects
import BackupStorage
import BackupSystem
import Synchronization

/// Numbers of a run that can be read while it goes on.
public final class BackupProgress: Sendable {
  private let run: Mutex<RunContext?> = Mutex(nil)

  /// Nothing has happened yet.
  public init() {}

  func attach(_ context: RunContext) { run.withLock { $0 = context } }

  private let expected = Atomic<UInt64>(0)

  func expect(entryCount: UInt64) { expected.store(entryCount, ordering: .relaxed) }

  /// How many entries there were last night; nil if nobody knows.
  public var expectedEntryCount: UInt64? {
    let count = expected.load(ordering: .relaxed)
    return count == 0 ? nil : count
  }

  /// Entries that have reached the catalogue.
  public var entryCount: UInt64 {
    run.withLock { $0?.entryCount.load(ordering: .relaxed) ?? 0 }
  }

  /// Bytes read from the source.
  public var readByteCount: UInt64 {
    run.withLock { $0?.readByteCount.load(ordering: .relaxed) ?? 0 }
  }

  /// Bytes sent to the store.
  public var sentByteCount: UInt64 {
    run.withLock { $0?.packs.sentByteCount.load(ordering: .relaxed) ?? 0 }
  }
}

/// What a run has made, before any of it is named by the log.
struct BackupProduct {
  var pages: [CatalogueRoot.Page]
  var need: SnapshotNeeds
  var counters: SnapshotCounters
  var unreadable: [UnreadableEntry]
  /// How many entries were left out, by the id of the rule.
  var excludedByRule: [String: UInt64]
  /// The packs of this run, on stable storage after a barrier.
  var packs: [FinishedPack]
  var readStart: Int64
  var readEnd: Int64
  /// Whether each source was empty, in the order of the scan's roots.
  var isRootEmpty: [Bool]
  /// Holds tomorrow's cache open until the snapshot's digest is known.
  var catalogue: CatalogueWriter
}

/// Scan → workers → catalogue: one read pass over a data set, with every buffer bounded.
///
/// The caller's thread compares, and scans with some helpers. As many workers as processors read, cut,
/// compress and seal. One thread
/// takes the entries in order and writes the catalogue. Batches bound what is in flight.
struct BackupPipeline {
  let run: RunContext
  let workerCount: Int

  /// Runs to the end; `cacheFile` gets tomorrow's cache, all but its header.
  func execute(
    scan: SourceScan, cache: CatalogueCacheReader?, formerPlaces: FormerPlaces?,
    isUnusable: (@Sendable (BlockAddress) -> Bool)?, cacheFile: CacheFile
  ) throws -> BackupProduct {
    let jobs = WorkBoard(workerCount: workerCount)
    let ordered = BoundedRing<Batch>(capacity: EngineLimits.batchCountInFlight)
    let roots = scan.roots
    let live = scan.live
    let run = run
    let readStart = run.clock().unix
    let catalogue = try CatalogueWriter(run, cache: cacheFile)
    try run.packs.start()
    let workers = try (0..<workerCount).map { number in
      try WorkerThread("backup-\(number)") {
        do {
          var worker = try BackupWorker(run, jobs, roots: roots, live: live)
          try worker.work()
        } catch {
          jobs.fail(error)
          ordered.fail(error)
          throw error
        }
      }
    }
    let cataloguer = try WorkerThread("catalogue") {
      do {
        while let batch = ordered.pop() {
          batch.waitUntilDone()
          // A batch that a failing worker let go is not whole.
          if let failure = jobs.failure { throw failure }
          try catalogue.append(batch)
        }
      } catch {
        jobs.fail(error)
        ordered.fail(error)
        throw error
      }
    }
    let scanner = BackupScanner(
      scan, cache: cache, formerPlaces: formerPlaces, isUnusable: isUnusable
    ) { batch in
      guard ordered.push(batch), !batch.needsReading || jobs.push(batch) else {
        // Nobody will read it, and the catalogue may wait for it already.
        batch.finish()
        throw jobs.failure ?? ordered.failure ?? EngineError.interrupted
      }
    }
    let scanning = Result { try scanner.run(threadCount: workerCount) }
    if case .failure(let error) = scanning {
      jobs.fail(error)
      ordered.fail(error)
    }
    jobs.close()
    ordered.close()
    var failure = scanning.failure
    for worker in workers { failure = worker.join().failure ?? failure }
    failure = cataloguer.join().failure ?? failure
    do {
      if let failure = jobs.failure ?? ordered.failure ?? failure { throw failure }
      let readEnd = run.clock().unix
      let (pages, need) = try catalogue.finish()
      let packs = try run.packs.finishAll()
      var counters = catalogue.counters
      counters.excludedCount = scanner.tally.excludedCount
      counters.socketCount = scanner.tally.socketCount
      counters.unreadableCount += UInt64(scanner.tally.unreadable.count)
      counters.readByteCount = run.readByteCount.load(ordering: .relaxed)
      counters.newByteCount = run.newByteCount.load(ordering: .relaxed)
      let former = scanner.formerFiles
      counters.formerFileCount = former.count
      counters.formerCompressibleCount = former.compressibleCount
      counters.goneFileCount = former.goneCount
      // What was encrypted under another name is a new file of noise and a file that is gone.
      counters.noiseFileCount += min(
        catalogue.addedNoiseCount, former.goneCompressibleCount)
      return BackupProduct(
        pages: pages, need: need, counters: counters,
        unreadable: scanner.tally.unreadable + catalogue.unreadable,
        excludedByRule: scanner.excludedByRule, packs: packs,
        readStart: readStart, readEnd: readEnd, isRootEmpty: scanner.isRootEmpty,
        catalogue: catalogue)
    } catch {
      run.packs.cancel()
      throw error
    }
  }
}

extension Result {
  /// The error, if it is one.
  fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
