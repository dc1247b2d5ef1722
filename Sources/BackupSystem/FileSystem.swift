internal import CLinux
internal import Glibc

/// Changes names: each call is relative to an open directory, and follows no link at its end.
///
/// `nil` as a directory means the working directory; absolute paths need none.
public enum FileSystem {
  /// Gives the file `name` a second name, which must not exist.
  ///
  /// - Throws: ``SystemError/exists`` if `newName` exists; ``SystemError/isPermissionDenied``,
  ///   ``SystemError/isUnsupported`` where the file system has no links.
  public static func link(
    at directory: Descriptor?, _ name: [UInt8], to newDirectory: Descriptor?, _ newName: [UInt8]
  ) throws(SystemError) {
    try unsafe two("linkat", directory, name, newDirectory, newName) {
      unsafe linkat($0, $1, $2, $3, 0)
    }
  }

  /// Gives a file of ``Descriptor/createUnnamedFile(at:_:mode:)`` a name, which must not exist.
  public static func giveName(
    _ newName: [UInt8], at newDirectory: Descriptor?, to file: Descriptor
  ) throws(SystemError) {
    let source = Array("/proc/self/fd/\(file.rawValue)".utf8)
    try withExtendedLifetime(file) { () throws(SystemError) -> Void in
      try unsafe two("linkat", nil, source, newDirectory, newName) {
        unsafe linkat($0, $1, $2, $3, AT_SYMLINK_FOLLOW)
      }
    }
  }

  /// Renames, and replaces `newName` if it exists.
  public static func rename(
    at directory: Descriptor?, _ name: [UInt8], to newDirectory: Descriptor?, _ newName: [UInt8]
  ) throws(SystemError) {
    try unsafe two("renameat", directory, name, newDirectory, newName) {
      unsafe renameat($0, $1, $2, $3)
    }
  }

  /// Renames to a name that must not exist.
  ///
  /// - Throws: ``SystemError/exists`` if it does; ``SystemError/isInvalid`` or
  ///   ``SystemError/isUnsupported`` where the file system cannot promise that.
  public static func renameWithoutReplacing(
    at directory: Descriptor?, _ name: [UInt8], to newDirectory: Descriptor?, _ newName: [UInt8]
  ) throws(SystemError) {
    try unsafe two("renameat2", directory, name, newDirectory, newName) {
      unsafe shim_rename_without_replacing($0, $1, $2, $3)
    }
  }

  /// Removes a name of anything but a directory.
  public static func removeFile(at directory: Descriptor?, _ name: [UInt8]) throws(SystemError) {
    _ = try unsafe attempt("unlinkat", at: directory, name) { unsafe unlinkat($0, $1, 0) }
  }

  /// Removes an empty directory.
  public static func removeDirectory(
    at directory: Descriptor?, _ name: [UInt8]
  ) throws(SystemError) {
    _ = try unsafe attempt("unlinkat", at: directory, name) {
      unsafe unlinkat($0, $1, AT_REMOVEDIR)
    }
  }

  /// Makes a directory; the process's umask applies to `mode`.
  public static func makeDirectory(
    at directory: Descriptor?, _ name: [UInt8], mode: UInt32
  ) throws(SystemError) {
    _ = try unsafe attempt("mkdirat", at: directory, name) { unsafe mkdirat($0, $1, mode) }
  }

  /// Makes a symbolic link `name` that says `target`.
  public static func makeSymlink(
    at directory: Descriptor?, _ name: [UInt8], target: [UInt8]
  ) throws(SystemError) {
    try unsafe two("symlinkat", nil, target, directory, name) { unsafe symlinkat($1, $2, $3) }
  }

  /// Reads what a symbolic link says.
  ///
  /// - Throws: ``SystemError/isInvalid`` if `name` is no symbolic link; `ENAMETOOLONG` past 64 KiB.
  public static func readSymlink(
    at directory: Descriptor?, _ name: [UInt8]
  ) throws(SystemError) -> [UInt8] {
    // PATH_MAX is 4096 with its NUL; a few file systems hold more.
    var capacity = 4096
    while capacity <= 64 << 10 {
      var target = [UInt8](repeating: 0, count: capacity)
      let count = try unsafe target.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
        guard let base = buffer.baseAddress else { return 0 }
        return try unsafe attempt("readlinkat", at: directory, name) {
          unsafe readlinkat($0, $1, UnsafeMutableRawPointer(base), buffer.count)
        }
      }
      // A copy, since what was read may be kept with thousands of others.
      if count < capacity { return [UInt8](target.prefix(count)) }
      capacity *= 4
    }
    throw SystemError("readlinkat", ENAMETOOLONG)
  }

  /// Makes a device file or a socket; the kind must be one of these.
  public static func makeSpecialFile(
    at directory: Descriptor?, _ name: [UInt8], type: FileType, mode: UInt32, device: UInt64
  ) throws(SystemError) {
    let kind =
      switch type {
      case .characterDevice: S_IFCHR
      case .blockDevice: S_IFBLK
      case .socket: S_IFSOCK
      case .fifo: S_IFIFO
      case .regular, .directory, .symlink: throw SystemError("mknodat", EINVAL)
      }
    let bits = kind | (mode & 0o7777)
    _ = try unsafe attempt("mknodat", at: directory, name) {
      unsafe mknodat($0, $1, bits, dev_t(device))
    }
  }

  /// Makes a named pipe; the process's umask applies to `mode`.
  public static func makeFIFO(
    at directory: Descriptor?, _ name: [UInt8], mode: UInt32
  ) throws(SystemError) {
    _ = try unsafe attempt("mkfifoat", at: directory, name) { unsafe mkfifoat($0, $1, mode) }
  }

  /// Sets owner and group of `name` itself; `nil` leaves one as it is.
  public static func setOwner(
    at directory: Descriptor?, _ name: [UInt8], user: UInt32?, group: UInt32?
  ) throws(SystemError) {
    _ = try unsafe attempt("fchownat", at: directory, name) {
      unsafe fchownat($0, $1, user ?? UInt32.max, group ?? UInt32.max, AT_SYMLINK_NOFOLLOW)
    }
  }

  /// Sets the permission bits (07777) of `name`, and refuses a symbolic link.
  ///
  /// - Throws: ``SystemError/isLoop`` if `name` is a symbolic link.
  public static func setPermissions(
    at directory: Descriptor?, _ name: [UInt8], _ mode: UInt32
  ) throws(SystemError) {
    // fchmodat(2) follows links and has no flag against it before Linux 6.6: hold the file by a
    // handle, look what it is, and change it through its name under /proc.
    let handle = try Descriptor.openHandle(at: directory, name)
    guard try FileStatus.read(of: handle).type != .symlink else {
      throw SystemError("fchmodat", ELOOP)
    }
    try withExtendedLifetime(handle) { () throws(SystemError) -> Void in
      let path = Array("/proc/self/fd/\(handle.rawValue)".utf8)
      _ = try unsafe attempt("fchmodat", at: nil, path) {
        unsafe fchmodat($0, $1, mode & 0o7777, 0)
      }
    }
  }

  /// Sets the times of `name` itself; `nil` as access leaves that one as it is.
  public static func setTimes(
    at directory: Descriptor?, _ name: [UInt8], access: FileTime?, modification: FileTime
  ) throws(SystemError) {
    // UTIME_OMIT, `utimensat(2)`.
    let omitted = timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2)
    let times = [access?.timespec ?? omitted, modification.timespec]
    _ = try unsafe attempt("utimensat", at: directory, name) {
      unsafe utimensat($0, $1, times, AT_SYMLINK_NOFOLLOW)
    }
  }

  /// A call with two directories and two names.
  @inline(__always)
  private static func two(
    _ call: String, _ directory: Descriptor?, _ name: [UInt8], _ newDirectory: Descriptor?,
    _ newName: [UInt8],
    _ body: (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>) -> Int32
  ) throws(SystemError) {
    _ = try unsafe attempt(call, at: directory, name) { number, text in
      withExtendedLifetime(newDirectory) {
        let newNumber = newDirectory?.rawValue ?? AT_FDCWD
        var code: Int32 = 0
        let result = unsafe withCString(newName, refused: &code) { newText, code in
          let result = unsafe body(number, text, newNumber, newText)
          code = errno
          return result
        }
        if result == -1 { errno = code }
        return result
      }
    }
  }
}
