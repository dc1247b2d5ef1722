internal import BackupSystem

extension FolderStorage {
  /// Reads a whole object.
  public func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    let file = try open(key)
    do {
      return try file.readToEnd(limitByteCount: limitByteCount)
    } catch {
      if error.isTooLarge { throw .tooLarge(key, limitByteCount: limitByteCount) }
      throw StorageError(error, key)
    }
  }

  /// Fills `bytes` from `offset` of an object; the file stays open for the next call.
  public func read(
    _ key: StorageKey, at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    let file: Descriptor
    if let kept = openFiles.file(key) {
      file = kept
    } else {
      file = try open(key)
      openFiles.keep(file, key)
    }
    guard offset <= UInt64(Int64.max) - UInt64(bytes.count) else { throw .truncated(key) }
    do {
      guard try file.readFully(at: offset, into: &bytes) == bytes.count else {
        throw StorageError.truncated(key)
      }
    } catch let error as SystemError {
      throw StorageError(error, key)
    } catch let error as StorageError {
      throw error
    } catch {
      throw .truncated(key)
    }
  }

  /// The size of an object, or `nil` if there is none.
  public func byteCount(of key: StorageKey) throws(StorageError) -> UInt64? {
    let (folder, name) = key.place
    do {
      let status = try FileStatus.read(at: openFolder(folder), name: name)
      if status.type == .regular { return status.byteCount }
    } catch {
      if error.isNotFound { return nil }
      throw StorageError(error, key)
    }
    throw .notAnObject(key)
  }

  /// Drops the object's pages, so that the next read comes from the disk.
  public func forgetCached(_ key: StorageKey) throws(StorageError) {
    openFiles.forget(key)
    try open(key).advise(.dontNeed)
  }

  /// Opens the file of an object.
  private func open(_ key: StorageKey) throws(StorageError) -> Descriptor {
    let (folder, name) = key.place
    let file: Descriptor
    let type: FileType
    do {
      file = try Descriptor.openFile(at: openFolder(folder), name)
      type = try FileStatus.read(of: file).type
    } catch {
      throw StorageError(error, key)
    }
    guard type == .regular else { throw .notAnObject(key) }
    return file
  }
}
