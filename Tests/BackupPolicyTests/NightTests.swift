import Testing

@testable import BackupPolicy

@Suite struct NightTests {
  @Test func countsDaysLikeTheCalendar() {
    var expected = Night.first.dayNumber
    for year in [1, 2, 3, 4, 100, 400, 1900, 1969, 1970, 2000, 2024, 2026, 2027, 2100, 9999] {
      for month in 1...12 {
        for day in 1...Night.dayCount(year: year, month: month) {
          let night = Night(year: year, month: month, day: day)
          #expect(night?.date.year == year && night?.month == month && night?.day == day)
          if month == 1, day == 1 { expected = night?.dayNumber ?? 0 }
          #expect(night?.dayNumber == expected)
          expected += 1
        }
      }
    }
    #expect(night("1970-01-01").dayNumber == 0)
    #expect(night("2000-03-01").dayNumber == 11_017)
    #expect(Night(year: 1, month: 1, day: 1) == Night.first)
    #expect(Night(year: 9999, month: 12, day: 31) == Night.last)
  }

  @Test(arguments: [
    "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "0000-01-01",
    "2026-1-01", "2026-01-1x", " 2026-01-01", "2026/01/01", "", "２026-01-01",
  ])
  func refusesDatesThatAreNone(_ text: String) {
    #expect(Night(parsing: text) == nil)
  }

  /// ISO 8601 week dates at turns of the year, from the calendar.
  @Test(arguments: [
    ("2026-01-01", 2026, 1), ("2025-12-29", 2026, 1), ("2025-12-28", 2025, 52),
    ("2026-12-31", 2026, 53), ("2027-01-03", 2026, 53), ("2027-01-04", 2027, 1),
    ("2021-01-03", 2020, 53), ("2024-12-30", 2025, 1), ("2000-01-01", 1999, 52),
  ])
  func knowsISOWeeks(_ text: String, _ year: Int, _ week: Int) {
    #expect(night(text).isoWeek == (year, week))
  }

  @Test func knowsWeekdaysAndQuarters() {
    #expect(night("2026-11-22").weekday == 7)
    #expect(night("1970-01-01").weekday == 4)
    #expect(night("1969-12-29").weekday == 1)
    #expect(
      [1, 3, 4, 6, 7, 9, 10, 12].map { Night(year: 2026, month: $0, day: 1)?.quarter }
        == [1, 1, 2, 2, 3, 3, 4, 4])
  }

  @Test func staysWithinTheYearsThatCanBeNamed() {
    #expect(Night.last.advanced(by: 1) == .last)
    #expect(Night.first.advanced(by: -1) == .first)
    #expect(night("2026-12-31").advanced(by: .max) == .last)
    #expect(night("2026-12-31").advanced(by: .min) == .first)
    #expect(night("2026-12-31").advanced(by: 1).description == "2027-01-01")
    #expect(night("2026-12-31").distance(to: night("2027-01-02")) == 2)
  }
}
