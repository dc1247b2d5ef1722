/// The bounds of the engine: memory follows from them by arithmetic (`Docs/architecture.md`).
enum EngineLimits {
  /// A block is closed before it would exceed this many raw bytes: 2 MiB.
  static let blockByteCountTarget = 2 << 20
  /// A file of this size or more has each of its chunks in a block of its own: 8 MiB.
  static let largeFileByteCount: UInt64 = 8 << 20
  /// What one worker reads ahead of the chunker: 4 MiB, at least two of the largest chunks.
  static let readBufferByteCount = 4 << 20
  /// The most pieces of large files that wait for a worker, a read buffer each.
  static let pieceCountWaiting = 8
  /// The most entries in a batch between scan, workers and catalogue.
  static let batchEntryCount = 512
  /// A batch is closed when its files to be read exceed this: 8 MiB.
  static let batchByteCount: UInt64 = 8 << 20
  /// The most batches on their way at once; with the workers' own this bounds what is in flight.
  static let batchCountInFlight = 16
  /// The most sealed blocks on their way to the thread that writes packs.
  static let sealedBlockCountInFlight = 4
  /// How far the threads that look at folders are ahead of the one that compares; each folder is open.
  static let scannedFolderCountInFlight = 8
  /// A restored file of this size or more is written past the page cache: 256 KiB.
  static let directFileByteCount: UInt64 = 256 << 10
  /// What is written at once of such a file: 1 MiB, a power of two.
  static let tileByteCount = 1 << 20
  /// The most tiles in memory at once: 48.
  static let tileCountMax = 48
  /// A pack is finished when it holds this many bytes: 32 MiB.
  static let packByteCount: UInt64 = 32 << 20
  /// A page is cut at the first good place after this many bytes: 64 KiB.
  static let pageByteCountMin = 64 << 10
  /// A page is cut here at the latest: 512 KiB.
  static let pageByteCountMax = 512 << 10
  /// One entry in this many is a good place to cut, on average.
  static let pageCutMask: UInt64 = 0x7ff << 53
  /// Of so many files of last night the place is known when folders were renamed: 32 MiB of memory.
  static let formerPlaceCount = 2 << 20
  /// What must stay free on the store: 256 MiB, so that log and deletions always fit.
  static let reserveByteCount: UInt64 = 256 << 20
  /// A file whose change lies within this of its `lstat` is read again the next night: 2 s.
  static let racyNanoseconds: Int64 = 2_000_000_000
  /// An index object or a chunk list is closed before it would exceed this: 16 MiB.
  static let listByteCount = 16 << 20
  /// More sorted pieces of the chunk index than this are merged into one.
  static let indexPieceCount = 16
  /// A `condemned` or `deleted` names at most this many objects and ranges of packs, about 100 bytes
  /// each, so that an entry of the log stays below its 64 KiB.
  static let removalNameCount = 300
  /// A `rotated` or `reinstated` names at most this many snapshots, about 60 bytes each.
  static let rotatedCount = 400
  /// One compaction run empties at most this many packs, about 8 GiB: a crash costs no more.
  static let compactionPackCount = 256
  /// A refresh looks at this many chunks at once, 17 bytes each: 64 MiB, 1 TiB of large files.
  static let refreshChunkCount = 4 << 20
  /// One run rewrites at most this many snapshots, so that its statement fits an entry of the log.
  static let rewriteSnapshotCount = 64
  /// A chunk list speaks of at most this many runs.
  static let listRunCount = 1_024
}
