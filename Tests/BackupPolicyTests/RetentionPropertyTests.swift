import Testing

@testable import BackupPolicy

/// What must hold of every plan, on hundreds of random ones.
@Suite struct RetentionPropertyTests {
  struct Case {
    var facts: [SnapshotFact]
    var retention: Retention
    var holds: [LegalHold]
    var guards: RetentionGuards
    var limits = RemovalLimit.none
    let now = utc("2026-11-22 06:00")

    func plan() -> [RetentionDecision] {
      RetentionPlan.plan(
        snapshots: facts, retention: retention, holds: holds, limits: limits, now: now,
        guards: guards)
    }

    func removed() -> Set<String> { Set(plan().filter { $0.fate == .remove }.map(\.id)) }
  }

  private func makeCase(_ seed: UInt64) -> Case {
    var generator = SeededGenerator(seed: seed)
    func random(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
    var facts: [SnapshotFact] = []
    for back in stride(from: random(5...500), through: 0, by: -1) where random(0...9) > 1 {
      let label = night("2026-11-21").advanced(by: -back)
      for run in 0..<(random(0...9) == 0 ? 3 : 1) {
        facts.append(
          SnapshotFact(
            id: "\(back).\(run)", night: label,
            time: Int64(label.dayNumber) * 86_400 + 72_000 + Int64(run) * 1_000,
            isChecked: random(0...4) > 0, logNumber: UInt64(1_000 + facts.count),
            isTimeBelieved: random(0...19) > 0))
      }
    }
    let maximum = random(1...400)
    let retention = Retention(
      last: random(0...3), daily: random(0...14), weekly: random(0...8), monthly: random(0...12),
      quarterly: random(0...4), yearly: random(0...3),
      bookYears: random(0...2), bookYearEndMonth: random(1...12), keepWithinDays: random(0...20),
      maximumAgeDays: maximum, floor: random(1...10))
    let start = night("2026-11-21").advanced(by: -random(0...500))
    let holds =
      random(0...2) > 0
      ? [] : [LegalHold(id: "h", coverage: .nights(start...start.advanced(by: random(0...40))))]
    let from = UInt64(1_000 + random(0...500))
    let freezes =
      random(0...3) > 0
      ? []
      : [RetentionFreeze(fromLogNumber: from, thawedAtLogNumber: from + UInt64(random(0...50)))]
    return Case(
      facts: facts.shuffled(using: &generator), retention: retention, holds: holds,
      guards: RetentionGuards(isNowBelieved: true, freezes: freezes))
  }

  @Test func coversItsSubject() {
    var removedCount = 0
    for seed in 0..<100 { removedCount += makeCase(UInt64(seed)).removed().count }
    #expect(removedCount > 1_000)
  }

  @Test func removesNothingMoreWhenPlannedAgain() {
    for seed in 0..<400 {
      var trial = makeCase(UInt64(seed))
      let removed = trial.removed()
      trial.facts.removeAll { removed.contains($0.id) }
      #expect(trial.removed().isEmpty, "seed \(seed)")
    }
  }

  @Test func neverRemovesWhatAHoldOrFloorProtects() {
    for seed in 0..<400 {
      let trial = makeCase(UInt64(seed))
      let removed = trial.removed()
      let held = trial.facts.filter { fact in trial.holds.contains { $0.covers(fact) } }
      #expect(held.allSatisfy { !removed.contains($0.id) }, "seed \(seed)")
      // The floor, counted anew and in another way.
      let good = trial.facts.filter { fact in
        fact.isChecked && fact.isTimeBelieved
          && !trial.guards.freezes.contains { $0.covers(fact) }
      }
      for label in Set(good.map(\.night)).sorted(by: >).prefix(trial.retention.floor) {
        let last = good.filter { $0.night == label }.max { $0.logNumber < $1.logNumber }
        #expect(last.map { !removed.contains($0.id) } ?? false, "seed \(seed)")
      }
      let doubted = trial.facts.filter { !$0.isTimeBelieved }
      #expect(doubted.allSatisfy { !removed.contains($0.id) }, "seed \(seed)")
    }
  }

  @Test func keepsNothingBeyondTheMaximumUnreported() {
    for seed in 0..<400 {
      let trial = makeCase(UInt64(seed))
      let byID = Dictionary(uniqueKeysWithValues: trial.facts.map { ($0.id, $0) })
      for decision in trial.plan() where decision.fate != .remove {
        guard let fact = byID[decision.id], fact.isTimeBelieved else { continue }
        let expiry = fact.time + Int64(trial.retention.maximumAgeDays) * 86_400
        #expect((decision.overdue != nil) == (expiry <= trial.now), "seed \(seed)")
        #expect(decision.overdue.map { $0.since == expiry } ?? true)
      }
    }
  }

  @Test func removesLessWhenAnyNumberGrows() {
    for seed in 0..<120 {
      let trial = makeCase(UInt64(seed))
      let removed = trial.removed()
      for key in RetentionKey.allCases {
        var longer = trial
        switch key {
        case .last: longer.retention.last += 2
        case .daily: longer.retention.daily += 2
        case .weekly: longer.retention.weekly += 2
        case .monthly: longer.retention.monthly += 2
        case .quarterly: longer.retention.quarterly += 2
        case .yearly: longer.retention.yearly += 2
        case .keepWithinDays: longer.retention.keepWithinDays += 9
        case .maximumAgeDays: longer.retention.maximumAgeDays += 50
        case .floor: longer.retention.floor += 2
        case .bookYears: longer.retention.bookYears += 2
        case .bookYearEndMonth, .refreshDays, .collectionLagDays: continue
        }
        #expect(longer.removed().isSubset(of: removed), "seed \(seed), \(key)")
      }
      var held = trial
      held.holds.append(LegalHold(id: "more", coverage: .nights(.first...night("2026-01-01"))))
      #expect(held.removed().isSubset(of: removed))
      var frozen = trial
      frozen.guards.freezes.append(RetentionFreeze(fromLogNumber: .max))
      #expect(frozen.removed().isEmpty)
      var limited = trial
      limited.limits = RemovalLimit(addedSinceLastRotation: 2)
      #expect(limited.removed().count == min(5, removed.count))
      #expect(limited.removed().isSubset(of: removed))
    }
  }

  @Test func reachesTheSameEndInSmallSteps() {
    for seed in 0..<40 {
      var trial = makeCase(UInt64(seed))
      let whole = trial.removed()
      trial.limits = RemovalLimit(addedSinceLastRotation: 0)
      var taken: Set<String> = []
      while true {
        let step = trial.removed()
        if step.isEmpty { break }
        #expect(step.count <= 3)
        taken.formUnion(step)
        trial.facts.removeAll { step.contains($0.id) }
      }
      #expect(taken == whole, "seed \(seed)")
    }
  }

  @Test func doesNotDependOnTheOrderOfItsInput() {
    for seed in 0..<50 {
      let trial = makeCase(UInt64(seed))
      var generator = SeededGenerator(seed: UInt64(seed) + 9_000)
      var shuffled = trial
      shuffled.facts.shuffle(using: &generator)
      #expect(shuffled.plan() == trial.plan())
    }
  }
}
