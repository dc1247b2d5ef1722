public import BackupFormat
public import BackupLog
public import BackupPolicy

/// What the owner has to say so that a data set is kept as a policy file asks.
public struct PolicyApproval: Hashable, Sendable {
  /// The statement.
  public let policy: Predicate.Policy
  /// Whether some snapshot could be kept now and be removed then: it takes effect after seven days.
  public let isShortening: Bool

  /// Compares what is asked for with what is approved, or will be; nil if they are the same.
  ///
  /// What shortens names how many snapshots it will remove, and takes effect seven days from now.
  public init?(
    _ state: LogState, _ set: SetID, retention: BackupPolicy.Retention,
    protection: Predicate.Protection, deduplication: Predicate.Deduplication, now: LogTime
  ) {
    let old =
      state.pendingPolicies(of: set, at: now.unix).last ?? state.policy(of: set, at: now.unix)
    let oldRetention = old.map { BackupPolicy.Retention($0.what.retention) }
    if oldRetention == retention, old?.what.protection == protection,
      old?.what.deduplication == deduplication
    {
      return nil
    }
    isShortening = oldRetention.map { retention.isShorter(than: $0) } ?? false
    policy = Predicate.Policy(
      set: set, retention: Predicate.Retention(retention), protection: protection,
      deduplication: deduplication,
      effective: isShortening ? now.unix + Rotation.noticeSeconds : now.unix,
      removes: isShortening
        ? Rotation.removedByChange(state, set, to: retention, now: now).count : 0)
  }
}
