public import BackupEngine
public import BackupLog
public import BackupStorage

/// What can happen to the bytes of an object.
public enum Damage: String, Hashable, Sendable, CaseIterable {
  /// The object is gone.
  case removed
  /// A bit in its middle is another.
  case flipped
  /// Its second half is gone.
  case halved

  /// What is left of `bytes`; nil for nothing.
  public func applied(to bytes: [UInt8]) -> [UInt8]? {
    var bytes = bytes
    switch self {
    case .removed: return nil
    case .flipped: bytes[bytes.count / 2] ^= 0x10
    case .halved: bytes.removeLast(bytes.count - bytes.count / 2)
    }
    return bytes
  }
}

extension RepositoryStage {
  /// The largest object that the tests make: 64 MiB.
  private static let objectByteCountMax = 64 << 20

  /// Every object of a store by its path, with its bytes.
  public static func objects(of storage: any Storage) throws -> [ObjectPath: [UInt8]] {
    var objects: [ObjectPath: [UInt8]] = [:]
    for object in try storage.list("").objects {
      guard let path = ObjectPath(object.key.description) else { continue }
      objects[path] = try storage.read(object.key, limitByteCount: objectByteCountMax)
    }
    return objects
  }

  /// Damages an object of a store.
  public static func damage(
    _ path: ObjectPath, _ damage: Damage, in storage: any Storage
  ) throws {
    guard let key = StorageKey(path.text) else { throw EngineError.notFound(.path, path.text) }
    let bytes = try storage.read(key, limitByteCount: objectByteCountMax)
    if let left = damage.applied(to: bytes) {
      try storage.replace(key, with: left.span)
    } else {
      try storage.remove(key)
    }
  }

  /// Damages an object of this repository.
  public func damage(_ path: ObjectPath, _ damage: Damage) throws {
    try Self.damage(path, damage, in: storage)
  }

  /// The paths of this repository's objects of one kind, by their first word.
  public func paths(_ kind: String) throws -> [ObjectPath] {
    try storage.list(kind).objects.compactMap { ObjectPath($0.key.description) }.sorted()
  }

  /// Opens the repository anew, as one who remembers nothing of it.
  public func openAsStranger(_ storage: (any Storage)? = nil) throws -> RepositorySession {
    let clock = clock
    return try RepositorySession(
      storage: storage ?? self.storage, id: id, state: nil, clock: { clock.now })
  }

  /// The content of a file of the newest snapshot, by its path in the catalogue.
  public func content(of path: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try open().dump(Array(path.utf8)) { part in
      for i in part.indices { bytes.append(part[i]) }
      return true
    }
    return bytes
  }
}
