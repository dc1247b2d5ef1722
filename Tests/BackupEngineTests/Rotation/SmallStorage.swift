import BackupStorage
import BackupTestSupport
import Synchronization

/// A storage that says what a test wants about free space, and does what a test wants when an object
/// is finished.
final class SmallStorage: WrappingStorage {
  let inner: any Storage
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
  func makeWriter(for key: StorageKey) throws(StorageError) -> any StorageWriter {
    Writer(storage: self, inner: try inner.makeWriter(for: key))
  }

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
