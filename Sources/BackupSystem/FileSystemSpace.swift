internal import Glibc

/// How much room a file system has.
public struct FileSystemSpace: Hashable, Sendable {
  /// Bytes that this process may still write.
  public let freeByteCount: UInt64
  /// Bytes in all.
  public let totalByteCount: UInt64
  /// Files that this process may still create; `nil` where the file system does not count them.
  public let freeFileCount: UInt64?

  /// Asks the file system that holds `descriptor`.
  public static func read(of descriptor: Descriptor) throws(SystemError) -> FileSystemSpace {
    var status = statvfs()
    _ = try attempt("fstatvfs", descriptor) { unsafe fstatvfs($0, &status) }
    let blockByteCount = UInt64(status.f_frsize)
    // Root may use what is reserved for it.
    let freeBlockCount = UInt64(geteuid() == 0 ? status.f_bfree : status.f_bavail)
    let free = freeBlockCount.multipliedReportingOverflow(by: blockByteCount)
    let total = UInt64(status.f_blocks).multipliedReportingOverflow(by: blockByteCount)
    return FileSystemSpace(
      freeByteCount: free.overflow ? .max : free.partialValue,
      totalByteCount: total.overflow ? .max : total.partialValue,
      freeFileCount: status.f_files == 0 ? nil : UInt64(status.f_favail))
  }
}
