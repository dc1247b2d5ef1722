import BackupFormat
import BackupSystem

/// The folder of mode 0700 in the state directory where clear copies lie while a run needs them,
/// with notes of the pictures that file systems were asked to take.
///
/// Everything in it is of one run: what is there at the start of the next was left by a crash.
struct CopiesFolder {
  private let directory: Descriptor
  private let path: [UInt8]
  private static let notePrefix = [UInt8]("picture-".utf8)

  /// Opens the folder, and makes it if need be.
  ///
  /// - Parameter path: The same folder by its path, for SQLite.
  init(parent: Descriptor, name: [UInt8], path: [UInt8]) throws(EngineError) {
    self.path = path
    do throws(SystemError) {
      do throws(SystemError) {
        try FileSystem.makeDirectory(at: parent, name, mode: 0o700)
      } catch {
        guard error.exists else { throw error }
      }
      directory = try Descriptor.openDirectory(at: parent, name)
      try directory.setPermissions(0o700)
    } catch {
      throw .system(path: path, error)
    }
  }

  /// Makes an empty file for a copy.
  ///
  /// - Returns: Its path.
  func makeFile(_ number: Int) throws(EngineError) -> [UInt8] {
    let name = [UInt8]("copy-\(number)".utf8)
    do {
      _ = try Descriptor.createFile(at: directory, name, mode: 0o600)
    } catch {
      throw .system(path: path, error)
    }
    return path + [0x2f] + name
  }

  /// Writes down which picture is about to be taken, on stable storage: whatever happens then, the
  /// next start knows.
  func note(_ picture: FileSystemPicture, by snapshots: any FileSystemSnapshots, _ number: Int)
    throws(EngineError)
  {
    do {
      let file = try Descriptor.createFile(
        at: directory, Self.notePrefix + [UInt8]("\(number)".utf8), mode: 0o600)
      try file.write(([UInt8](snapshots.name.utf8) + [0] + picture.path).span)
      try file.synchronise()
      try directory.synchronise()
    } catch {
      throw .system(path: path, error)
    }
  }

  /// Removes every copy and every picture; goes on after a failure, and throws the first.
  func clean(_ providers: [any FileSystemSnapshots]) throws(EngineError) {
    var failure: EngineError?
    do {
      for entry in try DirectoryEntries.read(directory) {
        if entry.name.starts(with: Self.notePrefix) {
          do throws(EngineError) { try removePicture(entry.name, providers) } catch {
            failure = failure ?? error
            continue
          }
        }
        try FileSystem.removeFile(at: directory, entry.name)
      }
    } catch {
      throw failure ?? .system(path: path, error)
    }
    if let failure { throw failure }
  }

  private func removePicture(
    _ note: [UInt8], _ providers: [any FileSystemSnapshots]
  ) throws(EngineError) {
    let text: [UInt8]
    do {
      text = try Descriptor.openFile(at: directory, note)
        .readToEnd(limitByteCount: Limits.pathByteCount + 64)
    } catch {
      throw .system(path: path, error)
    }
    let parts = text.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    // A note that a crash cut short is older than its picture.
    guard parts.count == 2, !parts[1].isEmpty,
      let provider = providers.first(where: { parts[0].elementsEqual($0.name.utf8) })
    else { return }
    try provider.remove([UInt8](parts[1]))
  }
}
