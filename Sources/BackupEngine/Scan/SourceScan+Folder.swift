import BackupFormat
import BackupPolicy
import BackupSystem

/// What a look at one folder found.
struct FoundFolder: Sendable {
  /// What is in it; nil where nothing is that the rules keep.
  var folder: ScannedFolder?
  /// The open folder, where there is one.
  var directory: Descriptor?
  /// The folders in it to which the walk goes next, in order, and what the rules say of each.
  var subfolders: [(folder: [UInt8], decision: PathDecision)] = []
  /// What was left out or could not be read.
  var tally = ScanTally()
}

extension SourceScan {
  /// Looks at a folder of a source: what is in it, and where the walk goes on.
  func look(
    at folder: [UInt8], decidedBy parent: PathDecision, in root: Root, _ reader: DirectoryEntries
  ) throws(EngineError) -> FoundFolder {
    var found = FoundFolder()
    let directory: Descriptor
    var names: [DirectoryEntry]
    do {
      guard let base = root.descriptor else { return found }
      directory =
        folder == root.path
        ? base
        : try Descriptor.openBeneath(
          root: base, path: Self.relative(folder, to: root), flags: [.directory, .noFollow])
      names = try reader.read(directory)
    } catch {
      try Self.refuseWant(error, root)
      // Gone since it was listed: as if it had been gone then. Anything else is reported.
      if !error.isNotFound {
        found.tally.unreadable.append(UnreadableEntry(path: folder, error: error))
      }
      return found
    }
    names.sort { CataloguePath.compareNames($0.name, $1.name) < 0 }
    var entries: [ScannedEntry] = []
    entries.reserveCapacity(names.count)
    let relativeStart = root.path.isEmpty ? 0 : root.path.count + 1
    let isCache: Bool
    do throws(SystemError) {
      isCache = rules.excludesCaches ? try Self.isCache(directory, names) : false
    } catch { throw .system(path: root.source, error) }
    let hasRules = !rules.paths.rules.isEmpty
    for name in names.lazy.map(\.name) {
      if isCache, name != Self.cacheTag {
        found.tally.exclusions[.cache, default: 0] += 1
        continue
      }
      guard folder.count + 1 + name.count <= Limits.pathByteCount else {
        found.tally.unreadable.append(UnreadableEntry(path: folder, error: SystemError("open", 36)))
        continue
      }
      if !live.isEmpty {
        let path = CataloguePath.join(folder, name)
        if let file = live[path] {
          found.tally.metLive.insert(path)
          entries.append(ScannedEntry(name: name, status: file.status, isLive: true))
          continue
        }
        if belongsToDatabase(path) {
          found.tally.exclusions[.databaseCompanion, default: 0] += 1
          continue
        }
      }
      let status: FileStatus
      do {
        status = try FileStatus.read(at: directory, name: name)
      } catch {
        try Self.refuseWant(error, root)
        if !error.isNotFound {
          found.tally.unreadable.append(
            UnreadableEntry(path: CataloguePath.join(folder, name), error: error))
        }
        continue
      }
      if status.type == .socket {
        found.tally.socketCount += 1
        continue
      }
      let isFolder = status.type == .directory
      // A path is made only where it is looked at.
      let path = hasRules || isFolder ? CataloguePath.join(folder, name) : []
      let (decision, rule) =
        hasRules
        ? rules.paths.judge(
          path.span.extracting(relativeStart..<path.count), isDirectory: isFolder, parent: parent)
        : (parent, nil)
      let isTooLarge =
        status.type == .regular && status.byteCount > rules.maximumFileByteCount ?? .max
      let isOwn =
        isFolder && !rules.ownFolders.isEmpty && rules.ownFolders.contains(FolderIdentity(status))
      guard decision != .skip, isFolder || decision == .keep else {
        found.tally.exclusions[rule.map { .rule($0) } ?? .notIncluded, default: 0] += 1
        continue
      }
      guard !isTooLarge, !isOwn else {
        found.tally.exclusions[isOwn ? .ownFolder : .tooLarge, default: 0] += 1
        continue
      }
      if isFolder, root.pictureTaker?.isLeftOut(status) == true {
        // What is not in the picture must not look like an empty folder.
        found.tally.unreadable.append(UnreadableEntry(path: path, error: SystemError("openat", 18)))
        continue
      }
      entries.append(ScannedEntry(name: name, status: status))
      if isFolder, !rules.staysOnFileSystem || status.device == root.status.device {
        found.subfolders.append((path, decision))
      }
    }
    if !entries.isEmpty {
      found.folder = ScannedFolder(path: folder, entries: entries)
      found.directory = directory
    }
    return found
  }

  /// Ends the scan where the machine lacks something: the file is not at fault, and a snapshot
  /// without it would be called whole the next night.
  ///
  /// The source is named and not the file, since cron mails it.
  private static func refuseWant(_ error: SystemError, _ root: Root) throws(EngineError) {
    if error.isOutOfMeans { throw .system(path: root.source, error) }
  }

  /// The files beside a database that SQLite keeps for it while it is in use.
  private static let companions = ["-wal", "-shm", "-journal"].map { [UInt8]($0.utf8) }

  private func belongsToDatabase(_ path: [UInt8]) -> Bool {
    Self.companions.contains { suffix in
      path.reversed().starts(with: suffix.reversed())
        && live[[UInt8](path.dropLast(suffix.count))] != nil
    }
  }

  static let cacheTag = [UInt8]("CACHEDIR.TAG".utf8)
  private static let cacheSignature = [UInt8]("Signature: 8a477f597d28d172789f06886806bc55".utf8)

  /// Whether a folder says by its tag that it is a cache (bford.info/cachedir).
  ///
  /// - Throws: Only what the machine lacks.
  static func isCache(
    _ directory: Descriptor, _ names: [DirectoryEntry]
  ) throws(SystemError) -> Bool {
    guard names.contains(where: { $0.name == cacheTag }) else { return false }
    var bytes = [UInt8](repeating: 0, count: cacheSignature.count)
    do {
      let file = try Descriptor.openFile(at: directory, cacheTag)
      var span = bytes.mutableSpan
      _ = try file.readFully(into: &span)
    } catch {
      if error.isOutOfMeans { throw error }
      // A tag that can't be read is no tag: better too much in a backup than too little.
      return false
    }
    return bytes == cacheSignature
  }
}
