import BackupStorage
import Synchronization

/// Memory in which another acts just after something was listed.
final class OvertakenStorage: Storage {
  private let memory = MemoryStorage()
  // Guards what the other is about to do.
  private let plan = Mutex<(prefix: String, act: @Sendable () throws -> Void)?>(nil)

  /// Lets another act, once, when `prefix` was listed.
  func afterListing(_ prefix: String, _ act: @escaping @Sendable () throws -> Void) {
    plan.withLock { $0 = (prefix, act) }
  }

  func list(_ prefix: String) throws(StorageError) -> StorageListing {
    let listing = try memory.list(prefix)
    let act = plan.withLock { plan in
      guard plan?.prefix == prefix else { return nil as (@Sendable () throws -> Void)? }
      defer { plan = nil }
      return plan?.act
    }
    do { try act?() } catch { throw .unreachable }
    return listing
  }

  func put(
    _ key: StorageKey, _ bytes: Span<UInt8>
  ) throws(StorageError) -> PutOutcome { try memory.put(key, bytes) }
  func barrier() throws(StorageError) { try memory.barrier() }
  func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    try memory.read(key, limitByteCount: limitByteCount)
  }
  func read(
    _ key: StorageKey, at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    try memory.read(key, at: offset, into: &bytes)
  }
  func byteCount(of key: StorageKey) throws(StorageError) -> UInt64? {
    try memory.byteCount(of: key)
  }
  func makeWriter(for key: StorageKey) throws(StorageError) -> any StorageWriter {
    try memory.makeWriter(for: key)
  }
  func remove(_ key: StorageKey) throws(StorageError) { try memory.remove(key) }
  func replace(_ key: StorageKey, with bytes: Span<UInt8>) throws(StorageError) {
    try memory.replace(key, with: bytes)
  }
  func freeByteCount() throws(StorageError) -> UInt64? { nil }
  func forgetCached(_ key: StorageKey) throws(StorageError) {}
  var location: String { "memory" }
}
