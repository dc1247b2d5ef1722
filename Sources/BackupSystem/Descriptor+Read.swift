internal import CLinux
internal import Glibc

extension Descriptor {
  /// Reads at the current offset.
  ///
  /// - Returns: How many bytes were read: 0 at the end, else at most `bytes.count`.
  public func read(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int {
    try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
      try attempt("read", self) { unsafe Glibc.read($0, buffer.baseAddress, buffer.count) }
    }
  }

  /// Reads at `offset`, and leaves the current one alone.
  ///
  /// - Returns: How many bytes were read: 0 at the end, else at most `bytes.count`.
  public func read(
    at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(SystemError) -> Int {
    guard let start = Int(exactly: offset) else { throw SystemError("pread", EINVAL) }
    return try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
      try attempt("pread", self) { unsafe pread($0, buffer.baseAddress, buffer.count, start) }
    }
  }

  /// Reads at the current offset until `bytes` is full or the file ends.
  ///
  /// - Returns: How many bytes were read; fewer than `bytes.count` only at the end.
  public func readFully(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int {
    try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
      guard let base = buffer.baseAddress else { return 0 }
      var done = 0
      while done < buffer.count {
        let count = try attempt("read", self) {
          unsafe Glibc.read($0, base + done, buffer.count - done)
        }
        if count == 0 { break }
        done += count
      }
      return done
    }
  }

  /// Reads at `offset` until `bytes` is full or the file ends.
  ///
  /// - Returns: How many bytes were read; fewer than `bytes.count` only at the end.
  public func readFully(
    at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(SystemError) -> Int {
    guard let start = Int(exactly: offset), start <= Int.max - bytes.count else {
      throw SystemError("pread", EINVAL)
    }
    return try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
      guard let base = buffer.baseAddress else { return 0 }
      var done = 0
      while done < buffer.count {
        let count = try attempt("pread", self) {
          unsafe pread($0, base + done, buffer.count - done, start + done)
        }
        if count == 0 { break }
        done += count
      }
      return done
    }
  }

  /// Reads from the current offset to the end.
  ///
  /// - Parameter expected: The size, from who knows it; else the file is asked.
  /// - Throws: ``SystemError/isTooLarge`` if there are more than `limitByteCount` bytes.
  public func readToEnd(
    limitByteCount: Int, expecting expected: UInt64? = nil
  ) throws(SystemError) -> [UInt8] {
    precondition(limitByteCount >= 0 && limitByteCount < Int.max, "a limit is a number of bytes")
    // One byte more than allowed is asked for, so that a file that grows is found too long.
    var room = min(limitByteCount, 64 << 10) + 1
    // An unknown size, such as that of files in /proc, only costs a few more reads.
    if let expected = expected ?? (try? FileStatus.read(of: self).byteCount), expected > 0 {
      // What is too long is not read first.
      guard expected <= UInt64(limitByteCount) else { throw SystemError("read", EFBIG) }
      // No more than that: what is read may be kept for long, and keeps its room.
      room = Int(expected) + 1
    }
    var bytes = [UInt8](repeating: 0, count: room)
    var done = 0
    while true {
      let count = try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
        guard let base = buffer.baseAddress else { return 0 }
        return try attempt("read", self) {
          unsafe Glibc.read($0, base + done, buffer.count - done)
        }
      }
      if count == 0 { break }
      done += count
      guard done <= limitByteCount else { throw SystemError("read", EFBIG) }
      if done == bytes.count {
        let more = min(bytes.count, limitByteCount + 1 - bytes.count)
        bytes.append(contentsOf: [UInt8](repeating: 0, count: more))
      }
    }
    bytes.removeLast(bytes.count - done)
    return bytes
  }

  /// Moves the current offset to `offset` from the start.
  public func seek(to offset: UInt64) throws(SystemError) {
    guard let start = Int(exactly: offset) else { throw SystemError("lseek", EINVAL) }
    _ = try attempt("lseek", self) { lseek($0, start, SEEK_SET) }
  }

  /// Finds where the next data begins, at `offset` or behind it.
  ///
  /// - Returns: `nil` if only a hole follows, or the file ends before.
  public func nextData(from offset: UInt64) throws(SystemError) -> UInt64? {
    try seek(shim_SEEK_DATA, from: offset)
  }

  /// Finds where the next hole begins, at `offset` or behind it; the end of the file counts.
  ///
  /// - Returns: `nil` if the file ends before `offset`.
  public func nextHole(from offset: UInt64) throws(SystemError) -> UInt64? {
    try seek(shim_SEEK_HOLE, from: offset)
  }

  private func seek(_ whence: Int32, from offset: UInt64) throws(SystemError) -> UInt64? {
    guard let start = Int(exactly: offset) else { return nil }
    do {
      return try UInt64(attempt("lseek", self) { lseek($0, start, whence) })
    } catch {
      guard error.code == ENXIO else { throw error }
      return nil
    }
  }

  /// What the page cache is told about a range of a file.
  public enum Advice: Hashable, Sendable {
    /// The range will be read from front to back.
    case sequential
    /// The range will be read soon.
    case willNeed
    /// The range will not be read again soon; clean pages are dropped.
    case dontNeed
  }

  /// Tells the page cache what comes (`posix_fadvise(2)`); a count of 0 means up to the end.
  ///
  /// It is only advice: a file system without it changes nothing, so errors are not reported.
  public func advise(_ advice: Advice, offset: UInt64 = 0, byteCount: UInt64 = 0) {
    guard let start = Int(exactly: offset), let count = Int(exactly: byteCount) else { return }
    let value =
      switch advice {
      case .sequential: POSIX_FADV_SEQUENTIAL
      case .willNeed: POSIX_FADV_WILLNEED
      case .dontNeed: POSIX_FADV_DONTNEED
      }
    withExtendedLifetime(self) { _ = posix_fadvise(rawValue, start, count, value) }
  }
}
