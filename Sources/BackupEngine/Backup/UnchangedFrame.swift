import BackupFormat
import BackupObjects
import BackupSystem

/// Entries of a folder that are all as last night's catalogue says, found out without making one.
struct UnchangedFrame: Sendable {
  let frame: CacheFrame
  /// The name of the first entry.
  private(set) var firstName: [UInt8] = []
  private(set) var fileCount: UInt64 = 0
  private(set) var byteCount: UInt64 = 0
  private(set) var folderCount: UInt64 = 0
  private(set) var symbolicLinkCount: UInt64 = 0
  private(set) var otherCount: UInt64 = 0
  /// How many files are long enough to be told from noise, and were no noise.
  private(set) var compressibleCount: UInt64 = 0
  /// The blocks that hold the files.
  private(set) var addresses: [BlockAddress] = []

  /// Compares a frame with what the scan found at `position` and behind it.
  ///
  /// - Returns: nil if an entry differs, or needs more than a look: one that a change could hide in, that was not
  ///   whole last night, whose content comes from elsewhere, or that has further names.
  init?(_ frame: CacheFrame, _ found: [ScannedEntry], from position: Int) {
    self.frame = frame
    // Where the bytes can't be read as a page, nothing is taken over, and each file is compared alone.
    guard found.count - position >= frame.entryCount, let cursor = try? frame.cursor() else {
      return nil
    }
    var reader = cursor
    for index in 0..<frame.entryCount {
      guard (try? reader.next()) != nil,
        Self.isUnchanged(reader, frame.stamp(index), found[position + index])
      else { return nil }
      count(reader, frame.stamp(index))
    }
    guard (try? reader.expectEnd()) != nil else { return nil }
    firstName = found[position].name
    addresses = reader.addresses
  }

  private static func isUnchanged(
    _ entry: CatalogueSectionCursor, _ stamp: CacheStamp, _ found: ScannedEntry
  ) -> Bool {
    let status = found.status
    guard stamp.inode == status.inode, stamp.changeTime == status.changeTime, !stamp.isRacy,
      !entry.isDoubtful, !found.isLive,
      entry.modificationSeconds == status.modificationTime.seconds,
      entry.modificationNanoseconds == UInt64(status.modificationTime.nanoseconds)
    else { return false }
    switch (entry.type, status.type) {
    case (0, .regular):
      guard entry.byteCount == status.byteCount, status.linkCount == 1 else { return false }
    case (1, .directory): break
    case (2, .symlink), (3, .fifo), (4, .characterDevice), (5, .blockDevice):
      guard status.linkCount == 1 else { return false }
    default: return false
    }
    return entry.isNamed(found.name)
  }

  private mutating func count(_ entry: CatalogueSectionCursor, _ stamp: CacheStamp) {
    switch entry.type {
    case 0:
      fileCount += 1
      // Sparse files may add up to more than any number holds.
      let sum = byteCount.addingReportingOverflow(entry.byteCount)
      byteCount = sum.overflow ? .max : sum.partialValue
      if FormerFiles.isCompressible(isNoise: stamp.isNoise, byteCount: entry.byteCount) {
        compressibleCount += 1
      }
    case 1: folderCount += 1
    case 2: symbolicLinkCount += 1
    default: otherCount += 1
    }
  }
}
