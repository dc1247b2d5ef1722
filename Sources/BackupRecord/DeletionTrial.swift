public import BackupLog

/// What becomes of deletions that a writer's key signs: each is put to the rules of the log in memory,
/// and none is appended.
public struct DeletionTrial: Hashable, Sendable {
  /// Whether a `deleted` of what a live snapshot needs is refused.
  public var isDeletedRefused: Bool
  /// Whether a `condemned` of it is refused.
  public var isCondemnedRefused: Bool
  /// Whether a `rotated` of the snapshot is refused, which begins every deletion.
  public var isRotatedRefused: Bool
  /// When, in seconds since 1970.
  public var at: Int64

  /// An outcome.
  public init(
    isDeletedRefused: Bool, isCondemnedRefused: Bool, isRotatedRefused: Bool, at: Int64
  ) {
    self.isDeletedRefused = isDeletedRefused
    self.isCondemnedRefused = isCondemnedRefused
    self.isRotatedRefused = isRotatedRefused
    self.at = at
  }

  /// Whether all are refused.
  public var isRefused: Bool { isDeletedRefused && isCondemnedRefused && isRotatedRefused }

  /// Tries them on the newest live snapshot.
  ///
  /// Something harmless that the key may say is tried too: if that is refused, the trial itself is at
  /// fault and says nothing. Nor does it where nothing lives.
  public init?(of signer: Signer, log: LogState, now: LogTime) throws(LogError) {
    guard let snapshot = log.liveSnapshots.max(by: { $0.number < $1.number }) else { return nil }
    let harmless = Predicate.damaged(.init(blocks: [], objects: []))
    guard try log.reasonAgainst(harmless, by: signer, time: now) == nil else { return nil }
    let removal = Predicate.Removal(objects: [.snapshot(snapshot.digest)], packs: [])
    func isRefused(_ predicate: Predicate) throws(LogError) -> Bool {
      try log.reasonAgainst(predicate, by: signer, time: now) != nil
    }
    isDeletedRefused = try isRefused(.deleted(removal))
    isCondemnedRefused = try isRefused(.condemned(removal))
    // Without a policy in force nothing can be rotated.
    let policy = log.policy(of: snapshot.set, at: now.unix)?.id
    let removed = [Predicate.RotatedSnapshot(number: snapshot.number, reason: .keepRules)]
    isRotatedRefused =
      try policy.map { id throws(LogError) in
        try isRefused(.rotated(.init(set: snapshot.set, policy: id, removed: removed)))
      } ?? true
    at = now.unix
  }
}
