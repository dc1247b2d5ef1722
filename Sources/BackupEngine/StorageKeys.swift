import BackupStorage

extension StorageKey {
  /// The key of a path that this program made itself.
  static func of(_ path: String) throws(EngineError) -> StorageKey {
    guard let key = StorageKey(path) else { throw .notFound(.path, path) }
    return key
  }
}
