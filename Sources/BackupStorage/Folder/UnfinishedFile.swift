internal import BackupSystem
internal import Synchronization

/// A file under a temporary name in the folder of its key, until it is published or discarded.
///
/// Write order: content, `fsync`, name by `linkat` which refuses a name that exists. The folder is
/// synchronised by the storage's barrier.
final class UnfinishedFile {
  /// How temporary names begin.
  static let namePrefix = Array(".put-".utf8)
  /// How often a folder is made again that others remove when they empty it.
  private static let attemptCountMax = 8
  private static let serial = Atomic<UInt64>(0)

  let key: StorageKey
  private let storage: FolderStorage
  private let folder: Descriptor
  private let temporaryName: [UInt8]
  private let file: Descriptor
  private var hasTemporaryName = true

  init(_ key: StorageKey, in storage: FolderStorage) throws(StorageError) {
    self.key = key
    self.storage = storage
    temporaryName = Self.makeName()
    var attempt = 1
    while true {
      do {
        let folder = try storage.makeFolder(key.place.folder)
        file = try Descriptor.createFile(at: folder, temporaryName, mode: 0o600)
        self.folder = folder
        return
      } catch {
        guard error.isNotFound, attempt < Self.attemptCountMax else {
          throw StorageError(error, nil)
        }
        attempt += 1
      }
    }
  }

  deinit { discard() }

  private static func makeName() -> [UInt8] {
    // Unique among processes and machines that share the folder: a number drawn at random.
    let number = UInt64.random(in: .min ... .max)
    let count = serial.add(1, ordering: .relaxed).newValue
    return namePrefix + Array("\(String(number, radix: 16))-\(count)".utf8)
  }

  func append(_ bytes: Span<UInt8>) throws(StorageError) {
    try translating(nil) { () throws(SystemError) in try file.write(bytes) }
  }

  /// Writes the file in large pieces instead, past the page cache where that can be done.
  func makeDirectWriter(bufferByteCount: Int) -> DirectWriter {
    DirectWriter(file, bufferByteCount: bufferByteCount)
  }

  /// Gives the file its name unless that is taken.
  func publish() throws(StorageError) -> PutOutcome {
    defer { discard() }
    let place = key.place
    do {
      try file.synchronise()
      let outcome = try link(place.name)
      storage.noteName(in: place.folder)
      return outcome
    } catch {
      throw StorageError(error, nil)
    }
  }

  /// Gives the file its name, and takes that from another file.
  func publishReplacing() throws(StorageError) {
    defer { discard() }
    let place = key.place
    do {
      try file.synchronise()
      try FileSystem.rename(at: folder, temporaryName, to: folder, place.name)
      hasTemporaryName = false
      storage.noteName(in: place.folder)
      storage.openFiles.forget(key)
    } catch {
      throw StorageError(error, nil)
    }
  }

  /// Removes the temporary name; the file and its blocks go with it unless it has another.
  func discard() {
    if hasTemporaryName {
      hasTemporaryName = false
      // What stays after an error is no object: its name begins with ".".
      try? FileSystem.removeFile(at: folder, temporaryName)
    }
    // An error here says nothing new: what is published was synchronised before.
    try? file.close()
  }

  private func link(_ name: [UInt8]) throws(SystemError) -> PutOutcome {
    if storage.refusesLinks.load(ordering: .relaxed) { return try renameWithoutReplacing(name) }
    do {
      try FileSystem.link(at: folder, temporaryName, to: folder, name)
      return .created
    } catch {
      // A network file system that repeats a lost request finds its own link: ask whose it is.
      if error.exists { return try isOurs(name) ? .created : .exists }
      // FAT and some others have no links: they say EPERM, or that they cannot.
      guard error.isPermissionDenied || error.isUnsupported else { throw error }
      storage.refusesLinks.store(true, ordering: .relaxed)
      return try renameWithoutReplacing(name)
    }
  }

  private func renameWithoutReplacing(_ name: [UInt8]) throws(SystemError) -> PutOutcome {
    do {
      try FileSystem.renameWithoutReplacing(at: folder, temporaryName, to: folder, name)
      hasTemporaryName = false
      return .created
    } catch {
      if error.exists { return .exists }
      // EINVAL is how a file system says that it cannot promise this.
      throw error.isInvalid ? error.asUnsupported : error
    }
  }

  private func isOurs(_ name: [UInt8]) throws(SystemError) -> Bool {
    let found = try FileStatus.read(at: folder, name: name)
    let own = try FileStatus.read(of: file)
    return found.inode == own.inode && found.device == own.device && found.type == .regular
  }
}
