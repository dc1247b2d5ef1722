public import BackupStorage

/// A storage that lets another do its work, but for what a test says itself.
public protocol WrappingStorage: Storage {
  /// Who does the work.
  var inner: any Storage { get }
}

extension WrappingStorage {
  /// Where the other is.
  public var location: String { inner.location }

  /// Hands on.
  public func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    try inner.read(key, limitByteCount: limitByteCount)
  }

  /// Hands on.
  public func read(
    _ key: StorageKey, at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    try inner.read(key, at: offset, into: &bytes)
  }

  /// Hands on.
  public func byteCount(of key: StorageKey) throws(StorageError) -> UInt64? {
    try inner.byteCount(of: key)
  }

  /// Hands on.
  public func list(_ prefix: String) throws(StorageError) -> StorageListing {
    try inner.list(prefix)
  }

  /// Hands on.
  public func put(
    _ key: StorageKey, _ bytes: Span<UInt8>
  ) throws(StorageError) -> PutOutcome { try inner.put(key, bytes) }

  /// Hands on.
  public func makeWriter(for key: StorageKey) throws(StorageError) -> any StorageWriter {
    try inner.makeWriter(for: key)
  }

  /// Hands on.
  public func barrier() throws(StorageError) { try inner.barrier() }

  /// Hands on.
  public func settle(_ folder: String) throws(StorageError) { try inner.settle(folder) }

  /// Hands on.
  public func remove(_ key: StorageKey) throws(StorageError) { try inner.remove(key) }

  /// Hands on.
  public func replace(_ key: StorageKey, with bytes: Span<UInt8>) throws(StorageError) {
    try inner.replace(key, with: bytes)
  }

  /// Hands on.
  public func freeByteCount() throws(StorageError) -> UInt64? { try inner.freeByteCount() }

  /// Hands on.
  public func mayWrite() throws(StorageError) -> Bool? { try inner.mayWrite() }

  /// Hands on.
  public func forgetCached(_ key: StorageKey) throws(StorageError) {
    try inner.forgetCached(key)
  }
}
