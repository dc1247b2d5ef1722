import Testing

@testable import BackupPolicy

@Suite struct NightLedgerTests {
  private let now = utc("2026-11-22 12:00")

  private func window() throws -> NightWindow {
    NightWindow(
      from: .minutes(1_200), to: .minutes(360), reportBy: .minutes(540), zone: try amsterdam())
  }

  private func fact(
    _ start: String, committed: String? = nil, checked: String? = nil, isChecked: Bool = true,
    believed: Bool = true, catchUpFor: String? = nil
  ) -> NightFact {
    let begin = utc(start)
    let commit = committed.map(utc) ?? begin + 1_200
    return NightFact(
      sourceReadStart: begin, committedAt: commit,
      checkedAt: isChecked ? checked.map(utc) ?? commit + 600 : nil, isTimeBelieved: believed,
      catchUpFor: catchUpFor.map(night))
  }

  private func states(
    _ facts: [NightFact], _ from: String = "2026-11-19", _ to: String = "2026-11-21",
    closures: [ClosedRange<Night>] = [], now: Int64? = nil
  ) throws -> [NightState] {
    NightLedger(
      facts: facts, nights: night(from)...night(to), window: try window(), closures: closures,
      now: now ?? self.now
    ).entries.map(\.state)
  }

  @Test func coversNightsReadInTheirWindow() throws {
    let facts = [
      fact("2026-11-19 20:00"), fact("2026-11-20 23:30"), fact("2026-11-22 04:00"),
    ]
    #expect(try states(facts) == [.covered, .covered, .covered])
  }

  @Test func callsNightsWithoutSnapshotMissed() throws {
    #expect(try states([fact("2026-11-20 20:00")]) == [.missed, .covered, .missed])
  }

  @Test func wantsTheReportInTime() throws {
    let late = [
      fact("2026-11-19 20:00", committed: "2026-11-20 08:01"),
      fact("2026-11-20 20:00", checked: "2026-11-21 08:01"),
      fact("2026-11-21 20:00", committed: "2026-11-22 07:00", checked: "2026-11-22 08:00"),
    ]
    #expect(try states(late) == [.late, .late, .covered])
  }

  @Test func wantsACheck() throws {
    let ledger = NightLedger(
      facts: [fact("2026-11-21 20:00", isChecked: false)],
      nights: night("2026-11-21")...night("2026-11-21"), window: try window(), now: now)
    #expect(ledger.entries.map(\.state) == [.missed])
    #expect(ledger.entries.first?.reason == .notChecked)
  }

  @Test func countsACatchUpForOneNightOnly() throws {
    // Off for three nights, made up for at 10:00 in the morning after the last.
    #expect(try states([fact("2026-11-22 09:00")]) == [.missed, .missed, .late])
    #expect(
      try states([fact("2026-11-22 09:00", catchUpFor: "2026-11-19")])
        == [.late, .missed, .missed])
    // Read inside a window, a run covers that window's night, whatever it was meant for.
    #expect(
      try states([fact("2026-11-20 20:00", catchUpFor: "2026-11-19")])
        == [.missed, .covered, .missed])
    // A night still to come cannot be made up for.
    #expect(
      try states([fact("2026-11-21 09:00", catchUpFor: "2026-11-21")])
        == [.missed, .late, .missed])
  }

  @Test func keepsACoveredNightCoveredByASecondBadRun() throws {
    let facts = [
      fact("2026-11-21 20:00"), fact("2026-11-21 22:00", isChecked: false),
      fact("2026-11-22 10:00"),
    ]
    #expect(try states(facts).last == .covered)
  }

  @Test func doesNotJudgeByAClockThatIsNotBelieved() throws {
    let facts = [fact("2026-11-19 20:00"), fact("2026-11-20 20:00", believed: false)]
    #expect(try states(facts) == [.covered, .notDeterminable, .missed])
    // A clock years ahead: its place in the log says that it lies between the 19th and the 21st.
    let ahead = [
      fact("2026-11-19 20:00"), fact("2031-01-01 20:00", believed: false),
      fact("2026-11-21 20:00"),
    ]
    #expect(try states(ahead) == [.covered, .notDeterminable, .covered])
    let open = [fact("2026-11-19 20:00"), fact("2031-01-01 20:00", believed: false)]
    #expect(try states(open) == [.covered, .missed, .notDeterminable])
  }

  @Test func excusesDeclaredClosuresOnly() throws {
    let closed = night("2026-11-19")...night("2026-11-20")
    #expect(
      try states([fact("2026-11-20 20:00")], closures: [closed]) == [.excused, .covered, .missed])
  }

  @Test func waitsForTheReport() throws {
    #expect(try states([], now: utc("2026-11-22 08:00")) == [.missed, .missed, .pending])
    #expect(try states([], now: utc("2026-11-22 08:01")) == [.missed, .missed, .missed])
    #expect(
      try states([fact("2026-11-21 20:00")], now: utc("2026-11-21 21:00")).last == .covered)
  }

  @Test func countsPeriods() throws {
    let missing: Set<Int> = [5, 200]
    var facts: [NightFact] = []
    for back in 0..<400 where !missing.contains(back) {
      let start = utc("2026-11-21 20:00") - Int64(back) * 86_400
      facts.append(
        NightFact(sourceReadStart: start, committedAt: start + 1_800, checkedAt: start + 2_400))
    }
    let ledger = NightLedger(
      facts: facts.reversed(), nights: night("2025-10-31")...night("2026-11-22"),
      window: try window(), now: utc("2026-11-22 20:00"))
    #expect(ledger.entries.last?.state == .pending)
    let month = ledger.counts(ofLast: 30)
    #expect(month.nights == 30 && month.covered == 29 && month.missed == 1)
    let year = ledger.counts(ofLast: 365)
    #expect(year.nights == 365 && year.covered == 363 && year.missed == 2)
    #expect(ledger.longestGapSeconds == 2 * 86_400)
    #expect(ledger.counts(ofLast: 0).nights == 0)
  }

  @Test func measuresTheGapUntilNow() throws {
    func gap(_ facts: [NightFact]) throws -> Int64 {
      NightLedger(
        facts: facts, nights: night("2026-11-19")...night("2026-11-21"), window: try window(),
        now: utc("2026-11-22 00:00")
      ).longestGapSeconds
    }
    #expect(try gap([]) == utc("2026-11-22 00:00") - utc("2026-11-19 19:00"))
    #expect(try gap([fact("2026-11-20 00:00")]) == 2 * 86_400)
    // A gap that began before the period is counted whole.
    #expect(
      try gap([fact("2026-11-10 00:00"), fact("2026-11-20 00:00")]) == 10 * 86_400)
    // Neither an unchecked nor an unbelieved snapshot closes a gap.
    #expect(
      try gap([
        fact("2026-11-20 00:00"), fact("2026-11-20 12:00", isChecked: false),
        fact("2026-11-21 00:00", believed: false),
      ]) == 2 * 86_400)
  }

  @Test func takesTheWorstOfSeveralSets() throws {
    let nights = night("2026-11-20")...night("2026-11-21")
    let good = NightLedger(
      facts: [fact("2026-11-20 20:00"), fact("2026-11-21 20:00")], nights: nights,
      window: try window(), now: now)
    let bad = NightLedger(
      facts: [fact("2026-11-21 20:00")], nights: nights, window: try window(), now: now)
    let both = try #require(NightLedger(combining: [good, bad]))
    #expect(both.entries.map(\.state) == [.missed, .covered])
    #expect(both.longestGapSeconds == bad.longestGapSeconds)
    #expect(NightLedger(combining: []) == nil)
  }

  @Test func neverTrapsOnUnreasonableTimes() throws {
    let facts = [Int64.min, .max, 0].flatMap { time in
      [true, false].map {
        NightFact(
          sourceReadStart: time, committedAt: time, checkedAt: time, isTimeBelieved: $0,
          catchUpFor: .last)
      }
    }
    for now in [Int64.min, .max, now] {
      let ledger = NightLedger(
        facts: facts, nights: Night.first...Night.last, window: try window(), now: now)
      #expect(ledger.entries.count == NightLedger.nightCountMax)
    }
  }
}
