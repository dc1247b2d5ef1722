/// Why a snapshot stays, goes, or waits.
public enum RetentionReason: Hashable, Sendable {
  /// A hold with this id covers it.
  case hold(id: String)
  /// It is the rank-th newest checked night (from 1) of those that must stay.
  case floor(rank: Int)
  /// The data set is frozen.
  case frozen
  /// The time now is not believed, or lies before a snapshot's.
  case clockNotBelieved
  /// Its own time is not believed.
  case timeNotBelieved
  /// It is the rank-th newest snapshot.
  case last(rank: Int)
  /// It stands for the rank-th newest night.
  case daily(rank: Int)
  /// It stands for the rank-th newest week.
  case weekly(rank: Int)
  /// It stands for the rank-th newest month.
  case monthly(rank: Int)
  /// It stands for the rank-th newest quarter.
  case quarterly(rank: Int)
  /// It stands for the rank-th newest year.
  case yearly(rank: Int)
  /// It stands for the book year that ends in this calendar year, which is still to be kept.
  case bookYear(Int)
  /// It is younger than keep-within.
  case keepWithin
  /// It is newer than the checked snapshot of its night, and waits for its own check.
  case notYetChecked
  /// It has reached the maximum age.
  case maximumAgeReached
  /// A later whole snapshot stands for its night.
  case superseded(by: String)
  /// No rule keeps it.
  case notKept
  /// The run may not remove more.
  case runLimit
  /// The run found damage and removes nothing.
  case damageFound
  /// The owner destroyed the data set.
  case destroyed

  /// One line of English.
  public var text: String {
    switch self {
    case .hold(let id): "kept by legal hold \(id)"
    case .floor(let rank): "kept as checked night \(rank) of those that must stay"
    case .frozen: "kept because the data set is frozen"
    case .clockNotBelieved: "kept because the clock is not believed"
    case .timeNotBelieved: "kept because its own time is not believed"
    case .last(let rank): "kept as snapshot \(rank) of the newest"
    case .daily(let rank): "kept as night \(rank) of the newest"
    case .weekly(let rank): "kept as week \(rank) of the newest"
    case .monthly(let rank): "kept as month \(rank) of the newest"
    case .quarterly(let rank): "kept as quarter \(rank) of the newest"
    case .yearly(let rank): "kept as year \(rank) of the newest"
    case .bookYear(let year): "kept for the book year that ends in \(year)"
    case .keepWithin: "kept because it is younger than keepWithinDays"
    case .notYetChecked: "kept because it is newer than its night's checked snapshot"
    case .maximumAgeReached: "removed because it has reached the maximum age"
    case .superseded(let id): "removed because snapshot \(id) stands for its night"
    case .notKept: "removed because no rule keeps it"
    case .runLimit: "waits because this run may not remove more"
    case .damageFound: "waits because this run found damage"
    case .destroyed: "removed because the owner has destroyed the data set"
    }
  }
}

/// What happens to a snapshot.
public enum RetentionFate: String, Hashable, Sendable, CaseIterable {
  /// It stays.
  case keep
  /// It goes in this run.
  case remove
  /// It should go, and a guard of this run stops it.
  case deferred
}

/// A snapshot that outlived its maximum age and stays all the same: retention not met.
public struct RetentionOverdue: Hashable, Sendable {
  /// The instant at which it reached its maximum age; for a time that is not believed, the latest
  /// that this can have been.
  public let since: Int64
  /// Why it stays.
  public let reason: RetentionReason
}

/// The fate of one snapshot.
public struct RetentionDecision: Hashable, Sendable {
  /// The snapshot.
  public let id: String
  /// The night it counts under.
  public let night: Night
  /// What happens to it.
  public let fate: RetentionFate
  /// Why: the first reason decides, the others would have said the same or show what was deferred.
  public let reasons: [RetentionReason]
  /// Since when and why it outlives its maximum, if it does.
  public let overdue: RetentionOverdue?
}
