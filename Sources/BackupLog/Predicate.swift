public import BackupFormat

/// What a statement says: one case a kind of `Docs/format.md`, section 9.2.
public enum Predicate: Hashable, Sendable {
  /// The repository exists.
  case created(Created)
  /// A key has roles.
  case role(RoleGrant)
  /// A data set exists.
  case dataSet(DataSet)
  /// A policy is approved.
  case policy(Policy)
  /// A legal hold begins or ends.
  case hold(Hold)
  /// A data set is to be destroyed, or is not after all.
  case destroyed(Destroyed)
  /// A freeze is lifted.
  case thaw(Thaw)
  /// What time it is.
  case clock(Clock)
  /// Void entries, or a restored log, are known.
  case acknowledged(Acknowledged)
  /// A key is doubted.
  case distrusted(Distrusted)
  /// A run is open.
  case started(Started)
  /// A snapshot exists.
  case snapshot(SnapshotTaken)
  /// A run is closed with nothing.
  case abandoned(Abandoned)
  /// A run was read back.
  case selfChecked(SelfChecked)
  /// Something is damaged.
  case damaged(Damaged)
  /// Snapshots live no longer.
  case rotated(Rotated)
  /// Snapshots live again.
  case reinstated(Reinstated)
  /// Blocks lie elsewhere too.
  case compacted(Compacted)
  /// Objects will go.
  case condemned(Removal)
  /// Objects go.
  case deleted(Removal)
  /// Snapshots have successors.
  case rewritten(Rewritten)
  /// A restore test was done.
  case tested(Tested)
  /// An erasure was asked for.
  case erasureOpened(ErasureOpened)
  /// An erasure is done.
  case erasureClosed(ErasureClosed)
  /// A request for erasure was refused.
  case erasureRefused(ErasureRefused)
  /// The store was checked.
  case verified(Verified)
  /// A night's work is over.
  case night(NightClosed)
  /// A night's record exists.
  case record(RecordKept)
  /// A bundle was made for somebody outside.
  case disclosed(Disclosed)
  /// An authority stamped a head of the log.
  case stamped(Stamped)
  /// An incident was detected.
  case incidentDetected(IncidentDetected)
  /// An incident was judged.
  case incidentDecided(IncidentDecided)
  /// A note was written about an exception.
  case noted(Noted)

  /// The kind of statement.
  public var kind: StatementKind {
    switch self {
    case .created: .created
    case .role: .role
    case .dataSet: .dataSet
    case .policy: .policy
    case .hold: .hold
    case .destroyed: .destroyed
    case .thaw: .thaw
    case .clock: .clock
    case .acknowledged: .acknowledged
    case .distrusted: .distrusted
    case .started: .started
    case .snapshot: .snapshot
    case .abandoned: .abandoned
    case .selfChecked: .selfChecked
    case .damaged: .damaged
    case .rotated: .rotated
    case .reinstated: .reinstated
    case .compacted: .compacted
    case .condemned: .condemned
    case .deleted: .deleted
    case .rewritten: .rewritten
    case .tested: .tested
    case .erasureOpened: .erasureOpened
    case .erasureClosed: .erasureClosed
    case .erasureRefused: .erasureRefused
    case .verified: .verified
    case .night: .night
    case .record: .record
    case .disclosed: .disclosed
    case .stamped: .stamped
    case .incidentDetected: .incidentDetected
    case .incidentDecided: .incidentDecided
    case .noted: .noted
    }
  }

  /// The data set that the statement names, if its kind names one.
  public var set: SetID? {
    switch self {
    case .dataSet(let value): value.set
    case .policy(let value): value.set
    case .hold(let value): value.set
    case .destroyed(let value): value.set
    case .thaw(let value): value.set
    case .started(let value): value.set
    case .snapshot(let value): value.set
    case .rotated(let value): value.set
    case .reinstated(let value): value.set
    case .compacted(let value): value.set
    case .rewritten(let value): value.set
    case .tested(let value): value.set
    case .erasureOpened(let value): value.set
    case .erasureRefused(let value): value.set
    case .noted(let value): value.set
    case .created, .role, .clock, .acknowledged, .distrusted, .abandoned, .selfChecked, .damaged,
      .condemned, .deleted, .erasureClosed, .verified, .night, .record, .disclosed, .stamped,
      .incidentDetected, .incidentDecided:
      nil
    }
  }

  private var coded: any FieldCoded {
    switch self {
    case .created(let value): value
    case .role(let value): value
    case .dataSet(let value): value
    case .policy(let value): value
    case .hold(let value): value
    case .destroyed(let value): value
    case .thaw(let value): value
    case .clock(let value): value
    case .acknowledged(let value): value
    case .distrusted(let value): value
    case .started(let value): value
    case .snapshot(let value): value
    case .abandoned(let value): value
    case .selfChecked(let value): value
    case .damaged(let value): value
    case .rotated(let value): value
    case .reinstated(let value): value
    case .compacted(let value): value
    case .condemned(let value), .deleted(let value): value
    case .rewritten(let value): value
    case .tested(let value): value
    case .erasureOpened(let value): value
    case .erasureClosed(let value): value
    case .erasureRefused(let value): value
    case .verified(let value): value
    case .night(let value): value
    case .record(let value): value
    case .disclosed(let value): value
    case .stamped(let value): value
    case .incidentDetected(let value): value
    case .incidentDecided(let value): value
    case .noted(let value): value
    }
  }

  /// The fields of its kind, without those that every predicate has.
  var fields: [String: CanonicalJSON] { coded.fields }

  init(kind: StatementKind, fields f: inout FieldReader) throws(FormatError) {
    switch kind {
    case .created: self = .created(try Created(fields: &f))
    case .role: self = .role(try RoleGrant(fields: &f))
    case .dataSet: self = .dataSet(try DataSet(fields: &f))
    case .policy: self = .policy(try Policy(fields: &f))
    case .hold: self = .hold(try Hold(fields: &f))
    case .destroyed: self = .destroyed(try Destroyed(fields: &f))
    case .thaw: self = .thaw(try Thaw(fields: &f))
    case .clock: self = .clock(try Clock(fields: &f))
    case .acknowledged: self = .acknowledged(try Acknowledged(fields: &f))
    case .distrusted: self = .distrusted(try Distrusted(fields: &f))
    case .started: self = .started(try Started(fields: &f))
    case .snapshot: self = .snapshot(try SnapshotTaken(fields: &f))
    case .abandoned: self = .abandoned(try Abandoned(fields: &f))
    case .selfChecked: self = .selfChecked(try SelfChecked(fields: &f))
    case .damaged: self = .damaged(try Damaged(fields: &f))
    case .rotated: self = .rotated(try Rotated(fields: &f))
    case .reinstated: self = .reinstated(try Reinstated(fields: &f))
    case .compacted: self = .compacted(try Compacted(fields: &f))
    case .condemned: self = .condemned(try Removal(fields: &f))
    case .deleted: self = .deleted(try Removal(fields: &f))
    case .rewritten: self = .rewritten(try Rewritten(fields: &f))
    case .tested: self = .tested(try Tested(fields: &f))
    case .erasureOpened: self = .erasureOpened(try ErasureOpened(fields: &f))
    case .erasureClosed: self = .erasureClosed(try ErasureClosed(fields: &f))
    case .erasureRefused: self = .erasureRefused(try ErasureRefused(fields: &f))
    case .verified: self = .verified(try Verified(fields: &f))
    case .night: self = .night(try NightClosed(fields: &f))
    case .record: self = .record(try RecordKept(fields: &f))
    case .disclosed: self = .disclosed(try Disclosed(fields: &f))
    case .stamped: self = .stamped(try Stamped(fields: &f))
    case .incidentDetected: self = .incidentDetected(try IncidentDetected(fields: &f))
    case .incidentDecided: self = .incidentDecided(try IncidentDecided(fields: &f))
    case .noted: self = .noted(try Noted(fields: &f))
    }
  }
}
