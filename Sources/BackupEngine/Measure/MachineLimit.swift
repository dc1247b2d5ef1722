import BackupCrypto
import BackupFormat
import BackupLog
public import BackupObjects
import BackupSystem
import Synchronization

/// What a backup of a folder needs of this machine at the least: every byte is read, cut and named,
/// each new one compressed, sealed and hashed, on every processor; nothing is remembered or written.
///
/// A yardstick for benchmarks: the same primitives in the same order as a backup, without catalogue,
/// index, packs, syncs and order. The night's self-check opens all that was written: where it is asked for, that is done, too,
/// from memory.
public struct MachineLimit: Sendable {
  /// What was done.
  public struct Outcome: Sendable {
    /// Bytes that were read.
    public var readByteCount: UInt64 = 0
    /// Bytes of chunks that were seen for the first time.
    public var newByteCount: UInt64 = 0
    /// What they were as sealed blocks, in bytes.
    public var sealedByteCount: UInt64 = 0
    /// Bytes of chunks that were opened again and compared with their ids.
    public var openedByteCount: UInt64 = 0

    static func += (a: inout Self, b: Self) {
      a.readByteCount += b.readByteCount
      a.newByteCount += b.newByteCount
      a.sealedByteCount += b.sealedByteCount
      a.openedByteCount += b.openedByteCount
    }
  }

  /// Part of a file.
  private struct Piece: Sendable {
    let path: [UInt8]
    let offset: UInt64
    let byteCount: UInt64
  }

  /// How long chunks and blocks are, for trials of other lengths than a backup's.
  public struct Lengths: Sendable {
    /// The average of chunks in bytes.
    public let chunkAverage: Int
    /// What a block of several chunks holds at most, in bytes.
    public let block: Int

    /// Lengths for a trial: 256 KiB and 2 MiB, as a backup's, where none are given.
    ///
    /// - Parameters:
    ///   - chunkAverage: A power of two from 1 KiB to 1 MiB, in bytes.
    ///   - block: From 64 KiB to 4 MiB, in bytes.
    /// - Returns: nil if one of them lies outside.
    public init?(chunkAverage: Int? = nil, block: Int? = nil) {
      self.chunkAverage = chunkAverage ?? 256 << 10
      self.block = block ?? EngineLimits.blockByteCountTarget
      guard self.chunkAverage > 0, self.chunkAverage.nonzeroBitCount == 1,
        1 << 10...1 << 20 ~= self.chunkAverage, 64 << 10...Limits.rawBlockByteCount ~= self.block
      else { return nil }
    }
  }

  private static let pieceByteCount: UInt64 = 64 << 20
  private let key: RunKey
  private let repository: RepositoryID
  private let compression: CompressionChoice
  private let lengths: Lengths
  private let opensAgain: Bool
  private let table: [UInt64]
  private let idKey: SecretKey
  /// The first words of the ids that were seen, by their last bits.
  private let seen: [Shard]

  private final class Shard: Sendable {
    let words = Mutex<Set<UInt64>>([])
  }

  /// Draws keys for a trial.
  ///
  /// - Parameter opensAgain: Whether each block is hashed once more, opened, and its chunks compared
  ///   with their ids, as the self-check does.
  public init(
    compression: CompressionChoice, lengths: Lengths, opensAgain: Bool = false
  ) throws {
    self.compression = compression
    self.lengths = lengths
    self.opensAgain = opensAgain
    repository = RepositoryID(Digest(hashing: []))
    let pair = try XWingPrivateKey(seed: SecretKey.random())
    key = try RunKey.draw(
      repository: repository, set: .zero, setPublicKey: pair.publicKeyBytes, run: .zero)
    var generator = SystemRandomNumberGenerator()
    table = (0..<256).map { _ in generator.next() }
    idKey = try SecretKey.random()
    seen = (0..<64).map { _ in Shard() }
  }

  /// Does it once with all regular files below `folder`, or with one file.
  ///
  /// - Throws: The error of what can't be read.
  public func execute(_ folder: [UInt8]) throws -> Outcome {
    let pieces = BoundedRing<Piece>(capacity: 4096)
    let workers = try (0..<Machine.processorCount).map { number in
      try WorkerThread("limit-\(number)") { [self] () throws -> Outcome in
        do { return try work(pieces) } catch {
          pieces.fail(error)
          throw error
        }
      }
    }
    do {
      try walk(folder) { path, byteCount in
        var offset: UInt64 = 0
        repeat {
          let count = min(Self.pieceByteCount, byteCount - offset)
          guard pieces.push(Piece(path: path, offset: offset, byteCount: count)) else { return }
          offset += count
        } while offset < byteCount
      }
      pieces.close()
    } catch {
      pieces.fail(error)
    }
    var sum = Outcome()
    for worker in workers { sum += try worker.join().get() }
    if let failure = pieces.failure { throw failure }
    return sum
  }

  private func walk(_ path: [UInt8], _ body: ([UInt8], UInt64) -> Void) throws {
    var folders = [path]
    let status = try FileStatus.read(path: path)
    if status.type == .regular { return body(path, status.byteCount) }
    while let folder = folders.popLast() {
      let directory = try Descriptor.openDirectory(at: nil, folder)
      for entry in try DirectoryEntries.read(directory) {
        let status = try FileStatus.read(at: directory, name: entry.name)
        let path = folder + [0x2f] + entry.name
        if status.type == .directory { folders.append(path) }
        if status.type == .regular, status.byteCount > 0 { body(path, status.byteCount) }
      }
    }
  }

  private func work(_ pieces: BoundedRing<Piece>) throws -> Outcome {
    var outcome = Outcome()
    let hasher = HMACHasher(key: idKey)
    var sealer = try BlockSealer(key: key, repository: repository, compression: compression)
    let chunker = Chunker(sizes: Chunker.Sizes(average: lengths.chunkAverage), table: table)
    var buffer = [UInt8](repeating: 0, count: EngineLimits.readBufferByteCount)
    let front = BlockSealer.frontByteCount
    let room = lengths.block
    var block = [UInt8](repeating: 0, count: front + chunker.sizes.largest + room)
    var blockByteCount = 0
    var sealed: [UInt8] = []
    var id = [UInt8](repeating: 0, count: 32)
    var opener = try BlockOpener(repository: repository, set: .zero)
    var raw: [UInt8] = []
    var chunks = ChunkList.Block(
      address: BlockAddress(run: .zero, number: 0), kind: .dataBlock, ids: [], byteCounts: [])

    func flush() throws {
      guard blockByteCount > 0 else { return }
      let byteCount = try sealer.seal(
        &block, rawByteCount: blockByteCount, kind: .dataBlock, number: 0, into: &sealed)
      outcome.sealedByteCount += UInt64(byteCount)
      if opensAgain {
        let found = sealed.span.extracting(0..<byteCount)
        let count = try opener.open(
          found, key: key.contentKey, kind: .dataBlock, address: chunks.address, into: &raw)
        guard SHA256.hash(found) == sealer.digest,
          ChunkComparison.matches(chunks, raw: raw, rawByteCount: count, hasher: hasher)
        else { throw ObjectError.authenticationFailed }
        outcome.openedByteCount += UInt64(count)
        chunks.ids.removeAll(keepingCapacity: true)
        chunks.byteCounts.removeAll(keepingCapacity: true)
      }
      blockByteCount = 0
    }

    while let piece = pieces.pop() {
      let file = try Descriptor.openFile(at: nil, piece.path)
      var done: UInt64 = 0
      while done < piece.byteCount {
        let wanted = min(UInt64(buffer.count), piece.byteCount - done)
        var span = buffer.mutableSpan
        var target = span._mutatingExtracting(0..<Int(wanted))
        let count = try file.readFully(at: piece.offset + done, into: &target)
        guard count > 0 else { break }
        outcome.readByteCount += UInt64(count)
        done += UInt64(count)
        var start = 0
        while start < count {
          let rest = buffer.span.extracting(start..<count)
          let zeros = ZeroRun.byteCount(rest)
          if zeros >= 64 << 10 || zeros == rest.count {
            start += zeros
            continue
          }
          let cut = chunker.firstCut(rest)
          let chunk = rest.extracting(0..<cut)
          var idSpan = id.mutableSpan
          hasher.authenticate(chunk, into: &idSpan)
          if isNew(ChunkID(id.span)) {
            if blockByteCount + cut > room { try flush() }
            var all = block.mutableSpan
            var target = all._mutatingExtracting(
              front + blockByteCount..<front + blockByteCount + cut)
            Bytes.copy(chunk, to: &target)
            blockByteCount += cut
            if opensAgain {
              chunks.ids.append(contentsOf: id)
              chunks.byteCounts.append(UInt32(cut))
            }
            outcome.newByteCount += UInt64(cut)
          }
          start += cut
        }
      }
    }
    try flush()
    return outcome
  }

  private func isNew(_ id: ChunkID) -> Bool {
    seen[Int(id.words.2 & 63)].words.withLock { $0.insert(id.words.0).inserted }
  }
}
