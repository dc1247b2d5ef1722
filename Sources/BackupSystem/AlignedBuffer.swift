internal import CLinux
internal import Glibc

/// Bytes at an address that a disk can read from directly.
///
/// Threads may copy into parts that do not overlap at the same time; who writes the buffer out comes
/// after all of them.
@safe
public final class AlignedBuffer: @unchecked Sendable {
  /// What address, offset and length must be a multiple of: 4 KiB.
  public static let alignment = 4096

  // Unchecked: see above.
  private let bytes: UnsafeMutableRawBufferPointer

  /// Makes a buffer of zeros.
  ///
  /// - Parameter byteCount: A multiple of ``alignment``.
  public init(byteCount: Int) {
    precondition(byteCount > 0 && byteCount % Self.alignment == 0, "a multiple of 4 KiB")
    unsafe bytes = .allocate(byteCount: byteCount, alignment: Self.alignment)
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { unsafe bytes.deallocate() }

  /// How many bytes there are.
  public var byteCount: Int { unsafe bytes.count }

  /// Copies bytes into the buffer.
  public func copy(_ source: Span<UInt8>, to offset: Int) {
    precondition(offset >= 0 && offset <= byteCount - source.count, "inside the buffer")
    unsafe source.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + source.count])
        .copyMemory(from: source)
    }
  }

  /// Sets bytes to zero.
  public func clear(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "inside the buffer")
    unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[range])
      .initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// Copies bytes out of the buffer.
  public func copy(from offset: Int, to target: inout MutableSpan<UInt8>) {
    precondition(offset >= 0 && offset <= byteCount - target.count, "inside the buffer")
    unsafe target.withUnsafeMutableBytes { target in
      unsafe target.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + target.count]))
    }
  }

  /// Fills the front of the buffer from `offset` of a file, with up to `count` bytes.
  ///
  /// - Returns: How many bytes there were: fewer only at the end of the file.
  public func read(
    upTo count: Int, from file: Descriptor, at offset: UInt64
  ) throws(SystemError) -> Int {
    precondition(count <= byteCount, "inside the buffer")
    guard let start = Int(exactly: offset), start <= Int.max - count,
      let base = unsafe bytes.baseAddress
    else { throw SystemError("pread", EFBIG) }
    var done = 0
    while done < count {
      let read = try attempt("pread", file) {
        unsafe pread($0, base + done, count - done, start + done)
      }
      // A direct read that ends within a block has met the end of the file.
      if read == 0 { break }
      done += read
      if read % Self.alignment != 0 { break }
    }
    return done
  }

  /// Writes the first `count` bytes to `offset` of a file.
  public func write(
    first count: Int, to file: Descriptor, at offset: UInt64
  ) throws(SystemError) {
    precondition(count <= byteCount, "inside the buffer")
    guard let start = Int(exactly: offset), start <= Int.max - count,
      let base = unsafe bytes.baseAddress
    else { throw SystemError("pwrite", EFBIG) }
    var done = 0
    while done < count {
      let written = try attempt("pwrite", file) {
        unsafe pwrite($0, base + done, count - done, start + done)
      }
      guard written > 0 else { throw SystemError("pwrite", EIO) }
      done += written
    }
  }
}

extension Descriptor {
  /// Asks for transfers past the page cache, or ends them (`O_DIRECT`, `open(2)`).
  ///
  /// - Returns: Whether the file system takes it.
  @discardableResult
  public func setDirect(_ isOn: Bool) -> Bool {
    withExtendedLifetime(self) { shim_set_direct(rawValue, isOn ? 1 : 0) == 0 }
  }
}
