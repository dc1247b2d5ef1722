internal import BackupFormat
internal import BackupLog
internal import BackupPolicy

extension RecordMaker {
  mutating func fillIntegrity() {
    fillSelfCheck()
    fillVerification()
    if let log {
      let snapshots = log.liveSnapshots
      let blocks = log.neededBlocks.values.reduce(0) { $0 + $1.count }
      fact(
        .integrityPopulation,
        .object(["blocks": .number(blocks), "snapshots": .number(snapshots.count)]))
      let findings = log.findings
      let void = findings.count { $0.isVoid }
      judge(
        .integrityLog, findings.isEmpty && input.isLogRolledBack != true,
        .object([
          "void": .number(void), "findings": .number(findings.count - void),
          "rolledBack": .yes(input.isLogRolledBack),
        ]), at: now)
      let damaged = damagedBlockCount(log)
      judge(
        .integrityDamage, damaged == 0,
        .object(["blocks": .number(damaged), "reports": .number(log.damages.count)]), at: now)
    }
    fillChecks()
    fillIntegrityPromise()
  }

  /// Needed blocks that were reported as damaged, unless a later verification of all found none.
  private func damagedBlockCount(_ log: LogState) -> Int {
    let healed =
      log.verifications.last {
        $0.what.level == .intact && $0.what.method == .full && $0.what.damaged == 0
      }?.number ?? -1
    guard log.damages.contains(where: { $0.number > healed }) else { return 0 }
    let needed = log.neededBlocks
    return log.damagedBlocks.reduce(0) { sum, damage in
      sum + damage.value.intersection(needed[damage.key] ?? BlockRanges()).count
    }
  }

  private mutating func fillSelfCheck() {
    let checked = sets.compactMap { night in night.selfCheck.map { (set: night.set, check: $0) } }
    guard !checked.isEmpty else { return }
    let isWhole = checked.count == sets.count
    let isAllOpened = checked.allSatisfy { $0.check.opened == $0.check.blocks }
    judge(
      .integritySelfCheck, isWhole && checked.allSatisfy { $0.check.failed == 0 },
      list(checked) {
        [
          "set": .hex($0.set), "blocks": .number($0.check.blocks),
          "bytes": .number($0.check.byteCount), "opened": .number($0.check.opened),
          "failed": .number($0.check.failed),
        ]
      }, level: isAllOpened ? .l2 : .l1, at: checked.map(\.check.at).max(), by: .host)
  }

  private var sweepNights: Int { policy?.verification.sweepNights ?? 30 }

  /// Whether a verifier's word counts as independent: its key never lay beside a writer's.
  func isSeparate<What>(_ said: Said<What>) -> Bool {
    log?.keys[said.signer]?.changes.last { $0.number <= said.number }?.isSeparate == true
  }

  /// Whether a verifier whose word counts as independent read the store not long ago.
  var hasIndependentReader: Bool {
    (log?.verifications ?? []).contains {
      isSeparate($0) && days(since: $0.time.unix) <= Self.promiseDays
    }
  }

  private mutating func fillVerification() {
    guard let said = log?.verifications.last else { return }
    let isClean = said.what.damaged == 0 && said.what.findings == 0
    judge(
      .integrityVerification, isClean && days(since: said.time.unix) <= sweepNights,
      .object([
        "verifiedAt": .number(said.time.unix), "level": .string(said.what.level.rawValue),
        "method": .string(said.what.method.rawValue), "blocks": .number(said.what.blocks),
        "bytes": .number(said.what.byteCount), "damaged": .number(said.what.damaged),
        "findings": .number(said.what.findings), "separate": .yes(isSeparate(said)),
      ]), level: FieldLevel(rawValue: said.what.level.rawValue), at: said.time.unix,
      by: isSeparate(said) ? .verifier : .host)
  }

  private mutating func fillChecks() {
    let checks = input.checks
    if let sample = checks.sample {
      var value: [String: CanonicalJSON] = [
        "checked": .number(sample.checked), "population": .number(sample.population),
        "failed": .number(sample.failed),
        "confidenceBasisPoints": .number(sample.confidenceBasisPoints),
        "boundPartsPerMillion": .number(sample.boundPartsPerMillion),
      ]
      value["seedCommitment"] = sample.seedCommitment.map { .hex($0) }
      judge(.integritySample, sample.failed == 0, .object(value), level: .l1, at: sample.at)
    } else {
      fillLoggedSample()
    }
    if let oldest = checks.oldestCheckDays {
      judge(
        .integritySweep, oldest <= sweepNights,
        .object(["oldestCheckDays": .number(oldest), "sweepNights": .number(sweepNights)]),
        level: .l1, at: checks.at ?? now)
    } else {
      fillLoggedSweep()
    }
    judge(
      .integritySignatures, checks.signaturesChecked.map { _ in checks.signatureFailures == 0 },
      .object([
        "checked": .number(checks.signaturesChecked ?? 0),
        "failed": .number(checks.signatureFailures),
      ]), at: checks.at ?? now)
    fillInventory()
  }

  /// What a verifier found missing or unexplained in the whole store, if its newest statement is not
  /// older than the sweep may take.
  private mutating func fillInventory() {
    let checks = input.checks
    let said = log?.verifications.last {
      $0.what.extent != nil && days(since: $0.time.unix) <= sweepNights
    }
    for (id, handedIn, logged) in [
      (FieldID.integrityUnexplained, checks.unexplainedObjects, said?.what.extent?.unexplained),
      (.integrityMissing, checks.missingObjects, said?.what.extent?.missing),
    ] {
      if let count = handedIn {
        judge(id, count == 0, .number(count), level: .l0, at: checks.at ?? now)
      } else if let count = logged, let said {
        judge(
          id, count == 0, .number(count), level: .l0, at: said.time.unix,
          by: isSeparate(said) ? .verifier : .host)
      }
    }
  }

  /// The newest sample as the log tells of it: what was read, the draw that was committed to, and how
  /// sure it makes.
  ///
  /// A bound that the draw does not bear out is not repeated.
  private mutating func fillLoggedSample() {
    guard let log, let said = log.verifications.last(where: { $0.what.method == .sample }),
      days(since: said.time.unix) <= sweepNights
    else { return }
    let isDrawKept = log.isDrawKept(said)
    var value: [String: CanonicalJSON] = [
      "checked": .number(said.what.blocks), "failed": .number(said.what.damaged),
    ]
    value["seedCommitment"] = said.what.commitment.map { .hex($0) }
    value["drawKept"] = isDrawKept.map { .yes($0) }
    let isBorneOut = said.what.extent?.isBoundBorneOut ?? true
    if let extent = said.what.extent, extent.drawn > 0 {
      value["population"] = .number(extent.population)
      value["drawn"] = .number(extent.drawn)
      value["confidenceBasisPoints"] = .number(extent.confidenceBasisPoints)
      if isBorneOut {
        value["boundPartsPerMillion"] = .number(extent.boundPartsPerMillion)
      } else {
        value["boundBorneOut"] = .yes(false)
      }
    }
    judge(
      .integritySample, said.what.damaged == 0 && isDrawKept != false && isBorneOut,
      .object(value), level: .l1, at: said.time.unix, by: isSeparate(said) ? .verifier : .host)
  }

  /// After a verification of everything no needed block was read longer ago, since what is newer was
  /// read back when it was written.
  ///
  /// With samples alone only the verifier's memory knows, and nothing is said.
  private mutating func fillLoggedSweep() {
    guard
      let said = log?.verifications.last(where: {
        $0.what.level == .intact && $0.what.method == .full
      }), days(since: said.time.unix) <= sweepNights
    else { return }
    judge(
      .integritySweep, true,
      .object([
        "oldestCheckDays": .number(days(since: said.time.unix)),
        "sweepNights": .number(sweepNights),
      ]), level: .l1, at: said.time.unix, by: isSeparate(said) ? .verifier : .host)
  }

  /// That copies are checked regularly may be said while a check of more than tonight's blocks is
  /// young enough, and nothing that was found speaks against it.
  private mutating func fillIntegrityPromise() {
    var newest: Int64?
    if let said = log?.verifications.last(where: { $0.what.level == .intact }) {
      newest = said.what.damaged == 0 && said.what.findings == 0 ? said.time.unix : nil
    }
    if let sample = input.checks.sample, sample.failed == 0 {
      newest = max(newest ?? .min, sample.at)
    }
    let against: [FieldID] = [
      .integritySelfCheck, .integrityVerification, .integritySample, .integritySweep,
      .integritySignatures, .integrityLog, .integrityMissing, .integrityDamage,
    ]
    let isSpokenAgainst = against.contains { fields[$0]?.state == .notMet }
    guard let newest else {
      if isSpokenAgainst { set(.integrityPromise, .notMet, .object([:]), by: by) }
      return
    }
    let until = min(
      date(newest).advanced(by: sweepNights), input.night.advanced(by: Self.promiseDays))
    let isFresh = newest <= now && until >= input.night
    set(
      .integrityPromise, isFresh && !isSpokenAgainst ? .met : .notMet,
      .object(["until": .date(until)]), level: .l1, by: by)
  }

  /// How many days after its night a record may still speak for copies that lie still.
  static var promiseDays: Int { 35 }
}
