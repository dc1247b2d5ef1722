import BackupStorage
import Synchronization

/// Memory whose puts can be met with another's entry, or with a failure before or after.
final class HookedStorage: Storage {
  enum Event: Sendable {
    /// Someone else puts this first.
    case overtaken(by: [UInt8])
    /// Nothing is stored, and the call fails.
    case failsBefore
    /// The bytes are stored, and the call fails.
    case failsAfter
  }

  let memory = MemoryStorage()
  private let events = Mutex<[Event]>([])
  private let barriers = Mutex(0)

  var barrierCount: Int { barriers.withLock { $0 } }

  func will(_ list: [Event]) { events.withLock { $0 = list } }

  func put(_ key: StorageKey, _ bytes: Span<UInt8>) throws(StorageError) -> PutOutcome {
    let event = events.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    switch event {
    case .overtaken(let other): _ = try memory.put(key, other.span)
    case .failsBefore: throw .unreachable
    case .failsAfter:
      _ = try memory.put(key, bytes)
      throw .unreachable
    case nil: break
    }
    return try memory.put(key, bytes)
  }

  func barrier() throws(StorageError) { barriers.withLock { $0 += 1 } }

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
  func list(_ prefix: String) throws(StorageError) -> StorageListing { try memory.list(prefix) }
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
