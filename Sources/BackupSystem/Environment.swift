internal import Glibc

/// What the starter of this process handed over, in raw bytes.
public enum Environment {
  /// The value of the variable `name`, or `nil` if it is not set.
  public static func value(_ name: String) -> [UInt8]? {
    guard let text = unsafe getenv(name) else { return nil }
    return unsafe [UInt8](UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }

  /// All variables as "NAME=value".
  public static func all() -> [[UInt8]] {
    var result: [[UInt8]] = []
    var next = unsafe environ
    while let variable = unsafe next.pointee {
      unsafe result.append(
        [UInt8](UnsafeRawBufferPointer(start: variable, count: strlen(variable))))
      unsafe next += 1
    }
    return result
  }

  /// All variables, with some set anew; each is "NAME=value".
  public static func all(replacing variables: [[UInt8]]) -> [[UInt8]] {
    let names = variables.map { $0.prefix { $0 != 0x3d } + [0x3d] }
    return all().filter { variable in !names.contains { variable.starts(with: $0) } } + variables
  }

  /// The command line, the program's own name first.
  ///
  /// `CommandLine.arguments` repairs what is not UTF-8, and so changes file names.
  public static func arguments() throws(SystemError) -> [[UInt8]] {
    let file = try Descriptor.open(at: nil, Array("/proc/self/cmdline".utf8), .readOnly)
    var bytes = try file.readToEnd(limitByteCount: 16 << 20)
    if bytes.last == 0 { bytes.removeLast() }
    return bytes.split(separator: 0, omittingEmptySubsequences: false).map { [UInt8]($0) }
  }
}
