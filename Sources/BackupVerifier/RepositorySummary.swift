public import BackupFormat
public import BackupLog

/// What anyone with public keys can know of a repository's state.
public struct RepositorySummary: Hashable, Sendable {
  /// The repository.
  public let repository: RepositoryID
  /// The head of the log.
  public let head: LogHead
  /// The verifier's clock.
  public let time: LogTime
  /// The newest time that the log believes, in seconds since 1970.
  public let believedTime: Int64
  /// The data sets, by id, but for those that their owner has destroyed.
  public let sets: [DataSet]
  /// The last night that was closed.
  public let lastNight: LastNight?
  /// The last statement of a verifier.
  public let lastVerification: LastVerification?
  /// The last restore test.
  public let lastTest: LastTest?
  /// Runs that are open, oldest first.
  public let openRuns: [OpenRun]
  /// How many entries and statements are void and not acknowledged.
  public let voidCount: Int

  /// A data set.
  public struct DataSet: Hashable, Sendable {
    /// Its id.
    public let set: SetID
    /// How many snapshots live.
    public let liveCount: Int
    /// The newest live snapshot.
    public let newest: NewestSnapshot?
    /// Whether its rotation stands still.
    public let isFrozen: Bool
    /// Whether a policy of it is in force.
    public let hasPolicy: Bool
    /// What the owner declared to protect the store, which nobody measured; nil without a policy.
    public let protection: Predicate.Protection?
    /// Since when the oldest stored block that nothing needs is dead, in seconds since 1970.
    public let deadBlockSince: Int64?
  }

  /// The newest live snapshot of a set.
  public struct NewestSnapshot: Hashable, Sendable {
    /// Its log number.
    public let number: Int
    /// The night under which it counts.
    public let night: Night
    /// When reading its source began, in seconds since 1970.
    public let readStart: Int64
    /// Seconds from then until now; negative if it lies ahead of the verifier's clock.
    public let ageSeconds: Int64
    /// Whether its time is believed.
    public let isTimeBelieved: Bool
    /// Whether the host read back what it wrote and opened it without a failure.
    public let isSelfChecked: Bool
  }

  /// The last night that was closed.
  public struct LastNight: Hashable, Sendable {
    /// The number of the entry.
    public let number: Int
    /// The night.
    public let night: Night
    /// Its exit code.
    public let code: Int
    /// When it was signed, in seconds since 1970.
    public let time: Int64
  }

  /// The last statement of a verifier.
  public struct LastVerification: Hashable, Sendable {
    /// The number of the entry.
    public let number: Int
    /// Who signed.
    public let signer: KeyID
    /// Whether the key was declared never to have lain beside a writer or operator key.
    public let isSeparate: Bool
    /// When it was signed, in seconds since 1970.
    public let time: Int64
    /// What was said.
    public let what: Predicate.Verified
    /// Whether the seed that it reveals is the one that the same key committed to before; nil if it
    /// reveals none.
    public let isDrawKept: Bool?
  }

  /// The last restore test.
  public struct LastTest: Hashable, Sendable {
    /// The number of the entry.
    public let number: Int
    /// When it ended, in seconds since 1970.
    public let ended: Int64
    /// The outcome.
    public let result: Predicate.TestResult
  }

  /// A run that is open.
  public struct OpenRun: Hashable, Sendable {
    /// The run.
    public let run: RunID
    /// Its data set.
    public let set: SetID
    /// What it is for.
    public let purpose: Predicate.Purpose
    /// The newest believed time at its last `started`, in seconds since 1970.
    public let lastHeard: Int64
  }

  /// Makes the summary of a log at a time.
  public init(_ state: LogState, now: LogTime) {
    repository = state.repository
    head = state.head
    time = now
    believedTime = state.newestBelievedTime
    // Of a set that is destroyed nothing is promised any more; what is still stored of it is a finding.
    let known = Set(state.dataSets.keys).union(state.snapshots.keys).filter {
      !state.isDestroyed($0, at: state.newestBelievedTime)
    }
    sets = known.sorted().map { set in
      let live = state.liveSnapshots(of: set)
      return DataSet(
        set: set, liveCount: live.count,
        newest: live.max { ($0.night, $0.number) < ($1.night, $1.number) }.map {
          NewestSnapshot($0, now: now)
        },
        isFrozen: state.isFrozen(set),
        hasPolicy: state.policy(of: set, at: state.newestBelievedTime) != nil,
        protection: state.policy(of: set, at: state.newestBelievedTime)?.what.protection,
        deadBlockSince: state.oldestDeadBlock(of: set))
    }
    lastNight = state.nights.last.map {
      LastNight(number: $0.number, night: $0.what.night, code: $0.what.code, time: $0.time.unix)
    }
    lastVerification = state.verifications.last.map { said in
      LastVerification(
        number: said.number, signer: said.signer,
        isSeparate: state.keys[said.signer]?.changes.last?.isSeparate ?? false,
        time: said.time.unix, what: said.what,
        isDrawKept: state.isDrawKept(said))
    }
    lastTest = state.tests.last.map {
      LastTest(number: $0.number, ended: $0.what.ended, result: $0.what.result)
    }
    openRuns = state.runs.values.filter(\.isOpen)
      .sorted { ($0.number, $0.id) < ($1.number, $1.id) }
      .map {
        OpenRun(run: $0.id, set: $0.set, purpose: $0.purpose, lastHeard: $0.lastHeard)
      }
    voidCount = state.findings.count(where: \.isVoid)
  }
}

extension RepositorySummary.NewestSnapshot {
  fileprivate init(_ snapshot: Snapshot, now: LogTime) {
    number = snapshot.number
    night = snapshot.night
    readStart = snapshot.taken.readStart
    ageSeconds = now.unix - snapshot.taken.readStart
    isTimeBelieved = snapshot.isTimeBelieved
    isSelfChecked = snapshot.isSelfChecked
  }
}
