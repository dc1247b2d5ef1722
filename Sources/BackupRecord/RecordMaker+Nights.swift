internal import BackupFormat
internal import BackupLog
internal import BackupPolicy

/// How many nights of a period ended in which way; pending nights are not counted.
struct NightTally {
  var nights = 0
  var covered = 0
  var late = 0
  var missed = 0
  var notDeterminable = 0
  var excused = 0

  init(_ entries: some Sequence<NightEntry>) {
    for entry in entries {
      switch entry.state {
      case .covered: covered += 1
      case .late: late += 1
      case .missed: missed += 1
      case .notDeterminable: notDeterminable += 1
      case .excused: excused += 1
      case .pending: continue
      }
      nights += 1
    }
  }

  /// The nights of which a backup was promised.
  var promised: Int { nights - excused }
  /// Those of them that were not kept as promised.
  var broken: Int { promised - covered }

  var json: CanonicalJSON {
    .object([
      "nights": .number(nights), "covered": .number(covered), "late": .number(late),
      "missed": .number(missed), "notDeterminable": .number(notDeterminable),
      "excused": .number(excused),
    ])
  }
}

extension RecordMaker {
  /// The newest nights whose report is due.
  func due(last count: Int) -> ArraySlice<NightEntry> {
    nights.filter { $0.state != .pending }.suffix(count)
  }

  mutating func fillNights() {
    if input.ledger != nil {
      for (id, count) in [
        (FieldID.nightsCounts7, 7), (.nightsCounts30, 30), (.nightsCounts365, 365),
      ] {
        let tally = NightTally(due(last: count))
        judge(id, tally.nights == 0 ? nil : tally.broken == 0, tally.json, at: now)
      }
      let list = due(last: 365).filter { $0.state != .covered }
      judge(
        .nightsNotCovered, list.allSatisfy { $0.state == .excused },
        .array(
          list.map {
            .object([
              "night": .date($0.night), "state": .string($0.state.rawValue),
              "reason": .string($0.reason?.rawValue ?? ""),
            ])
          }), at: now)
      fillGap()
    }
    fillRecoveryPoint()
    fillPromise()
    if let lags = input.replicationLagSeconds {
      fact(
        .nightsReplicationLag,
        .array(
          lags.sorted { $0.key < $1.key }.map {
            .object(["location": .number($0.key), "lagSeconds": .number($0.value)])
          }))
    }
  }

  private var objectiveSeconds: Int64? {
    policy.map { Int64($0.objectives.recoveryPointHours) * 3_600 }
  }

  private mutating func fillGap() {
    guard let gap = input.ledger?.longestGapSeconds else { return }
    var value: [String: CanonicalJSON] = ["gapSeconds": .number(gap)]
    value["objectiveHours"] = policy.map { .number($0.objectives.recoveryPointHours) }
    if let objectiveSeconds {
      judge(.nightsLongestGap, gap <= objectiveSeconds, .object(value), at: now)
    } else {
      fact(.nightsLongestGap, .object(value))
    }
  }

  /// From the source-read start of the newest checked snapshot; the worst data set counts.
  private mutating func fillRecoveryPoint() {
    guard let log, !setIDs.isEmpty else { return }
    let starts = setIDs.map { set in
      log.liveSnapshots(of: set).last { $0.isSelfChecked && $0.isTimeBelieved }?.taken.readStart
    }
    var value: [String: CanonicalJSON] = [:]
    value["objectiveHours"] = policy.map { .number($0.objectives.recoveryPointHours) }
    var isMet = false
    if let worst = starts.compactMap({ $0 }).min(), !starts.contains(nil) {
      value["readStartAt"] = .number(worst)
      value["ageSeconds"] = .number(now - worst)
      guard let objectiveSeconds else {
        fact(.nightsRecoveryPoint, .object(value))
        return
      }
      // A snapshot from the future says nothing about how old the newest one is.
      isMet = worst <= now && now - worst <= objectiveSeconds
    }
    judge(.nightsRecoveryPoint, isMet, .object(value), level: .l2, at: now)
    judge(.nightsWithinObjective, policy == nil ? nil : isMet, .yes(isMet), level: .l2)
  }

  // MARK: What may be said

  private mutating func fillPromise() {
    guard input.ledger != nil else { return }
    let period = due(last: 365)
    let tally = NightTally(period)
    var value: [String: CanonicalJSON] = ["until": .date(input.night.advanced(by: 3))]
    guard tally.covered > 0, let first = period.first?.night, let last = period.last?.night else {
      value["claim"] = .string(NightsClaim.notYet.rawValue)
      set(.nightsPromise, .notMet, .object(value), by: by)
      return
    }
    value["through"] = .date(last)
    if tally.nights < 365, !isOlderThanLedger { value["since"] = .date(first) }
    if tally.excused > 0 { value["restricted"] = .yes(true) }
    let claim = claim(tally)
    value["claim"] = .string(claim.rawValue)
    if claim == .mostNights {
      if policy?.record.publishesNightCounts == true {
        value["on"] = .number(tally.covered)
        value["of"] = .number(tally.promised)
      }
      value["lookedInto"] = .yes(missedNightsLookedInto >= tally.broken)
    }
    set(.nightsPromise, claim.state, .object(value), by: by)
  }

  private func claim(_ tally: NightTally) -> NightsClaim {
    let recent = NightTally(due(last: 30))
    let isGapTooLong =
      objectiveSeconds.map { (input.ledger?.longestGapSeconds ?? 0) > $0 }
      ?? (recent.missed + recent.notDeterminable > 1)
    let isTroubled =
      (recent.missed + recent.notDeterminable > 0 && isGapTooLong)
      || (tally.promised >= 10 && tally.broken * 10 > tally.promised)
    if isTroubled { return .troubled }
    // Nothing absolute is said before tonight was checked, or while the rules are not as approved.
    let tonight = nights.last { $0.night == input.night }?.state
    let isTonightKnown =
      (tonight == .covered || tonight == .late || tonight == .excused)
      && !sets.contains { ($0.selfCheck?.failed ?? 0) > 0 }
    if !isTonightKnown || fields[.policyMatchesApproved]?.state == .notMet { return .byNight }
    if tally.broken > 0 { return .mostNights }
    return tally.promised < 7 ? .byNight : .everyNight
  }

  /// How many missed nights somebody looked into: by the caller, or by decided incidents.
  private var missedNightsLookedInto: Int {
    if let count = input.missedNightsLookedInto { return count }
    guard let log else { return 0 }
    return log.incidents.values.count { standing in
      guard let detected = standing.detected?.what, detected.kind == .nightMissed else {
        return false
      }
      let isLookedInto = standing.decision != nil || standing.assessed != nil
      return isLookedInto && days(since: detected.detected) <= 366
    }
  }
}

/// What may be said in public of the nights.
enum NightsClaim: String {
  /// No night was covered yet.
  case notYet
  /// A backup is made by night, and each night is accounted for; nothing is said of every night.
  case byNight
  /// Every night of the period.
  case everyNight
  /// Most of them, by count if the policy allows it.
  case mostNights
  /// The last nights are not in order.
  case troubled

  /// What it says of the promise "every night"; of a few nights there is nothing to judge yet.
  var state: FieldState {
    switch self {
    case .everyNight: .met
    case .byNight: .notApplicable
    case .notYet, .mostNights, .troubled: .notMet
    }
  }
}
