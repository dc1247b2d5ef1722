public import BackupFormat

/// A counting statement: what was said, by whom, where and when.
public struct Said<What: Hashable & Sendable>: Hashable, Sendable {
  /// The number of the entry.
  public let number: Int
  /// The id of the statement.
  public let id: StatementID
  /// The key that signed.
  public let signer: KeyID
  /// The time on the signer's clock.
  public let time: LogTime
  /// Whether the time was believed.
  public let isTimeBelieved: Bool
  /// The newest believed time of the log after the statement, in seconds since 1970.
  public let believedTime: Int64
  /// The objects that it publishes.
  public let subjects: [Subject]
  /// What it says.
  public let what: What
}

/// What a key was allowed, from an entry on.
public struct RoleChange: Hashable, Sendable {
  /// The entry that says so.
  public let number: Int
  /// The roles; empty if they were revoked.
  public let roles: [Role]
  /// The data sets for which the key is writer or restorer.
  public let sets: [SetID]
  /// Whether it was declared never to have lain beside a writer or operator key.
  public let isSeparate: Bool
}

/// A key that the owner named.
public struct KeyStanding: Hashable, Sendable {
  /// The key.
  public let publicKey: PublicKey
  /// What it was allowed, oldest first; the last is in force.
  public internal(set) var changes: [RoleChange]
  /// The roles that it holds now.
  public var roles: [Role] { changes.last?.roles ?? [] }

  /// Whether it may sign heads of the log, or might once.
  public var signsHeads: Bool {
    changes.contains { $0.roles.contains { Role.headSigners.contains($0) } }
  }

  /// Whether it holds `role`, for `set` if the role is bound to sets and a set is named.
  public func holds(_ role: Role, for set: SetID? = nil) -> Bool {
    guard let change = changes.last, change.roles.contains(role) else { return false }
    guard role.isBoundToSets else { return true }
    guard let set else { return true }
    return change.sets.contains(set)
  }
}

/// A reason why a data set's rotation stands still.
public struct Freeze: Hashable, Sendable {
  /// The incident by which it froze.
  public let incident: Said<Predicate.IncidentDetected>
}

/// An erasure request.
public struct ErasureStanding: Hashable, Sendable {
  /// The request.
  public let opened: Said<Predicate.ErasureOpened>
  /// When it was done; nil if nobody said so.
  public internal(set) var closed: Said<Predicate.ErasureClosed>?
  /// The entry that deleted the sealed request, when no snapshot could hold the data any more.
  public internal(set) var deletedAt: Int?

  /// Whether it still binds whoever restores.
  public var isOpen: Bool { closed == nil && deletedAt == nil }
}

/// An incident.
public struct IncidentStanding: Hashable, Sendable {
  /// How it was detected; nil if only decisions about it are in the log.
  public internal(set) var detected: Said<Predicate.IncidentDetected>?
  /// What people said of it, oldest first.
  public internal(set) var decisions: [Said<Predicate.IncidentDecided>]

  /// The newest decision that ends it; nil while it is open.
  public var decision: Said<Predicate.IncidentDecided>? {
    decisions.last { $0.what.decision.isFinal }
  }
  /// When someone first knew of it.
  public var acknowledged: Said<Predicate.IncidentDecided>? {
    decisions.first { $0.what.decision == .acknowledged }
  }
  /// When its risk was first assessed.
  public var assessed: Said<Predicate.IncidentDecided>? {
    decisions.first { $0.what.decision == .assessed }
  }
}
