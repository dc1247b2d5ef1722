internal import Glibc

/// Translates between the names and numbers of users and groups; callers keep the answers.
public enum Accounts {
  /// The most memory that one entry may need: 1 MiB, for groups of very many members.
  private static let entryByteCountMax = 1 << 20

  /// The user as whom this process acts.
  public static var effectiveUser: UInt32 { geteuid() }
  /// The group as which this process acts.
  public static var effectiveGroup: UInt32 { getegid() }

  /// The name of the user `uid`, or `nil` if there is none.
  public static func userName(_ uid: UInt32) throws(SystemError) -> [UInt8]? {
    try unsafe look("getpwuid_r") { base, capacity, found in
      var entry = unsafe passwd()
      var pointer: UnsafeMutablePointer<passwd>?
      let status = unsafe getpwuid_r(uid, &entry, base, capacity, &pointer)
      if unsafe pointer != nil { unsafe found = bytes(entry.pw_name) }
      return status
    }
  }

  /// The number of the user `name`, or `nil` if there is none.
  public static func userNumber(_ name: [UInt8]) throws(SystemError) -> UInt32? {
    guard let name = terminated(name) else { return nil }
    return try unsafe look("getpwnam_r") { base, capacity, found in
      var entry = unsafe passwd()
      var pointer: UnsafeMutablePointer<passwd>?
      let status = unsafe getpwnam_r(name, &entry, base, capacity, &pointer)
      if unsafe pointer != nil { unsafe found = entry.pw_uid }
      return status
    }
  }

  /// A user of this machine.
  public struct User: Hashable, Sendable {
    /// The user's number.
    public var number: UInt32
    /// The number of the user's own group.
    public var group: UInt32
    /// The path of the user's home.
    public var home: [UInt8]
  }

  /// The user `name`, or `nil` if there is none.
  public static func user(_ name: [UInt8]) throws(SystemError) -> User? {
    guard let name = terminated(name) else { return nil }
    return try unsafe look("getpwnam_r") { base, capacity, found in
      var entry = unsafe passwd()
      var pointer: UnsafeMutablePointer<passwd>?
      let status = unsafe getpwnam_r(name, &entry, base, capacity, &pointer)
      if unsafe pointer != nil {
        found = unsafe User(
          number: entry.pw_uid, group: entry.pw_gid, home: bytes(entry.pw_dir) ?? [])
      }
      return status
    }
  }

  /// The name of the group `gid`, or `nil` if there is none.
  public static func groupName(_ gid: UInt32) throws(SystemError) -> [UInt8]? {
    try unsafe look("getgrgid_r") { base, capacity, found in
      var entry = unsafe group()
      var pointer: UnsafeMutablePointer<group>?
      let status = unsafe getgrgid_r(gid, &entry, base, capacity, &pointer)
      if unsafe pointer != nil { unsafe found = bytes(entry.gr_name) }
      return status
    }
  }

  /// The number of the group `name`, or `nil` if there is none.
  public static func groupNumber(_ name: [UInt8]) throws(SystemError) -> UInt32? {
    guard let name = terminated(name) else { return nil }
    return try unsafe look("getgrnam_r") { base, capacity, found in
      var entry = unsafe group()
      var pointer: UnsafeMutablePointer<group>?
      let status = unsafe getgrnam_r(name, &entry, base, capacity, &pointer)
      if unsafe pointer != nil { unsafe found = entry.gr_gid }
      return status
    }
  }

  private static func look<Value>(
    _ call: String, _ body: (UnsafeMutablePointer<CChar>, Int, inout Value?) -> Int32
  ) throws(SystemError) -> Value? {
    var capacity = 4096
    while true {
      var found: Value?
      var buffer = [CChar](repeating: 0, count: capacity)
      let status = unsafe buffer.withUnsafeMutableBufferPointer {
        guard let base = $0.baseAddress else { return ENOMEM }
        return unsafe body(base, capacity, &found)
      }
      switch status {
      case 0: return found
      // What `getpwnam(3)` lists as the ways of saying that there is no such entry.
      case ENOENT, ESRCH, EBADF, EPERM: return nil
      case EINTR: continue
      case ERANGE where capacity < entryByteCountMax: capacity *= 4
      default: throw SystemError(call, status)
      }
    }
  }

  private static func terminated(_ name: [UInt8]) -> [CChar]? {
    guard !name.isEmpty, !name.contains(0) else { return nil }
    return name.map { CChar(bitPattern: $0) } + [0]
  }

  private static func bytes(_ text: UnsafeMutablePointer<CChar>?) -> [UInt8]? {
    guard let text = unsafe text else { return nil }
    return unsafe [UInt8](UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }
}
