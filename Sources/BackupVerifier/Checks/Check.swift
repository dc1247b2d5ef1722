internal import BackupFormat
internal import BackupLog
internal import BackupStorage
internal import BackupSystem

/// One check of a repository, from the inventory to the last block.
///
/// Level L0 works from the log's state alone, and holds nothing for each block; what a block's bytes
/// must be is read again for level L1.
struct Check {
  let storage: any Storage
  let objects: CheckedObjects
  let state: LogState
  let level: CheckLevel
  let memory: VerifierMemory?
  let now: LogTime
  let progress: @Sendable (VerificationProgress) -> Void
  var forgetsCached = true

  var findings: [Finding] = []
  var omittedCount = 0
  var reading: VerificationReport.Reading?
  var plan: ReadPlan?
  var hashed = VerificationReport.Count()
  /// Objects about which something was found already.
  var known: Set<ObjectPath> = []
  private var required = VerificationReport.Count()
  private var unexplainedCount = 0
  private var checkpoints: [KeyID: [Int]] = [:]
  private var isVouched = false

  init(
    storage: any Storage, objects: CheckedObjects, state: LogState, level: CheckLevel,
    memory: VerifierMemory?, now: LogTime,
    progress: @escaping @Sendable (VerificationProgress) -> Void
  ) {
    self.storage = storage
    self.objects = objects
    self.state = state
    self.level = level
    self.memory = memory
    self.now = now
    self.progress = progress
  }

  mutating func add(_ finding: Finding?) {
    if let finding { findings.append(finding) }
  }

  mutating func add(_ more: [Finding]) { findings.append(contentsOf: more) }

  private var isLogBroken: Bool { findings.contains(where: \.breaksLog) }

  /// Whether an index object that the log requires could not be read; one that was deleted is rightly
  /// missing.
  private var isBlind: Bool {
    state.dataSets.keys.contains { !state.unreadIndexes(of: $0).isEmpty }
  }

  /// Whether the log says less than was written, so that what it does not explain may be in order.
  private var isLogDoubtful: Bool {
    findings.contains {
      $0.breaksLog || $0.kind == .voidEntry || $0.kind == .roleless
        || $0.kind == .voidStatement && $0.severity > .information
    }
  }

  /// Checks everything that the level asks for.
  mutating func run(_ inventory: Inventory, _ seen: CheckpointCheck.Outcome) throws {
    var inventory = inventory
    add(LogCheck.clock(state, now: now))
    hashed.add(seen.hashed)
    checkpoints = seen.sizes
    isVouched = memory != nil || seen.vouchedSize > 0
    judgeForgottenCheckpoints(inventory)

    let wanted = state.requiredObjects()
    let spare = state.spareObjects(besides: wanted)
    try inventory.askAgain(for: inventory.missing(wanted), in: storage)
    for object in wanted {
      required.add(inventory.byteCounts[object.path] ?? 0)
    }
    try judgeUnknown(inventory, besides: Set(wanted.map(\.path)))
    judgeDestroyedKeys(inventory)
    try checkObjects(wanted, isSpare: false)
    let missing = Set(inventory.missing(wanted))
    judgeMissing(missing)
    judgeLost()
    judgeUnvouched()
    let gone = Set(inventory.missing(spare))
    for path in gone.sorted() where !isLogBroken {
      var finding = Finding(.missingObject, severity: .information, object: path)
      finding.detail = .nothingNeedsIt
      findings.append(finding)
    }
    try checkObjects(spare.filter { !gone.contains($0.path) }, isSpare: true)
    let wrongSizes =
      inventory.wrongSizes(wanted, isSpare: false) + inventory.wrongSizes(spare, isSpare: true)
    add(wrongSizes)
    known = Set(wrongSizes.compactMap(\.object))
    try readBlocks(missing: missing.union(gone))
  }

  // MARK: Level L0

  /// A witness's word that this verifier saw must still be there, or the log must say why not.
  private mutating func judgeForgottenCheckpoints(_ inventory: Inventory) {
    guard let memory else { return }
    let isBroken = isLogBroken
    var missing: [ObjectPath] = []
    for (key, sizes) in memory.checkpoints {
      for size in sizes where size <= state.size || !isBroken {
        if state.isRestored(before: size) { continue }
        let path = ObjectPath.checkpoint(size: size, key: key)
        if inventory.byteCounts[path] == nil && state.deletedObjects[path] == nil {
          missing.append(path)
        }
      }
    }
    for path in missing.sorted() {
      findings.append(Finding(.missingObject, severity: .incident, object: path))
    }
  }

  /// The same finding, as information if a crash explains it; nil if an open run does.
  private func explained(_ finding: Finding) throws(StorageError) -> Finding? {
    guard case .standing(.unexplained) = finding.detail, let path = finding.object,
      let run = try StoredObjectSource(storage: storage, repository: state.repository).run(
        of: path),
      state.runs[run] != nil
    else { return finding }
    if state.isHeld(run) { return nil }
    var orphan = finding.with(.information)
    orphan.detail = .standing(.orphan)
    return orphan
  }

  private mutating func judgeUnknown(
    _ inventory: Inventory, besides required: Set<ObjectPath>
  ) throws {
    var unknown: [Finding] = []
    for finding in inventory.unknown(state, besides: required) {
      if let finding = try explained(finding) { unknown.append(finding) }
    }
    unexplainedCount = unknown.count
    // Beside a broken log this would name everything that was written since.
    if !isLogDoubtful {
      // Objects of runs that an unread index object names look like what a crash left behind.
      let isBlind = isBlind
      add(
        unknown.filter { finding in
          guard isBlind, case .standing(.orphan) = finding.detail else { return true }
          return false
        })
    }
  }

  /// Keys that lie in the store though they are to be gone.
  ///
  /// Those that no entry explains are told already. A hold on the set keeps them rightly.
  private mutating func judgeDestroyedKeys(_ inventory: Inventory) {
    guard !isLogBroken else { return }
    let told = Set(findings.filter { $0.severity > .information }.compactMap(\.object))
    for path in inventory.byteCounts.keys.sorted() {
      guard case .key(let set, _) = path, !told.contains(path),
        let end = state.destructionEnd(of: set), end < now.unix,
        state.holds(of: set, at: now.unix).isEmpty
      else { continue }
      findings.append(Finding(.destroyedKeyStored, object: path))
    }
  }

  /// Compares the SHA-256 of every object whose digest the log names; for a spare one, which
  /// nothing needs, another is a warning.
  private mutating func checkObjects(
    _ wanted: [LogState.RequiredObject], isSpare: Bool
  ) throws {
    for (done, object) in wanted.enumerated() {
      guard let digest = object.digest else { continue }
      if case .log = object.path {
        // The state folded these very bytes.
        hashed.add(UInt64(object.byteCount ?? 0))
        continue
      }
      if Interrupt.isRequested { throw VerifierError.interrupted }
      progress(
        VerificationProgress(phase: .objects, done: UInt64(done), total: UInt64(wanted.count)))
      try objects.check(object.path, digest: digest)
      if let byteCount = objects.intact[object.path] {
        hashed.add(UInt64(byteCount))
      } else if var finding = failure(of: object.path) {
        if isSpare {
          let severity: Finding.Severity = finding.severity == .incident ? .incident : .warning
          finding = finding.with(severity)
        }
        findings.append(finding)
      }
    }
  }

  /// What is wrong with an object that was read; nil if it is missing, which is told apart.
  func failure(of path: ObjectPath) -> Finding? {
    guard let failure = objects.failures[path] else { return nil }
    var finding: Finding
    switch failure {
    case .missing: return nil
    case .wrongDigest: finding = Finding(.wrongDigest, object: path)
    case .badObject: finding = Finding(.badObject, severity: .incident, object: path)
    case .storage(let error):
      finding = Finding(.unreadable, object: path)
      finding.detail = Finding.Detail(error)
    }
    finding.snapshots = snapshots(of: path)
    return finding
  }

  private mutating func judgeMissing(_ missing: Set<ObjectPath>) {
    // Entries behind a gap, or those of a newer log, may have deleted it all.
    if isLogBroken, !missing.isEmpty {
      var finding = Finding(.unjudgeable, object: findings.first(where: \.breaksLog)?.object)
      finding.detail = .objects(count: missing.count)
      findings.append(finding)
      return
    }
    let packs = missing.compactMap { if case .pack(let id) = $0 { id } else { nil } }
    let needed = packs.isEmpty ? [:] : state.neededBlocks
    let gone = packs.isEmpty ? [:] : state.blocksLost(without: packs)
    for path in missing.sorted() {
      var finding = Finding(.missingObject, object: path)
      if case .pack(let id) = path {
        var lost: [RunID: BlockRanges] = [:]
        for (run, ranges) in state.blocks(in: id) {
          guard let needed = needed[run], let gone = gone[run] else { continue }
          lost[run] = ranges.intersection(needed).intersection(gone)
        }
        finding.blocks = Self.list(lost)
        finding.snapshots = snapshots(needing: finding.blocks)
      } else {
        finding.snapshots = snapshots(of: path)
      }
      findings.append(finding)
    }
  }

  /// Needed blocks that no index object places: the loss of the index objects that are damaged, or,
  /// if none is, a loss of its own.
  private mutating func judgeLost() {
    var lost: [RunID: BlockRanges] = [:]
    for (run, ranges) in state.neededBlocks {
      let left = ranges.subtracting(state.presentBlocks(of: run))
      if !left.isEmpty { lost[run] = left }
    }
    if lost.isEmpty { return }
    let list = Self.list(lost)
    let cause = findings.indices.first { i in
      if case .index? = findings[i].object { true } else { false }
    }
    if let cause {
      findings[cause].blocks = list
      findings[cause].snapshots = snapshots(needing: list)
      return
    }
    var finding = Finding(.lostBlocks)
    finding.blocks = list
    finding.snapshots = snapshots(needing: list)
    findings.append(finding)
  }

  /// Needed blocks for which only an operator answers: who moved them could have altered them.
  private mutating func judgeUnvouched() {
    // What a lost index object says is the loss of that object.
    guard !isBlind, !isLogDoubtful else { return }
    var unvouched: [RunID: BlockRanges] = [:]
    for set in state.dataSets.keys {
      unvouched.merge(state.unvouchedBlocks(of: set)) { $0.union($1) }
    }
    guard !unvouched.isEmpty else { return }
    var finding = Finding(.unvouchedBlocks)
    finding.blocks = Self.list(unvouched)
    finding.snapshots = snapshots(needing: finding.blocks)
    findings.append(finding)
  }

  // MARK: Who needs it

  static func list(_ blocks: [RunID: BlockRanges]) -> [Predicate.RunRange] {
    blocks.sorted { $0.key < $1.key }.flatMap { run, ranges in
      ranges.ranges.map { Predicate.RunRange(run: run, range: $0) }
    }
  }

  /// Live snapshots that need any of `blocks`.
  func snapshots(needing blocks: [Predicate.RunRange]) -> [SnapshotName] {
    if blocks.isEmpty { return [] }
    return state.liveSnapshots.filter { snapshot in
      guard let needs = snapshot.needs else { return false }
      return blocks.contains { block in
        needs.blocks(of: block.run).contains {
          $0.first < block.range.end && block.range.first < $0.end
        }
      }
    }.map { SnapshotName($0) }.sorted()
  }

  /// Live snapshots of which `path` is the object.
  private func snapshots(of path: ObjectPath) -> [SnapshotName] {
    guard case .snapshot(let digest) = path else { return [] }
    return state.liveSnapshots.filter { $0.digest == digest }.map { SnapshotName($0) }.sorted()
  }

  // MARK: Report

  /// How many required objects findings say are not there.
  private static func missingCount(_ findings: [Finding]) -> Int {
    findings.reduce(0) { sum, finding in
      guard finding.kind == .missingObject, finding.severity > .information else { return sum }
      if case .objects(let count) = finding.detail { return sum + count }
      return sum + 1
    }
  }

  /// The report, without what a log read after all this no longer asks for.
  func report(against newest: LogState) -> VerificationReport {
    var report = VerificationReport(state, level: level, memory: memory, now: now)
    var kept = findings
    if newest.size > state.size {
      let wanted = newest.requiredPaths()
      kept = kept.filter { finding in
        guard let object = finding.object else { return true }
        if case .checkpoint = object { return true }
        switch finding.kind {
        case .missingObject, .wrongSize, .wrongDigest, .unreadable, .damagedBlock,
          .packEndMismatch:
          return wanted.contains(object)
        default: return true
        }
      }
    }
    kept.sort { a, b in
      if a.severity != b.severity { return a.severity > b.severity }
      return (a.object?.text ?? a.name ?? "") < (b.object?.text ?? b.name ?? "")
    }
    report.findings = [Finding](kept.prefix(VerifierLimits.findingCount))
    report.omittedFindingCount = omittedCount + kept.count - report.findings.count
    report.isVouched = isVouched
    report.required = required
    report.hashed = hashed
    report.unexplainedObjectCount = unexplainedCount
    report.missingObjectCount = Self.missingCount(kept)
    report.strangeObjectCount =
      isLogDoubtful
      ? unexplainedCount : kept.count { $0.kind == .unknownObject && $0.severity > .information }
    report.reading = reading
    // A log that is not the one remembered must not be remembered in its place.
    if !report.isLogBroken {
      report.memory.head = state.head
      report.memory.visited = now.unix
      report.memory.remember(checkpoints) { key, size in
        !state.isRestored(before: size)
          && state.deletedObjects[.checkpoint(size: size, key: key)] == nil
      }
      if let plan {
        report.memory.readSize = state.size
        report.memory.readAt = now.unix
        report.memory.slices = plan.slices
        report.memory.seed = plan.seed ?? report.memory.seed
      }
    }
    return report
  }
}

extension VerificationReport {
  /// An empty report.
  init(_ state: LogState, level: CheckLevel, memory: VerifierMemory?, now: LogTime) {
    repository = state.repository
    head = state.head
    time = now
    switch level {
    case .l0: self.level = .complete
    case .l1: self.level = .intact
    }
    summary = RepositorySummary(state, now: now)
    self.memory =
      memory
      ?? VerifierMemory(repository: state.repository, head: state.head, visited: now.unix)
  }
}
