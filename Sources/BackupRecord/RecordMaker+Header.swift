internal import BackupFormat
internal import BackupLog
internal import BackupPolicy

extension RecordMaker {
  mutating func fillHeader() {
    fact(.headerSchema, .string(Edition.schema))
    fact(.headerNight, .date(input.night))
    if let policy {
      set(.headerController, .declared, .string(policy.controller.name))
      set(.headerContact, .declared, .string(policy.controller.contact))
    }
    if let log {
      fact(.headerSequence, .number(Set(log.records.map(\.what.commitment)).count + 1))
      fact(.headerPrevious, log.records.last.map { .hex($0.what.commitment) } ?? .string(""))
      fact(.headerRepository, .hex(log.repository))
    }
    fillWindow()
    fact(.headerTimeZoneData, input.timeZoneDataVersion.map { .string($0) })
    fact(.headerCreatedAt, .object(["madeAt": .number(now)]))
    fillClock()
    fact(.headerTool, input.toolVersion.map { .string($0) })
    fact(.headerToolBuild, input.toolBuild.map { .hex($0) })
    let isRead = input.isIndependentReader || hasIndependentReader
    judge(.headerIndependentReader, isRead, .yes(isRead))
  }

  private mutating func fillWindow() {
    var value: [String: CanonicalJSON] = [:]
    if let hours = policy?.night {
      value["zone"] = .string(hours.zone)
      value["from"] = .string(hours.from.description)
      value["to"] = .string(hours.to.description)
      value["reportBy"] = .string(hours.reportBy.description)
    }
    if let window = input.window {
      let start = window.start(of: input.night)
      let end = window.end(of: input.night)
      value["startAt"] = .number(start)
      value["endAt"] = .number(end)
      value["reportByAt"] = .number(window.reportDeadline(of: input.night))
      value["nextReportByAt"] = .number(
        window.reportDeadline(of: input.night.advanced(by: 1)))
      value["startOffsetSeconds"] = .number(window.zone.offset(at: start).seconds)
      value["endOffsetSeconds"] = .number(window.zone.offset(at: end).seconds)
    }
    if !value.isEmpty { set(.headerWindow, .declared, .object(value)) }
  }

  private mutating func fillClock() {
    let isBelieved = input.isClockSynchronised.flatMap { synchronised in
      log?.believes(LogTime(unix: now, synchronised: synchronised))
    }
    if input.isClockSynchronised != nil || isBelieved != nil {
      judge(
        .headerClock, input.isClockSynchronised != false && isBelieved != false,
        .object(["synchronised": .yes(input.isClockSynchronised), "believed": .yes(isBelieved)]))
    }
    judge(
      .headerClockStep, input.clockStepSeconds.map { $0.magnitude <= 60 },
      .number(input.clockStepSeconds ?? 0))
  }

  // MARK: Result

  mutating func fillResult() {
    judge(
      .resultExitCode, input.exitCode.map { $0 == 0 }, .number(input.exitCode ?? 0), at: now)
    if let findings = input.findings {
      let list = findings.prefix(1_000).map { finding -> CanonicalJSON in
        var value: [String: CanonicalJSON] = [
          "code": .word(finding.code), "count": .number(finding.count),
        ]
        value["set"] = finding.set.map { .hex($0) }
        return .object(value)
      }
      judge(.resultFindings, findings.isEmpty, .array(list), at: now)
    }
    let codes = sets.compactMap { night in night.code.map { (set: night.set, code: $0) } }
    judge(
      .resultSets, codes.isEmpty ? nil : codes.allSatisfy { $0.code == 0 },
      .array(codes.map { .object(["set": .hex($0.set), "code": .number($0.code)]) }), at: now)
  }

  // MARK: Policy

  mutating func fillPolicy() {
    if let policy {
      set(.policyVersion, .declared, .number(Policy.version))
      var review: [String: CanonicalJSON] = [:]
      review["last"] = policy.review.last.map { .date($0) }
      review["next"] = policy.review.next.map { .date($0) }
      let isPast = policy.review.next.map { $0 < input.night }
      set(.policyReview, isPast == true ? .notMet : .declared, .object(review))
    }
    fact(.policyDigest, input.policyDigest.map { .hex($0) })
    guard let log, !setIDs.isEmpty else { return }
    let inForce = setIDs.map { (set: $0, said: log.policy(of: $0, at: now)) }
    judge(
      .policyApproval, inForce.allSatisfy { $0.said != nil },
      .array(
        inForce.map { set, said in
          var value: [String: CanonicalJSON] = ["set": .hex(set), "role": .string("owner")]
          value["approvedAt"] = said.map { .number($0.time.unix) }
          value["effectiveAt"] = said.map { .number($0.what.effective) }
          value["statement"] = said.map { .hex($0.id) }
          return .object(value)
        }), by: .owner)
    fillMatch(log)
    let pending = setIDs.flatMap { log.pendingPolicies(of: $0, at: now) }
    fact(
      .policyPending,
      .array(
        pending.map {
          .object([
            "set": .hex($0.what.set), "effectiveAt": .number($0.what.effective),
            "removes": .number($0.what.removes),
          ])
        }))
  }

  private mutating func fillMatch(_ log: LogState) {
    guard let policy, !sets.isEmpty else { return }
    var differing: [CanonicalJSON] = []
    for night in sets {
      guard let file = policy.dataSet(named: night.name) else { continue }
      var keys: [String] = ["unapproved"]
      if let said = log.policy(of: night.set, at: now)?.what {
        keys = file.retention.differences(from: BackupPolicy.Retention(said.retention))
          .map(\.rawValue)
        if said.protection.rawValue != policy.protection.rawValue { keys.append("protection") }
        if said.deduplication.rawValue != file.deduplication.rawValue {
          keys.append("deduplicate")
        }
      }
      guard !keys.isEmpty else { continue }
      differing.append(
        .object(["set": .hex(night.set), "keys": .array(keys.map { .string($0) })]))
    }
    judge(.policyMatchesApproved, differing.isEmpty, .array(differing), at: now)
  }
}

extension BackupPolicy.Retention {
  /// The numbers that the owner signed.
  init(_ said: Predicate.Retention) {
    self.init(
      last: said.last, daily: said.daily, weekly: said.weekly, monthly: said.monthly,
      quarterly: said.quarterly, yearly: said.yearly, bookYears: said.bookYears,
      bookYearEndMonth: said.bookYearEndMonth, keepWithinDays: said.keepWithinDays,
      maximumAgeDays: said.maximumAgeDays, floor: said.floor, refreshDays: said.refreshDays,
      collectionLagDays: said.collectionLagDays)
  }
}
