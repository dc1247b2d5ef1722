public import BackupSystem

/// A new, empty folder that is removed with everything in it when its owner goes away.
public final class TemporaryDirectory: Sendable {
  /// The folder's path.
  public let path: [UInt8]
  /// The folder, open.
  public let descriptor: Descriptor

  /// Makes a folder below `parent`.
  public init(in parent: String? = nil) throws(SystemError) {
    let parent = parent ?? Environment.value("TMPDIR").map { String(decoding: $0, as: UTF8.self) }
    let number = UInt64.random(in: .min ... .max)
    path = Array("\(parent ?? "/tmp")/nightsafe-test-\(String(number, radix: 36))".utf8)
    try FileSystem.makeDirectory(at: nil, path, mode: 0o700)
    descriptor = try Descriptor.openRootDirectory(path)
  }

  deinit {
    // What a test made unremovable stays; the system empties its folder of temporary files.
    try? Self.empty(descriptor)
    try? FileSystem.removeDirectory(at: nil, path)
  }

  /// The path of `name` in the folder.
  public func path(_ name: String) -> [UInt8] { path + [0x2F] + Array(name.utf8) }

  /// The folder's path as text.
  public var text: String { String(decoding: path, as: UTF8.self) }

  /// Writes a file in the folder.
  public func write(_ name: String, _ bytes: [UInt8]) throws(SystemError) {
    let file = try Descriptor.open(
      at: descriptor, Array(name.utf8), [.writeOnly, .create, .truncate], mode: 0o600)
    try file.write(bytes.span)
  }

  /// The names in the folder, sorted.
  public func names() throws(SystemError) -> [String] {
    try DirectoryEntries.read(descriptor).map { String(decoding: $0.name, as: UTF8.self) }.sorted()
  }

  private static func empty(_ folder: Descriptor) throws(SystemError) {
    for entry in try DirectoryEntries.read(folder) {
      if try FileStatus.read(at: folder, name: entry.name).type == .directory {
        try empty(Descriptor.openDirectory(at: folder, entry.name))
        try FileSystem.removeDirectory(at: folder, entry.name)
      } else {
        try FileSystem.removeFile(at: folder, entry.name)
      }
    }
  }
}
