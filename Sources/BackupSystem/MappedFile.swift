internal import Glibc

/// A file of which the bytes are read as memory.
///
/// If another process shortens the file, touching a byte behind its new end kills this process
/// (`SIGBUS`): map only files of one's own state directory.
@safe
public final class MappedFile: Sendable {
  private let address: UInt
  /// The bytes that are mapped: the file's size when it was opened.
  public let byteCount: Int

  /// Maps all of `file` for reading; the descriptor may be closed afterwards.
  ///
  /// - Throws: ``SystemError/isTooLarge`` if the file is larger than the address space.
  public init(_ file: Descriptor) throws(SystemError) {
    let status = try FileStatus.read(of: file)
    guard status.type == .regular else { throw SystemError("mmap", ENODEV) }
    guard let count = Int(exactly: status.byteCount) else { throw SystemError("mmap", EFBIG) }
    guard count > 0 else {
      address = 0
      byteCount = 0
      return
    }
    let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, file.rawValue, 0)
    let code = errno
    let bits = UInt(bitPattern: mapped)
    guard bits != UInt.max, bits != 0 else { throw SystemError("mmap", code) }
    address = bits
    byteCount = count
  }

  deinit {
    if byteCount > 0 { _ = unsafe munmap(UnsafeMutableRawPointer(bitPattern: address), byteCount) }
  }

  /// Lends the bytes; the span must not leave `body`.
  public func withSpan<Value, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try withExtendedLifetime(self) { () throws(Failure) -> Value in
      let start = unsafe UnsafeRawPointer(bitPattern: address)
      let buffer = unsafe UnsafeBufferPointer(
        start: start?.assumingMemoryBound(to: UInt8.self), count: byteCount)
      return try body(unsafe buffer.span)
    }
  }
}
