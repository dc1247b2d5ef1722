extension Storage {
  /// Collects the bytes in memory and replaces the object in one call.
  public func makeReplacement(for key: StorageKey) throws(StorageError) -> any StorageWriter {
    CollectedReplacement(storage: self, key: key)
  }
}

/// A replacement for storages that have no writer of their own for it.
private final class CollectedReplacement: StorageWriter {
  let key: StorageKey
  private let storage: any Storage
  private var bytes: [UInt8] = []
  private var isOpen = true

  init(storage: any Storage, key: StorageKey) {
    self.storage = storage
    self.key = key
  }

  var byteCount: UInt64 { UInt64(bytes.count) }

  func append(_ more: Span<UInt8>) throws(StorageError) {
    guard isOpen else { throw .writerClosed(key) }
    bytes.append(copying: more)
  }

  func finish() throws(StorageError) -> PutOutcome {
    guard isOpen else { throw .writerClosed(key) }
    isOpen = false
    let bytes = bytes
    try storage.replace(key, with: bytes.span)
    return .created
  }

  func cancel() {
    isOpen = false
    bytes = []
  }
}
