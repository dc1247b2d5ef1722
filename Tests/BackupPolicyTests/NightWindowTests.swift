import Foundation
import Testing

@testable import BackupPolicy

@Suite struct NightWindowTests {
  private func window(
    _ from: String = "20:00", _ to: String = "06:00", _ reportBy: String = "09:00"
  ) throws -> NightWindow {
    NightWindow(
      from: try #require(TimeOfDay(parsing: from)), to: try #require(TimeOfDay(parsing: to)),
      reportBy: try #require(TimeOfDay(parsing: reportBy)), zone: try amsterdam())
  }

  /// `compliance.md` 7: 9 hours in spring, 11 in autumn.
  @Test(arguments: [
    ("2027-03-27", 9), ("2027-10-30", 11), ("2026-03-28", 9), ("2026-10-24", 11),
    ("2027-03-26", 10), ("2027-03-28", 10), ("2026-11-21", 10),
  ])
  func hasTheLengthThatTheClockGivesIt(_ label: String, _ hours: Int64) throws {
    #expect(try window().seconds(of: night(label)) == hours * 3_600)
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/Europe/Amsterdam")))
  func hasTheSameLengthByTheMachinesZone() throws {
    let zone = try TimeZoneData(parsing: try fileBytes("/usr/share/zoneinfo/Europe/Amsterdam"))
    let window = NightWindow(
      from: .minutes(1_200), to: .minutes(360), reportBy: .minutes(540), zone: zone)
    #expect(window.seconds(of: night("2027-03-27")) == 9 * 3_600)
    #expect(window.seconds(of: night("2027-10-30")) == 11 * 3_600)
  }

  @Test(arguments: [
    ("2026-11-21 19:00", "2026-11-21"),  // 20:00 on the wall: the first second
    ("2026-11-21 18:59", "2026-11-20"),  // a minute before, the night before began last
    ("2026-12-31 23:30", "2026-12-31"),  // 00:30 on 1 January
    ("2026-11-22 04:59", "2026-11-21"),
    ("2026-11-22 05:00", "2026-11-21"),  // outside, and that window began last
    ("2026-11-22 12:00", "2026-11-21"),
    ("2027-03-28 01:30", "2027-03-27"), ("2027-10-31 00:30", "2027-10-30"),
    ("2027-10-31 01:30", "2027-10-30"),
  ])
  func labelsInstantsByTheEvening(_ instant: String, _ label: String) throws {
    #expect(try window().night(of: utc(instant)) == night(label))
  }

  @Test func knowsWhatLiesInside() throws {
    let window = try window()
    let label = night("2026-11-21")
    #expect(window.contains(utc("2026-11-21 19:00"), in: label))
    #expect(window.contains(utc("2026-11-22 04:59"), in: label))
    #expect(!window.contains(utc("2026-11-22 05:00"), in: label))
    #expect(window.reportDeadline(of: label) == utc("2026-11-22 08:00"))
  }

  @Test func labelsWindowsThatBeginAfterMidnightByTheEveningBefore() throws {
    let window = try window("01:00", "05:00", "08:00")
    let label = night("2026-11-21")
    #expect(window.start(of: label) == utc("2026-11-22 00:00"))
    #expect(window.end(of: label) == utc("2026-11-22 04:00"))
    #expect(window.reportDeadline(of: label) == utc("2026-11-22 07:00"))
    #expect(window.night(of: utc("2026-11-22 00:00")) == label)
    #expect(window.night(of: utc("2026-11-21 23:59")) == night("2026-11-20"))
    #expect(window.night(of: utc("2026-11-22 23:59")) == label)
  }

  @Test func labelsEveryInstantOfAYearByTheNightThatBeganLast() throws {
    for (from, to) in [
      ("20:00", "06:00"), ("01:00", "05:00"), ("23:59", "23:58"), ("12:00", "13:00"),
    ] {
      let window = try window(from, to, to)
      for instant in stride(from: utc("2026-12-01 00:00"), to: utc("2027-12-01 00:00"), by: 1_777) {
        let label = window.night(of: instant)
        #expect(window.start(of: label) <= instant)
        #expect(window.start(of: label.advanced(by: 1)) > instant)
      }
    }
  }

  @Test func neverTrapsOnUnreasonableInstants() throws {
    let window = try window()
    for instant: Int64 in [.min, .max, 0, -62_135_596_801, 253_402_300_800] {
      _ = window.night(of: instant)
    }
    _ = window.start(of: .first)
    _ = window.reportDeadline(of: .last)
  }
}
