import BackupStorage
import BackupTestSupport
import Synchronization

/// Memory whose puts can be met with another's entry, or with a failure before or after.
final class HookedStorage: WrappingStorage {
  enum Event: Sendable {
    /// Someone else puts this first.
    case overtaken(by: [UInt8])
    /// Nothing is stored, and the call fails.
    case failsBefore
    /// The bytes are stored, and the call fails.
    case failsAfter
  }

  let inner: any Storage = MemoryStorage()
  private let events = Mutex<[Event]>([])
  private let barriers = Mutex(0)
  private let unreadable = Mutex<StorageKey?>(nil)

  var barrierCount: Int { barriers.withLock { $0 } }

  func will(_ list: [Event]) { events.withLock { $0 = list } }

  /// From now on, reading this object fails.
  func lose(_ key: StorageKey) { unreadable.withLock { $0 = key } }

  func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    if unreadable.withLock({ $0 }) == key { throw .unreachable }
    return try inner.read(key, limitByteCount: limitByteCount)
  }

  func put(_ key: StorageKey, _ bytes: Span<UInt8>) throws(StorageError) -> PutOutcome {
    let event = events.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    switch event {
    case .overtaken(let other): _ = try inner.put(key, other.span)
    case .failsBefore: throw .unreachable
    case .failsAfter:
      _ = try inner.put(key, bytes)
      throw .unreachable
    case nil: break
    }
    return try inner.put(key, bytes)
  }

  func barrier() throws(StorageError) { barriers.withLock { $0 += 1 } }
}

/// Counts how often each object is read whole.
final class CountingStorage: WrappingStorage {
  let inner: any Storage
  private let counts = Mutex<[StorageKey: Int]>([:])

  init(inner: any Storage) { self.inner = inner }

  func count(of key: StorageKey) -> Int { counts.withLock { $0[key] ?? 0 } }

  func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    counts.withLock { $0[key, default: 0] += 1 }
    return try inner.read(key, limitByteCount: limitByteCount)
  }
}
