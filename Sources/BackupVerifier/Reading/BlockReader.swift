internal import BackupCrypto
internal import BackupFormat
internal import BackupLog
internal import BackupStorage
internal import BackupSystem

/// Reads sealed blocks in the order in which they lie, and hashes them on every core.
///
/// Each worker holds one buffer. Whoever is free takes the next stretch of a pack, reads it and hashes it:
/// the store sees a few readers close together that go forward, and memory is the number of workers, one
/// more than processors, times 8 MiB. Other blocks than those that live snapshots need are read
/// and checked along with them, and counted apart.
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
    /// Blocks that live snapshots need.
    var read = VerificationReport.Count()
    /// Other blocks, and ends of packs.
    var hashed = VerificationReport.Count()
    var bad: [Bad] = []
    /// How many bad blocks live snapshots need, those that are not listed too.
    var badNeededCount = 0
    /// Ends that are not as they were signed.
    var ends: [PackEndCheck.Bad] = []
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
    if total == 0 { return Outcome() }
    let count = min(Machine.processorCount + 1, VerifierLimits.workerCount)
    let bufferByteCount = map.largestReadByteCount
    var workers: [WorkerThread<StorageError?>] = []
    for i in 0..<count {
      do {
        workers.append(
          try WorkerThread("verify-\(i)") {
            Worker(
              reader: self, source: source, outcome: outcome, total: total,
              bufferByteCount: bufferByteCount
            ).run()
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
    if Interrupt.isRequested { throw .interrupted }
    return outcome.withLock { $0 }
  }
}

/// One thread's work.
private final class Worker {
  private let reader: BlockReader
  private let source: Monitor<StretchSource>
  private let outcome: Monitor<BlockReader.Outcome>
  private let total: UInt64
  private var buffer: [UInt8]
  private var digest = [UInt8](repeating: 0, count: SHA256.digestByteCount)

  init(
    reader: BlockReader, source: Monitor<StretchSource>, outcome: Monitor<BlockReader.Outcome>,
    total: UInt64, bufferByteCount: Int
  ) {
    buffer = [UInt8](repeating: 0, count: bufferByteCount)
    self.reader = reader
    self.source = source
    self.outcome = outcome
    self.total = total
  }

  /// Works until nothing is left; returns what the store can't answer for.
  func run() -> StorageError? {
    // What was read so far says nothing of the rest, and is thrown away.
    while !Interrupt.isRequested, let stretch = source.withLock({ $0.next(reader.storage) }) {
      if let failure = read(stretch.offset, stretch.byteCount, of: stretch.key) {
        guard failure.isAboutOneObject else {
          source.withLock { $0.stop() }
          return failure
        }
        if let error = readOneByOne(stretch) { return error }
      } else {
        check(stretch)
      }
    }
    return nil
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
    for block in stretch.blocks where !isAsSigned(block, stretch, at: block.offset) {
      bad.append(BlockReader.Bad(pack: stretch.pack, place: block.place, error: nil))
    }
    let isUnmarked = stretch.beginsPack && !startsWithMark()
    let fault = stretch.endOffset.flatMap { self.fault(stretch, at: $0) }
    note(stretch, bad, fault, isUnmarked: isUnmarked)
  }

  /// What is wrong with the pack's end, which stands in the buffer.
  private func fault(_ stretch: Stretch, at offset: Int) -> PackEndCheck.Fault? {
    let pack = reader.map.packs[stretch.pack]
    return PackEndCheck.fault(in: [UInt8](buffer[offset..<offset + pack.endByteCount]), of: pack)
  }

  /// Reads block by block what could not be read at once, to lose no more than is lost.
  private func readOneByOne(_ stretch: Stretch) -> StorageError? {
    var bad: [BlockReader.Bad] = []
    var fault: PackEndCheck.Fault?
    var isUnmarked = false
    if stretch.beginsPack {
      if let error = read(0, PackEnd.packMarkByteCount, of: stretch.key) {
        if !error.isAboutOneObject { return error }
      } else {
        isUnmarked = !startsWithMark()
      }
    }
    for block in stretch.blocks {
      let offset = stretch.offset + UInt64(block.offset)
      if let error = read(offset, block.byteCount, of: stretch.key) {
        if !error.isAboutOneObject { return error }
        bad.append(BlockReader.Bad(pack: stretch.pack, place: block.place, error: error))
      } else if !isAsSigned(block, stretch, at: 0) {
        bad.append(BlockReader.Bad(pack: stretch.pack, place: block.place, error: nil))
      }
    }
    if let offset = stretch.endOffset {
      let byteCount = reader.map.packs[stretch.pack].endByteCount
      if let error = read(stretch.offset + UInt64(offset), byteCount, of: stretch.key) {
        if !error.isAboutOneObject { return error }
        fault = .unreadable(error)
      } else {
        fault = self.fault(stretch, at: 0)
      }
    }
    note(stretch, bad, fault, isUnmarked: isUnmarked)
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
    _ stretch: Stretch, _ bad: [BlockReader.Bad], _ fault: PackEndCheck.Fault?, isUnmarked: Bool
  ) {
    let pack = reader.map.packs[stretch.pack]
    let done = outcome.withLock { outcome in
      for block in stretch.blocks {
        if block.isNeeded {
          outcome.read.add(UInt64(block.byteCount))
        } else {
          outcome.hashed.add(UInt64(block.byteCount))
        }
      }
      if stretch.endOffset != nil { outcome.hashed.add(UInt64(pack.endByteCount)) }
      if let fault { outcome.ends.append(PackEndCheck.Bad(pack: stretch.pack, fault: fault)) }
      outcome.badNeededCount += bad.count { pack.isNeeded($0.place) }
      let room = max(0, VerifierLimits.findingCount - outcome.bad.count)
      outcome.bad.append(contentsOf: bad.prefix(room))
      outcome.omittedCount += max(0, bad.count - room)
      if isUnmarked { outcome.unmarked.append(stretch.pack) }
      return outcome.read.byteCount + outcome.hashed.byteCount
    }
    reader.progress(VerificationProgress(phase: .blocks, done: done, total: total))
  }
}
