import BackupCrypto
import BackupFormat
import BackupObjects
import BackupSystem
import Synchronization

/// What all threads of one run share.
final class RunContext: Sendable {
  let repository: RepositoryID
  let secret: SetSecret
  let key: RunKey
  /// The key of chunk ids: the set's, or this run's own.
  let chunkIDKey: SecretKey
  let index: ChunkIndex
  let packs: PackWriter
  let compression: CompressionChoice
  let chunkAverageByteCount: Int
  /// How many raw bytes of small chunks share a block at most.
  let blockByteCount: Int
  let clock: EngineClock
  private let nextNumber = Atomic<UInt32>(0)
  let readByteCount = Atomic<UInt64>(0)
  let newByteCount = Atomic<UInt64>(0)
  let entryCount = Atomic<UInt64>(0)
  let blockCount = Atomic<UInt64>(0)

  init(
    repository: RepositoryID, secret: SetSecret, key: RunKey, chunkIDKey: SecretKey,
    index: ChunkIndex, packs: PackWriter, compression: CompressionChoice,
    chunkAverageByteCount: Int, blockByteCount: Int,
    clock: @escaping EngineClock
  ) {
    self.repository = repository
    self.secret = secret
    self.key = key
    self.chunkIDKey = chunkIDKey
    self.index = index
    self.packs = packs
    self.compression = compression
    self.chunkAverageByteCount = chunkAverageByteCount
    self.blockByteCount = blockByteCount
    self.clock = clock
  }

  /// The address of the next block.
  func nextAddress() -> BlockAddress {
    let (old, _) = nextNumber.add(1, ordering: .relaxed)
    return BlockAddress(run: key.head.run, number: old)
  }
}
