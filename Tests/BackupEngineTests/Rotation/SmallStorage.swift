import BackupStorage
import Synchronization

/// A storage that says what a test wants about free space, and does what a test wants when an object
/// is finished.
final class SmallStorage: Storage {
  private let inner: any Storage
  private let state = Mutex(State())

  private struct State: Sendable {
    var free: UInt64?
    var onFinish: (@Sendable (StorageKey) -> Void)?
  }

  init(_ inner: any Storage) { self.inner = inner }

  /// What ``freeByteCount()`` says.
  var free: UInt64? {
    get { state.withLock { $0.free } }
    set { state.withLock { $0.free = newValue } }
  }

  /// Is called after a written object stands under its name.
  func onFinish(_ body: (@Sendable (StorageKey) -> Void)?) {
    state.withLock { $0.onFinish = body }
  }

  func freeByteCount() throws(StorageError) -> UInt64? { free }
  func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    try inner.read(key, limitByteCount: limitByteCount)
  }
  func read(
    _ key: StorageKey, at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    try inner.read(key, at: offset, into: &bytes)
  }
  func byteCount(of key: StorageKey) throws(StorageError) -> UInt64? {
    try inner.byteCount(of: key)
  }
  func list(_ prefix: String) throws(StorageError) -> StorageListing { try inner.list(prefix) }
  func put(_ key: StorageKey, _ bytes: Span<UInt8>) throws(StorageError) -> PutOutcome {
    try inner.put(key, bytes)
  }
  func makeWriter(for key: StorageKey) throws(StorageError) -> any StorageWriter {
    Writer(storage: self, inner: try inner.makeWriter(for: key))
  }
  func barrier() throws(StorageError) { try inner.barrier() }
  func remove(_ key: StorageKey) throws(StorageError) { try inner.remove(key) }
  func replace(_ key: StorageKey, with bytes: Span<UInt8>) throws(StorageError) {
    try inner.replace(key, with: bytes)
  }
  func forgetCached(_ key: StorageKey) throws(StorageError) { try inner.forgetCached(key) }
  var location: String { inner.location }

  private final class Writer: StorageWriter {
    private let storage: SmallStorage
    private let inner: any StorageWriter

    init(storage: SmallStorage, inner: any StorageWriter) {
      self.storage = storage
      self.inner = inner
    }

    var key: StorageKey { inner.key }
    var byteCount: UInt64 { inner.byteCount }
    func append(_ bytes: Span<UInt8>) throws(StorageError) { try inner.append(bytes) }
    func cancel() { inner.cancel() }
    func finish() throws(StorageError) -> PutOutcome {
      let outcome = try inner.finish()
      storage.state.withLock { $0.onFinish }?(key)
      return outcome
    }
  }
}
