import Testing

@testable import BackupPolicy

@Suite struct RetentionPlanTests {
  let now = utc("2026-11-22 06:00")
  let believed = RetentionGuards(isNowBelieved: true)

  /// One snapshot a night, `back` nights ago, taken at 21:00.
  func fact(
    _ back: Int, _ suffix: String = "", checked: Bool = true, believed: Bool = true,
    minutes: Int = 0, number: Int? = nil
  ) -> SnapshotFact {
    let label = night("2026-11-21").advanced(by: -back)
    return SnapshotFact(
      id: "\(label)\(suffix)", night: label,
      time: Int64(label.dayNumber) * 86_400 + 75_600 + Int64(minutes) * 60, isChecked: checked,
      logNumber: UInt64(number ?? 100_000 - back * 10 + minutes), isTimeBelieved: believed)
  }

  func plan(
    _ facts: [SnapshotFact], _ retention: Retention, holds: [LegalHold] = [],
    limits: RemovalLimit = .none, guards: RetentionGuards? = nil, now: Int64? = nil
  ) -> [String: RetentionDecision] {
    let decisions = RetentionPlan.plan(
      snapshots: facts, retention: retention, holds: holds, limits: limits, now: now ?? self.now,
      guards: guards ?? believed)
    #expect(decisions.count == facts.count)
    return Dictionary(uniqueKeysWithValues: decisions.map { ($0.id, $0) })
  }

  func removed(_ decisions: [String: RetentionDecision]) -> [String] {
    decisions.values.filter { $0.fate == .remove }.map(\.id).sorted()
  }

  func kept(_ decisions: [String: RetentionDecision]) -> [String] {
    decisions.values.filter { $0.fate == .keep }.map(\.id).sorted()
  }

  @Test func keepsTheLastNightOfEachPeriod() {
    let facts = (0..<800).map { fact($0) }
    let daily = plan(facts, Retention(daily: 3, maximumAgeDays: 1_000, floor: 1))
    #expect(kept(daily) == ["2026-11-19", "2026-11-20", "2026-11-21"])
    let weekly = plan(facts, Retention(weekly: 3, maximumAgeDays: 1_000, floor: 1))
    #expect(kept(weekly) == ["2026-11-08", "2026-11-15", "2026-11-21"])
    let monthly = plan(facts, Retention(monthly: 3, maximumAgeDays: 1_000, floor: 1))
    #expect(kept(monthly) == ["2026-09-30", "2026-10-31", "2026-11-21"])
    let quarterly = plan(facts, Retention(quarterly: 3, maximumAgeDays: 1_000, floor: 1))
    #expect(kept(quarterly) == ["2026-06-30", "2026-09-30", "2026-11-21"])
    let yearly = plan(facts, Retention(yearly: 3, maximumAgeDays: 1_000, floor: 1))
    #expect(kept(yearly) == ["2024-12-31", "2025-12-31", "2026-11-21"])
    #expect(yearly["2025-12-31"]?.reasons == [.yearly(rank: 2)])
    #expect(daily["2026-11-18"]?.reasons == [.notKept])
  }

  @Test func keepsTheLastNightOfEachBookYearUntilYearsAfterItsEnd() {
    let facts = (0..<3_000).map { fact($0) }
    let seven = Retention(bookYears: 7, maximumAgeDays: 3_100, floor: 1)
    let all = plan(facts, seven)
    #expect(
      kept(all) == (2_019...2_025).map { "\($0)-12-31" } + ["2026-11-21"])
    #expect(all["2020-12-31"]?.reasons == [.bookYear(2_020)])
    // The year that ended on the last day of 2018 is kept to the last day of 2025 and one day more.
    let small = [fact(0), fact(night("2026-11-21").dayNumber - night("2018-12-31").dayNumber)]
    func isKept(_ time: String, _ retention: Retention) -> Bool {
      let decisions = plan([small[1]], retention, now: utc(time))
      return kept(decisions) == ["2018-12-31"]
    }
    var unfloored = seven
    unfloored.floor = 0
    #expect(isKept("2026-01-01 23:59", unfloored))
    #expect(!isKept("2026-01-02 00:00", unfloored))

    // Of a book year to the end of June the night in December belongs to the next.
    var june = seven
    june.bookYearEndMonth = 6
    #expect(kept(plan(facts, june)).contains("2026-06-30"))
    #expect(!kept(plan(facts, june)).contains("2025-12-31"))
    june.floor = 0
    #expect(isKept("2026-07-01 23:59", june) && !isKept("2026-07-02 00:00", june))

    // Another month, and fewer years, may let something go; what waits is kept by both.
    #expect(june.isShorter(than: seven) && seven.isShorter(than: june))
    #expect(!seven.isShorter(than: Retention(daily: 0, maximumAgeDays: 1, floor: 0)))
    let both = kept(plan(facts, seven.keepingAll(of: june)))
    #expect(both.contains("2025-12-31") && both.contains("2026-06-30"))
    #expect(Retention(bookYears: 6, maximumAgeDays: 3_100).isShorter(than: seven))
  }

  @Test func keepsWithinDays() {
    let facts = (0..<10).map { fact($0) }
    let decisions = plan(facts, Retention(keepWithinDays: 3, maximumAgeDays: 30, floor: 1))
    #expect(kept(decisions) == ["2026-11-19", "2026-11-20", "2026-11-21"])
    #expect(decisions["2026-11-19"]?.reasons == [.keepWithin])
  }

  @Test func countsTheLastWholeSnapshotOfANight() {
    let facts = [
      fact(1), fact(0, "a"), fact(0, "b", minutes: 5), fact(0, "c", checked: false, minutes: 9),
    ]
    let decisions = plan(facts, Retention(daily: 5, maximumAgeDays: 30, floor: 1))
    #expect(decisions["2026-11-21a"]?.reasons == [.superseded(by: "2026-11-21b")])
    #expect(decisions["2026-11-21b"]?.reasons.first == .floor(rank: 1))
    // The newest is not whole as far as anyone knows; it waits for its check and takes no place.
    #expect(decisions["2026-11-21c"]?.reasons == [.notYetChecked])
    #expect(removed(decisions) == ["2026-11-21a"])
    // `last` counts snapshots, so it keeps several of one night.
    let last = plan(facts, Retention(last: 3, maximumAgeDays: 30, floor: 1))
    #expect(kept(last) == ["2026-11-21a", "2026-11-21b", "2026-11-21c"])
    #expect(last["2026-11-21a"]?.reasons == [.last(rank: 3)])
  }

  @Test func lastUncheckedStandsForANightWithoutAnyChecked() {
    let facts = [fact(0, "a", checked: false), fact(0, "b", checked: false, minutes: 5)]
    let decisions = plan(facts, Retention(daily: 1, maximumAgeDays: 30, floor: 1))
    #expect(kept(decisions) == ["2026-11-21b"])
  }

  @Test func removesWhatReachedTheMaximum() {
    let facts = (0..<40).map { fact($0) }
    let retention = Retention(daily: 100, maximumAgeDays: 30, floor: 1)
    let decisions = plan(facts, retention)
    // Taken at 21:00 on the 23rd of October: 30 days old at 21:00 on the 22nd of November.
    #expect(decisions["2026-10-23"]?.fate == .keep)
    #expect(decisions["2026-10-22"]?.fate == .remove)
    #expect(decisions["2026-10-22"]?.reasons == [.maximumAgeReached])
    #expect(decisions.values.allSatisfy { $0.overdue == nil })
    let exactly = utc("2026-11-22 21:00")
    #expect(plan(facts, retention, now: exactly - 1)["2026-10-23"]?.fate == .keep)
    #expect(plan(facts, retention, now: exactly)["2026-10-23"]?.fate == .remove)
  }

  @Test func holdBeatsEverythingAndIsReportedOverdue() throws {
    let old = fact(100)
    let hold = LegalHold(id: "hold-1", coverage: .snapshots([old.id]))
    let retention = Retention(daily: 1, maximumAgeDays: 30, floor: 1)
    let decision = try #require(plan([old, fact(0)], retention, holds: [hold])[old.id])
    #expect(decision.fate == .keep && decision.reasons == [.hold(id: "hold-1")])
    #expect(
      decision.overdue
        == RetentionOverdue(
          since: old.time + 30 * 86_400, reason: .hold(id: "hold-1")))
    // A hold over nights, one over everything, and one that has ended.
    let nights = LegalHold(id: "n", coverage: .nights(old.night...old.night))
    #expect(plan([old], retention, holds: [nights])[old.id]?.fate == .keep)
    let all = LegalHold(id: "a", coverage: .everything, until: now)
    #expect(plan([old, fact(0)], retention, holds: [all])[old.id]?.fate == .remove)
    let running = LegalHold(id: "a", coverage: .everything, until: now + 1)
    #expect(plan([old, fact(0)], retention, holds: [running])[old.id]?.fate == .keep)
  }

  @Test func floorBeatsTheMaximum() {
    let facts = [100, 101, 102, 103].map { fact($0) }
    let decisions = plan(facts, Retention(daily: 1, maximumAgeDays: 30, floor: 2))
    #expect(removed(decisions) == [fact(103).id, fact(102).id])
    #expect(decisions[fact(101).id]?.reasons == [.floor(rank: 2)])
    #expect(decisions[fact(101).id]?.overdue?.reason == .floor(rank: 2))
  }

  @Test func floorCountsCheckedNightsOnly() {
    let facts = [
      fact(5), fact(4, "a"), fact(4, "b", minutes: 3), fact(3, checked: false),
      fact(2, believed: false), fact(1),
    ]
    let decisions = plan(facts, Retention(daily: 1, maximumAgeDays: 3, floor: 2))
    #expect(decisions[fact(1).id]?.reasons.first == .floor(rank: 1))
    #expect(decisions[fact(4, "b").id]?.reasons.first == .floor(rank: 2))
    #expect(removed(decisions) == [fact(5).id, fact(4, "a").id, fact(3).id].sorted())
  }

  @Test func freezeKeepsAllAndLaterNightsAreNoFloor() {
    let facts = (0..<6).map { fact($0) }
    let since = fact(1).logNumber
    let frozen = RetentionGuards(
      isNowBelieved: true, freezes: [RetentionFreeze(fromLogNumber: since)])
    let retention = Retention(daily: 1, maximumAgeDays: 2, floor: 2)
    let decisions = plan(facts, retention, guards: frozen)
    #expect(removed(decisions).isEmpty)
    #expect(decisions[fact(2).id]?.reasons.first == .floor(rank: 1))
    #expect(decisions[fact(1).id]?.reasons.first == .frozen)
    #expect(decisions[fact(5).id]?.overdue?.reason == .frozen)
    // Thawed: removals go on, and the nights made in doubt still are no floor.
    let thawed = RetentionGuards(
      isNowBelieved: true,
      freezes: [RetentionFreeze(fromLogNumber: since, thawedAtLogNumber: 200_000)])
    let after = plan(facts, retention, guards: thawed)
    #expect(kept(after) == [fact(3).id, fact(2).id, fact(0).id].sorted())
  }

  @Test func removesNothingByAClockThatIsNotBelieved() {
    let facts = (0..<60).map { fact($0) }
    let retention = Retention(daily: 1, maximumAgeDays: 30, floor: 1)
    let decisions = plan(facts, retention, guards: RetentionGuards(isNowBelieved: false))
    #expect(removed(decisions).isEmpty)
    #expect(decisions[fact(59).id]?.reasons == [.clockNotBelieved])
    #expect(decisions[fact(59).id]?.overdue == nil)
    // A snapshot from the future makes now unbelievable; ten minutes are no future.
    let future = SnapshotFact(
      id: "future", night: night("2026-11-22"), time: now + 601, isChecked: true,
      logNumber: 200_000)
    #expect(removed(plan(facts + [future], retention)).isEmpty)
    var soon = future
    soon.time = now + 600
    #expect(removed(plan(facts + [soon], retention)).count == 60)
    // With a time that is not believed it stops nothing.
    var doubted = future
    doubted.isTimeBelieved = false
    #expect(removed(plan(facts + [doubted], retention)).count == 59)
  }

  @Test func countsUnbelievedTimesForNoCalendar() {
    let facts = [fact(2), fact(1), fact(0, believed: false)]
    let decisions = plan(facts, Retention(daily: 1, maximumAgeDays: 30, floor: 1))
    #expect(decisions[fact(0).id]?.reasons == [.timeNotBelieved])
    #expect(decisions[fact(1).id]?.reasons == [.floor(rank: 1), .daily(rank: 1)])
    #expect(removed(decisions) == [fact(2).id])
  }

  @Test func reportsUnbelievedTimesThatMustBeOverdue() {
    // Its own time says nothing, but a snapshot that came after it is too old.
    var doubted = fact(50, "x", believed: false)
    doubted.time = now
    let decisions = plan(
      [doubted, fact(49), fact(0)], Retention(daily: 1, maximumAgeDays: 30, floor: 1))
    #expect(decisions[doubted.id]?.fate == .keep)
    #expect(
      decisions[doubted.id]?.overdue
        == RetentionOverdue(
          since: fact(49).time + 30 * 86_400, reason: .timeNotBelieved))
  }

  @Test func cutsAtTheLimitAndTakesTheOldestFirst() {
    let facts = (0..<40).map { fact($0) }
    let retention = Retention(daily: 10, maximumAgeDays: 30, floor: 1)
    let limits = RemovalLimit(addedSinceLastRotation: 1)
    let decisions = plan(facts, retention, limits: limits)
    #expect(removed(decisions) == [39, 38, 37, 36].map { fact($0).id })
    let waiting = decisions.values.filter { $0.fate == .deferred }
    #expect(waiting.count == 26)
    #expect(decisions[fact(35).id]?.reasons == [.runLimit, .maximumAgeReached])
    #expect(decisions[fact(35).id]?.overdue?.reason == .runLimit)
    #expect(decisions[fact(20).id]?.reasons == [.runLimit, .notKept])
    #expect(decisions[fact(20).id]?.overdue == nil)
  }

  @Test func doesNotCountWhatAShorteningNamed() {
    let facts = (0..<20).map { fact($0) }
    let retention = Retention(daily: 5, maximumAgeDays: 30, floor: 1)
    let named = RemovalLimit(
      addedSinceLastRotation: 0, slack: 1, approvedIDs: [fact(19).id, fact(10).id])
    #expect(
      removed(plan(facts, retention, limits: named))
        == [fact(19).id, fact(18).id, fact(10).id])
    let counted = RemovalLimit(addedSinceLastRotation: 0, slack: 1, approvedRemovalCount: 4)
    #expect(removed(plan(facts, retention, limits: counted)).count == 5)
    let huge = RemovalLimit(addedSinceLastRotation: .max, approvedRemovalCount: .max)
    #expect(removed(plan(facts, retention, limits: huge)).count == 15)
    let negative = RemovalLimit(addedSinceLastRotation: -5, slack: -5)
    #expect(removed(plan(facts, retention, limits: negative)).isEmpty)
  }

  @Test func removesNothingWhenDamageWasFound() {
    let facts = (0..<40).map { fact($0) }
    let guards = RetentionGuards(isNowBelieved: true, isDamageFound: true)
    let decisions = plan(facts, Retention(daily: 10, maximumAgeDays: 30, floor: 1), guards: guards)
    #expect(removed(decisions).isEmpty)
    #expect(decisions[fact(35).id]?.reasons == [.damageFound, .maximumAgeReached])
    #expect(decisions[fact(35).id]?.overdue?.reason == .damageFound)
  }

  @Test func namesWhatAShorteningRemoves() {
    let facts = (0..<40).map { fact($0) }
    let old = Retention(daily: 30, maximumAgeDays: 60, floor: 1)
    let new = Retention(daily: 28, maximumAgeDays: 60, floor: 1)
    let guards = RetentionGuards(isNowBelieved: true, isDamageFound: true)
    #expect(
      RetentionPlan.removedByChange(
        from: old, to: new, snapshots: facts, now: now, guards: guards)
        == [fact(29).id, fact(28).id])
    #expect(new.isShorter(than: old) && !old.isShorter(than: new))
    #expect(new.differences(from: old) == [.daily])
  }

  @Test func neverTrapsOnUnreasonableNumbers() {
    let facts = [Int64.min, .max, 0].enumerated().map { index, time in
      SnapshotFact(
        id: "\(index)", night: .last, time: time, isChecked: true, logNumber: .max)
    }
    for number in [Int.min, -1, 0, .max] {
      let retention = Retention(
        last: number, daily: number, weekly: number, monthly: number, quarterly: number,
        yearly: number, bookYears: number, bookYearEndMonth: number, keepWithinDays: number,
        maximumAgeDays: number, floor: number)
      for now in [Int64.min, 0, .max] {
        _ = RetentionPlan.plan(
          snapshots: facts, retention: retention, limits: .none, now: now, guards: believed)
      }
    }
  }
}
