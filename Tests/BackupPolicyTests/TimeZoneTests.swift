import Foundation
import Testing

@testable import BackupPolicy

@Suite struct TimeZoneTests {
  static let zoneFolder = "/usr/share/zoneinfo"

  static var zones: [String] {
    [
      "Europe/Amsterdam", "Europe/London", "Europe/Dublin", "America/New_York",
      "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Tehran", "Pacific/Apia",
      "Africa/Casablanca", "America/Nuuk", "Pacific/Chatham", "Asia/Gaza", "UTC", "America/Caracas",
    ].filter { FileManager.default.fileExists(atPath: "\(zoneFolder)/\($0)") }
  }

  /// Against Foundation's own reading of the same zones, each third hour from 1975 to 2036.
  @Test(arguments: zones) func agreesWithAnotherReader(_ name: String) throws {
    let zone = try TimeZoneData(parsing: try fileBytes("\(Self.zoneFolder)/\(name)"))
    let other = try #require(TimeZone(identifier: name))
    var differences = 0
    for instant in stride(from: utc("1975-01-01 00:00"), to: utc("2036-01-01 00:00"), by: 10_807) {
      let expected = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant)))
      if zone.offset(at: instant).seconds != expected { differences += 1 }
    }
    #expect(differences == 0)
  }

  /// POSIX rules and hours computed by hand from them.
  @Test func followsRulesForEver() throws {
    let zone = try amsterdam()
    #expect(zone.offset(at: utc("2027-03-28 00:59")).seconds == 3_600)
    #expect(zone.offset(at: utc("2027-03-28 01:00")).seconds == 7_200)
    #expect(zone.offset(at: utc("2027-10-31 00:59")).abbreviation == "CEST")
    #expect(zone.offset(at: utc("2027-10-31 01:00")).abbreviation == "CET")
    #expect(zone.offset(at: utc("2500-07-01 12:00")).isDaylightSaving)
    let south = try TimeZoneData(posixRule: "AEST-10AEDT,M10.1.0,M4.1.0/3")
    #expect(south.offset(at: utc("2027-01-01 00:00")).seconds == 39_600)
    #expect(south.offset(at: utc("2027-06-01 00:00")).seconds == 36_000)
    let always = try TimeZoneData(posixRule: "EST5EDT,0/0,J365/25")
    for day in stride(from: 0, to: 800, by: 1) {
      #expect(always.offset(at: utc("2026-12-20 03:00") + Int64(day) * 86_400).seconds == -14_400)
    }
    #expect(try TimeZoneData(posixRule: "<+0330>-3:30").offset(at: 0).seconds == 12_600)
  }

  @Test(arguments: [
    "", "CE-1", "CET", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
    "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J1",
    "CET-1CEST,M3.5.0,M10.5.0/168", "CET-1CEST,M3.5.0,M10.5.0x", "<CET-1", "CET-1:60",
  ])
  func refusesMalformedRules(_ rule: String) {
    #expect(throws: TimeZoneDataError.malformedRule) { try TimeZoneData(posixRule: rule) }
  }

  /// A version 2 file written by hand: CET, with one change to CEST at 100000 and back by its rule.
  private func file() -> [UInt8] {
    func header(times: UInt8, types: UInt8, names: UInt8) -> [UInt8] {
      Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, times, 0, 0, 0, types, 0, 0, 0, names]
    }
    return header(times: 0, types: 1, names: 1) + [0, 0, 0, 0, 0, 0, 0]
      + header(times: 1, types: 2, names: 9)
      + [0, 0, 0, 0, 0, 1, 0x86, 0xa0, 1]
      + [0, 0, 0x0e, 0x10, 0, 0] + [0, 0, 0x1c, 0x20, 1, 4]
      + Array("CET\0CEST\0".utf8) + Array("\nCET-1CEST,M3.5.0,M10.5.0/3\n".utf8)
  }

  @Test func readsAFileWrittenByHand() throws {
    let zone = try TimeZoneData(parsing: file())
    #expect(
      zone.offset(at: 99_999)
        == LocalOffset(
          seconds: 3_600, isDaylightSaving: false, abbreviation: "CET"))
    #expect(zone.times == [100_000])
    #expect(zone.rule != nil)
    #expect(zone.offset(at: .min).seconds == 3_600)
    #expect(zone.offset(at: .max).seconds == 3_600)
  }

  @Test func refusesEveryPrefixOfAFile() {
    let bytes = file()
    for count in bytes.indices {
      #expect(throws: TimeZoneDataError.self) {
        try TimeZoneData(parsing: Array(bytes[..<count]))
      }
    }
  }

  @Test func neverTrapsOnFlippedBits() {
    let bytes = file()
    for bit in 0..<(bytes.count * 8) {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      guard let zone = try? TimeZoneData(parsing: flipped) else { continue }
      for instant: Int64 in [.min, -1, 0, 100_000, 1_795_000_000, .max] {
        _ = zone.offset(at: instant)
        _ = zone.instant(of: night("2027-03-28"), at: .minutes(150))
      }
    }
  }

  @Test func refusesFilesThatAreNone() {
    #expect(throws: TimeZoneDataError.notTimeZoneData) { try TimeZoneData(parsing: []) }
    #expect(throws: TimeZoneDataError.notTimeZoneData) {
      try TimeZoneData(parsing: [UInt8](repeating: 0x54, count: 100))
    }
    #expect(throws: TimeZoneDataError.tooLarge) {
      try TimeZoneData(parsing: [UInt8](repeating: 0, count: TimeZoneData.byteCountMax + 1))
    }
    var leap = file()
    leap[44 + 7 + 31] = 1
    #expect(throws: TimeZoneDataError.leapSeconds) { try TimeZoneData(parsing: leap) }
    #expect(throws: TimeZoneDataError.malformedRule) {
      try TimeZoneData(parsing: file().dropLast() + Array("x\n".utf8))
    }
  }

  @Test func resolvesSkippedAndRepeatedTimes() throws {
    let zone = try amsterdam()
    // 02:30 on 28 March 2027 does not exist: the clock jumps at 01:00 UTC.
    #expect(
      zone.instant(of: night("2027-03-28"), at: .minutes(150)) == utc("2027-03-28 01:00"))
    // 02:30 on 31 October 2027 exists twice: the first is in summer time.
    #expect(
      zone.instant(of: night("2027-10-31"), at: .minutes(150)) == utc("2027-10-31 00:30"))
    #expect(
      zone.instant(of: night("2027-07-01"), at: .minutes(150)) == utc("2027-07-01 00:30"))
  }
}
