import BackupCrypto
import BackupFormat
import BackupStorage
import BackupSystem
import Synchronization

/// A pack that is being written.
///
/// Unchecked: it is used by the holder of the stream's lock, and then by the finisher alone.
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
/// New paths, changed paths and catalogue pages go to packs of their own: what changed today
/// changes tomorrow, and dies together.
final class PackWriter: Sendable {
  /// Which packs a block goes to.
  enum Lane: Int, CaseIterable {
    case new, changed, catalogue
  }

  private struct State: Sendable {
    var open: [OpenPack?] = [nil, nil, nil]
    var nextNumber: UInt32 = 0
  }

  private let storage: any Storage
  private let head: RunHead
  // Guards the open packs and the next pack number.
  private let state = Mutex(State())
  private let finishing = BoundedRing<OpenPack>(capacity: 2)
  private let finished = Mutex<[FinishedPack]>([])
  private let finisher: Mutex<WorkerThread<Void>?>
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
    finisher = Mutex(nil)
  }

  /// Starts the thread that ends packs.
  func start() throws(SystemError) {
    let thread = try WorkerThread("pack-finisher") { [self] in
      while let pack = finishing.pop() {
        do {
          try finish(pack)
        } catch {
          finishing.fail(error)
          throw error
        }
      }
    }
    finisher.withLock { $0 = thread }
  }

  /// Adds a sealed block, the first `byteCount` bytes of `sealed`.
  func append(
    _ sealed: [UInt8], byteCount: Int, digest: [UInt8], block: ChunkList.Block, lane: Lane
  ) throws {
    let full = try state.withLock { state -> OpenPack? in
      let pack: OpenPack
      if let open = state.open[lane.rawValue] {
        pack = open
      } else {
        pack = try begin(number: state.nextNumber)
        state.nextNumber += 1
        state.open[lane.rawValue] = pack
      }
      try pack.writer.append(sealed.span.extracting(0..<byteCount))
      pack.segments.append(
        headIndex: 0, number: block.address.number, byteCount: UInt32(byteCount),
        digest: digest.span)
      pack.blocks.append(block)
      guard
        pack.writer.byteCount >= EngineLimits.packByteCount
          || pack.blocks.count >= Limits.packBlockCount
      else { return nil }
      state.open[lane.rawValue] = nil
      return pack
    }
    sentByteCount.add(UInt64(byteCount), ordering: .relaxed)
    if let full { try enqueue(full) }
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
    let open = state.withLock { state in
      defer { state.open = [nil, nil, nil] }
      return state.open.compactMap { $0 }
    }
    for pack in open { try enqueue(pack) }
    finishing.close()
    try finisher.withLock { $0 }?.join().get()
    return finished.withLock { $0 }.sorted { $0.name < $1.name }
  }

  /// Stops at once; what is not whole is thrown away, what is whole stays for a continuing run.
  func cancel() {
    let open = state.withLock { state in
      defer { state.open = [nil, nil, nil] }
      return state.open.compactMap { $0 }
    }
    for pack in open { pack.writer.cancel() }
    finishing.close()
    _ = finisher.withLock { $0 }?.join()
  }
}
