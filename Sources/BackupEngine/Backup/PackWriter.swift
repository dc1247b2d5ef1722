import BackupCrypto
import BackupFormat
import BackupStorage
import BackupSystem
import Synchronization

/// A sealed block on its way to a pack.
private struct SealedBlock: Sendable {
  let bytes: [UInt8]
  let byteCount: Int
  let digest: [UInt8]
  let block: ChunkList.Block
  let lane: PackWriter.Lane
}

/// A pack that is being written.
///
/// Unchecked: the thread that writes packs uses it, and then the thread that ends them alone.
private final class OpenPack: @unchecked Sendable {
  let name: PackName
  let writer: any StorageWriter
  var segments = Segments()
  var blocks: [ChunkList.Block] = []

  init(name: PackName, writer: any StorageWriter) {
    self.name = name
    self.writer = writer
  }
}

/// Writes the packs of one run: sealed blocks come from all workers, whole packs go to the store.
///
/// Workers hand their buffers over and get used ones back; one thread writes them into packs, and
/// another ends full packs, which waits for the disk. New paths, changed paths and catalogue pages
/// go to packs of their own: what changed today changes tomorrow, and dies together.
final class PackWriter: Sendable {
  /// Which packs a block goes to.
  enum Lane: Int, CaseIterable {
    case new, changed, catalogue
  }

  private let storage: any Storage
  private let head: RunHead
  private let arriving = BoundedRing<SealedBlock>(capacity: EngineLimits.sealedBlockCountInFlight)
  private let finishing = BoundedRing<OpenPack>(capacity: 2)
  // Buffers whose blocks were written.
  private let spare = Mutex<[[UInt8]]>([])
  private let finished = Mutex<[FinishedPack]>([])
  private let threads = Mutex<(writer: WorkerThread<Void>, finisher: WorkerThread<Void>)?>(nil)
  private let onFinish: @Sendable (FinishedPack) throws -> Void
  /// Bytes sent to the store so far.
  let sentByteCount = Atomic<UInt64>(0)

  /// - Parameter onFinish: Called in order, after a pack is stored under its name.
  init(
    storage: any Storage, head: RunHead,
    onFinish: @escaping @Sendable (FinishedPack) throws -> Void
  ) {
    self.storage = storage
    self.head = head
    self.onFinish = onFinish
  }

  /// Starts the threads that write and end packs.
  func start() throws(SystemError) {
    let finisher = try WorkerThread("pack-finisher") { [self] in
      while let pack = finishing.pop() {
        do {
          try finish(pack)
        } catch {
          finishing.fail(error)
          throw error
        }
      }
    }
    let writer: WorkerThread<Void>
    do {
      writer = try WorkerThread("pack-writer") { [self] in
        var open: [OpenPack?] = [nil, nil, nil]
        do {
          try writeAll(&open)
        } catch {
          for pack in open { pack?.writer.cancel() }
          arriving.fail(error)
          throw error
        }
      }
    } catch {
      finishing.close()
      throw error
    }
    threads.withLock { $0 = (writer, finisher) }
  }

  /// Adds a sealed block, the first `byteCount` bytes of `sealed`, which becomes another buffer.
  func append(
    _ sealed: inout [UInt8], byteCount: Int, digest: [UInt8], block: ChunkList.Block, lane: Lane
  ) throws {
    var bytes = spare.withLock { $0.popLast() } ?? []
    swap(&bytes, &sealed)
    guard
      arriving.push(
        SealedBlock(bytes: bytes, byteCount: byteCount, digest: digest, block: block, lane: lane))
    else { throw arriving.failure ?? EngineError.interrupted }
    sentByteCount.add(UInt64(byteCount), ordering: .relaxed)
  }

  private func writeAll(_ open: inout [OpenPack?]) throws {
    var nextNumber: UInt32 = 0
    while let arrived = arriving.pop() {
      let pack: OpenPack
      if let begun = open[arrived.lane.rawValue] {
        pack = begun
      } else {
        pack = try begin(number: nextNumber)
        nextNumber += 1
        open[arrived.lane.rawValue] = pack
      }
      try pack.writer.append(arrived.bytes.span.extracting(0..<arrived.byteCount))
      pack.segments.append(
        headIndex: 0, number: arrived.block.address.number, byteCount: UInt32(arrived.byteCount),
        digest: arrived.digest.span)
      pack.blocks.append(arrived.block)
      spare.withLock { spare in
        if spare.count < EngineLimits.sealedBlockCountInFlight { spare.append(arrived.bytes) }
      }
      if pack.writer.byteCount >= EngineLimits.packByteCount
        || pack.blocks.count >= Limits.packBlockCount
      {
        open[arrived.lane.rawValue] = nil
        try enqueue(pack)
      }
    }
    if let failure = arriving.failure { throw failure }
    for lane in open.indices {
      guard let pack = open[lane] else { continue }
      open[lane] = nil
      try enqueue(pack)
    }
  }

  private func enqueue(_ pack: OpenPack) throws {
    guard finishing.push(pack) else {
      pack.writer.cancel()
      throw finishing.failure ?? EngineError.interrupted
    }
  }

  private func begin(number: UInt32) throws -> OpenPack {
    if let free = try storage.freeByteCount() {
      let needed = EngineLimits.reserveByteCount + EngineLimits.packByteCount
      guard free >= needed else {
        throw EngineError.noSpace(neededByteCount: needed, freeByteCount: free)
      }
    }
    let name = PackName(run: head.run, number: number)
    let writer = try storage.makeWriter(for: try StorageKey.of(name.path))
    try writer.append([UInt8](PackEnd.packMark.description.utf8).span)
    return OpenPack(name: name, writer: writer)
  }

  private func finish(_ pack: OpenPack) throws {
    let end = PackEnd(heads: [head], segments: pack.segments).encode()
    try pack.writer.append(end.span)
    guard try pack.writer.finish() == .created, let digest = Digest(SHA256.hash(end)) else {
      // A run id is random and used once: nobody else can have made this pack.
      throw EngineError.object(path: pack.name.path, .digestMismatch)
    }
    let done = FinishedPack(
      name: pack.name, byteCount: pack.writer.byteCount, endByteCount: UInt32(end.count),
      endDigest: digest, segments: pack.segments,
      chunks: ChunkList(blocks: pack.blocks.sorted { $0.address < $1.address }))
    try onFinish(done)
    finished.withLock { $0.append(done) }
  }

  /// Ends all packs and returns them, sorted by name; on stable storage after a barrier.
  func finishAll() throws -> [FinishedPack] {
    arriving.close()
    let threads = threads.withLock { $0 }
    let written = threads?.writer.join()
    finishing.close()
    try threads?.finisher.join().get()
    try written?.get()
    return finished.withLock { $0 }.sorted { $0.name < $1.name }
  }

  /// Stops at once; what is not whole is thrown away, what is whole stays for a continuing run.
  func cancel() {
    arriving.fail(EngineError.interrupted)
    let threads = threads.withLock { $0 }
    _ = threads?.writer.join()
    finishing.close()
    _ = threads?.finisher.join()
  }
}
