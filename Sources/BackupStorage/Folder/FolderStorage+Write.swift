internal import BackupSystem
internal import Synchronization

extension FolderStorage {
  /// Stores `bytes` under `key` unless the key is taken.
  public func put(_ key: StorageKey, _ bytes: Span<UInt8>) throws(StorageError) -> PutOutcome {
    if try isTaken(key) { return .exists }
    let file = try UnfinishedFile(key, in: self)
    try file.append(bytes)
    return try file.publish()
  }

  /// Begins an object.
  public func makeWriter(for key: StorageKey) throws(StorageError) -> any StorageWriter {
    try FolderWriter(UnfinishedFile(key, in: self))
  }

  /// Stores `bytes` in the place of an object, in one step.
  public func replace(_ key: StorageKey, with bytes: Span<UInt8>) throws(StorageError) {
    let file = try UnfinishedFile(key, in: self)
    try file.append(bytes)
    try file.publishReplacing()
  }

  /// Begins an object that takes the place of another.
  public func makeReplacement(for key: StorageKey) throws(StorageError) -> any StorageWriter {
    try FolderWriter(UnfinishedFile(key, in: self), replaces: true)
  }

  /// Removes an object, and its folder below the first level if that is empty then.
  public func remove(_ key: StorageKey) throws(StorageError) {
    openFiles.forget(key)
    let (folder, name) = key.place
    do {
      try FileSystem.removeFile(at: openFolder(folder), name)
    } catch {
      if error.isNotFound { return }
      throw StorageError(error, key)
    }
    noteName(in: folder)
    guard folder.count >= 2, let last = folder.last else { return }
    let above = Array(folder.dropLast())
    do {
      try FileSystem.removeDirectory(at: openFolder(above), Array(last.utf8))
      changedFolders.withLock { $0.noteFolder(folder) }
    } catch {
      // Others are still in it, or it went already; an empty folder would not hurt anyway.
    }
  }

  /// Removes what crashed writers left behind: names of unfinished files not changed since.
  ///
  /// - Parameter time: Only files whose content changed before this, in seconds since 1970, go.
  /// - Returns: How many were removed.
  /// - Throws: ``StorageError/permissionDenied(_:)`` and others; some may be removed then.
  public func removeUnfinished(changedBefore time: Int64) throws(StorageError) -> Int {
    var count = 0
    try walk([]) { folder, _, entry throws(SystemError) in
      guard entry.name.starts(with: UnfinishedFile.namePrefix) else { return }
      let status = try FileStatus.read(at: folder, name: entry.name)
      guard status.type == .regular, status.modificationTime.seconds < time else { return }
      try FileSystem.removeFile(at: folder, entry.name)
      count += 1
    }
    return count
  }

  /// Whether something stands under `key`; its name may not be on stable storage yet.
  private func isTaken(_ key: StorageKey) throws(StorageError) -> Bool {
    guard try byteCount(of: key) != nil else { return false }
    // Whoever made it may have crashed before its barrier: ours has to cover it.
    noteName(in: key.place.folder)
    return true
  }
}
