public import BackupFormat
public import BackupLog
public import BackupPolicy

/// What a rotation would do to one data set, each snapshot with its reason.
public struct RotationDecision: Sendable {
  /// The data set.
  public var set: SetID
  /// The policy that is in force; nil if the owner has approved none.
  public var policy: Said<Predicate.Policy>?
  /// Each live snapshot's fate, oldest first.
  public var decisions: [RetentionDecision]
  /// The owner's word that the data set is destroyed, once it is in force.
  public var destruction: Destruction?
  /// Whether a legal hold keeps a destroyed data set.
  public var isDestructionHeld = false
  /// Whether a sudden change was found and the owner has not thawed the set.
  public var isFrozen = false
  /// Snapshots that go because an approved shortening named so many.
  public var shortened: Set<String> = []
  /// The instant from which a shortening binds that was appended less than seven days ago.
  public var noticeEnds: Int64?

  /// The statement by which snapshots go.
  var authority: StatementID? { destruction?.said.id ?? policy?.id }

  /// How many snapshots go.
  public var removedCount: Int { removed.count }

  /// The numbers of the snapshots that go, with the reason that the log is told.
  var removed: [Predicate.RotatedSnapshot] {
    decisions.compactMap { decision in
      guard decision.fate == .remove, let number = Int(decision.id) else { return nil }
      return Predicate.RotatedSnapshot(number: number, reason: reason(of: decision))
    }.sorted { $0.number < $1.number }
  }

  private func reason(of decision: RetentionDecision) -> Predicate.RotationReason {
    for reason in decision.reasons {
      switch reason {
      case .maximumAgeReached where !shortened.contains(decision.id): return .maximumAge
      case .superseded: return .superseded
      case .destroyed: return .destroyed
      default: continue
      }
    }
    return shortened.contains(decision.id) ? .shortened : .keepRules
  }
}
