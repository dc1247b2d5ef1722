internal import Glibc
internal import Synchronization

/// Reads and writes small files that matter: keys, state, results.
///
/// A file appears whole or not at all, is on stable storage when the call returns, and was at no
/// moment readable for more than its mode says, whatever the umask.
public enum SecureFile {
  /// Reads a whole file, through symbolic links if need be.
  ///
  /// - Parameter allowsPipe: Whether a pipe is read to its end too, such as a shell's `<(command)`.
  /// - Throws: ``SystemError/isTooLarge`` if it holds more than `limitByteCount` bytes; `ENXIO`
  ///   unless it is a regular file, or a pipe where that is allowed.
  public static func readWhole(
    _ path: [UInt8], limitByteCount: Int, allowsPipe: Bool = false
  ) throws(SystemError) -> [UInt8] {
    let file = try Descriptor.open(at: nil, path, [.readOnly, .nonBlocking])
    switch try FileStatus.read(of: file).type {
    case .regular: return try file.readToEnd(limitByteCount: limitByteCount)
    case .fifo where allowsPipe: return try readPipe(file, limitByteCount: limitByteCount)
    default: throw SystemError("open", ENXIO)
    }
  }

  /// How long is waited at once for what the other side writes, in milliseconds.
  private static let waitMilliseconds: Int32 = 200

  /// Reads a pipe to its end; waits for who has not opened its other side yet.
  private static func readPipe(
    _ file: Descriptor, limitByteCount: Int
  ) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while true {
      var polled = pollfd(fd: file.rawValue, events: Int16(POLLIN), revents: 0)
      let count = try attempt("poll") { unsafe poll(&polled, 1, waitMilliseconds) }
      if Interrupt.isRequested { throw SystemError("read", EINTR) }
      if count == 0 { continue }
      var span = piece.mutableSpan
      let found = try file.read(into: &span)
      if found == 0 { return bytes }
      guard bytes.count + found <= limitByteCount else { throw SystemError("read", EFBIG) }
      bytes.append(contentsOf: piece[..<found])
    }
  }

  /// Writes a new file, and refuses a name that exists.
  ///
  /// - Throws: ``SystemError/exists`` if there is one.
  public static func writeNew(
    _ path: [UInt8], _ bytes: Span<UInt8>, mode: UInt32 = 0o600
  ) throws(SystemError) {
    try PreparedFile(path, bytes, mode: mode).putInPlace()
  }

  /// Writes a file, and puts it in the place of an older one in one step.
  public static func replaceDurably(
    _ path: [UInt8], _ bytes: Span<UInt8>, mode: UInt32 = 0o600
  ) throws(SystemError) {
    try PreparedFile(path, bytes, mode: mode).putInPlace(replaces: true)
  }

  private static let serial = Atomic<UInt64>(0)

  /// A name for a file that is being written: it begins with "." and is not used by others.
  static func temporaryName() -> [UInt8] {
    let number = serial.add(1, ordering: .relaxed).newValue
    let time = SystemClock.monotonicNanoseconds()
    return Array(".new-\(getpid())-\(number)-\(String(time, radix: 36))".utf8)
  }

  /// Splits before the last "/".
  static func split(_ path: [UInt8]) throws(SystemError) -> (folder: [UInt8], name: [UInt8]) {
    guard !path.contains(0) else { throw SystemError("open", EINVAL) }
    let slash = path.lastIndex(of: 0x2F)
    let name = [UInt8](path[(slash.map { $0 + 1 } ?? 0)...])
    guard !name.isEmpty, name != [0x2E], name != [0x2E, 0x2E] else {
      throw SystemError("open", EISDIR)
    }
    guard let slash else { return ([0x2E], name) }
    return (slash == 0 ? [0x2F] : [UInt8](path[..<slash]), name)
  }
}

extension FileSystem {
  /// Renames inside one directory to a name that must not exist, by whatever the file system has.
  ///
  /// - Returns: Whether the old name is gone; after a link it has yet to be removed.
  /// - Throws: ``SystemError/exists`` if `newName` exists.
  static func moveToNewName(
    at directory: Descriptor, _ name: [UInt8], _ newName: [UInt8]
  ) throws(SystemError) -> Bool {
    do {
      try renameWithoutReplacing(at: directory, name, to: directory, newName)
      return true
    } catch {
      guard error.isUnsupported || error.isInvalid else { throw error }
      try link(at: directory, name, to: directory, newName)
      return false
    }
  }
}
