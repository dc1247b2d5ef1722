internal import CLinux
internal import Glibc

extension Descriptor {
  /// Writes all of `bytes` at the current offset.
  ///
  /// - Throws: ``SystemError/isNoSpace`` and others; part of the bytes may then be written.
  public func write(_ bytes: Span<UInt8>) throws(SystemError) {
    try unsafe bytes.withUnsafeBufferPointer { buffer throws(SystemError) in
      guard let base = buffer.baseAddress else { return }
      var done = 0
      while done < buffer.count {
        let count = try attempt("write", self) {
          unsafe Glibc.write($0, base + done, buffer.count - done)
        }
        guard count > 0 else { throw SystemError("write", EIO) }
        done += count
      }
    }
  }

  /// Writes all of `bytes` at `offset`, and leaves the current one alone.
  public func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) {
    guard let start = Int(exactly: offset), start <= Int.max - bytes.count else {
      throw SystemError("pwrite", EFBIG)
    }
    try unsafe bytes.withUnsafeBufferPointer { buffer throws(SystemError) in
      guard let base = buffer.baseAddress else { return }
      var done = 0
      while done < buffer.count {
        let count = try attempt("pwrite", self) {
          unsafe pwrite($0, base + done, buffer.count - done, start + done)
        }
        guard count > 0 else { throw SystemError("pwrite", EIO) }
        done += count
      }
    }
  }

  /// Returns after content and status of this file, or the names of this directory, are stable.
  public func synchronise() throws(SystemError) {
    _ = try attempt("fsync", self) { fsync($0) }
  }

  /// Returns after the content, and what is needed to read it, is on stable storage.
  public func synchroniseContent() throws(SystemError) {
    _ = try attempt("fdatasync", self) { fdatasync($0) }
  }

  /// Returns after everything of the file system that holds this descriptor is stable.
  ///
  /// For file systems on which a directory cannot be synchronised by itself.
  public func synchroniseFileSystem() throws(SystemError) {
    _ = try attempt("syncfs", self) { shim_syncfs($0) }
  }

  /// Asks the kernel to begin writing a range out; promises nothing (`sync_file_range(2)`).
  public func startWriting(offset: UInt64, byteCount: UInt64) {
    guard let start = Int64(exactly: offset), let count = Int64(exactly: byteCount) else { return }
    withExtendedLifetime(self) { _ = shim_start_writing(rawValue, start, count) }
  }

  /// Cuts the file, or extends it with a hole.
  public func truncate(toByteCount byteCount: UInt64) throws(SystemError) {
    guard let count = Int(exactly: byteCount) else { throw SystemError("ftruncate", EFBIG) }
    _ = try attempt("ftruncate", self) { ftruncate($0, count) }
  }

  /// Copies a range into `target` inside the kernel, by reference where the file system can.
  ///
  /// - Returns: How many bytes were copied: 0 at the end of the source.
  /// - Throws: ``SystemError/isUnsupported``, ``SystemError/isCrossDevice`` or `EINVAL` where the
  ///   file systems cannot; the caller then reads and writes.
  public func copyRange(
    from sourceOffset: UInt64, to target: Descriptor, at targetOffset: UInt64, byteCount: Int
  ) throws(SystemError) -> Int {
    guard var from = Int64(exactly: sourceOffset), var to = Int64(exactly: targetOffset),
      byteCount >= 0
    else { throw SystemError("copy_file_range", EINVAL) }
    return try withExtendedLifetime(target) { () throws(SystemError) -> Int in
      try attempt("copy_file_range", self) {
        unsafe shim_copy_file_range($0, &from, target.rawValue, &to, byteCount)
      }
    }
  }

  /// Frees the blocks of a range, which then reads as zeros; the size stays.
  public func punchHole(offset: UInt64, byteCount: UInt64) throws(SystemError) {
    guard let start = Int64(exactly: offset), let count = Int64(exactly: byteCount) else {
      throw SystemError("fallocate", EINVAL)
    }
    _ = try attempt("fallocate", self) { shim_punch_hole($0, start, count) }
  }

  /// Reserves blocks up to `byteCount`, so that later writes cannot lack space.
  public func reserve(byteCount: UInt64) throws(SystemError) {
    guard let count = Int64(exactly: byteCount) else { throw SystemError("fallocate", EFBIG) }
    _ = try attempt("fallocate", self) { shim_reserve($0, 0, count) }
  }

  /// Takes the whole-file lock of `flock(2)` if no other open file holds it against us.
  ///
  /// It belongs to this open file, is released when that is closed, and dies with the process.
  ///
  /// - Returns: Whether the lock is held now.
  public func tryLock(exclusive: Bool) throws(SystemError) -> Bool {
    do {
      _ = try attempt("flock", self) { flock($0, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) }
      return true
    } catch {
      guard error.code == EWOULDBLOCK else { throw error }
      return false
    }
  }

  /// Releases the lock of ``tryLock(exclusive:)``.
  public func unlock() throws(SystemError) {
    _ = try attempt("flock", self) { flock($0, LOCK_UN) }
  }

  /// Sets the permission bits (07777) of this open file.
  public func setPermissions(_ mode: UInt32) throws(SystemError) {
    _ = try attempt("fchmod", self) { fchmod($0, mode & 0o7777) }
  }

  /// Sets owner and group of this open file; `nil` leaves one as it is.
  public func setOwner(user: UInt32?, group: UInt32?) throws(SystemError) {
    _ = try attempt("fchown", self) { fchown($0, user ?? UInt32.max, group ?? UInt32.max) }
  }

  /// Sets the times of last access and modification of this open file.
  public func setTimes(access: FileTime, modification: FileTime) throws(SystemError) {
    let times = [access.timespec, modification.timespec]
    _ = try attempt("futimens", self) { unsafe futimens($0, times) }
  }
}
