/// The kinds of statement (`Docs/format.md`, section 9.2).
public enum StatementKind: String, Hashable, CaseIterable, Sendable {
  /// Entry 0.
  case created
  /// Roles of a key.
  case role
  /// A data set.
  case dataSet = "data-set"
  /// A policy.
  case policy
  /// A legal hold.
  case hold
  /// The end of a freeze.
  case thaw
  /// The owner's clock.
  case clock
  /// What the owner knows.
  case acknowledged
  /// A doubted key.
  case distrusted
  /// An open run.
  case started
  /// A snapshot.
  case snapshot
  /// A run without a result.
  case abandoned
  /// A host's own check.
  case selfChecked = "self-checked"
  /// Damage.
  case damaged
  /// Snapshots that live no longer.
  case rotated
  /// Snapshots that live again.
  case reinstated
  /// Moved blocks.
  case compacted
  /// Objects that will go.
  case condemned
  /// Objects that go.
  case deleted
  /// Successors of snapshots.
  case rewritten
  /// A restore test.
  case tested
  /// An erasure.
  case erasureOpened = "erasure-opened"
  /// The end of an erasure.
  case erasureClosed = "erasure-closed"
  /// A verification.
  case verified
  /// The end of a night.
  case night
  /// A night's record.
  case record
  /// A bundle for somebody outside.
  case disclosed
  /// A time stamp on a head of the log.
  case stamped
  /// An incident.
  case incidentDetected = "incident-detected"
  /// A decision about an incident.
  case incidentDecided = "incident-decided"
  /// The destruction of a data set.
  case destroyed
  /// A refused request for erasure.
  case erasureRefused = "erasure-refused"
  /// A note about an exception.
  case noted

  /// Who may say it.
  public var roles: [Role] {
    switch self {
    case .created, .role, .dataSet, .policy, .hold, .destroyed, .thaw, .clock, .acknowledged,
      .distrusted, .incidentDecided:
      [.owner]
    case .started: [.writer, .operator, .restorer]
    case .snapshot: [.writer]
    case .abandoned: [.writer, .operator, .restorer]
    case .selfChecked: [.writer, .operator]
    case .damaged: [.writer, .operator, .verifier]
    case .rotated, .reinstated, .compacted, .condemned, .deleted: [.operator]
    case .night: [.writer, .operator]
    case .rewritten, .tested, .erasureOpened, .erasureClosed, .erasureRefused: [.restorer]
    case .verified, .stamped: [.verifier]
    case .disclosed: [.restorer, .verifier]
    case .noted: [.owner, .restorer, .verifier]
    case .record, .incidentDetected: [.writer, .verifier]
    }
  }
}
