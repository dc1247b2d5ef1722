import BackupFormat
import BackupSystem

/// The folder into which things are restored.
///
/// Every path is resolved below it by `openat2(2)` with `RESOLVE_BENEATH` and without following
/// links, so that neither names in the catalogue nor links in the target lead out of it. Used by
/// the caller's thread; workers only open files through ``createFile(_:)`` and ``openFile(_:)``.
final class RestoreTarget: @unchecked Sendable {
  // Unchecked: the folder kept open is touched by the caller's thread alone.
  let root: Descriptor
  let isRoot: Bool
  private var open: (path: [UInt8], folder: Descriptor)?

  init(_ path: [UInt8]) throws(SystemError) {
    do {
      root = try Descriptor.openRootDirectory(path)
    } catch {
      guard error.isNotFound else { throw error }
      try FileSystem.makeDirectory(at: nil, path, mode: 0o700)
      root = try Descriptor.openRootDirectory(path)
    }
    isRoot = Accounts.effectiveUser == 0
  }

  /// Whether there is a folder at `path`.
  static func exists(_ path: [UInt8]) -> Bool {
    // What else may be wrong with it shows when it is opened.
    (try? FileStatus.read(path: path)) != nil
  }

  /// Whether another file system begins at a folder below the target.
  func isMountPoint(_ path: [UInt8]) throws(SystemError) -> Bool {
    guard let (parent, _) = CataloguePath.split(path) else { return false }
    let device = try FileStatus.read(of: try folder(path)).device
    return try FileStatus.read(of: try folder(parent)).device != device
  }

  /// The open folder of a path below the target.
  func folder(_ path: [UInt8]) throws(SystemError) -> Descriptor {
    if path.isEmpty { return root }
    if let open, open.path == path { return open.folder }
    let folder = try Descriptor.openBeneath(
      root: root, path: path, flags: [.directory, .noFollow])
    open = (path, folder)
    return folder
  }

  /// Forgets the folder that is kept open.
  func forgetFolder() { open = nil }

  /// What stands at a path now; nil if nothing does.
  func status(_ folder: [UInt8], _ name: [UInt8]) throws(SystemError) -> FileStatus? {
    do {
      return try FileStatus.read(at: try self.folder(folder), name: name)
    } catch {
      if error.isNotFound { return nil }
      throw error
    }
  }

  /// Makes a folder, unless it is there.
  func makeFolder(_ folder: [UInt8], _ name: [UInt8]) throws(SystemError) {
    let parent = try self.folder(folder)
    do {
      try FileSystem.makeDirectory(at: parent, name, mode: 0o700)
    } catch {
      guard error.exists else { throw error }
      let status = try FileStatus.read(at: parent, name: name)
      if status.type == .directory { return }
      // Something else has the name: in an existing target what differs is replaced.
      try FileSystem.removeFile(at: parent, name)
      try FileSystem.makeDirectory(at: parent, name, mode: 0o700)
    }
  }

  /// Removes what stands at a path, a whole tree if need be.
  func remove(_ folder: [UInt8], _ name: [UInt8]) throws(SystemError) {
    let parent = try self.folder(folder)
    do {
      try FileSystem.removeFile(at: parent, name)
    } catch {
      if error.isNotFound { return }
      guard error.isDirectory || error.isPermissionDenied else { throw error }
      if try isMountPoint(CataloguePath.join(folder, name)) {
        throw SystemError.mounted("unlinkat")
      }
      try removeTree(CataloguePath.join(folder, name))
      try FileSystem.removeDirectory(at: try self.folder(folder), name)
    }
  }

  private func removeTree(_ path: [UInt8]) throws(SystemError) {
    let directory = try folder(path)
    for entry in try DirectoryEntries.read(directory) {
      let status = try FileStatus.read(at: directory, name: entry.name)
      if status.type == .directory {
        if try isMountPoint(CataloguePath.join(path, entry.name)) {
          // What is mounted here is not the snapshot's to remove.
          throw SystemError.mounted("unlinkat")
        }
        try removeTree(CataloguePath.join(path, entry.name))
        try FileSystem.removeDirectory(at: directory, entry.name)
      } else {
        try FileSystem.removeFile(at: directory, entry.name)
      }
    }
    forgetFolder()
  }

  /// Creates a file for its content; it gets its own permissions when it is whole.
  func createFile(_ path: [UInt8]) throws(SystemError) -> Descriptor {
    try Descriptor.openBeneath(
      root: root, path: path, flags: [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
  }

  /// Opens a file that was created, once more.
  func openFile(_ path: [UInt8]) throws(SystemError) -> Descriptor {
    try Descriptor.openBeneath(root: root, path: path, flags: [.writeOnly, .noFollow])
  }

  /// Sets owner, permissions, attributes and times of an open file or folder.
  ///
  /// - Parameter setsTimes: False for a file that is not what is stored.
  /// - Returns: How much of it the target refused.
  func setMetadata(
    _ entry: CatalogueEntry, of file: Descriptor, setsTimes: Bool = true
  ) throws(SystemError) -> Int {
    var refused = 0
    var mode = UInt32(entry.mode)
    do {
      try file.setOwner(user: entry.userID, group: entry.groupID)
    } catch {
      guard error.isPermissionDenied || error.isInvalid else { throw error }
      // A set-user-id program must not become one of another owner.
      mode &= 0o1777
      if isRoot { refused += 1 }
    }
    do {
      try file.setPermissions(mode)
    } catch {
      guard error.isUnsupported || error.isPermissionDenied else { throw error }
      refused += 1
    }
    for attribute in entry.attributes {
      do {
        try ExtendedAttributes.set(attribute.name, to: attribute.value.span, of: file)
      } catch {
        refused += 1
      }
    }
    if setsTimes {
      let time = entry.modificationTime
      try file.setTimes(access: time, modification: time)
    }
    return refused
  }

  /// The same for a name that is not opened: a link or a special file.
  func setMetadata(
    _ entry: CatalogueEntry, _ folder: [UInt8], _ name: [UInt8]
  ) throws(SystemError) -> Int {
    let parent = try self.folder(folder)
    var refused = 0
    do {
      try FileSystem.setOwner(at: parent, name, user: entry.userID, group: entry.groupID)
    } catch {
      guard error.isPermissionDenied || error.isInvalid else { throw error }
      if isRoot { refused += 1 }
    }
    if case .symbolicLink = entry.content {
    } else {
      try FileSystem.setPermissions(at: parent, name, UInt32(entry.mode))
    }
    for attribute in entry.attributes {
      do {
        try ExtendedAttributes.set(attribute.name, to: attribute.value.span, at: parent, name)
      } catch {
        refused += 1
      }
    }
    try FileSystem.setTimes(
      at: parent, name, access: entry.modificationTime, modification: entry.modificationTime)
    return refused
  }
}

extension CatalogueEntry {
  var modificationTime: FileTime {
    FileTime(seconds: modificationSeconds, nanoseconds: modificationNanoseconds)
  }
}
