import BackupDatabase
import BackupFormat
import BackupSystem

/// The live sources of one run, made to stand still; what was made for that goes with
/// ``release()``, or with its owner.
final class PreparedSources {
  /// Where a folder is read in place of its own path.
  struct Place {
    var source: [UInt8]
    var path: [UInt8]
    var provider: any FileSystemSnapshots
  }

  private(set) var places: [Place] = []
  /// Files whose content does not come from their path, by their path in the catalogue.
  private(set) var files: [[UInt8]: LiveFile] = [:]
  private let copies: CopiesFolder
  private let providers: [any FileSystemSnapshots]
  private var isReleased = false

  /// Removes what a crash left behind, takes the pictures and copies the databases; programs run
  /// later, each when its turn comes.
  ///
  /// - Parameter mark: Letters and digits that no other run has.
  init(
    _ sources: [LiveSource], in copies: CopiesFolder, mark: String, time: Int64
  ) throws(EngineError) {
    self.copies = copies
    providers =
      sources.compactMap { if case .snapshot(_, let provider) = $0 { provider } else { nil } }
      + [BtrfsSnapshots()]
    try copies.clean(providers)
    do throws(EngineError) {
      for (number, source) in sources.enumerated() {
        switch source {
        case .snapshot(let folder, let provider):
          let picture = try provider.place(of: folder, mark: "\(mark)-\(number)")
          try copies.note(picture, by: provider, number)
          try provider.take(picture)
          places.append(
            Place(source: folder, path: picture.folderInPicture, provider: provider))
        case .database(let path): try copy(path, number)
        case .command(let command):
          files[Self.cataloguePath(command.path)] = LiveFile(
            content: .command(command), status: Self.status(of: .regular, time: time))
        }
      }
    } catch {
      // The first failure is the one to be told; what can't be removed is removed at the next start.
      try? copies.clean(providers)
      throw error
    }
  }

  deinit {
    // Again at the next start, which reports it.
    if !isReleased { try? copies.clean(providers) }
  }

  /// Removes the copies and the pictures.
  func release() throws(EngineError) {
    isReleased = true
    try copies.clean(providers)
  }

  /// The path in the catalogue of an absolute path.
  static func cataloguePath(_ path: [UInt8]) -> [UInt8] {
    var path = [UInt8](path.drop { $0 == 0x2f })
    while path.last == 0x2f { path.removeLast() }
    return path
  }

  /// The status of something that lies nowhere.
  static func status(of type: FileType, time: Int64) -> FileStatus {
    FileStatus(
      type: type, permissions: type == .directory ? 0o755 : 0o600,
      uid: Accounts.effectiveUser, gid: Accounts.effectiveGroup,
      modificationTime: FileTime(seconds: time, nanoseconds: 0))
  }

  private func copy(_ path: [UInt8], _ number: Int) throws(EngineError) {
    let status: FileStatus
    let attributes: [ExtendedAttribute]
    do {
      status = try FileStatus.read(path: path)
      guard status.type == .regular else { throw EngineError.source(path: path, .notReadable) }
      attributes = try Attributes.read(of: Descriptor.openFile(at: nil, path))
    } catch let error as EngineError {
      throw error
    } catch let error as SystemError {
      throw error.isNotFound ? .source(path: path, .missing) : .system(path: path, error)
    } catch {
      throw .source(path: path, .notReadable)
    }
    let target = try copies.makeFile(number)
    do {
      try DatabaseFile.copy(path, to: target)
    } catch {
      throw .source(path: path, .database(error))
    }
    files[Self.cataloguePath(path)] = LiveFile(
      content: .copy(target), status: status, attributes: attributes)
  }
}
