import BackupFormat
import BackupLog

/// No dead bytes for long: packs that have held dead blocks too long are emptied.
extension Rotation {
  func compact(_ now: LogTime, _ outcome: inout RotationOutcome) throws {
    for set in session.logState.dataSets.keys.sorted()
    where !session.logState.isDestroyed(set, at: now) {
      do {
        try compact(set, now, &outcome)
      } catch EngineError.noSpace {
        // What was condemned before goes all the same, and makes room for the next night.
        outcome.isCompactionStoppedBySpace = true
      }
    }
  }

  private func compact(
    _ set: SetID, _ now: LogTime, _ outcome: inout RotationOutcome
  ) throws {
    var rest = CompactionPlan(session.logState, set, now: now.unix).packs[...]
    while !rest.isEmpty {
      let batch = Array(rest.prefix(EngineLimits.compactionPackCount))
      rest.removeFirst(batch.count)
      let compaction = Compaction(session, set, signer: signer)
      guard let done = try compaction.execute(batch) else { return }
      outcome.compactedPackCount += done.packCount
      outcome.copiedByteCount += done.byteCount
      try sayDamaged(done.damaged, &outcome)
    }
  }

  private func sayDamaged(
    _ blocks: [RunID: BlockRanges], _ outcome: inout RotationOutcome
  ) throws {
    let known = session.logState.damagedBlocks
    var ranges: [Predicate.RunRange] = []
    for (run, numbers) in blocks.sorted(by: { $0.key < $1.key }) {
      outcome.damagedBlockCount += numbers.count
      let fresh = numbers.subtracting(known[run] ?? BlockRanges())
      ranges += fresh.ranges.map { Predicate.RunRange(run: run, range: $0) }
    }
    guard !ranges.isEmpty else { return }
    let said = Array(ranges.prefix(EngineLimits.removalNameCount))
    try session.append(
      [Draft(.damaged(Predicate.Damaged(blocks: said, objects: [])))], by: signer)
  }
}
