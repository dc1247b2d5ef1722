import BackupStorage
import Synchronization

/// Presents a store with some objects changed, and leaves the store as it is: what a damaged, or a
/// lying, store shows a reader.
final class OverlayStorage: Storage {
  private let base: [StorageKey: [UInt8]]
  private let listing: [StorageObject]
  /// Guards what differs from the base; nil for what is not there.
  private let changes = Mutex<[StorageKey: [UInt8]?]>([:])

  init(_ base: [StorageKey: [UInt8]]) {
    self.base = base
    listing = base.map { StorageObject(key: $0.key, byteCount: UInt64($0.value.count)) }
      .sorted { $0.key < $1.key }
  }

  /// Copies everything that a store holds.
  convenience init(copying storage: any Storage) throws {
    var objects: [StorageKey: [UInt8]] = [:]
    for object in try storage.list("").objects {
      objects[object.key] = try storage.read(object.key, limitByteCount: 1 << 30)
    }
    self.init(objects)
  }

  /// All keys of the base, in order.
  var keys: [StorageKey] { listing.map(\.key) }

  /// The object of the base.
  func original(_ key: StorageKey) -> [UInt8] { base[key] ?? [] }

  /// Shows another object, or none, in the place of one.
  func show(_ bytes: [UInt8]?, as key: StorageKey) {
    changes.withLock { $0[key] = .some(bytes) }
  }

  /// Shows the base as it is.
  func reset() { changes.withLock { $0 = [:] } }

  private func object(_ key: StorageKey) -> [UInt8]? {
    let change = changes.withLock { $0[key] }
    if let change { return change }
    return base[key]
  }

  func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    guard let bytes = object(key) else { throw .notFound(key) }
    guard bytes.count <= limitByteCount else {
      throw .tooLarge(key, limitByteCount: limitByteCount)
    }
    return bytes
  }

  func read(
    _ key: StorageKey, at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    guard let object = object(key) else { throw .notFound(key) }
    let start = Int(offset)
    guard start <= object.count, object.count - start >= bytes.count else {
      throw .truncated(key)
    }
    for index in bytes.indices { bytes[index] = object[start + index] }
  }

  func byteCount(of key: StorageKey) throws(StorageError) -> UInt64? {
    object(key).map { UInt64($0.count) }
  }

  func list(_ prefix: String) throws(StorageError) -> StorageListing {
    let changes = changes.withLock { $0 }
    var objects = listing
    if !changes.isEmpty {
      objects.removeAll { changes[$0.key] != nil }
      for (key, bytes) in changes {
        if let bytes { objects.append(StorageObject(key: key, byteCount: UInt64(bytes.count))) }
      }
      objects.sort { $0.key < $1.key }
    }
    return StorageListing(
      objects: prefix.isEmpty ? objects : objects.filter { $0.key.isBelow(prefix) })
  }

  func put(_ key: StorageKey, _ bytes: Span<UInt8>) throws(StorageError) -> PutOutcome {
    if object(key) != nil { return .exists }
    var copy: [UInt8] = []
    for index in bytes.indices { copy.append(bytes[index]) }
    show(copy, as: key)
    return .created
  }

  func makeWriter(for key: StorageKey) throws(StorageError) -> any StorageWriter {
    throw .readOnly
  }

  func barrier() throws(StorageError) {}

  func settle(_ folder: String) throws(StorageError) {}

  func remove(_ key: StorageKey) throws(StorageError) { show(nil, as: key) }

  func replace(_ key: StorageKey, with bytes: Span<UInt8>) throws(StorageError) {
    try remove(key)
    _ = try put(key, bytes)
  }

  func freeByteCount() throws(StorageError) -> UInt64? { nil }

  func mayWrite() throws(StorageError) -> Bool? { nil }

  func forgetCached(_ key: StorageKey) throws(StorageError) {}

  var location: String { "memory" }
}
