import BackupFormat
import BackupPolicy
public import BackupSystem

/// What a scan leaves out.
struct ScanRules: Sendable {
  /// The include and exclude rules; paths are relative to the source.
  var paths: PathRules
  /// Whether folders with a `CACHEDIR.TAG` lose their content.
  var excludesCaches: Bool
  /// Whether other file systems are left out.
  var staysOnFileSystem: Bool
  /// Larger files are left out.
  var maximumFileByteCount: UInt64?
  /// These folders are left out wherever they are met.
  var ownFolders: Set<FolderIdentity> = []
}

/// A folder by its number on its device.
struct FolderIdentity: Hashable, Sendable {
  let device: UInt64
  let inode: UInt64

  init(_ status: FileStatus) {
    device = status.device
    inode = status.inode
  }
}

/// Something that could not be read, for the report.
public struct UnreadableEntry: Hashable, Sendable {
  /// The path in the catalogue.
  public var path: [UInt8]
  /// Why.
  public var error: SystemError
}

/// Walks the sources of a data set in the order of a catalogue.
///
/// One folder is open at a time; every path is resolved below its source without following links
/// (`openat2(2)`, `RESOLVE_BENEATH`), so that a renamed folder can't lead the scan astray.
struct SourceScan: Sendable {
  /// Why an entry is left out.
  private enum Exclusion: Hashable {
    case rule(Int)
    case notIncluded
    case cache
    case databaseCompanion
    case ownFolder
    case tooLarge

    /// The cause as a word; a rule has an id of its own.
    var word: String {
      switch self {
      case .rule: "rule"
      case .notIncluded: "not-included"
      case .cache: "cache-folder"
      case .databaseCompanion: "beside-a-database"
      case .ownFolder: "own-folder"
      case .tooLarge: "too-large"
      }
    }
  }

  /// A source and its place in the catalogue.
  struct Root: Sendable {
    /// The absolute path as configured.
    let source: [UInt8]
    /// The path in the catalogue: without the leading slash.
    let path: [UInt8]
    /// The open folder; nil when the source is a file.
    let descriptor: Descriptor?
    /// The status of the source.
    let status: FileStatus
    /// What took the picture that is read in place of the source.
    var pictureTaker: (any FileSystemSnapshots)?
    /// Whether its content comes from elsewhere.
    var isLive = false
  }

  let roots: [Root]
  let rules: ScanRules
  /// Files whose content does not come from their path, by their path in the catalogue.
  let live: [[UInt8]: LiveFile]
  private var waitingLive: Set<[UInt8]>
  /// Why entries were left out, and how many each time.
  private var exclusions: [Exclusion: UInt64] = [:]
  var excludedCount: UInt64 { exclusions.values.reduce(0, +) }
  /// How many entries were left out, by the id of the rule, or a word where it was no rule.
  var excludedByRule: [String: UInt64] {
    var counts: [String: UInt64] = [:]
    for (cause, count) in exclusions {
      if case .rule(let place) = cause {
        counts[rules.paths.rules[place].id, default: 0] += count
      } else {
        counts[cause.word, default: 0] += count
      }
    }
    return counts
  }
  private(set) var socketCount: UInt64 = 0
  private(set) var unreadable: [UnreadableEntry] = []

  /// Opens the sources.
  ///
  /// - Parameters:
  ///   - sources: Absolute paths, none within another.
  ///   - prepared: The live sources, made to stand still.
  init(
    sources: [[UInt8]], rules: ScanRules, prepared: PreparedSources? = nil
  ) throws(EngineError) {
    var roots: [Root] = []
    let plain = sources.map {
      (source: $0, place: $0, taker: (any FileSystemSnapshots)?.none)
    }
    let pictures = (prepared?.places ?? []).map {
      (source: $0.source, place: $0.path, taker: Optional($0.provider))
    }
    for (source, place, taker) in plain + pictures {
      let path = PreparedSources.cataloguePath(source)
      guard CataloguePath.isValid(path) else { throw .source(path: source, .notReadable) }
      do {
        let status = try FileStatus.read(path: place)
        let descriptor =
          status.type == .directory ? try Descriptor.openRootDirectory(place) : nil
        guard status.type == .directory || status.type == .regular else {
          throw EngineError.source(path: source, .notReadable)
        }
        roots.append(
          Root(
            source: source, path: path, descriptor: descriptor, status: status,
            pictureTaker: taker))
      } catch let error as SystemError {
        throw error.isNotFound
          ? .source(path: source, .missing) : .system(path: source, error)
      } catch {
        throw .source(path: source, .notReadable)
      }
    }
    live = prepared?.files ?? [:]
    waitingLive = Set(live.keys)
    for (path, file) in live where !roots.contains(where: { $0.holds(path) }) {
      guard CataloguePath.isValid(path), !path.isEmpty else {
        throw .source(path: [0x2f] + path, .notReadable)
      }
      roots.append(
        Root(
          source: [0x2f] + path, path: path, descriptor: nil, status: file.status, isLive: true))
    }
    self.roots = roots.sorted { CataloguePath.compareFolders($0.path, $1.path) < 0 }
    self.rules = rules
  }

  /// The root that holds a path of the catalogue.
  func root(of path: [UInt8]) -> Root? {
    roots.first { CataloguePath.isWithin(path, $0.path) }
  }

  /// A live file that the walk has not met, because rules leave it out or its folder went.
  var unmetLive: [UInt8]? { waitingLive.min { $0.lexicographicallyPrecedes($1) } }

  /// The path below its root that stands for a path of the catalogue; `.` for the root itself.
  static func relative(_ path: [UInt8], to root: Root) -> [UInt8] {
    if path.count <= root.path.count { return [0x2e] }
    let start = root.path.isEmpty ? 0 : root.path.count + 1
    return [UInt8](path[start...])
  }

  /// Visits every folder in order; the root of everything first.
  mutating func walk(
    _ visit: (ScannedFolder, _ directory: Descriptor?) throws(EngineError) -> Void
  ) throws(EngineError) {
    try walkAbove([], DirectoryEntries(), visit)
  }

  /// Visits a folder that is above the sources: only what leads to them is in it.
  private mutating func walkAbove(
    _ folder: [UInt8], _ reader: DirectoryEntries,
    _ visit: (ScannedFolder, _ directory: Descriptor?) throws(EngineError) -> Void
  ) throws(EngineError) {
    if let root = roots.first(where: { $0.path == folder && $0.descriptor != nil }) {
      return try walkBelow(root, reader, visit)
    }
    var names: [[UInt8]] = []
    for root in roots where CataloguePath.isWithin(root.path, folder) && root.path != folder {
      let rest = root.path[(folder.isEmpty ? 0 : folder.count + 1)...]
      let name = [UInt8](rest.prefix { $0 != 0x2f })
      if names.last != name { names.append(name) }
    }
    names.sort { CataloguePath.compareNames($0, $1) < 0 }
    var entries: [ScannedEntry] = []
    for name in names {
      let path = CataloguePath.join(folder, name)
      do {
        entries.append(try entryAbove(name, path))
      } catch {
        throw .system(path: [0x2f] + path, error)
      }
    }
    if !entries.isEmpty { try visit(ScannedFolder(path: folder, entries: entries), nil) }
    for entry in entries where entry.status.type == .directory {
      try walkAbove(CataloguePath.join(folder, entry.name), reader, visit)
    }
  }

  /// An entry that leads to a source, or is one.
  private mutating func entryAbove(
    _ name: [UInt8], _ path: [UInt8]
  ) throws(SystemError) -> ScannedEntry {
    if let file = live[path] {
      waitingLive.remove(path)
      return ScannedEntry(name: name, status: file.status, isLive: true)
    }
    do {
      return ScannedEntry(name: name, status: try FileStatus.read(path: [0x2f] + path))
    } catch {
      // What a program writes may stand where no folder is.
      guard error.isNotFound || error.isNotDirectory,
        roots.allSatisfy({ $0.isLive || !CataloguePath.isWithin($0.path, path) })
      else { throw error }
      return ScannedEntry(name: name, status: PreparedSources.status(of: .directory, time: 0))
    }
  }

  /// Visits a source and everything below it, with a stack of its own: depth costs no recursion.
  private mutating func walkBelow(
    _ root: Root, _ reader: DirectoryEntries,
    _ visit: (ScannedFolder, _ directory: Descriptor?) throws(EngineError) -> Void
  ) throws(EngineError) {
    var stack: [(folder: [UInt8], decision: PathDecision)] = [(root.path, rules.paths.rootDecision)]
    while let (folder, decision) = stack.popLast() {
      // Last in, first out: the first subfolder must be popped next.
      stack.append(contentsOf: try visitFolder(folder, decision, root, reader, visit).reversed())
    }
  }

  private mutating func visitFolder(
    _ folder: [UInt8], _ parent: PathDecision, _ root: Root, _ reader: DirectoryEntries,
    _ visit: (ScannedFolder, _ directory: Descriptor?) throws(EngineError) -> Void
  ) throws(EngineError) -> [(folder: [UInt8], decision: PathDecision)] {
    let directory: Descriptor
    var names: [DirectoryEntry]
    do {
      guard let base = root.descriptor else { return [] }
      directory =
        folder == root.path
        ? base
        : try Descriptor.openBeneath(
          root: base, path: Self.relative(folder, to: root), flags: [.directory, .noFollow])
      names = try reader.read(directory)
    } catch {
      try Self.refuseWant(error, root)
      // Gone since it was listed: as if it had been gone then. Anything else is reported.
      if !error.isNotFound { unreadable.append(UnreadableEntry(path: folder, error: error)) }
      return []
    }
    names.sort { CataloguePath.compareNames($0.name, $1.name) < 0 }
    var entries: [ScannedEntry] = []
    entries.reserveCapacity(names.count)
    var subfolders: [(folder: [UInt8], decision: PathDecision)] = []
    let relativeStart = root.path.isEmpty ? 0 : root.path.count + 1
    let isCache: Bool
    do throws(SystemError) {
      isCache = rules.excludesCaches ? try Self.isCache(directory, names) : false
    } catch { throw .system(path: root.source, error) }
    let hasRules = !rules.paths.rules.isEmpty
    for name in names.lazy.map(\.name) {
      if isCache, name != Self.cacheTag {
        exclusions[.cache, default: 0] += 1
        continue
      }
      guard folder.count + 1 + name.count <= Limits.pathByteCount else {
        unreadable.append(UnreadableEntry(path: folder, error: SystemError("open", 36)))
        continue
      }
      if !live.isEmpty {
        let path = CataloguePath.join(folder, name)
        if let file = live[path] {
          waitingLive.remove(path)
          entries.append(ScannedEntry(name: name, status: file.status, isLive: true))
          continue
        }
        if belongsToDatabase(path) {
          exclusions[.databaseCompanion, default: 0] += 1
          continue
        }
      }
      let status: FileStatus
      do {
        status = try FileStatus.read(at: directory, name: name)
      } catch {
        try Self.refuseWant(error, root)
        if !error.isNotFound {
          unreadable.append(
            UnreadableEntry(path: CataloguePath.join(folder, name), error: error))
        }
        continue
      }
      if status.type == .socket {
        socketCount += 1
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
        exclusions[rule.map { .rule($0) } ?? .notIncluded, default: 0] += 1
        continue
      }
      guard !isTooLarge, !isOwn else {
        exclusions[isOwn ? .ownFolder : .tooLarge, default: 0] += 1
        continue
      }
      if isFolder, root.pictureTaker?.isLeftOut(status) == true {
        // What is not in the picture must not look like an empty folder.
        unreadable.append(UnreadableEntry(path: path, error: SystemError("openat", 18)))
        continue
      }
      entries.append(ScannedEntry(name: name, status: status))
      if isFolder, !rules.staysOnFileSystem || status.device == root.status.device {
        subfolders.append((path, decision))
      }
    }
    if !entries.isEmpty {
      try visit(ScannedFolder(path: folder, entries: entries), directory)
    }
    return subfolders
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

extension SourceScan.Root {
  /// Whether a path of the catalogue lies in this folder.
  fileprivate func holds(_ path: [UInt8]) -> Bool {
    descriptor != nil && path.count > self.path.count && CataloguePath.isWithin(path, self.path)
  }
}
