internal import BackupCrypto
internal import BackupFormat
internal import BackupLog
internal import BackupStorage
internal import BackupSystem

/// Reads sealed blocks in the order in which they lie, and hashes them on every core.
///
/// Each worker holds one buffer. Whoever is free takes the next stretch of a pack and reads it while
/// the others hash what they read before: the store sees one reader that goes forward, and memory
/// is the number of workers times 8 MiB.
struct BlockReader: Sendable {
  /// A block that is not as it was signed.
  struct Bad: Sendable {
    let pack: Int
    let place: Int
    /// What the store said; nil if the bytes are others.
    let error: StorageError?
  }

  /// What was read.
  struct Outcome: Sendable {
    var read = VerificationReport.Count()
    var bad: [Bad] = []
    /// Packs of which the first bytes are not the mark.
    var unmarked: [Int] = []
    /// Bad blocks beyond those that are listed.
    var omittedCount = 0
  }

  let storage: any Storage
  let map: PackMap
  let plan: ReadPlan
  /// Whether packs are read from the medium and not from the memory of an earlier read.
  let forgetsCached: Bool
  let progress: @Sendable (VerificationProgress) -> Void

  /// Reads everything that the plan asks for.
  func run() throws(VerifierError) -> Outcome {
    let source = Monitor(StretchSource(map: map, plan: plan, forgetsCached: forgetsCached))
    let outcome = Monitor(Outcome())
    let total = map.byteCount(of: plan)
    let count = min(Machine.processorCount, VerifierLimits.workerCount)
    var workers: [WorkerThread<StorageError?>] = []
    for i in 0..<count {
      do {
        workers.append(
          try WorkerThread("verify-\(i)") {
            Worker(reader: self, source: source, outcome: outcome, total: total).run()
          })
      } catch {
        // Those that run go on; without any there is nothing to wait for.
        if workers.isEmpty { throw .system(error) }
      }
    }
    var failure: StorageError?
    for worker in workers {
      if case .success(let error?) = worker.join() { failure = error }
    }
    if let failure { throw .storage(failure) }
    return outcome.withLock { $0 }
  }
}

/// One thread's work.
private final class Worker {
  private let reader: BlockReader
  private let source: Monitor<StretchSource>
  private let outcome: Monitor<BlockReader.Outcome>
  private let total: UInt64
  private var buffer = [UInt8](repeating: 0, count: VerifierLimits.readByteCount)
  private var digest = [UInt8](repeating: 0, count: SHA256.digestByteCount)

  init(
    reader: BlockReader, source: Monitor<StretchSource>, outcome: Monitor<BlockReader.Outcome>,
    total: UInt64
  ) {
    self.reader = reader
    self.source = source
    self.outcome = outcome
    self.total = total
  }

  /// Works until nothing is left; returns what the store can't answer for.
  func run() -> StorageError? {
    while true {
      var failure: StorageError?
      // Taking a stretch and reading it is one step, so that reads go forward.
      let next = source.withLock { source -> Stretch? in
        guard let stretch = source.next(reader.storage) else { return nil }
        failure = read(stretch.offset, stretch.byteCount, of: stretch.key)
        if let failure, !failure.isAboutOneObject { source.stop() }
        return stretch
      }
      guard let stretch = next else { return nil }
      if let failure {
        guard failure.isAboutOneObject else { return failure }
        if let error = readOneByOne(stretch) { return error }
      } else {
        check(stretch)
      }
    }
  }

  private func read(_ offset: UInt64, _ byteCount: Int, of key: StorageKey) -> StorageError? {
    do {
      try Self.fill(&buffer, byteCount, from: offset, of: key, in: reader.storage)
      return nil
    } catch { return error }
  }

  /// Fills the first bytes of a buffer.
  private static func fill(
    _ buffer: inout [UInt8], _ byteCount: Int, from offset: UInt64, of key: StorageKey,
    in storage: any Storage
  ) throws(StorageError) {
    var all = buffer.mutableSpan
    var part = all._mutatingExtracting(0..<byteCount)
    try storage.read(key, at: offset, into: &part)
  }

  /// Hashes a stretch that stands in the buffer.
  private func check(_ stretch: Stretch) {
    var bad: [BlockReader.Bad] = []
    var bytes: UInt64 = 0
    for block in stretch.blocks {
      bytes += UInt64(block.byteCount)
      if !isAsSigned(block, stretch, at: block.offset) {
        bad.append(BlockReader.Bad(pack: stretch.pack, place: block.place, error: nil))
      }
    }
    let isUnmarked = stretch.beginsPack && !startsWithMark()
    note(stretch, bytes, bad, isUnmarked: isUnmarked)
  }

  /// Reads block by block what could not be read at once, to lose no more than is lost.
  private func readOneByOne(_ stretch: Stretch) -> StorageError? {
    var bad: [BlockReader.Bad] = []
    var bytes: UInt64 = 0
    var isUnmarked = false
    if stretch.beginsPack {
      if let error = read(0, PackEnd.packMarkByteCount, of: stretch.key) {
        if !error.isAboutOneObject { return error }
      } else {
        isUnmarked = !startsWithMark()
      }
    }
    for block in stretch.blocks {
      bytes += UInt64(block.byteCount)
      let offset = stretch.offset + UInt64(block.offset)
      if let error = read(offset, block.byteCount, of: stretch.key) {
        if !error.isAboutOneObject { return error }
        bad.append(BlockReader.Bad(pack: stretch.pack, place: block.place, error: error))
      } else if !isAsSigned(block, stretch, at: 0) {
        bad.append(BlockReader.Bad(pack: stretch.pack, place: block.place, error: nil))
      }
    }
    note(stretch, bytes, bad, isUnmarked: isUnmarked)
    return nil
  }

  private func isAsSigned(_ block: Stretch.Block, _ stretch: Stretch, at offset: Int) -> Bool {
    var span = digest.mutableSpan
    SHA256.hash(buffer.span.extracting(offset..<offset + block.byteCount), into: &span)
    let signed = reader.map.packs[stretch.pack].described.segments.digests
    let start = block.place * SHA256.digestByteCount
    for i in 0..<SHA256.digestByteCount where digest[i] != signed[start + i] { return false }
    return true
  }

  private func startsWithMark() -> Bool {
    let mark = [UInt8]("NSPACK1\n".utf8)
    return [UInt8](buffer[..<PackEnd.packMarkByteCount]) == mark
  }

  private func note(
    _ stretch: Stretch, _ bytes: UInt64, _ bad: [BlockReader.Bad], isUnmarked: Bool
  ) {
    let done = outcome.withLock { outcome in
      outcome.read.count += stretch.blocks.count
      outcome.read.byteCount += bytes
      let room = max(0, VerifierLimits.findingCount - outcome.bad.count)
      outcome.bad.append(contentsOf: bad.prefix(room))
      outcome.omittedCount += max(0, bad.count - room)
      if isUnmarked { outcome.unmarked.append(stretch.pack) }
      return outcome.read.byteCount
    }
    reader.progress(VerificationProgress(phase: .blocks, done: done, total: total))
  }
}
