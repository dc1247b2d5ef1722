internal import Glibc

/// What kind of thing a name stands for.
public enum FileType: UInt8, Hashable, Sendable {
  /// A file with content.
  case regular
  /// A directory.
  case directory
  /// A symbolic link.
  case symlink
  /// A named pipe.
  case fifo
  /// A socket.
  case socket
  /// A character device.
  case characterDevice
  /// A block device.
  case blockDevice

  /// The kind in the bits of `st_mode`, or `nil` for one that Linux does not have.
  init?(mode: UInt32) {
    switch mode & S_IFMT {
    case S_IFREG: self = .regular
    case S_IFDIR: self = .directory
    case S_IFLNK: self = .symlink
    case S_IFIFO: self = .fifo
    case S_IFSOCK: self = .socket
    case S_IFCHR: self = .characterDevice
    case S_IFBLK: self = .blockDevice
    default: return nil
    }
  }
}

/// A point in time as the file system keeps it: since 1970-01-01T00:00:00Z, without leap seconds.
public struct FileTime: Hashable, Comparable, Sendable {
  /// Whole seconds; negative before 1970.
  public var seconds: Int64
  /// Nanoseconds to be added: below 1,000,000,000.
  public var nanoseconds: UInt32

  /// Creates a time.
  public init(seconds: Int64, nanoseconds: UInt32) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  init(_ time: timespec) {
    seconds = Int64(time.tv_sec)
    nanoseconds = UInt32(clamping: time.tv_nsec)
  }

  var timespec: timespec { Glibc.timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds)) }

  /// Whether `left` is earlier.
  public static func < (left: FileTime, right: FileTime) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

/// What the file system says about a name without reading its content.
public struct FileStatus: Hashable, Sendable {
  /// The kind of thing.
  public var type: FileType
  /// The permission bits with set-user-id, set-group-id and sticky: 07777.
  public var permissions: UInt32
  /// The owner's number.
  public var uid: UInt32
  /// The group's number.
  public var gid: UInt32
  /// The content's bytes; of a symbolic link, the target's.
  public var byteCount: UInt64
  /// How many names the file has.
  public var linkCount: UInt64
  /// The file's number on its device.
  public var inode: UInt64
  /// The number of the file system that holds the file, in the C library's encoding.
  public var device: UInt64
  /// Of a device file, the device that it stands for, in the C library's encoding.
  public var specialDevice: UInt64
  /// When the content last changed.
  public var modificationTime: FileTime
  /// When content or status last changed.
  public var changeTime: FileTime
  /// When the content was last read, as far as the mount keeps that.
  public var accessTime: FileTime
  /// How many blocks of 512 bytes the file occupies.
  public var allocatedBlockCount: UInt64

  @inline(__always)
  init(_ status: stat) throws(SystemError) {
    guard let type = FileType(mode: status.st_mode) else { throw SystemError("fstatat", EINVAL) }
    self.type = type
    permissions = status.st_mode & 0o7777
    uid = status.st_uid
    gid = status.st_gid
    byteCount = UInt64(clamping: status.st_size)
    linkCount = UInt64(status.st_nlink)
    inode = UInt64(status.st_ino)
    device = UInt64(status.st_dev)
    specialDevice = UInt64(status.st_rdev)
    modificationTime = FileTime(status.st_mtim)
    changeTime = FileTime(status.st_ctim)
    accessTime = FileTime(status.st_atim)
    allocatedBlockCount = UInt64(clamping: status.st_blocks)
  }

  /// Describes something that lies nowhere; what is not named is 0.
  public init(
    type: FileType, permissions: UInt32, uid: UInt32, gid: UInt32, modificationTime: FileTime
  ) {
    self.type = type
    self.permissions = permissions
    self.uid = uid
    self.gid = gid
    self.modificationTime = modificationTime
    changeTime = modificationTime
    accessTime = modificationTime
    byteCount = 0
    linkCount = 1
    inode = 0
    device = 0
    specialDevice = 0
    allocatedBlockCount = 0
  }

  /// Reads the status of `name` itself, never of what a symbolic link leads to.
  public static func read(
    at directory: Descriptor?, name: [UInt8]
  ) throws(SystemError) -> FileStatus {
    var status = stat()
    _ = try unsafe attempt("fstatat", at: directory, name) {
      unsafe fstatat($0, $1, &status, AT_SYMLINK_NOFOLLOW)
    }
    return try FileStatus(status)
  }

  /// Reads the status of an open file or handle.
  public static func read(of descriptor: Descriptor) throws(SystemError) -> FileStatus {
    var status = stat()
    _ = try attempt("fstat", descriptor) { unsafe fstat($0, &status) }
    return try FileStatus(status)
  }

  /// Reads the status of what `path` leads to, through symbolic links.
  public static func read(path: [UInt8]) throws(SystemError) -> FileStatus {
    var status = stat()
    _ = try unsafe attempt("stat", at: nil, path) { unsafe fstatat($0, $1, &status, 0) }
    return try FileStatus(status)
  }
}
