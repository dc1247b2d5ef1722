internal import CLinux
internal import Glibc

/// A name in a directory.
public struct DirectoryEntry: Hashable, Sendable {
  /// The name's bytes, in no known encoding; never "." or "..", no "/" and no NUL.
  public var name: [UInt8]
  /// The kind, if the file system says it without being asked for the status.
  public var typeHint: FileType?

  /// Creates an entry.
  public init(name: [UInt8], typeHint: FileType?) {
    self.name = name
    self.typeHint = typeHint
  }
}

/// Reads the names of directories with one buffer for all of them.
///
/// A reader belongs to one thread.
@safe
public final class DirectoryEntries {
  /// 256 KiB: some five thousand names a call, so that large directories cost few calls.
  private static let bufferByteCount = 256 << 10
  /// The bytes of `linux_dirent64` before the name: inode 8, offset 8, record 2, type 1.
  private static let headerByteCount = 19

  private let buffer: UnsafeMutableRawBufferPointer

  /// Creates a reader with its buffer.
  public init() {
    unsafe buffer = .allocate(byteCount: Self.bufferByteCount, alignment: 8)
  }

  deinit { unsafe buffer.deallocate() }

  /// Reads all names of `directory`, in the order in which the kernel gives them.
  ///
  /// It starts from the first name each time; the descriptor's offset is moved.
  public static func read(_ directory: Descriptor) throws(SystemError) -> [DirectoryEntry] {
    try DirectoryEntries().read(directory)
  }

  /// Reads all names of `directory`, in the order in which the kernel gives them.
  ///
  /// It starts from the first name each time; the descriptor's offset is moved.
  public func read(_ directory: Descriptor) throws(SystemError) -> [DirectoryEntry] {
    try directory.seek(to: 0)
    var entries: [DirectoryEntry] = []
    while true {
      let byteCount = try attempt("getdents64", directory) {
        unsafe shim_getdents64($0, buffer.baseAddress, buffer.count)
      }
      if byteCount == 0 { return entries }
      try append(byteCount: byteCount, to: &entries)
    }
  }

  private func append(
    byteCount: Int, to entries: inout [DirectoryEntry]
  ) throws(SystemError) {
    var offset = 0
    while offset < byteCount {
      guard byteCount - offset > Self.headerByteCount else { throw SystemError("getdents64", EIO) }
      let recordByteCount = Int(
        unsafe buffer.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
      guard recordByteCount > Self.headerByteCount, recordByteCount <= byteCount - offset else {
        throw SystemError("getdents64", EIO)
      }
      let field = unsafe buffer[(offset + Self.headerByteCount)..<(offset + recordByteCount)]
      let name = unsafe field.prefix { $0 != 0 }
      let type = unsafe buffer[offset + 18]
      offset += recordByteCount
      if unsafe name.count <= 2 && name.allSatisfy({ $0 == 0x2E }) { continue }
      // A damaged file system may hold names that lead elsewhere: readdir(3) lets them through.
      guard unsafe !name.contains(0x2F) else { throw SystemError("getdents64", EIO) }
      unsafe entries.append(
        DirectoryEntry(name: [UInt8](name), typeHint: Self.fileType(ofEntryType: type)))
    }
  }

  private static func fileType(ofEntryType type: UInt8) -> FileType? {
    // DT_FIFO and so on are the kind's bits of st_mode, shifted by 12 (`readdir(3)`, DTTOIF).
    type == 0 ? nil : FileType(mode: UInt32(type) << 12)
  }
}
