internal import CLinux
internal import Glibc

/// How a file is opened; close-on-exec is added always.
public struct OpenFlags: OptionSet, Hashable, Sendable {
  /// The bits of `open(2)`.
  public let rawValue: Int32

  /// Creates flags from the bits of `open(2)`.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Reading; this is the absence of every bit.
  public static let readOnly: OpenFlags = []
  /// Writing only.
  public static let writeOnly = OpenFlags(rawValue: O_WRONLY)
  /// Reading and writing.
  public static let readWrite = OpenFlags(rawValue: O_RDWR)
  /// Creates the file if it is absent.
  public static let create = OpenFlags(rawValue: O_CREAT)
  /// With ``create``: refuses a name that exists.
  public static let exclusive = OpenFlags(rawValue: O_EXCL)
  /// Cuts the file to nothing.
  public static let truncate = OpenFlags(rawValue: O_TRUNC)
  /// Each write goes to the end.
  public static let append = OpenFlags(rawValue: O_APPEND)
  /// Refuses what is not a directory.
  public static let directory = OpenFlags(rawValue: O_DIRECTORY)
  /// Refuses a symbolic link as the last name.
  public static let noFollow = OpenFlags(rawValue: O_NOFOLLOW)
  /// Does not wait for the other end of a FIFO or for a device.
  public static let nonBlocking = OpenFlags(rawValue: O_NONBLOCK)
  /// Leaves the time of last access alone; the owner or root only.
  public static let noAccessTime = OpenFlags(rawValue: shim_O_NOATIME)
  /// A handle that names a file and cannot read it (`O_PATH`).
  public static let pathOnly = OpenFlags(rawValue: shim_O_PATH)
}

extension Descriptor {
  /// Opens `path` relative to `directory`, or to the working directory if that is `nil`.
  ///
  /// - Throws: The error of `openat(2)`; `EINVAL` if `path` holds a NUL byte.
  public static func open(
    at directory: Descriptor?, _ path: [UInt8], _ flags: OpenFlags, mode: UInt32 = 0
  ) throws(SystemError) -> Descriptor {
    let bits = flags.rawValue | O_CLOEXEC | O_NOCTTY
    let number = try unsafe attempt("openat", at: directory, path) {
      unsafe shim_openat($0, $1, bits, mode)
    }
    return Descriptor(adopting: number)
  }

  /// Opens a file to be backed up: for reading, never through a link, never waiting.
  ///
  /// The time of last access stays as it is where the process may ask for that. A FIFO or a
  /// device opens too: compare the status of the result with what was expected.
  ///
  /// - Throws: ``SystemError/isLoop`` if the last name is a symbolic link.
  public static func openFile(
    at directory: Descriptor?, _ name: [UInt8]
  ) throws(SystemError) -> Descriptor {
    let flags: OpenFlags = [.readOnly, .noFollow, .nonBlocking]
    do {
      return try open(at: directory, name, [flags, .noAccessTime])
    } catch {
      guard error.code == EPERM else { throw error }
      return try open(at: directory, name, flags)
    }
  }

  /// Opens a directory for reading and as the base of other calls, never through a link.
  ///
  /// - Throws: ``SystemError/isNotDirectory`` for anything else, a symbolic link too.
  public static func openDirectory(
    at directory: Descriptor?, _ name: [UInt8]
  ) throws(SystemError) -> Descriptor {
    let flags: OpenFlags = [.directory, .noFollow]
    do {
      return try open(at: directory, name, [flags, .noAccessTime])
    } catch {
      guard error.code == EPERM else { throw error }
      return try open(at: directory, name, flags)
    }
  }

  /// Opens a directory that a person named, through symbolic links if need be.
  public static func openRootDirectory(_ path: [UInt8]) throws(SystemError) -> Descriptor {
    try open(at: nil, path, .directory)
  }

  /// Creates a file for reading and writing, and refuses a name that exists in any form.
  ///
  /// - Throws: ``SystemError/exists`` if there is one, a dangling symbolic link too.
  public static func createFile(
    at directory: Descriptor?, _ name: [UInt8], mode: UInt32
  ) throws(SystemError) -> Descriptor {
    try open(at: directory, name, [.readWrite, .create, .exclusive, .noFollow], mode: mode)
  }

  /// Opens an existing file for reading and writing, never through a link.
  public static func openForWriting(
    at directory: Descriptor?, _ name: [UInt8]
  ) throws(SystemError) -> Descriptor {
    try open(at: directory, name, [.readWrite, .noFollow, .nonBlocking])
  }

  /// Creates a file without a name in the directory `name`; ``FileSystem/giveName`` names it.
  ///
  /// - Throws: ``SystemError/isUnsupported`` or ``SystemError/isDirectory`` where the file system
  ///   or the kernel has no `O_TMPFILE`.
  public static func createUnnamedFile(
    at directory: Descriptor, _ name: [UInt8] = [0x2E], mode: UInt32
  ) throws(SystemError) -> Descriptor {
    try open(
      at: directory, name, OpenFlags(rawValue: O_RDWR | O_DIRECTORY | shim_O_TMPFILE_BIT),
      mode: mode)
  }

  /// Opens a handle on anything, a symbolic link itself too, without reading it (`O_PATH`).
  public static func openHandle(
    at directory: Descriptor?, _ name: [UInt8]
  ) throws(SystemError) -> Descriptor {
    try open(at: directory, name, [.pathOnly, .noFollow])
  }

  /// Opens `path` below `root` and cannot leave it, whoever renames what meanwhile.
  ///
  /// No symbolic link is followed anywhere in `path`, no "..", no absolute path leads out
  /// (`openat2(2)` with `RESOLVE_BENEATH`, `RESOLVE_NO_SYMLINKS`, `RESOLVE_NO_MAGICLINKS`).
  ///
  /// - Throws: ``SystemError/isLoop`` for a link, ``SystemError/isCrossDevice`` for a way out,
  ///   ``SystemError/isUnsupported`` before Linux 5.6.
  public static func openBeneath(
    root: Descriptor, path: [UInt8], flags: OpenFlags, mode: UInt32 = 0
  ) throws(SystemError) -> Descriptor {
    // openat2(2) refuses O_NOCTTY with O_PATH, which openat(2) ignores.
    let terminal = flags.contains(.pathOnly) ? 0 : O_NOCTTY
    let bits = UInt64(UInt32(bitPattern: flags.rawValue | O_CLOEXEC | terminal))
    // The kernel answers EAGAIN if a rename elsewhere raced with "..": bounded tries, then it is
    // the caller's.
    for _ in 0..<16 {
      do {
        let number = try unsafe attempt("openat2", at: root, path) {
          unsafe shim_openat2_beneath($0, $1, bits, UInt64(mode))
        }
        return Descriptor(adopting: number)
      } catch {
        guard error.code == EAGAIN else { throw error }
      }
    }
    throw SystemError("openat2", EAGAIN)
  }
}
