internal import CLinux
internal import Glibc

/// Writes a file from its beginning, past the page cache where the file system can do that.
///
/// What goes to a disk and is not read again soon costs a copy and a page for nothing in the page
/// cache; `O_DIRECT` (`open(2)`) asks for transfers straight from a buffer that is aligned. Where a
/// file system refuses it (tmpfs, some network file systems) the same writes go through the cache.
/// For one thread at a time.
@safe
public final class DirectWriter {
  /// The alignment of buffer, offset and length that every disk takes: 4 KiB.
  private static let alignment = 4096

  private let file: Descriptor
  private let buffer: UnsafeMutableRawBufferPointer
  private var filledByteCount = 0
  private var offset: UInt64 = 0
  private var isDirect: Bool

  /// Begins at the start of an empty file.
  ///
  /// - Parameter bufferByteCount: How many bytes are gathered for a write: a multiple of 4 KiB.
  public init(_ file: Descriptor, bufferByteCount: Int) {
    precondition(
      bufferByteCount > 0 && bufferByteCount % Self.alignment == 0, "a multiple of 4 KiB")
    self.file = file
    unsafe buffer = .allocate(byteCount: bufferByteCount, alignment: Self.alignment)
    isDirect = withExtendedLifetime(file) { shim_set_direct(file.rawValue, 1) == 0 }
  }

  deinit { unsafe buffer.deallocate() }

  /// How many bytes were appended.
  public var byteCount: UInt64 { offset + UInt64(filledByteCount) }

  /// Appends bytes; full buffers are written.
  ///
  /// - Throws: ``SystemError/isNoSpace`` and others; part of the bytes may then be written.
  public func append(_ bytes: Span<UInt8>) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let count = min(bytes.count - done, unsafe buffer.count - filledByteCount)
      unsafe bytes.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(
          rebasing: buffer[filledByteCount..<filledByteCount + count]
        ).copyMemory(from: UnsafeRawBufferPointer(rebasing: source[done..<done + count]))
      }
      done += count
      filledByteCount += count
      if unsafe filledByteCount == buffer.count { try write(filledByteCount) }
    }
  }

  /// Writes what is left; nothing is on stable storage before the file is synchronised.
  public func finish() throws(SystemError) {
    let whole = filledByteCount & ~(Self.alignment - 1)
    let rest = filledByteCount - whole
    if whole > 0 {
      try write(whole)
      unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[0..<rest]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: buffer[whole..<whole + rest]))
      filledByteCount = rest
    }
    stopDirect()
    if rest > 0 { try write(rest) }
  }

  private func stopDirect() {
    guard isDirect else { return }
    isDirect = false
    withExtendedLifetime(file) { _ = shim_set_direct(file.rawValue, 0) }
  }

  /// Writes the first `count` bytes of the buffer, and empties it.
  private func write(_ count: Int) throws(SystemError) {
    var done = 0
    while done < count {
      guard let start = Int(exactly: offset), let base = unsafe buffer.baseAddress else {
        throw SystemError("pwrite", EFBIG)
      }
      do throws(SystemError) {
        let written = try attempt("pwrite", file) {
          unsafe pwrite($0, base + done, count - done, start)
        }
        guard written > 0 else { throw SystemError("pwrite", EIO) }
        done += written
        offset += UInt64(written)
        // After a short write the rest is no longer aligned.
        if isDirect, written % Self.alignment != 0 { stopDirect() }
      } catch {
        // Some file systems take the flag and refuse the write.
        guard isDirect, error.isInvalid else { throw error }
        stopDirect()
      }
    }
    filledByteCount = 0
  }
}
