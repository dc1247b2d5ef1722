internal import BackupFormat
internal import BackupLog

/// The bounds of this module.
///
/// Byte counts, unless the name says otherwise.
enum VerifierLimits {
  /// The most bytes that a worker reads at once: 8 MiB, two of the largest blocks and enough for a
  /// turning disk to be busy with reading and not with seeking.
  static let readByteCount = 8 << 20
  /// The most bytes between two wanted blocks that are read and thrown away: 256 KiB, what a disk
  /// reads in the time of a seek.
  static let gapByteCount = 256 << 10
  /// The most workers; memory is this many times ``readByteCount``.
  static let workerCount = 16
  /// The most findings that a report lists; more are counted.
  static let findingCount = 10_000
  /// Damage in so many objects is a pattern, and no longer one object that rots.
  static let patternObjectCount = 3
  /// How far a believed time may lie ahead of the verifier's clock, in seconds.
  static let clockToleranceSeconds: Int64 = 600

  /// The most bytes that an object of this kind has.
  static func byteCount(of path: ObjectPath) -> Int {
    switch path {
    case .format, .checkpoint, .key: Limits.smallTextByteCount
    case .log: Limits.logEntryByteCount
    case .pack: Limits.packByteCount
    case .index, .chunks: Limits.indexByteCount
    case .snapshot: Limits.snapshotByteCount
    case .record, .erasure: Limits.sealedTextByteCount
    }
  }
}
