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

/// Notes how much of an object is asked for at once.
final class CountingStorage: WrappingStorage {
  let inner: any Storage
  private let largest = Mutex(0)

  init(inner: any Storage) { self.inner = inner }

  var largestByteCount: Int { largest.withLock { $0 } }

  func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    largest.withLock { $0 = max($0, limitByteCount) }
    return try inner.read(key, limitByteCount: limitByteCount)
  }

  func read(
    _ key: StorageKey, at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    largest.withLock { $0 = max($0, bytes.count) }
    try inner.read(key, at: offset, into: &bytes)
  }
}
