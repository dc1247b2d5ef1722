/// A file that is whole and on stable storage, under a name that nobody reads.
///
/// What has to happen before anyone gets the file happens between ``init(_:_:mode:)`` and
/// ``putInPlace()``. Without the second the file goes away again.
public final class PreparedFile {
  private let directory: Descriptor
  private let temporary: [UInt8]
  private let name: [UInt8]
  private var isInPlace = false

  /// Writes a file beside its place.
  ///
  /// - Parameters:
  ///   - path: Where it is to be.
  ///   - bytes: What it holds.
  ///   - mode: Who may do what with it, whatever the umask.
  public init(_ path: [UInt8], _ bytes: Span<UInt8>, mode: UInt32 = 0o600) throws(SystemError) {
    let (folder, name) = try SecureFile.split(path)
    directory = try Descriptor.openRootDirectory(folder)
    self.name = name
    temporary = SecureFile.temporaryName()
    // The stricter of the two modes until the content is whole.
    let file = try Descriptor.createFile(at: directory, temporary, mode: mode & 0o600)
    try file.setPermissions(mode)
    try file.write(bytes)
    try file.synchronise()
  }

  deinit {
    // What is left behind after an error begins with "." and is not read by anyone.
    if !isInPlace { try? FileSystem.removeFile(at: directory, temporary) }
  }

  /// Gives the file its name, which must not exist.
  ///
  /// - Throws: ``SystemError/exists`` if it does.
  public func putInPlace() throws(SystemError) { try putInPlace(replaces: false) }

  /// Gives the file its name, and takes it from an older one in the same step if `replaces`.
  func putInPlace(replaces: Bool) throws(SystemError) {
    if replaces {
      try FileSystem.rename(at: directory, temporary, to: directory, name)
      isInPlace = true
    } else {
      isInPlace = try FileSystem.moveToNewName(at: directory, temporary, name)
    }
    try directory.synchronise()
  }
}
