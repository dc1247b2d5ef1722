public import BackupFormat
public import BackupLog
public import BackupObjects

/// What the owner says when a key comes in the place of another, or beside it.
public enum KeySuccession {
  /// The statements by which a machine may back up the data sets, and rotate unless another does.
  ///
  /// - Parameters:
  ///   - host: The key of the machine.
  ///   - sets: The data sets, as the owner opens them.
  ///   - rotates: Whether it may rotate.
  ///   - old: The key of a machine that it replaces.
  public static func admit(
    host: PublicKey, to sets: [SetOpeningKeys], in session: RepositorySession,
    rotates: Bool = true, inPlaceOf old: KeyID? = nil
  ) throws(EngineError) -> [Draft] {
    var drafts: [Draft] = []
    for keys in living(sets, session)
    where !hasShare(host.keyID, of: keys.secret.set, session) {
      drafts.append(
        try RepositoryOwner.share(
          keys, in: session, with: host, asRestorer: false, inPlaceOf: old))
    }
    return drafts + [
      RepositoryOwner.grant(
        host, rotates ? [.writer, .operator] : [.writer], sets: sets.map(\.secret.set))
    ]
  }

  /// The statements that take all roles from a key, and make its word doubted from a number on.
  public static func revoke(
    _ key: KeyStanding, distrustedFrom number: Int? = nil
  ) -> [Draft] {
    let revoked = RepositoryOwner.grant(key.publicKey, [], sets: [])
    guard let number else { return [revoked] }
    return [
      revoked,
      Draft(.distrusted(Predicate.Distrusted(key: key.publicKey.keyID, from: number))),
    ]
  }

  /// The statements by which a new key gets every role and every share of an old one, which loses
  /// them.
  ///
  /// - Parameter sets: What the owner opens, of which the old key has shares.
  public static func replace(
    _ old: KeyStanding, by new: PublicKey, sets: [SetOpeningKeys], in session: RepositorySession
  ) throws(EngineError) -> [Draft] {
    let id = old.publicKey.keyID
    let opens = old.roles.contains(.owner) || old.roles.contains(.restorer)
    var drafts: [Draft] = []
    for keys in living(sets, session) where hasShare(id, of: keys.secret.set, session) {
      drafts.append(
        try RepositoryOwner.share(
          keys, in: session, with: new, asRestorer: opens, inPlaceOf: id))
    }
    let last = old.changes.last
    // The new one first: there is an owner at any moment.
    drafts.append(
      RepositoryOwner.grant(
        new, old.roles, sets: last?.sets ?? [], isSeparate: last?.isSeparate ?? false))
    return drafts + revoke(old)
  }

  /// Sorted, without those that the owner destroyed: nobody gets keys of them any more.
  private static func living(
    _ sets: [SetOpeningKeys], _ session: RepositorySession
  ) -> [SetOpeningKeys] {
    sets.filter { !session.logState.isDestroyed($0.secret.set, at: session.now()) }
      .sorted { $0.secret.set < $1.secret.set }
  }

  /// Whether a key has keys of a data set sealed to it.
  public static func hasShare(
    _ key: KeyID, of set: SetID, _ session: RepositorySession
  ) -> Bool {
    let path = ObjectPath.key(set: set, key: key)
    return session.logState.dataSets[set]?.subjects.contains { $0.path == path } ?? false
  }
}
