internal import Glibc

/// Why Linux refused: the call and its `errno`.
///
/// It never carries a path or a name, so that it can be logged. `EINTR` is retried below this
/// layer and does not appear, but for an interrupted prompt.
public struct SystemError: Error, Hashable, Sendable {
  /// The name of the call, as in its manual page.
  public let call: String
  /// The value of `errno`.
  public let code: Int32

  /// Creates an error of `call` with the `errno` value `code`.
  public init(_ call: String, _ code: Int32) {
    self.call = call
    self.code = code
  }
}

extension SystemError {
  /// Whether the name does not exist (`ENOENT`).
  public var isNotFound: Bool { code == ENOENT }
  /// Whether the name exists already (`EEXIST`).
  public var exists: Bool { code == EEXIST }
  /// Whether the disk or the quota is full (`ENOSPC`, `EDQUOT`).
  public var isNoSpace: Bool { code == ENOSPC || code == EDQUOT }
  /// Whether the process may not do this (`EACCES`, `EPERM`).
  public var isPermissionDenied: Bool { code == EACCES || code == EPERM }
  /// Whether a symbolic link stood where none may (`ELOOP`).
  public var isLoop: Bool { code == ELOOP }
  /// Whether the file system is read-only (`EROFS`).
  public var isReadOnly: Bool { code == EROFS }
  /// Whether something that must be a directory is none (`ENOTDIR`).
  public var isNotDirectory: Bool { code == ENOTDIR }
  /// Whether something that must not be a directory is one (`EISDIR`).
  public var isDirectory: Bool { code == EISDIR }
  /// Whether a directory is not empty (`ENOTEMPTY`).
  public var isNotEmpty: Bool { code == ENOTEMPTY }
  /// Whether two names lie on different file systems, or a path leads out of its root (`EXDEV`).
  public var isCrossDevice: Bool { code == EXDEV }
  /// Whether kernel or file system cannot do this (`ENOSYS`, `EOPNOTSUPP`, `ENOTTY`).
  public var isUnsupported: Bool { code == ENOSYS || code == EOPNOTSUPP || code == ENOTTY }
  /// Whether an argument was refused (`EINVAL`), as a name with a NUL byte is.
  public var isInvalid: Bool { code == EINVAL }
  /// Whether a limit of open files was reached (`EMFILE`, `ENFILE`).
  public var isOutOfDescriptors: Bool { code == EMFILE || code == ENFILE }
  /// Whether this process or this machine may have no more: of open files, of memory, of bytes in a
  /// file (`EMFILE`, `ENFILE`, `ENOMEM`, `EFBIG`).
  ///
  /// It says nothing about the file at hand.
  public var isLimit: Bool { isOutOfDescriptors || code == ENOMEM || isTooLarge }
  /// Whether this process or this machine has no descriptor or no memory left (`EMFILE`, `ENFILE`,
  /// `ENOMEM`): what was to be looked at was not, and nothing follows about it.
  public var isOutOfMeans: Bool { isOutOfDescriptors || code == ENOMEM }
  /// Whether a name is too long (`ENAMETOOLONG`).
  public var isNameTooLong: Bool { code == ENAMETOOLONG }
  /// Whether a file grew past a limit of its reader or its file system (`EFBIG`).
  public var isTooLarge: Bool { code == EFBIG }
  /// Whether an extended attribute is absent (`ENODATA`).
  public var isNoAttribute: Bool { code == ENODATA }
  /// Whether the call would have to wait (`EAGAIN`).
  public var wouldBlock: Bool { code == EAGAIN }
  /// Whether a signal asked to stop (`EINTR`).
  public var isInterrupted: Bool { code == EINTR }
  /// Whether the medium failed (`EIO`).
  public var isInputOutput: Bool { code == EIO }
  /// Whether a network file system lost its server (`ESTALE`, `ETIMEDOUT`, `EHOSTDOWN`, …).
  public var isUnreachable: Bool {
    switch code {
    case ESTALE, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH, ENOTCONN, ECONNRESET:
      true
    default: false
    }
  }

  /// The same call with `EOPNOTSUPP`: for calls that say `EINVAL` and mean that.
  public var asUnsupported: SystemError { SystemError(call, EOPNOTSUPP) }

  /// A refusal made by this layer itself, in the words of the kernel (`EINVAL`).
  public static func invalid(_ call: String) -> SystemError { SystemError(call, EINVAL) }

  /// The same for a symbolic link where none may stand (`ELOOP`).
  public static func link(_ call: String) -> SystemError { SystemError(call, ELOOP) }

  /// The same for a folder on which a file system is mounted (`EBUSY`).
  public static func mounted(_ call: String) -> SystemError { SystemError(call, EBUSY) }
}

extension SystemError: CustomStringConvertible {
  /// The call and the C library's words, as in "openat: No such file or directory".
  public var description: String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let base = buffer.baseAddress,
        unsafe strerror_r(code, base, buffer.count) == 0
      else { return "\(call): error \(code)" }
      return unsafe "\(call): \(String(cString: base))"
    }
  }
}
