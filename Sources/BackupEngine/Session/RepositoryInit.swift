import BackupCrypto
public import BackupFormat
public import BackupKeys
public import BackupLog
public import BackupObjects
public import BackupPolicy
public import BackupStorage

/// A data set that the owner makes, with what it promises.
public struct NewDataSet: Sendable {
  /// Its name; it stands only in sealed objects.
  public var name: String
  /// What is kept, and how long.
  public var retention: BackupPolicy.Retention
  /// What keeps a thief of the host from deleting.
  public var protection: Predicate.Protection
  /// Against what new chunks are compared.
  public var deduplication: Predicate.Deduplication

  /// Describes a data set.
  public init(
    name: String, retention: BackupPolicy.Retention, protection: Predicate.Protection,
    deduplication: Predicate.Deduplication
  ) {
    self.name = name
    self.retention = retention
    self.protection = protection
    self.deduplication = deduplication
  }
}

extension Predicate.Retention {
  /// The retention of a policy file as a statement says it.
  public init(_ retention: BackupPolicy.Retention) {
    self.init(
      collectionLagDays: retention.collectionLagDays, daily: retention.daily,
      floor: retention.floor, keepWithinDays: retention.keepWithinDays, last: retention.last,
      maximumAgeDays: retention.maximumAgeDays, monthly: retention.monthly,
      quarterly: retention.quarterly, refreshDays: retention.refreshDays,
      weekly: retention.weekly, yearly: retention.yearly, bookYears: retention.bookYears,
      bookYearEndMonth: retention.bookYearEndMonth)
  }
}

extension BackupPolicy.Retention {
  /// The retention of a statement as the plan of rotation takes it.
  public init(_ retention: Predicate.Retention) {
    self.init(
      last: retention.last, daily: retention.daily, weekly: retention.weekly,
      monthly: retention.monthly, quarterly: retention.quarterly, yearly: retention.yearly,
      bookYears: retention.bookYears, bookYearEndMonth: retention.bookYearEndMonth,
      keepWithinDays: retention.keepWithinDays, maximumAgeDays: retention.maximumAgeDays,
      floor: retention.floor, refreshDays: retention.refreshDays,
      collectionLagDays: retention.collectionLagDays)
  }
}

/// What the owner's key does to a repository: make it, make data sets, appoint keys.
public enum RepositoryOwner {
  /// Makes a repository in an empty store.
  ///
  /// - Throws: ``EngineError/repository(_:)`` if there is one already.
  public static func create(
    in storage: any Storage, owner: KeyPair, time: LogTime
  ) throws(EngineError) -> RepositoryID {
    try EngineError.telling {
      let first = try Statement.created(owner: owner.publicKey, time: time, by: owner.signer).line
      guard let digest = Digest(SHA256.hash(first)) else { throw EngineError.unavailable }
      _ = try storage.put(
        try StorageKey.of("FORMAT"), [UInt8](RepositoryFormat.text.utf8).span)
      let outcome = try storage.put(
        try StorageKey.of(ObjectPath.log(0).text), first.span)
      guard outcome == .created else { throw EngineError.repository(.exists) }
      try storage.barrier()
      return RepositoryID(digest)
    }
  }

  /// Makes a data set: draws its keys and seals them to each key that is to have them.
  ///
  /// - Returns: The statements to be appended, and the set's id.
  public static func makeDataSet(
    _ new: NewDataSet, in session: RepositorySession, restorers: [PublicKey],
    writers: [PublicKey], effective: Int64
  ) throws(EngineError) -> (set: SetID, drafts: [Draft]) {
    try EngineError.telling {
      let seed = try SecretKey.random()
      let privateKey = try XWingPrivateKey(seed: seed)
      let publicKey = privateKey.publicKeyBytes
      let set = SetID(xWing: publicKey)
      let secret = try SetSecret(
        set: set, publicKey: publicKey, name: new.name, secret: try SecretKey.random())
      var subjects: [Subject] = []
      for (key, seed) in restorers.map({ ($0, Optional(seed)) }) + writers.map({ ($0, nil) }) {
        let sealed = try SealedSetKeys.seal(
          secret, seed: seed, to: key.xWing, key: key.keyID, repository: session.id)
        let path = ObjectPath.key(set: set, key: key.keyID)
        _ = try session.storage.put(try StorageKey.of(path.text), sealed.span)
        guard let digest = Digest(SHA256.hash(sealed)) else { throw EngineError.unavailable }
        subjects.append(Subject(path: path, digest: digest))
      }
      try session.storage.barrier()
      return (
        set,
        [
          Draft(
            .dataSet(Predicate.DataSet(set: set, xWing: publicKey)),
            subjects: subjects.sorted { $0.path < $1.path }),
          Draft(
            .policy(
              Predicate.Policy(
                set: set, retention: Predicate.Retention(new.retention),
                protection: new.protection, deduplication: new.deduplication,
                effective: effective, removes: 0))),
        ]
      )
    }
  }

  /// Seals a data set's keys to one more key, beside those that have them.
  ///
  /// - Parameter old: A key whose share is named no more, so that it is collected.
  /// - Returns: The statement to be appended.
  public static func share(
    _ keys: SetOpeningKeys, in session: RepositorySession, with key: PublicKey, asRestorer: Bool,
    inPlaceOf old: KeyID? = nil
  ) throws(EngineError) -> Draft {
    let set = keys.secret.set
    guard let known = session.logState.dataSets[set] else {
      throw .notFound(.dataSet, set.hex)
    }
    return try EngineError.telling {
      let sealed = try SealedSetKeys.seal(
        keys.secret, seed: asRestorer ? keys.privateKeySeed : nil, to: key.xWing, key: key.keyID,
        repository: session.id)
      let path = ObjectPath.key(set: set, key: key.keyID)
      guard try session.storage.put(try StorageKey.of(path.text), sealed.span) == .created,
        let digest = Digest(SHA256.hash(sealed))
      else { throw EngineError.refused(.statementVoid("the key has the keys of this set already")) }
      try session.storage.barrier()
      let left = old.map { ObjectPath.key(set: set, key: $0) }
      let subjects =
        known.subjects.filter { $0.path != left } + [Subject(path: path, digest: digest)]
      return Draft(.dataSet(known.what), subjects: subjects.sorted { $0.path < $1.path })
    }
  }

  /// The statement that gives a key its roles.
  public static func grant(
    _ key: PublicKey, _ roles: [Role], sets: [SetID], isSeparate: Bool = false
  ) -> Draft {
    Draft(
      .role(
        Predicate.RoleGrant(
          key: Predicate.GrantedKey(key), roles: roles.sorted(), sets: sets.sorted(),
          isSeparate: isSeparate)))
  }
}
