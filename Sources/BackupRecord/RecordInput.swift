public import BackupFormat
public import BackupLog
public import BackupPolicy

/// What the nightly job, or a verifier, knows when it makes a record.
///
/// Whatever is left out becomes *not measured*; nothing is guessed. What the log says, such as
/// tests, holds, roles, erasures and incidents, is taken from it and need not be handed in.
public struct RecordInput: Sendable {
  // MARK: The night

  /// The night.
  public var night: BackupPolicy.Night
  /// The time now, in seconds since 1970.
  public var now: Int64
  /// Whether the kernel calls its clock synchronised.
  public var isClockSynchronised: Bool?
  /// By how many seconds the clock was stepped since the record before.
  public var clockStepSeconds: Int64?
  /// When the night is, with the data of its zone.
  public var window: NightWindow?
  /// The version of the time zone database.
  public var timeZoneDataVersion: String?
  /// The nights of all data sets together, up to this one; nights before the first snapshot that
  /// the log knows are left out of account.
  public var ledger: NightLedger?
  /// How many of the missed nights somebody has looked into; without it, as many as the log has
  /// decided incidents of that kind.
  public var missedNightsLookedInto: Int?

  // MARK: The program and the rules

  /// The version of the program.
  public var toolVersion: String?
  /// The SHA-256 of the program.
  public var toolBuild: Digest?
  /// Whether the separate verifier makes the record; then its figures count as a verifier's.
  public var isIndependentReader: Bool = false
  /// The policy file.
  public var policy: Policy?
  /// The SHA-256 of the policy file.
  public var policyDigest: Digest?
  /// The log so far, without this record.
  public var log: LogState?
  /// Whether the log is shorter than, or different from, the one remembered.
  public var isLogRolledBack: Bool?

  // MARK: What was done

  /// The data sets of this night.
  public var sets: [SetNight] = []
  /// The exit code so far.
  public var exitCode: Int?
  /// What was found; nil if nobody looked, empty if there was nothing.
  public var findings: [RecordFinding]?
  /// What was deleted tonight.
  public var removal: RemovalFigures?
  /// The age in days of the oldest block that is still stored and nothing needs.
  public var oldestDeadDays: Int?
  /// The free bytes of the store.
  public var freeByteCount: Int64?

  // MARK: Checks

  /// The checks that were made.
  public var checks = CheckFigures()
  /// What is known of the keys.
  public var keys = KeyFigures()
  /// What is known of the ways to the store.
  public var access = AccessFigures()
  /// By how many seconds each location of the policy lags behind, by its place in the policy.
  public var replicationLagSeconds: [Int: Int64]?

  /// Since which night each field has not been met, as ``Record/openSince(_:)`` said of the record
  /// before.
  public var openSince: [FieldID: BackupPolicy.Night] = [:]

  // MARK: What people wrote

  /// What people keep account of.
  public var accounts = PeoplesAccounts()

  /// The least that a record needs; fill in the rest.
  public init(night: BackupPolicy.Night, now: Int64) {
    self.night = night
    self.now = now
  }
}

/// What is known of one data set in one night.
public struct SetNight: Hashable, Sendable {
  /// The data set.
  public var set: SetID
  /// Its name, which only the confidential edition shows.
  public var name: String
  /// The exit code for the set.
  public var code: Int?
  /// What the scan counted; nil if there was no snapshot.
  public var counters: SetCounters?
  /// The self-check of what the night wrote; nil if there was none.
  public var selfCheck: SelfCheckFigures?
  /// What the plan of rotation says of each snapshot.
  public var decisions: [RetentionDecision]?
  /// How many snapshots were rotated tonight.
  public var rotatedCount: Int?
  /// The median number of files in the seven nights before.
  public var medianFileCount: Int?
  /// The age in seconds of the oldest database dump at the time it was read.
  public var dumpAgeSeconds: Int64?
  /// The source roots that were seen.
  public var seenRoots: [String]?

  /// A data set; fill in what is known.
  public init(set: SetID, name: String) {
    self.set = set
    self.name = name
  }
}

/// What a scan counted.
public struct SetCounters: Hashable, Sendable {
  /// Regular files.
  public var files: Int
  /// The bytes in them.
  public var byteCount: Int64
  /// Entries that could not be read.
  public var unreadable: Int
  /// Entries that changed while they were read.
  public var changedDuringRead: Int
  /// How many may, by the policy, before the night counts as incomplete.
  public var changedDuringReadLimit: Int
  /// Entries left out, by the id of the rule.
  public var excludedByRule: [String: Int]
  /// Canary files found unaltered.
  public var canariesFound: Int
  /// Canary files that the policy names.
  public var canariesExpected: Int

  /// Counters.
  public init(
    files: Int, byteCount: Int64, unreadable: Int = 0, changedDuringRead: Int = 0,
    changedDuringReadLimit: Int = 0, excludedByRule: [String: Int] = [:], canariesFound: Int = 0,
    canariesExpected: Int = 0
  ) {
    self.files = files
    self.byteCount = byteCount
    self.unreadable = unreadable
    self.changedDuringRead = changedDuringRead
    self.changedDuringReadLimit = changedDuringReadLimit
    self.excludedByRule = excludedByRule
    self.canariesFound = canariesFound
    self.canariesExpected = canariesExpected
  }
}

/// What a self-check read back.
public struct SelfCheckFigures: Hashable, Sendable {
  /// Blocks read back.
  public var blocks: Int
  /// Their bytes.
  public var byteCount: Int64
  /// How many of them were opened.
  public var opened: Int
  /// How many failed.
  public var failed: Int
  /// When, in seconds since 1970.
  public var at: Int64

  /// Figures.
  public init(blocks: Int, byteCount: Int64, opened: Int, failed: Int, at: Int64) {
    self.blocks = blocks
    self.byteCount = byteCount
    self.opened = opened
    self.failed = failed
    self.at = at
  }
}

/// Something that was found, told by a code and without names.
public struct RecordFinding: Hashable, Sendable {
  /// What: a word of lower-case letters, digits and hyphens.
  public var code: String
  /// How often.
  public var count: Int
  /// In which data set, if it is about one.
  public var set: SetID?

  /// A finding.
  public init(code: String, count: Int = 1, set: SetID? = nil) {
    self.code = code
    self.count = count
    self.set = set
  }
}
