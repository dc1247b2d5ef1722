import BackupFormat
public import BackupPolicy
import BackupSystem

/// Why a backup would keep a path or leave it out, found out as ``SourceScan`` would.
public struct ScanExplanation: Sendable {
  /// What decides.
  public enum Cause: Hashable, Sendable {
    /// A rule of the policy; nil where none speaks of the path.
    case rule(PathRule?)
    /// It is a source itself, or what a program or database gives.
    case source
    /// It lies in a folder with a `CACHEDIR.TAG`.
    case cacheFolder
    /// It lies below a mount point, and the data set stays on one file system.
    case otherFileSystem
    /// The file is larger than the data set takes.
    case tooLarge
    /// It is this program's own state or the repository, or lies in it.
    case ownFolder
    /// It is a socket, which no backup holds.
    case socket
    /// It lies behind a symbolic link, which is kept as a link and not followed.
    case link
  }

  /// What is done with the path.
  public let decision: PathDecision
  /// What decides.
  public let cause: Cause
  /// The path on which that shows: the one that was asked for, or a folder above it.
  public let place: [UInt8]

  /// Explains `path`, which begins with a slash and ends without one.
  ///
  /// A path that is not there is explained by the rules alone.
  ///
  /// - Returns: nil if it lies in none of the sources.
  public static func of(_ path: [UInt8], in plan: BackupPlan) -> ScanExplanation? {
    if plan.sourcePaths.contains(where: { withoutSlash($0) == withoutSlash(path) }) {
      return ScanExplanation(decision: .keep, cause: .source, place: path)
    }
    for source in plan.readablePaths.map(withoutSlash)
    where CataloguePath.isWithin(path, source) && path.count > source.count {
      return explain(path, below: source, plan.scanRules)
    }
    return nil
  }

  private static func withoutSlash(_ path: [UInt8]) -> [UInt8] {
    var path = path
    while path.last == 0x2f { path.removeLast() }
    return path
  }

  private static func explain(
    _ path: [UInt8], below source: [UInt8], _ rules: ScanRules
  ) -> ScanExplanation {
    // What is not there or can't be read is left to the rules.
    let root = try? FileStatus.read(path: source.isEmpty ? [0x2f] : source)
    let ends = (source.count + 1..<path.count).filter { path[$0] == 0x2f } + [path.count]
    var folder = source
    for end in ends {
      let here = [UInt8](path[..<end])
      let status = status(of: here)
      if rules.excludesCaches, here.count > folder.count + 1,
        [UInt8](here[(folder.count + 1)...]) != SourceScan.cacheTag, isCache(folder)
      {
        return ScanExplanation(decision: .skip, cause: .cacheFolder, place: folder)
      }
      let ruled = rules.paths.explain(
        [UInt8](here[(source.count + 1)...]),
        isDirectory: end < path.count || status?.type == .directory)
      if ruled.decision == .skip || end == path.count && status == nil {
        return ScanExplanation(decision: ruled.decision, cause: .rule(ruled.rule), place: here)
      }
      if let status, let cause = left(status, rules, isLast: end == path.count, root) {
        return ScanExplanation(decision: .skip, cause: cause, place: here)
      }
      if end == path.count {
        return ScanExplanation(decision: ruled.decision, cause: .rule(ruled.rule), place: here)
      }
      folder = here
    }
    preconditionFailure("the last end is that of the path")
  }

  /// Why something is left out that no rule speaks of.
  private static func left(
    _ status: FileStatus, _ rules: ScanRules, isLast: Bool, _ root: FileStatus?
  ) -> Cause? {
    if status.type == .socket { return .socket }
    if status.type == .directory, rules.ownFolders.contains(FolderIdentity(status)) {
      return .ownFolder
    }
    if isLast {
      let isTooLarge =
        status.type == .regular && status.byteCount > rules.maximumFileByteCount ?? .max
      return isTooLarge ? .tooLarge : nil
    }
    if status.type == .symlink { return .link }
    return rules.staysOnFileSystem && status.device != root?.device ? .otherFileSystem : nil
  }

  /// The status of the path itself, not of what a link leads to.
  private static func status(of path: [UInt8]) -> FileStatus? {
    guard let slash = path.lastIndex(of: 0x2f),
      let folder = try? Descriptor.openRootDirectory(slash == 0 ? [0x2f] : [UInt8](path[..<slash]))
    else { return nil }
    return try? FileStatus.read(at: folder, name: [UInt8](path[(slash + 1)...]))  // else not there
  }

  private static func isCache(_ folder: [UInt8]) -> Bool {
    guard let directory = try? Descriptor.openRootDirectory(folder.isEmpty ? [0x2f] : folder),
      let names = try? DirectoryEntries.read(directory)  // unreadable: no tag is seen there
    else { return false }
    return (try? SourceScan.isCache(directory, names)) ?? false  // as if no tag were seen
  }
}
