internal import BackupSystem
internal import Synchronization

/// Keeps objects as files in a folder of a local or a mounted disk.
///
/// Folders get mode 0700, files 0600. While it is written a file has a name that begins with "."
/// and lies in the folder where it will stand. No symbolic link is followed below the folder.
/// At most ``openFileCountMax`` files stay open for reading, and five more for each call.
public final class FolderStorage: Storage {
  /// How many files are kept open between ranged reads: 16, so that 64 descriptors suffice in all.
  public static let openFileCountMax = 16

  /// How many bytes are read at once past the page cache: 4 MiB.
  static let directByteCount = 4 << 20

  let root: Descriptor
  private let path: [UInt8]
  // Buffers of reads past the page cache; as many as there were calls at once.
  let directBuffers = Mutex<[AlignedBuffer]>([])
  let openFiles = OpenFiles(countMax: FolderStorage.openFileCountMax)
  /// Whether this file system refused a link once: names then come by renaming.
  let refusesLinks = Atomic(false)
  /// What the next barrier has to synchronise.
  let changedFolders = Mutex(ChangedFolders())
  /// What the first barrier that failed failed with.
  private let lostError = Mutex<SystemError?>(nil)

  /// Opens the folder `path`, through symbolic links if need be.
  ///
  /// - Parameters:
  ///   - path: The folder's raw path.
  ///   - creates: Whether the last folder of `path` is made if it is absent.
  /// - Throws: ``StorageError/storageNotFound`` if there is no such folder.
  public init(path: [UInt8], creates: Bool = false) throws(StorageError) {
    self.path = path
    do {
      if creates { try Self.create(path) }
      root = try Descriptor.openRootDirectory(path)
    } catch {
      if error.isNotFound || error.isNotDirectory { throw .storageNotFound }
      throw StorageError(error, nil)
    }
  }

  private static func create(_ path: [UInt8]) throws(SystemError) {
    do {
      try FileSystem.makeDirectory(at: nil, path, mode: 0o700)
    } catch {
      if error.exists { return }
      throw error
    }
    // The folder's own name is in its parent, which ".." finds without cutting the path.
    let made = try Descriptor.openRootDirectory(path)
    try synchronise(Descriptor.openDirectory(at: made, Array("..".utf8)))
  }

  /// Where the storage is: the folder's path, with what is not UTF-8 shown as "�".
  public var location: String { String(decoding: path, as: UTF8.self) }

  /// How many bytes the file system has left for this user.
  public func freeByteCount() throws(StorageError) -> UInt64? {
    try translating(nil) { () throws(SystemError) in
      try FileSystemSpace.read(of: root).freeByteCount
    }
  }

  /// Returns after all names that changed before are on stable storage.
  public func barrier() throws(StorageError) {
    try failIfLost()
    let taken = changedFolders.withLock { $0.take() }
    // Deepest first: a folder's content is safe before its name is.
    for folder in taken.changed.sorted(by: { $0.count > $1.count }) {
      do {
        try synchroniseOrLose(openFolder(folder))
      } catch {
        // A folder that was removed meanwhile has no names; its own is in its parent's turn.
        if error.isNotFound { continue }
        changedFolders.withLock { $0.putBack(taken) }
        throw StorageError(error, nil)
      }
    }
    changedFolders.withLock { $0.prove(taken) }
  }

  /// Returns after the names in `folder` are on stable storage, whoever put them there.
  public func settle(_ folder: String) throws(StorageError) {
    try failIfLost()
    do {
      try synchroniseOrLose(openFolder(folder.split(separator: "/").map(String.init)))
    } catch {
      throw StorageError(error, nil)
    }
  }

  /// After a failed sync the kernel may forget what it could not write, and call the next sync of the
  /// same folder a success: so there is no success any more.
  private func failIfLost() throws(StorageError) {
    if let error = lostError.withLock({ $0 }) { throw StorageError(error, nil) }
  }

  private func synchroniseOrLose(_ folder: Descriptor) throws(SystemError) {
    do {
      try Self.synchronise(folder)
    } catch {
      lostError.withLock { $0 = $0 ?? error }
      throw error
    }
  }

  private static func synchronise(_ folder: Descriptor) throws(SystemError) {
    do {
      try folder.synchronise()
    } catch {
      // "fd is bound to a special file … which does not support synchronization": fsync(2).
      guard error.isInvalid || error.isUnsupported else { throw error }
      try folder.synchroniseFileSystem()
    }
  }

  /// Opens a folder of the storage, one component at a time, through no link.
  func openFolder(_ components: [String]) throws(SystemError) -> Descriptor {
    var folder = root
    for component in components {
      folder = try Descriptor.openDirectory(at: folder, Array(component.utf8))
    }
    return folder
  }

  /// Opens a folder of the storage and makes what is missing of it.
  func makeFolder(_ components: [String]) throws(SystemError) -> Descriptor {
    var folder = root
    for (depth, component) in components.enumerated() {
      let name = Array(component.utf8)
      do {
        folder = try Descriptor.openDirectory(at: folder, name)
        continue
      } catch {
        guard error.isNotFound else { throw error }
      }
      do {
        try FileSystem.makeDirectory(at: folder, name, mode: 0o700)
      } catch {
        // Somebody else made it meanwhile.
        guard error.exists else { throw error }
      }
      changedFolders.withLock { $0.noteFolder(Array(components.prefix(depth + 1))) }
      folder = try Descriptor.openDirectory(at: folder, name)
    }
    return folder
  }

  /// Remembers that a name in `folder` must be on stable storage after the next barrier.
  func noteName(in folder: [String]) {
    changedFolders.withLock { $0.noteName(in: folder) }
  }
}

extension StorageKey {
  /// The folder of this key and the file's name in it.
  var place: (folder: [String], name: [UInt8]) {
    let parts = components
    return (Array(parts.dropLast()), Array((parts.last ?? "").utf8))
  }
}
