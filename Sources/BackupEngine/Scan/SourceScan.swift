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
/// A few folders are open at a time (``FolderWalk``); every path is resolved below its source without following
/// links (`openat2(2)`, `RESOLVE_BENEATH`), so that a renamed folder can't lead the scan astray.
struct SourceScan: Sendable {
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
  /// What was left out or could not be read so far.
  private(set) var tally = ScanTally()

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
  var unmetLive: [UInt8]? {
    live.keys.filter { !tally.metLive.contains($0) }.min { $0.lexicographicallyPrecedes($1) }
  }

  /// The path below its root that stands for a path of the catalogue; `.` for the root itself.
  static func relative(_ path: [UInt8], to root: Root) -> [UInt8] {
    if path.count <= root.path.count { return [0x2e] }
    let start = root.path.isEmpty ? 0 : root.path.count + 1
    return [UInt8](path[start...])
  }

  /// Visits every folder in order; the root of everything first.
  ///
  /// - Parameter threadCount: How many threads look at folders; the caller's is one of them.
  mutating func walk(
    threadCount: Int, _ visit: (ScannedFolder, _ directory: Descriptor?) throws -> Void
  ) throws {
    try walkAbove([], threadCount, visit)
  }

  /// Visits a folder that is above the sources: only what leads to them is in it.
  private mutating func walkAbove(
    _ folder: [UInt8], _ threadCount: Int,
    _ visit: (ScannedFolder, _ directory: Descriptor?) throws -> Void
  ) throws {
    if let root = roots.first(where: { $0.path == folder && $0.descriptor != nil }) {
      let walk = FolderWalk(self, root)
      return try walk.run(threadCount: threadCount) { found in
        tally.add(found.tally)
        if let folder = found.folder { try visit(folder, found.directory) }
      }
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
        throw EngineError.system(path: [0x2f] + path, error)
      }
    }
    if !entries.isEmpty { try visit(ScannedFolder(path: folder, entries: entries), nil) }
    for entry in entries where entry.status.type == .directory {
      try walkAbove(CataloguePath.join(folder, entry.name), threadCount, visit)
    }
  }

  /// An entry that leads to a source, or is one.
  private mutating func entryAbove(
    _ name: [UInt8], _ path: [UInt8]
  ) throws(SystemError) -> ScannedEntry {
    if let file = live[path] {
      tally.metLive.insert(path)
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
}

extension SourceScan.Root {
  /// Whether a path of the catalogue lies in this folder.
  fileprivate func holds(_ path: [UInt8]) -> Bool {
    descriptor != nil && path.count > self.path.count && CataloguePath.isWithin(path, self.path)
  }
}
