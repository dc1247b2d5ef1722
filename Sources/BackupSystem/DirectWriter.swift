/// Writes a file from its beginning, past the page cache where the file system can do that.
///
/// What goes to a disk and is not read again soon costs a copy and a page for nothing in the page
/// cache; `O_DIRECT` (`open(2)`) asks for transfers straight from a buffer that is aligned. Where a
/// file system refuses it (tmpfs, some network file systems) the same writes go through the cache.
/// For one thread at a time.
public final class DirectWriter {
  private let file: Descriptor
  private let buffer: AlignedBuffer
  private var filledByteCount = 0
  private var offset: UInt64 = 0
  private var isDirect: Bool

  /// Begins at the start of an empty file.
  ///
  /// - Parameter bufferByteCount: How many bytes are gathered for a write: a multiple of 4 KiB.
  public init(_ file: Descriptor, bufferByteCount: Int) {
    self.file = file
    buffer = AlignedBuffer(byteCount: bufferByteCount)
    isDirect = file.setDirect(true)
  }

  /// How many bytes were appended.
  public var byteCount: UInt64 { offset + UInt64(filledByteCount) }

  /// Appends bytes; full buffers are written.
  ///
  /// - Throws: ``SystemError/isNoSpace`` and others; part of the bytes may then be written.
  public func append(_ bytes: Span<UInt8>) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let count = min(bytes.count - done, buffer.byteCount - filledByteCount)
      buffer.copy(bytes.extracting(done..<done + count), to: filledByteCount)
      done += count
      filledByteCount += count
      if filledByteCount == buffer.byteCount { try write() }
    }
  }

  /// Writes what is left; nothing is on stable storage before the file is synchronised.
  public func finish() throws(SystemError) {
    guard filledByteCount > 0 else { return stopDirect() }
    // A direct write has a whole number of blocks: the file is cut at its end afterwards.
    let end = byteCount
    let mask = AlignedBuffer.alignment - 1
    let whole = isDirect ? (filledByteCount + mask) & ~mask : filledByteCount
    buffer.clear(filledByteCount..<whole)
    filledByteCount = whole
    try write()
    stopDirect()
    if end < offset { try file.truncate(toByteCount: end) }
    offset = end
  }

  private func stopDirect() {
    if isDirect { file.setDirect(false) }
    isDirect = false
  }

  /// Writes what is gathered.
  private func write() throws(SystemError) {
    do throws(SystemError) {
      try buffer.write(first: filledByteCount, to: file, at: offset)
    } catch {
      // Some file systems take the flag and refuse the write.
      guard isDirect, error.isInvalid else { throw error }
      stopDirect()
      try buffer.write(first: filledByteCount, to: file, at: offset)
    }
    offset += UInt64(filledByteCount)
    filledByteCount = 0
  }
}
