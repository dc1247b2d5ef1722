internal import BackupSystem
internal import Synchronization

extension FolderStorage {
  /// Reads a whole object.
  public func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    let (file, byteCount) = try open(key)
    do {
      return try file.readToEnd(limitByteCount: limitByteCount, expecting: byteCount)
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
    var isDirect = false
    if let kept = openFiles.file(key) {
      (file, isDirect) = kept
    } else {
      file = try open(key).file
      openFiles.keep(file, key)
    }
    guard offset <= UInt64(Int64.max) - UInt64(bytes.count) - 8192 else { throw .truncated(key) }
    do {
      if isDirect, try readDirect(file, at: offset, into: &bytes, key) { return }
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

  /// Fills `bytes` past the page cache, by way of a buffer that the disk can reach.
  ///
  /// - Returns: Whether the file system did it; else the file is read as others are from now on.
  private func readDirect(
    _ file: Descriptor, at offset: UInt64, into bytes: inout MutableSpan<UInt8>, _ key: StorageKey
  ) throws -> Bool {
    let buffer =
      directBuffers.withLock { $0.popLast() }
      ?? AlignedBuffer(byteCount: Self.directByteCount)
    defer { directBuffers.withLock { $0.append(buffer) } }
    let mask = AlignedBuffer.alignment - 1
    var done = 0
    while done < bytes.count {
      let at = offset + UInt64(done)
      let skipped = Int(at) & mask
      let wanted = min(bytes.count - done, buffer.byteCount - skipped)
      let whole = (skipped + wanted + mask) & ~mask
      let found: Int
      do throws(SystemError) {
        found = try buffer.read(upTo: whole, from: file, at: at - UInt64(skipped))
      } catch {
        // Some file systems take the flag and refuse the read.
        guard error.isInvalid, done == 0 else { throw error }
        file.setDirect(false)
        openFiles.keep(file, key)
        return false
      }
      guard found >= skipped + wanted else { throw StorageError.truncated(key) }
      var part = bytes._mutatingExtracting(done..<done + wanted)
      buffer.copy(from: skipped, to: &part)
      done += wanted
    }
    return true
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

  /// Drops the object's pages, and reads past the page cache from here on where that can be done,
  /// so that what is read comes from the disk.
  public func forgetCached(_ key: StorageKey) throws(StorageError) {
    openFiles.forget(key)
    let file = try open(key).file
    file.advise(.dontNeed)
    openFiles.keep(file, key, isDirect: file.setDirect(true))
  }

  /// Opens the file of an object; it has this size now.
  private func open(
    _ key: StorageKey
  ) throws(StorageError) -> (file: Descriptor, byteCount: UInt64) {
    let (folder, name) = key.place
    let file: Descriptor
    let status: FileStatus
    do {
      file = try Descriptor.openFile(at: openFolder(folder), name)
      status = try FileStatus.read(of: file)
    } catch {
      throw StorageError(error, key)
    }
    guard status.type == .regular else { throw .notAnObject(key) }
    return (file, status.byteCount)
  }
}
