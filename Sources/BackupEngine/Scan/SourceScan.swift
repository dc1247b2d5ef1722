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
  }

  let roots: [Root]
  let rules: ScanRules
  private(set) var excludedCount: UInt64 = 0
  private(set) var socketCount: UInt64 = 0
  private(set) var unreadable: [UnreadableEntry] = []

  /// Opens the sources.
  ///
  /// - Parameter sources: Absolute paths, none within another.
  init(sources: [[UInt8]], rules: ScanRules) throws(EngineError) {
    var roots: [Root] = []
    for source in sources {
      var path = [UInt8](source.drop { $0 == 0x2f })
      while path.last == 0x2f { path.removeLast() }
      guard CataloguePath.isValid(path) else { throw .source(path: source, .notReadable) }
      do {
        let status = try FileStatus.read(path: source)
        let descriptor =
          status.type == .directory ? try Descriptor.openRootDirectory(source) : nil
        guard status.type == .directory || status.type == .regular else {
          throw EngineError.source(path: source, .notReadable)
        }
        roots.append(Root(source: source, path: path, descriptor: descriptor, status: status))
      } catch let error as SystemError {
        throw error.isNotFound
          ? .source(path: source, .missing) : .system(path: source, error)
      } catch {
        throw .source(path: source, .notReadable)
      }
    }
    self.roots = roots.sorted { CataloguePath.compareFolders($0.path, $1.path) < 0 }
    self.rules = rules
  }

  /// The root that holds a path of the catalogue.
  func root(of path: [UInt8]) -> Root? {
    roots.first { CataloguePath.isWithin(path, $0.path) }
  }

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
        entries.append(
          ScannedEntry(name: name, status: try FileStatus.read(path: [0x2f] + path)))
      } catch {
        throw .system(path: [0x2f] + path, error)
      }
    }
    if !entries.isEmpty { try visit(ScannedFolder(path: folder, entries: entries), nil) }
    for entry in entries where entry.status.type == .directory {
      try walkAbove(CataloguePath.join(folder, entry.name), reader, visit)
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
      // Gone since it was listed: as if it had been gone then. Anything else is reported.
      if !error.isNotFound { unreadable.append(UnreadableEntry(path: folder, error: error)) }
      return []
    }
    names.sort { CataloguePath.compareNames($0.name, $1.name) < 0 }
    var entries: [ScannedEntry] = []
    entries.reserveCapacity(names.count)
    var subfolders: [(folder: [UInt8], decision: PathDecision)] = []
    let relativeStart = root.path.isEmpty ? 0 : root.path.count + 1
    let isCache = rules.excludesCaches && Self.isCache(directory, names)
    let hasRules = !rules.paths.rules.isEmpty
    for name in names.lazy.map(\.name) {
      if isCache, name != Self.cacheTag {
        excludedCount += 1
        continue
      }
      guard folder.count + 1 + name.count <= Limits.pathByteCount else {
        unreadable.append(UnreadableEntry(path: folder, error: SystemError("open", 36)))
        continue
      }
      let status: FileStatus
      do {
        status = try FileStatus.read(at: directory, name: name)
      } catch {
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
      let decision =
        hasRules
        ? rules.paths.decision(
          for: path.span.extracting(relativeStart..<path.count), isDirectory: isFolder,
          parent: parent) : parent
      let isTooLarge =
        status.type == .regular && status.byteCount > rules.maximumFileByteCount ?? .max
      guard decision != .skip, isFolder || decision == .keep, !isTooLarge else {
        excludedCount += 1
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

  private static let cacheTag = [UInt8]("CACHEDIR.TAG".utf8)
  private static let cacheSignature = [UInt8]("Signature: 8a477f597d28d172789f06886806bc55".utf8)

  /// Whether a folder says by its tag that it is a cache (bford.info/cachedir).
  private static func isCache(_ directory: Descriptor, _ names: [DirectoryEntry]) -> Bool {
    guard names.contains(where: { $0.name == cacheTag }) else { return false }
    var bytes = [UInt8](repeating: 0, count: cacheSignature.count)
    do {
      let file = try Descriptor.openFile(at: directory, cacheTag)
      var span = bytes.mutableSpan
      _ = try file.readFully(into: &span)
    } catch {
      // A tag that can't be read is no tag: better too much in a backup than too little.
      return false
    }
    return bytes == cacheSignature
  }
}
