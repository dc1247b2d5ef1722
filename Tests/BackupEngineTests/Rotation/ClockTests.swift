import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy
import BackupStorage
import EngineTestSupport
import Testing

@Suite("Rotation and the clock")
struct ClockTests {
  private static func stage(nights: Int) throws -> RepositoryStage {
    let stage = try RepositoryStage(
      storage: MemoryStorage(),
      retention: BackupPolicy.Retention(daily: 10, maximumAgeDays: 30, floor: 3))
    try stage.write("file", [1])
    for _ in 0..<nights { try stage.passNight() }
    return stage
  }

  @Test(arguments: [1, 40])
  func removesNothingWhenTheClockGoesBackward(days: Int) throws {
    let stage = try Self.stage(nights: 12)
    let before = try stage.liveNumbers
    stage.clock.advance(days: -1 - days)
    try stage.backUp()
    let outcome = try stage.rotate()
    #expect(outcome.isStoppedByClock)
    #expect(try stage.liveNumbers.count == before.count + 1)
    // The snapshot is made, and its time counts for no calendar.
    #expect(try stage.state.liveSnapshots(of: stage.set).last?.isTimeBelieved == false)
    stage.clock.advance(days: days + 2)
    #expect(try !stage.rotate().isStoppedByClock)
  }

  @Test func removesNothingWhenAnUnsynchronisedClockIsTenYearsAhead() throws {
    let stage = try Self.stage(nights: 12)
    let before = try stage.liveNumbers
    stage.clock.advance(days: 3_650)
    stage.clock.now.synchronised = false
    try stage.backUp()
    #expect(try stage.rotate().isStoppedByClock)
    #expect(try stage.liveNumbers.starts(with: before))
  }

  /// A time server that lies is believed; the limit of a run and the floor bound what that costs.
  @Test func losesLittleWhenTheTimeServiceIsTenYearsAhead() throws {
    let stage = try Self.stage(nights: 12)
    let before = try stage.liveNumbers
    let truth = stage.clock.now
    stage.clock.advance(days: 3_650)
    try stage.backUp()
    #expect(try stage.rotate().rotatedCount == 1 + 3)
    for _ in 0..<5 { try stage.rotate() }
    let left = try stage.liveNumbers
    #expect(left.count == 3)
    #expect(left.dropLast() == before.suffix(2))
    // Nothing is believed after that until the owner says what time it is.
    stage.clock.now = truth
    try stage.backUp()
    #expect(try stage.rotate().isStoppedByClock)
    try stage.say(.clock(Predicate.Clock(believed: truth.unix)), by: stage.owner)
    try stage.backUp()
    #expect(try !stage.rotate().isStoppedByClock)
  }

  @Test func goesOnAfterTwoWeeksClosed() throws {
    let stage = try Self.stage(nights: 12)
    stage.clock.advance(days: 14)
    try stage.backUp()
    let outcome = try stage.rotate()
    #expect(!outcome.isStoppedByClock)
    // Ten nights are kept, however many days lie between them.
    #expect(try stage.liveNumbers.count == 10)
  }

  @Test func waitsAfterTwoWeeksClosedForATimeService() throws {
    let stage = try Self.stage(nights: 12)
    stage.clock.advance(days: 14)
    stage.clock.now.synchronised = false
    try stage.backUp()
    #expect(try stage.rotate().isStoppedByClock)
    try stage.closeNight()
    // A night later the machine has asked a time server.
    stage.clock.advance(days: 1)
    stage.clock.now.synchronised = true
    try stage.backUp()
    #expect(try !stage.rotate().isStoppedByClock)
  }

  @Test func goesOnWithoutATimeServiceNightByNight() throws {
    let stage = try Self.stage(nights: 2)
    stage.clock.now.synchronised = false
    for _ in 0..<12 {
      try stage.backUp()
      #expect(try !stage.rotate().isStoppedByClock)
      try stage.closeNight()
      stage.clock.advance(days: 1)
    }
    #expect(try stage.liveNumbers.count == 10)
  }

  /// Europe/Amsterdam put the clock back on 2026-10-25 at 03:00: 02:30 came twice.
  @Test func countsTheNightOfTwentyFiveHoursOnce() throws {
    let stage = try RepositoryStage(
      storage: MemoryStorage(),
      retention: BackupPolicy.Retention(daily: 7, maximumAgeDays: 30, floor: 1))
    let window = try Self.amsterdam()
    stage.nightOf = { unix in
      guard let night = BackupLog.Night(window.night(of: unix).description) else {
        preconditionFailure("a possible date")
      }
      return night
    }
    try stage.write("file", [1])
    // 02:30 summer time of 2026-10-22.
    stage.clock.now.unix = 1_792_629_000
    for day in 22...28 {
      try stage.backUp()
      if day == 25 {
        stage.clock.advance(hours: 1)
        try stage.backUp()
      }
      try stage.rotate()
      try stage.closeNight()
      stage.clock.advance(days: 1)
    }
    let live = try stage.state.liveSnapshots(of: stage.set)
    #expect(live.map(\.night.description) == (21...27).map { "2026-10-\($0)" })
    // Of the two of one night the later stays.
    #expect(try stage.state.rotations.flatMap(\.what.removed).map(\.reason) == [.superseded])
  }

  /// On 2027-03-28 an hour is missing there: 02:30 never came.
  @Test func countsTheNightOfTwentyThreeHoursOnce() throws {
    let window = try Self.amsterdam()
    // 01:59 winter time and 03:01 summer time are two minutes apart, in one night.
    let before = window.night(of: 1_806_195_540)
    let after = window.night(of: 1_806_195_660)
    #expect(before == after)
    #expect(before.description == "2027-03-27")
  }

  private static func amsterdam() throws -> NightWindow {
    NightWindow(
      from: try #require(TimeOfDay(hour: 20, minute: 0)),
      to: try #require(TimeOfDay(hour: 6, minute: 0)),
      reportBy: try #require(TimeOfDay(hour: 9, minute: 0)),
      zone: try TimeZoneData(posixRule: "CET-1CEST,M3.5.0,M10.5.0/3"))
  }
}
