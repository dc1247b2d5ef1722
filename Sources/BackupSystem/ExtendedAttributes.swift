internal import CLinux
internal import Glibc

/// Reads and sets extended attributes, POSIX access control lists among them (`xattr(7)`).
///
/// Names carry their namespace, as in "user.comment". For symbolic links, FIFOs and devices, which
/// cannot be opened, there is a form by directory and name; it follows no link at its end.
public enum ExtendedAttributes {
  /// The most bytes of one value, and of one list of names, that Linux has: 64 KiB.
  public static let byteCountMax = 64 << 10

  /// Lists the attributes of an open file.
  public static func names(of file: Descriptor) throws(SystemError) -> [[UInt8]] {
    let list = try unsafe read { buffer throws(SystemError) in
      try attempt("flistxattr", file) {
        unsafe shim_flistxattr($0, buffer.baseAddress, buffer.count)
      }
    }
    return split(list)
  }

  /// Lists the attributes of `name` itself.
  public static func names(
    at directory: Descriptor?, _ name: [UInt8]
  ) throws(SystemError) -> [[UInt8]] {
    let path = procPath(directory, name)
    let list = try unsafe read { buffer throws(SystemError) in
      try unsafe attempt("llistxattr", at: directory, path) { _, text in
        unsafe shim_llistxattr(
          text, buffer.baseAddress, buffer.count)
      }
    }
    return split(list)
  }

  /// Reads an attribute of an open file.
  ///
  /// - Throws: ``SystemError/isNoAttribute`` if there is none of that name.
  public static func value(
    _ attribute: [UInt8], of file: Descriptor
  ) throws(SystemError) -> [UInt8] {
    try unsafe read { buffer throws(SystemError) in
      try unsafe attempt("fgetxattr", at: file, attribute) {
        unsafe shim_fgetxattr($0, $1, buffer.baseAddress, buffer.count)
      }
    }
  }

  /// Reads an attribute of `name` itself.
  ///
  /// - Throws: ``SystemError/isNoAttribute`` if there is none of that name.
  public static func value(
    _ attribute: [UInt8], at directory: Descriptor?, _ name: [UInt8]
  ) throws(SystemError) -> [UInt8] {
    let path = procPath(directory, name)
    return try unsafe read { buffer throws(SystemError) in
      try unsafe pair("lgetxattr", directory, path, attribute) {
        unsafe shim_lgetxattr($0, $1, buffer.baseAddress, buffer.count)
      }
    }
  }

  /// Sets an attribute of an open file.
  public static func set(
    _ attribute: [UInt8], to value: Span<UInt8>, of file: Descriptor
  ) throws(SystemError) {
    try unsafe value.withUnsafeBufferPointer { buffer throws(SystemError) in
      _ = try unsafe attempt("fsetxattr", at: file, attribute) {
        unsafe shim_fsetxattr($0, $1, buffer.baseAddress, buffer.count)
      }
    }
  }

  /// Sets an attribute of `name` itself.
  public static func set(
    _ attribute: [UInt8], to value: Span<UInt8>, at directory: Descriptor?, _ name: [UInt8]
  ) throws(SystemError) {
    let path = procPath(directory, name)
    try unsafe value.withUnsafeBufferPointer { buffer throws(SystemError) in
      _ = try unsafe pair("lsetxattr", directory, path, attribute) {
        Int(unsafe shim_lsetxattr($0, $1, buffer.baseAddress, buffer.count))
      }
    }
  }

  /// Removes an attribute of an open file.
  public static func remove(_ attribute: [UInt8], of file: Descriptor) throws(SystemError) {
    _ = try unsafe attempt("fremovexattr", at: file, attribute) { unsafe shim_fremovexattr($0, $1) }
  }

  /// Removes an attribute of `name` itself.
  public static func remove(
    _ attribute: [UInt8], at directory: Descriptor?, _ name: [UInt8]
  ) throws(SystemError) {
    let path = procPath(directory, name)
    _ = try unsafe pair("lremovexattr", directory, path, attribute) {
      Int(unsafe shim_lremovexattr($0, $1))
    }
  }

  /// The name under /proc that leads to `name` in an open directory: these calls know no "at".
  private static func procPath(_ directory: Descriptor?, _ name: [UInt8]) -> [UInt8] {
    guard let directory, name.first != 0x2F else { return name }
    return Array("/proc/self/fd/\(directory.rawValue)/".utf8) + name
  }

  /// Reads with a small buffer, then with the largest that can be needed.
  private static func read(
    _ body: (UnsafeMutableRawBufferPointer) throws(SystemError) -> Int
  ) throws(SystemError) -> [UInt8] {
    var capacity = 256
    while true {
      var bytes = [UInt8](repeating: 0, count: capacity)
      do {
        let count = try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
          try unsafe body(UnsafeMutableRawBufferPointer(buffer))
        }
        bytes.removeLast(capacity - count)
        return bytes
      } catch {
        guard error.code == ERANGE, capacity < byteCountMax else { throw error }
        capacity = byteCountMax
      }
    }
  }

  private static func split(_ list: [UInt8]) -> [[UInt8]] {
    list.split(separator: 0).map { [UInt8]($0) }
  }

  /// A call with a path and the name of an attribute.
  private static func pair(
    _ call: String, _ directory: Descriptor?, _ path: [UInt8], _ attribute: [UInt8],
    _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Int
  ) throws(SystemError) -> Int {
    try unsafe attempt(call, at: directory, path) { _, text in
      var code: Int32 = 0
      let result = unsafe withCString(attribute, refused: &code) { attributeText, code in
        let result = unsafe body(text, attributeText)
        code = errno
        return result
      }
      if result == -1 { errno = code }
      return result
    }
  }
}
