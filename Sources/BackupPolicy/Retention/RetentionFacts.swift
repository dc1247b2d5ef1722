/// What rotation knows of one snapshot of a data set.
public struct SnapshotFact: Hashable, Sendable {
  /// The snapshot's id, unique within the data set.
  public var id: String
  /// The night that it counts under.
  public var night: Night
  /// When its source was read, in seconds after 1970-01-01 UTC.
  public var time: Int64
  /// Whether it was found whole: opened when written, or checked since.
  public var isChecked: Bool
  /// The number of its entry in the log; a successor keeps the number of what it replaces.
  public var logNumber: UInt64
  /// Whether its time is believed.
  public var isTimeBelieved: Bool

  /// The facts of one snapshot.
  public init(
    id: String, night: Night, time: Int64, isChecked: Bool, logNumber: UInt64,
    isTimeBelieved: Bool = true
  ) {
    self.id = id
    self.night = night
    self.time = time
    self.isChecked = isChecked
    self.logNumber = logNumber
    self.isTimeBelieved = isTimeBelieved
  }
}

/// An owner's order that snapshots stay, whatever their age.
public struct LegalHold: Hashable, Sendable {
  /// What a hold covers.
  public enum Coverage: Hashable, Sendable {
    /// Every snapshot of the data set, those to come included.
    case everything
    /// The snapshots of some nights.
    case nights(ClosedRange<Night>)
    /// Snapshots by their ids.
    case snapshots(Set<String>)
  }

  /// The hold's id, which is what a report prints.
  public var id: String
  /// What it covers.
  public var coverage: Coverage
  /// The instant at which it ends by itself, or `nil` if only the owner ends it.
  public var until: Int64?

  /// A hold.
  public init(id: String, coverage: Coverage, until: Int64? = nil) {
    self.id = id
    self.coverage = coverage
    self.until = until
  }

  func covers(_ snapshot: SnapshotFact) -> Bool {
    switch coverage {
    case .everything: true
    case .nights(let nights): nights.contains(snapshot.night)
    case .snapshots(let ids): ids.contains(snapshot.id)
    }
  }
}

/// A time in which nothing may be removed, since the source looked attacked.
public struct RetentionFreeze: Hashable, Sendable {
  /// The log number of the first snapshot made in doubt; it and those after it are no floor.
  public var fromLogNumber: UInt64
  /// The log number of the owner's thaw, or `nil` while the freeze holds.
  public var thawedAtLogNumber: UInt64?

  /// A freeze.
  public init(fromLogNumber: UInt64, thawedAtLogNumber: UInt64? = nil) {
    self.fromLogNumber = fromLogNumber
    self.thawedAtLogNumber = thawedAtLogNumber
  }

  func covers(_ snapshot: SnapshotFact) -> Bool {
    snapshot.logNumber >= fromLogNumber && snapshot.logNumber <= thawedAtLogNumber ?? .max
  }
}

/// What must hold before a run removes anything.
public struct RetentionGuards: Hashable, Sendable {
  /// Whether the time now is believed.
  public var isNowBelieved: Bool
  /// Whether this run found damage.
  public var isDamageFound: Bool
  /// All freezes of the data set, past ones included.
  ///
  /// A thawed one still says which nights are no floor; leave out one that the owner called a false
  /// alarm.
  public var freezes: [RetentionFreeze]

  /// The guards of one run.
  public init(
    isNowBelieved: Bool, isDamageFound: Bool = false, freezes: [RetentionFreeze] = []
  ) {
    self.isNowBelieved = isNowBelieved
    self.isDamageFound = isDamageFound
    self.freezes = freezes
  }
}

/// How many snapshots one run may remove.
public struct RemovalLimit: Hashable, Sendable {
  /// What a run may remove beyond what was added: 3, so that a backlog shrinks and a thief who
  /// shortens the policy file gains little.
  public static let defaultSlack = 3

  /// The number of snapshots of the set added since its last rotation.
  public var addedSinceLastRotation: Int
  /// How many more may go.
  public var slack: Int
  /// What remains of the number that an approved shortening named.
  public var approvedRemovalCount: Int
  /// Snapshots that an approved shortening named by id; they do not count.
  public var approvedIDs: Set<String>

  /// A limit.
  public init(
    addedSinceLastRotation: Int, slack: Int = RemovalLimit.defaultSlack,
    approvedRemovalCount: Int = 0, approvedIDs: Set<String> = []
  ) {
    self.addedSinceLastRotation = addedSinceLastRotation
    self.slack = slack
    self.approvedRemovalCount = approvedRemovalCount
    self.approvedIDs = approvedIDs
  }

  /// A limit that never cuts, for previews.
  public static let none = RemovalLimit(addedSinceLastRotation: .max)

  var removalCountMax: Int {
    [slack, approvedRemovalCount].reduce(max(0, addedSinceLastRotation)) { sum, more in
      let (total, overflow) = sum.addingReportingOverflow(max(0, more))
      return overflow ? .max : total
    }
  }
}
