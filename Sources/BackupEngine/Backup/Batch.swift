import BackupFormat
import BackupSystem

/// What last night's catalogue says of the content of a file that is read again.
struct FormerContent: Sendable {
  /// Where it lay.
  var extents: [Extent]
  /// Whether it looked like noise.
  var isNoise: Bool
  /// Whether the file itself is as it was, and only its blocks are not to be used.
  var isUnaltered: Bool
}

/// An entry on its way from the scan to the catalogue.
struct PendingEntry: Sendable {
  var entry: CatalogueEntry
  var inode: UInt64
  var changeTime: FileTime
  /// Whether the file might change within the clock's grain after it is read.
  var isRacy: Bool
  /// Whether a worker has to read it.
  var needsReading = false
  /// Whether no entry of that path was there last night.
  var isNew = false
  /// What the file held last night, if it was there.
  var former: FormerContent?
  /// Whether its content looks like noise.
  var isNoise = false
  /// Whether all of its content was stored before.
  var isKnownContent = false
  /// Whether it was gone when it was to be read: then it leaves the catalogue.
  var hasVanished = false
  /// Why it could not be read.
  var error: SystemError?
}

/// Entries of one folder, in order.
struct PendingFolder: Sendable {
  var path: [UInt8]
  /// Which source it lies in; nil above the sources.
  var root: Int?
  var entries: [PendingEntry] = []
  /// Entries that are as last night, in place of ``entries``.
  var unchanged: UnchangedFrame?
}

/// Consecutive entries that travel together.
///
/// Unchecked: the scan fills it, then one worker owns it, then, after `isDone`, the catalogue.
final class Batch: @unchecked Sendable {
  var folders: [PendingFolder] = []
  var entryCount = 0
  var byteCount: UInt64 = 0
  var needsReading = false
  let isDone = Monitor(false)

  func finish() { isDone.withLock { $0 = true } }
  func waitUntilDone() { isDone.wait { $0 ? () : nil } }
}
