public import BackupSystem

/// Bytes of a file that could not be brought back.
public struct LostRange: Hashable, Sendable {
  /// The path in the catalogue.
  public var path: [UInt8]
  /// Where the lost bytes begin in the file.
  public var offset: UInt64
  /// How many.
  public var byteCount: UInt64
  /// What was wrong, in the words of the error.
  public var reason: String
}

/// What a restore did.
public struct RestoreReport: Sendable {
  /// Files written.
  public var writtenFileCount: UInt64 = 0
  /// Bytes written into files.
  public var writtenByteCount: UInt64 = 0
  /// Files that were there already, with the same size and time.
  public var unchangedFileCount: UInt64 = 0
  /// Folders, links and special files made or already there.
  public var otherCount: UInt64 = 0
  /// Entries removed by `--delete`.
  public var removedCount: UInt64 = 0
  /// Entries that an erasure request withheld.
  public var withheldCount: UInt64 = 0
  /// What was lost to damage.
  public var lost: [LostRange] = []
  /// Pages of the catalogue that could not be read, with how many entries each.
  public var lostPages: [(firstPath: [UInt8], entryCount: UInt64, reason: String)] = []
  /// What could not be made in the target, and why.
  public var failures: [(path: [UInt8], error: SystemError)] = []
  /// Entries in folders that could not be made.
  public var belowFailureCount: UInt64 = 0
  /// Attributes, owners and the like that the target refused.
  public var refusedMetadataCount: UInt64 = 0
  /// Entries that the catalogue itself marks as unreadable on that night.
  public var unreadableCount: UInt64 = 0
  /// The paths that would be written, in a dry run.
  public var planned: [[UInt8]] = []

  /// The paths that `--delete` would remove, in a dry run.
  public var wouldRemove: [[UInt8]] = []

  /// Nothing done.
  public init() {}

  /// Whether nothing of the snapshot was meant: no entry was written, there, planned, withheld or lost.
  public var isEmpty: Bool {
    writtenFileCount == 0 && unchangedFileCount == 0 && otherCount == 0 && withheldCount == 0
      && unreadableCount == 0 && planned.isEmpty && failures.isEmpty && !isDamaged
  }

  /// Whether something was lost to damage.
  public var isDamaged: Bool { !lost.isEmpty || !lostPages.isEmpty }
}
