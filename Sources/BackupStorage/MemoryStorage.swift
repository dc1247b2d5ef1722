internal import Synchronization

/// Keeps objects in memory: for tests, and for repositories that are only planned.
public final class MemoryStorage: Storage {
  /// Guards the objects and the sum of their sizes.
  private let state: Mutex<State>

  private struct State {
    var objects: [StorageKey: [UInt8]] = [:]
    var byteCount: UInt64 = 0
  }

  /// The most bytes in all, or `nil` for as many as there is memory.
  public let capacityByteCount: UInt64?

  /// Creates an empty storage.
  public init(capacityByteCount: UInt64? = nil) {
    self.capacityByteCount = capacityByteCount
    state = Mutex(State())
  }

  /// Where the storage is: "memory".
  public var location: String { "memory" }

  /// Reads a whole object.
  public func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    let bytes = state.withLock { $0.objects[key] }
    guard let bytes else { throw .notFound(key) }
    guard bytes.count <= limitByteCount else {
      throw .tooLarge(key, limitByteCount: limitByteCount)
    }
    return bytes
  }

  /// Fills `bytes` from `offset` of an object.
  public func read(
    _ key: StorageKey, at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    let object = state.withLock { $0.objects[key] }
    guard let object else { throw .notFound(key) }
    guard let start = Int(exactly: offset), start <= object.count,
      object.count - start >= bytes.count
    else { throw .truncated(key) }
    for index in bytes.indices { bytes[index] = object[start + index] }
  }

  /// The size of an object, or `nil` if there is none.
  public func byteCount(of key: StorageKey) throws(StorageError) -> UInt64? {
    state.withLock { $0.objects[key].map { UInt64($0.count) } }
  }

  /// Lists everything below the folder `prefix`; nothing is ever foreign.
  public func list(_ prefix: String) throws(StorageError) -> StorageListing {
    let objects = state.withLock { state in
      state.objects.filter { $0.key.isBelow(prefix) }
        .map { StorageObject(key: $0.key, byteCount: UInt64($0.value.count)) }
    }
    return StorageListing(objects: objects.sorted { $0.key < $1.key })
  }

  /// Stores `bytes` under `key` unless the key is taken.
  public func put(_ key: StorageKey, _ bytes: Span<UInt8>) throws(StorageError) -> PutOutcome {
    try put(key, copying: Array(copying: bytes))
  }

  private func put(_ key: StorageKey, copying bytes: [UInt8]) throws(StorageError) -> PutOutcome {
    try state.withLock { state throws(StorageError) in
      guard state.objects[key] == nil else { return .exists }
      try store(key, bytes, &state)
      return .created
    }
  }

  private func store(
    _ key: StorageKey, _ bytes: [UInt8], _ state: inout State
  ) throws(StorageError) {
    let before = UInt64(state.objects[key]?.count ?? 0)
    let after = state.byteCount - before + UInt64(bytes.count)
    if let capacityByteCount, after > capacityByteCount { throw .noSpace }
    state.objects[key] = bytes
    state.byteCount = after
  }

  /// Begins an object.
  public func makeWriter(for key: StorageKey) throws(StorageError) -> any StorageWriter {
    Writer(storage: self, key: key)
  }

  /// Does nothing: memory has no stable storage.
  public func barrier() throws(StorageError) {}

  /// Does nothing: memory has no stable storage.
  public func settle(_ folder: String) throws(StorageError) {}

  /// Removes an object.
  public func remove(_ key: StorageKey) throws(StorageError) {
    state.withLock { state in
      if let bytes = state.objects.removeValue(forKey: key) {
        state.byteCount -= UInt64(bytes.count)
      }
    }
  }

  /// Stores `bytes` in the place of an object.
  public func replace(_ key: StorageKey, with bytes: Span<UInt8>) throws(StorageError) {
    let bytes = Array(copying: bytes)
    try state.withLock { state throws(StorageError) in try store(key, bytes, &state) }
  }

  /// How many bytes can still be stored, if there is a capacity.
  public func freeByteCount() throws(StorageError) -> UInt64? {
    capacityByteCount.map { capacity in capacity - state.withLock { $0.byteCount } }
  }

  /// It may.
  public func mayWrite() throws(StorageError) -> Bool? { true }

  /// Does nothing: memory is the medium.
  public func forgetCached(_ key: StorageKey) throws(StorageError) {}

  /// Collects bytes until they are put.
  private final class Writer: StorageWriter {
    let key: StorageKey
    private let storage: MemoryStorage
    private var bytes: [UInt8] = []
    private var isOpen = true

    init(storage: MemoryStorage, key: StorageKey) {
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
      return try storage.put(key, copying: bytes)
    }

    func cancel() {
      isOpen = false
      bytes = []
    }
  }
}
