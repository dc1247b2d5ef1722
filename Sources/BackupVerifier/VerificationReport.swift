public import BackupFormat
public import BackupLog

/// What a check found, and how far it went.
public struct VerificationReport: Hashable, Sendable {
  /// The repository.
  public let repository: RepositoryID
  /// The log that was judged.
  public let head: LogHead
  /// The verifier's clock when it began.
  public let time: LogTime
  /// What is claimed where nothing was found.
  public let level: Predicate.VerifiedLevel
  /// What is to be reported, the worst first; at most 10,000.
  public internal(set) var findings: [Finding] = []
  /// How many more findings there were than are listed.
  public internal(set) var omittedFindingCount = 0
  /// Whether everything that the level asks for was looked at.
  ///
  /// It was not if `FORMAT` names a version or feature that this program does not know.
  public internal(set) var isComplete = true
  /// Whether this verifier's memory or a witness's checkpoint could be compared with the log.
  public internal(set) var isVouched = false
  /// Objects that the log requires, and the sum of their sizes as listed.
  public internal(set) var required = Count()
  /// Objects whose SHA-256 was computed, log entries and pack ends included.
  public internal(set) var hashed = Count()
  /// Objects that are there and that nothing names, since the log is broken or a run is open.
  public internal(set) var unexplainedObjectCount = 0
  /// Objects that the log requires and that are not there.
  public internal(set) var missingObjectCount = 0
  /// Objects that are there and that nothing explains: no open run, no crash, no deletion under way.
  public internal(set) var strangeObjectCount = 0
  /// Whether this verifier could have written to the store, as was tried; nil where that can't be.
  public internal(set) var mayWrite: Bool?
  /// What was read of the blocks; nil at level L0.
  public internal(set) var reading: Reading?
  /// What the log says about nights, sets and roles.
  public internal(set) var summary: RepositorySummary
  /// What the verifier should remember.
  public internal(set) var memory: VerifierMemory

  /// A number of things and of their bytes.
  public struct Count: Hashable, Sendable {
    /// How many.
    public internal(set) var count = 0
    /// How many bytes.
    public internal(set) var byteCount: UInt64 = 0

    mutating func add(_ bytes: UInt64) {
      count += 1
      add(byteCount: bytes)
    }

    mutating func add(_ other: Self) {
      count += other.count
      add(byteCount: other.byteCount)
    }

    /// A file with holes may be said to have 2^63 bytes, and of such there may be many.
    private mutating func add(byteCount more: UInt64) {
      let (sum, isOverflow) = byteCount.addingReportingOverflow(more)
      byteCount = isOverflow ? .max : sum
    }
  }

  /// What level L1 read.
  ///
  /// The unit is a sealed block where it is stored: a block that lies in two packs is two.
  public struct Reading: Hashable, Sendable {
    /// All blocks that live snapshots need.
    public internal(set) var population = Count()
    /// Those that were read, or would have been if their pack were there.
    public internal(set) var read = Count()
    /// Those that were not as they were signed, or could not be read.
    public internal(set) var damagedCount = 0
    /// How the blocks were chosen; nil if all were to be read.
    public internal(set) var sample: SampleReport?

    /// `full` only if every needed block was read.
    public var method: Predicate.VerifiedMethod {
      read.count == population.count ? .full : .sample
    }
  }

  /// The worst severity among the findings; nil if there is none.
  public var worst: Finding.Severity? { findings.map(\.severity).max() }

  /// Whether entries are missing or are not those that others saw, so that nothing may be appended.
  public var isLogBroken: Bool { findings.contains(where: \.breaksLog) }

  /// Whether something is damaged, missing, forked or falsely signed.
  public var isBad: Bool { (worst ?? .information) >= .damage }

  /// How a finding of this report is treated.
  ///
  /// One object that rots is an exception; damage in several is a pattern, which a person judges.
  public func treatment(of finding: Finding) -> Treatment {
    guard case .exception(.objectDamaged) = finding.treatment, finding.severity >= .damage else {
      return finding.treatment
    }
    let damaged = Set(
      findings.filter { $0.severity >= .damage && $0.treatment.kind == .objectDamaged }
        .compactMap(\.object))
    return damaged.count >= VerifierLimits.patternObjectCount
      ? .incident(.objectDamaged) : finding.treatment
  }

  /// What the log is to be told of: the classes of the incidents that a person must evaluate.
  public var incidents: [Predicate.IncidentKind] {
    let kinds = findings.compactMap { finding -> Predicate.IncidentKind? in
      if case .incident(let kind) = treatment(of: finding) { kind } else { nil }
    }
    return Set(kinds).sorted { $0.rawValue < $1.rawValue }
  }

  /// What the report says in the log when it is signed.
  public var verified: Predicate.Verified {
    Predicate.Verified(
      level: level, method: reading?.method ?? .full, logSize: head.size,
      blocks: reading?.read.count ?? 0, byteCount: Int(clamping: reading?.read.byteCount ?? 0),
      damaged: reading?.damagedCount ?? 0,
      findings: findings.count { $0.severity > .information } + omittedFindingCount,
      commitment: reading?.sample?.seedDigest,
      revealed: reading?.sample?.revealed.flatMap { Digest($0.seed) }, extent: extent)
  }

  /// Nothing where not everything was looked at.
  private var extent: Predicate.VerifiedExtent? {
    guard isComplete else { return nil }
    let drawn = reading?.sample?.drawnCount ?? 0
    // Less than was asked for may be claimed, more not.
    let confidence = Int(((reading?.sample?.confidence ?? 0) * 10_000 + 1e-6).rounded(.down))
    let isDrawn = drawn > 0 && confidence > 0
    return Predicate.VerifiedExtent(
      population: reading?.population.count ?? 0, drawn: isDrawn ? drawn : 0,
      confidenceBasisPoints: isDrawn ? confidence : 0,
      boundPartsPerMillion: isDrawn
        ? Predicate.VerifiedExtent.bound(drawn: drawn, confidenceBasisPoints: confidence) : 0,
      missing: missingObjectCount, unexplained: strangeObjectCount,
      writable: mayWrite.map { $0 ? .yes : .no } ?? .unknown)
  }

  /// The damaged blocks and objects, as a `damaged` statement names them; nil if there are none.
  ///
  /// - Parameters:
  ///   - rangeCountMax: How many ranges of blocks fit, so that the entry stays below its limit.
  public func damaged(rangeCountMax: Int = 400) -> Predicate.Damaged? {
    var ranges: [RunID: BlockRanges] = [:]
    var objects: Set<ObjectPath> = []
    for finding in findings where finding.severity >= .damage {
      for block in finding.blocks {
        ranges[block.run, default: BlockRanges()].insert(block.range)
      }
      switch finding.kind {
      case .missingObject, .wrongSize, .wrongDigest, .badObject, .unreadable, .packEndMismatch:
        if let object = finding.object, finding.place == nil { objects.insert(object) }
      default: break
      }
    }
    let blocks = ranges.sorted { $0.key < $1.key }.flatMap { run, ranges in
      ranges.ranges.map { Predicate.RunRange(run: run, range: $0) }
    }
    if blocks.isEmpty && objects.isEmpty { return nil }
    return Predicate.Damaged(
      blocks: [Predicate.RunRange](blocks.prefix(rangeCountMax)),
      objects: [ObjectPath](objects.sorted().prefix(rangeCountMax)))
  }
}

extension Finding {
  /// Whether the log is not the one that others saw, or not whole.
  public var breaksLog: Bool {
    switch kind {
    case .logGap, .logRolledBack, .logAltered, .fork: severity > .warning
    default: false
    }
  }
}
