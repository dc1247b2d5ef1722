public import BackupFormat

/// A snapshot, as the log knows it.
public struct Snapshot: Hashable, Sendable {
  /// Whether a snapshot can be restored.
  public enum State: Hashable, Sendable {
    /// It lives.
    case live
    /// It was rotated by the entry of this number, and could be reinstated.
    case rotated(number: Int, Predicate.RotationReason)
    /// Its object was deleted by the entry of this number.
    case gone(number: Int)
  }

  /// Its log number, which it keeps for life.
  public let number: Int
  /// The data set.
  public let set: SetID
  /// The statement that made it, or that rewrote it last.
  public internal(set) var statement: StatementID
  /// The run that made it, or that rewrote it last.
  public internal(set) var run: RunID
  /// The digest of its object.
  public internal(set) var digest: Digest
  /// The index objects that the statement published.
  public internal(set) var indexes: [Digest]
  /// The chunk lists that the statement published.
  public internal(set) var chunkLists: [Digest]
  /// The key that signed it first.
  public let signer: KeyID
  /// The time of its first statement.
  public let time: LogTime
  /// Whether that time was believed.
  public let isTimeBelieved: Bool
  /// What its first statement says.
  public let taken: Predicate.SnapshotTaken
  /// The entry that rewrote it last; nil if none did.
  public internal(set) var rewrittenAt: Int?
  /// Whether it lives.
  public internal(set) var state: State
  /// What the host said of its own check of the run that made it; nil once it was rewritten.
  public internal(set) var selfCheck: Said<Predicate.SelfChecked>?
  /// What it needs; nil when its object could not be read, or is gone.
  public internal(set) var needs: NeedList?

  /// The night under which it counts.
  public var night: Night { taken.night }
  /// Whether it lives.
  public var isLive: Bool { state == .live }
  /// Whether the host read back all it wrote, opened it and found no failure.
  public var isSelfChecked: Bool {
    guard let selfCheck else { return false }
    return selfCheck.what.failed == 0
  }
}
