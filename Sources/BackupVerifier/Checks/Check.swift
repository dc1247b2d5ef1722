internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// One check of a repository, from the inventory to the last block.
struct Check {
  let storage: any Storage
  let objects: CheckedObjects
  let state: LogState
  let level: CheckLevel
  let memory: VerifierMemory?
  let now: LogTime
  let progress: @Sendable (VerificationProgress) -> Void
  var forgetsCached = true

  private var findings: [Finding] = []
  private var required = VerificationReport.Count()
  private var hashed = VerificationReport.Count()
  private var unexplainedCount = 0
  private var omittedCount = 0
  private var reading: VerificationReport.Reading?
  private var plan: ReadPlan?

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

  /// Whether the log says less than was written, so that what it does not explain may be in order.
  private var isLogDoubtful: Bool {
    findings.contains {
      $0.breaksLog || $0.kind == .voidEntry || $0.kind == .roleless
        || $0.kind == .voidStatement && $0.severity > .information
    }
  }

  /// Checks everything that the level asks for.
  mutating func run(_ inventory: Inventory) throws {
    var inventory = inventory
    add(LogCheck.clock(state, now: now))
    let checkpoints = try CheckpointCheck.run(
      inventory, state, storage, isLogBroken: findings.contains(where: \.breaksLog))
    add(checkpoints.findings)
    hashed.count += checkpoints.hashed.count
    hashed.byteCount += checkpoints.hashed.byteCount

    let wanted = state.requiredObjects()
    try inventory.askAgain(for: inventory.missing(wanted), in: storage)
    for object in wanted {
      required.add(inventory.byteCounts[object.path] ?? 0)
    }
    judgeUnknown(inventory)
    try checkObjects(wanted)

    objects.keepIndexes(
      Set(wanted.compactMap { if case .index(let digest) = $0.path { digest } else { nil } }))
    let map = PackMap(state, indexes: objects.indexes, fresh: freshIndexes())
    for conflict in map.conflicts {
      var finding = Finding(.conflictingIndexes, object: .index(conflict.index))
      finding.detail = .contradicts(.index(conflict.other))
      findings.append(finding)
    }
    let missing = Set(inventory.missing(wanted))
    judgeMissing(missing, map)
    judgeLost(map)
    let wrongSizes = inventory.wrongSizes(wanted)
    add(wrongSizes)
    let known = Set(wrongSizes.compactMap(\.object)).union(missing)
    try checkPackEnds(map, besides: known)
    try readBlocks(map, missing: missing)
  }

  // MARK: Level L0

  private mutating func judgeUnknown(_ inventory: Inventory) {
    let unknown = inventory.unknown(state)
    unexplainedCount = unknown.count
    // Beside a broken log this would name everything that was written since.
    if !isLogDoubtful {
      // Objects of runs that an unread index object names look like what a crash left behind.
      let isBlind = objects.failures.keys.contains {
        if case .index = $0 { true } else { false }
      }
      add(
        unknown.filter { finding in
          guard isBlind, case .standing(.orphan) = finding.detail else { return true }
          return false
        })
    }
  }

  /// Compares the SHA-256 of every object whose digest the log names.
  private mutating func checkObjects(_ wanted: [LogState.RequiredObject]) throws {
    for (done, object) in wanted.enumerated() {
      guard let digest = object.digest else { continue }
      if case .log = object.path {
        // The state folded these very bytes.
        hashed.add(UInt64(object.byteCount ?? 0))
        continue
      }
      progress(
        VerificationProgress(phase: .objects, done: UInt64(done), total: UInt64(wanted.count)))
      try objects.check(object.path, digest: digest)
      if let byteCount = objects.intact[object.path] {
        hashed.add(UInt64(byteCount))
        continue
      }
      guard let failure = objects.failures[object.path] else { continue }
      var finding: Finding
      switch failure {
      // What is missing is reported by the inventory.
      case .missing: continue
      case .wrongDigest: finding = Finding(.wrongDigest, object: object.path)
      case .badObject: finding = Finding(.badObject, severity: .incident, object: object.path)
      case .storage(let error):
        finding = Finding(.unreadable, object: object.path)
        finding.detail = Finding.Detail(error)
      }
      finding.snapshots = snapshots(of: object.path)
      findings.append(finding)
    }
  }

  private mutating func judgeMissing(_ missing: Set<ObjectPath>, _ map: PackMap) {
    let isGap = findings.contains { $0.kind == .logGap }
    let packs = Dictionary(map.packs.map { ($0.path, $0) }) { first, _ in first }
    var left: [RunID: BlockRanges] = [:]
    if missing.contains(where: { packs[$0] != nil }) {
      for pack in map.packs where !missing.contains(pack.path) {
        for (run, ranges) in pack.neededBlocks {
          left[run, default: BlockRanges()].formUnion(ranges)
        }
      }
    }
    for path in missing.sorted() {
      // Entries behind a gap may have deleted it.
      let kind: Finding.Kind = isGap ? .unjudgeable : .missingObject
      var finding = Finding(kind, object: path)
      if let pack = packs[path] {
        finding.blocks = ranges(pack.neededBlocks, without: left)
        finding.snapshots = snapshots(needing: finding.blocks)
      } else {
        finding.snapshots = snapshots(of: path)
      }
      findings.append(finding)
    }
  }

  /// Needed blocks that no index object places: the loss of the index objects that are damaged, or,
  /// if none is, a loss of its own.
  private mutating func judgeLost(_ map: PackMap) {
    if map.lost.isEmpty { return }
    let lost = ranges(map.lost, without: [:])
    let cause = findings.indices.first { i in
      guard case .index? = findings[i].object else { return false }
      return findings[i].kind != .conflictingIndexes
    }
    if let cause {
      findings[cause].blocks = lost
      findings[cause].snapshots = snapshots(needing: lost)
      return
    }
    var finding = Finding(.lostBlocks)
    finding.blocks = lost
    finding.snapshots = snapshots(needing: lost)
    findings.append(finding)
  }

  private mutating func checkPackEnds(_ map: PackMap, besides known: Set<ObjectPath>) throws {
    for (done, pack) in map.packs.enumerated() where !known.contains(pack.path) {
      progress(
        VerificationProgress(phase: .packs, done: UInt64(done), total: UInt64(map.packs.count)))
      add(try PackEndCheck.run(pack, storage, hashed: &hashed))
    }
  }

  // MARK: Level L1

  /// Index objects that statements published since blocks were read last.
  private func freshIndexes() -> Set<Digest> {
    var fresh: Set<Digest> = []
    for number in min(memory?.readSize ?? 0, state.size)..<state.size {
      guard let bytes = state.entry(number), let entry = try? Entry(parsing: bytes) else {
        continue  // a void entry publishes nothing
      }
      for envelope in entry.envelopes {
        guard let statement = try? Statement(payload: envelope.payload, in: state.repository)
        else { continue }  // likewise
        for subject in statement.subjects {
          if case .index(let digest) = subject.path { fresh.insert(digest) }
        }
      }
    }
    return fresh
  }

  private mutating func readBlocks(_ map: PackMap, missing: Set<ObjectPath>) throws {
    guard case .l1(let selection) = level else { return }
    var plan: ReadPlan
    switch selection {
    case .everything: plan = ReadPlan(everythingOf: map, now: now.unix)
    case .sample(let terms):
      plan = ReadPlan(of: map, terms, memory: memory, head: state.head, now: now.unix)
    }
    // What is missing is reported, and counts as read and damaged.
    var absent = VerificationReport.Count()
    for (ordinal, pack) in map.packs.enumerated() where missing.contains(pack.path) {
      for place in plan.places[ordinal].joined() {
        absent.add(UInt64(pack.described.segments.byteCounts[place]))
      }
      plan.places[ordinal] = []
    }
    let outcome = try BlockReader(
      storage: storage, map: map, plan: plan, forgetsCached: forgetsCached, progress: progress
    ).run()
    var reading = VerificationReport.Reading()
    for pack in map.packs {
      reading.population.count += pack.neededCount
      reading.population.byteCount += pack.neededByteCount
    }
    reading.read = outcome.read
    reading.read.count += absent.count
    reading.damagedCount = outcome.bad.count + outcome.omittedCount + absent.count
    reading.sample = plan.sample
    omittedCount += outcome.omittedCount
    for bad in outcome.bad.sorted(by: { ($0.pack, $0.place) < ($1.pack, $1.place) }) {
      let pack = map.packs[bad.pack]
      let place = pack.place(of: bad.place)
      var finding = Finding(.damagedBlock, object: pack.path)
      if let error = bad.error { finding.detail = Finding.Detail(error) }
      finding.place = place
      finding.blocks = [
        Predicate.RunRange(run: place.address.run, range: BlockRange(place.address.number))
      ]
      finding.snapshots = snapshots(needing: finding.blocks)
      findings.append(finding)
    }
    for ordinal in outcome.unmarked.sorted() {
      findings.append(Finding(.wrongDigest, object: map.packs[ordinal].path))
    }
    self.reading = reading
    self.plan = plan
  }

  // MARK: Who needs it

  private func ranges(
    _ blocks: [RunID: BlockRanges], without others: [RunID: BlockRanges]
  ) -> [Predicate.RunRange] {
    blocks.sorted { $0.key < $1.key }.flatMap { run, ranges in
      ranges.subtracting(others[run] ?? BlockRanges()).ranges.map {
        Predicate.RunRange(run: run, range: $0)
      }
    }
  }

  /// Live snapshots that need any of `blocks`.
  private func snapshots(needing blocks: [Predicate.RunRange]) -> [SnapshotName] {
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

  /// The report, without what a log read after all this no longer asks for.
  func report(against newest: LogState) -> VerificationReport {
    var report = VerificationReport(state, level: level, memory: memory, now: now)
    var kept = findings
    if newest.size > state.size {
      let wanted = Set(newest.requiredObjects().map(\.path))
      kept = kept.filter { finding in
        guard let object = finding.object else { return true }
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
    report.required = required
    report.hashed = hashed
    report.unexplainedObjectCount = unexplainedCount
    report.reading = reading
    // A log that is not the one remembered must not be remembered in its place.
    if !report.isLogBroken {
      report.memory.head = state.head
      report.memory.visited = now.unix
      if let plan {
        report.memory.readSize = state.size
        report.memory.readAt = now.unix
        report.memory.slices = plan.slices
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
