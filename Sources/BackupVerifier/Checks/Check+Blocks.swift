internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// Level L1.
extension Check {
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

  /// Reads the blocks that are asked for; `missing` are packs and other objects that are not there.
  mutating func readBlocks(missing: Set<ObjectPath>) throws {
    guard case .l1(let selection) = level else { return }
    // Who reads everything need not know what is new.
    let fresh: Set<Digest> = if case .sample = selection { freshIndexes() } else { [] }
    let map = PackMap(state, indexes: try loadIndexes(), fresh: fresh)
    for conflict in map.conflicts {
      var finding = Finding(.conflictingIndexes, object: .index(conflict.index))
      finding.detail = .contradicts(.index(conflict.other))
      findings.append(finding)
    }
    var plan: ReadPlan
    switch selection {
    case .everything: plan = ReadPlan(everythingOf: map, now: now.unix)
    case .sample(let terms):
      plan = ReadPlan(of: map, terms, memory: memory, head: state.head, now: now.unix)
    }
    // What is missing is reported, and counts as read and damaged.
    var absent = VerificationReport.Count()
    for (ordinal, pack) in map.packs.enumerated() where missing.contains(pack.path) {
      for place in plan.places[ordinal].joined() where pack.isNeeded(place) {
        absent.add(UInt64(pack.described.segments.byteCounts[place]))
      }
      plan.drop(ordinal)
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
    reading.damagedCount = outcome.badNeededCount + absent.count
    reading.sample = plan.sample
    omittedCount += outcome.omittedCount
    hashed.add(outcome.hashed)
    report(outcome, map)
    self.reading = reading
    self.plan = plan
  }

  /// All index objects that are there, whole; what the log could judge was as it was signed a
  /// moment ago.
  private mutating func loadIndexes() throws -> [Digest: IndexObject] {
    var indexes: [Digest: IndexObject] = [:]
    for digest in state.indexes {
      let path = ObjectPath.index(digest)
      if objects.failures[path] != nil { continue }
      if let index = try objects.wholeIndex(digest) {
        indexes[digest] = index
      } else {
        add(failure(of: path))
      }
    }
    return indexes
  }

  private mutating func report(_ outcome: BlockReader.Outcome, _ map: PackMap) {
    for bad in outcome.bad.sorted(by: { ($0.pack, $0.place) < ($1.pack, $1.place) }) {
      let pack = map.packs[bad.pack]
      let isNeeded = pack.isNeeded(bad.place)
      let place = pack.place(of: bad.place)
      var finding = Finding(
        .damagedBlock, severity: isNeeded ? nil : .warning, object: pack.path)
      if let error = bad.error { finding.detail = Finding.Detail(error) }
      finding.place = place
      finding.blocks = [
        Predicate.RunRange(run: place.address.run, range: BlockRange(place.address.number))
      ]
      if isNeeded { finding.snapshots = snapshots(needing: finding.blocks) }
      findings.append(finding)
    }
    for end in outcome.ends.sorted(by: { $0.pack < $1.pack }) {
      let pack = map.packs[end.pack]
      // A pack of another size has its end elsewhere.
      if known.contains(pack.path) { continue }
      findings.append(end.finding(about: pack))
    }
    for ordinal in outcome.unmarked.sorted() {
      findings.append(Finding(.wrongDigest, object: map.packs[ordinal].path))
    }
  }
}
