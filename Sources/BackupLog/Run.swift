public import BackupFormat

/// A run, as the log knows it.
public struct Run: Hashable, Sendable {
  /// Whether a run still writes.
  public enum State: Hashable, Sendable {
    /// It may write packs.
    case open
    /// Another run took it over.
    case continued(by: RunID)
    /// It ended with the entry of this number.
    case closed(number: Int)
  }

  /// The run.
  public let id: RunID
  /// Its data set.
  public let set: SetID
  /// What it is for.
  public let purpose: Predicate.Purpose
  /// The key that started it.
  public let signer: KeyID
  /// The entry that started it.
  public let number: Int
  /// The runs that it took over.
  public let continues: [RunID]
  /// The newest believed time at its last `started`, in seconds since 1970.
  public internal(set) var lastHeard: Int64
  /// Whether it still writes.
  public internal(set) var state: State
  /// What the host said of its own check of what the run wrote.
  public internal(set) var selfCheck: Said<Predicate.SelfChecked>?

  /// Whether it may write packs.
  public var isOpen: Bool { state == .open }
}
