import BackupFormat
import BackupSystem

/// What a backup would take, found out without reading a file or writing anything.
public struct DryRun: Sendable {
  /// Regular files.
  public var fileCount: UInt64 = 0
  /// Folders.
  public var folderCount: UInt64 = 0
  /// Everything else.
  public var otherCount: UInt64 = 0
  /// Bytes in regular files.
  public var byteCount: UInt64 = 0
  /// Entries that the rules leave out.
  public var excludedCount: UInt64 = 0
  /// What can't be read.
  public var unreadable: [UnreadableEntry] = []

  /// Walks the sources of a plan.
  public static func execute(_ plan: BackupPlan) throws -> DryRun {
    var scan = try SourceScan(sources: plan.readablePaths, rules: plan.scanRules)
    var result = DryRun()
    try scan.walk(threadCount: plan.workerCount) { (folder, _) in
      for entry in folder.entries {
        switch entry.status.type {
        case .regular:
          result.fileCount += 1
          result.byteCount += entry.status.byteCount
        case .directory: result.folderCount += 1
        default: result.otherCount += 1
        }
      }
    }
    result.excludedCount = scan.tally.excludedCount
    result.unreadable = scan.tally.unreadable
    return result
  }
}
