import BackupFormat
import Testing

@testable import BackupLog

/// Believed time and distrust (`Docs/format.md`, section 9.3).
struct TimeAndTrustTests {
  @Test func aTimeBeforeTheNewestBelievedOneIsNotBelieved() throws {
    let scene = try Scene()
    #expect(scene.state.believes(LogTime(unix: Scene.start, synchronised: true)))
    #expect(!scene.state.believes(LogTime(unix: Scene.start - 1, synchronised: true)))
    #expect(scene.state.believes(LogTime(unix: Scene.start + 10_000_000, synchronised: true)))
  }

  @Test func anUnsynchronisedTimeIsBelievedForFourDaysAfterAnEarlierNight() throws {
    var scene = try Scene()
    scene.clock = LogTime(unix: Scene.start + 4 * Scene.day, synchronised: false)
    #expect(scene.state.believes(scene.clock))
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    #expect(scene.state.newestBelievedTime == scene.clock.unix)
    // The same night can't go on from its own word.
    scene.clock.unix += 1
    #expect(!scene.state.believes(scene.clock))
    #expect(try scene.reason(scene.started(.of(2)), by: scene.host) == nil)
    #expect(scene.state.newestBelievedTime == scene.clock.unix - 1)
    scene.clock.unix -= 1
    try scene.closeNight(days: 4)
    #expect(scene.state.believes(scene.clock))
  }

  @Test func theOwnersClockIsBelievedEvenBackwards() throws {
    var scene = try Scene()
    scene.clock.unix += 1000 * Scene.day
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    #expect(scene.state.newestBelievedTime == scene.clock.unix)
    let believed = Predicate.clock(.init(believed: Scene.start + Scene.day))
    #expect(try scene.reason(believed, by: scene.owner) == nil)
    #expect(scene.state.newestBelievedTime == Scene.start + Scene.day)
    #expect(scene.state.believes(LogTime(unix: Scene.start + 5 * Scene.day, synchronised: false)))
    #expect(!scene.state.believes(LogTime(unix: Scene.start + 6 * Scene.day, synchronised: false)))
  }

  @Test func theTimeOfAVoidStatementCountsForNothing() throws {
    var scene = try Scene()
    scene.clock.unix += Scene.day
    #expect(try scene.reason(.abandoned(.init(run: .of(1))), by: scene.host) == .runNotOpen)
    #expect(scene.state.newestBelievedTime == Scene.start)
  }

  @Test func distrustMakesEarlierStatementsVoid() throws {
    var scene = try Scene()
    let good = try scene.backup()
    let from = scene.state.size
    let bad = try scene.backup(alsoNeeding: [(good.run, 0, 1)])
    let distrusted = Predicate.distrusted(.init(key: scene.host.id, from: from))
    let findings = try scene.say(distrusted, by: scene.owner)
    #expect(findings == [.judgedAgain(key: scene.host.id, from: from)])
    #expect(scene.state.liveSnapshots(of: scene.set).map(\.number) == [good.number])
    #expect(scene.state.runs[bad.run] == nil)
    #expect(!scene.state.isPresent(.of(0, 1), of: bad.run))
    #expect(scene.state.isPresent(.of(0, 10), of: good.run))
    #expect(scene.state.voids.count == 2)
    #expect(scene.state.roles(of: scene.host.id).isEmpty)
    #expect(try scene.reason(scene.started(.of(90)), by: scene.host) == .distrusted)
  }

  @Test func distrustFromALaterNumberLooksForward() throws {
    var scene = try Scene()
    let from = scene.state.size + 2
    let distrusted = Predicate.distrusted(.init(key: scene.host.id, from: from))
    #expect(try scene.say(distrusted, by: scene.owner).isEmpty)
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    #expect(try scene.reason(scene.started(.of(2)), by: scene.host) == .distrusted)
  }

  @Test func whatNeededADistrustedBlockIsVoidToo() throws {
    var scene = try Scene()
    let admin = scene.stranger
    #expect(try scene.reason(scene.role(admin, [.writer]), by: scene.owner) == nil)
    let bad = try scene.backup()
    #expect(try scene.reason(scene.started(.of(50)), by: admin) == nil)
    let object = scene.snapshotObject(.of(50), needing: [(bad.run, 0, 1)])
    #expect(
      try scene.reason(Draft(scene.taken(.of(50)), subjects: [object]), by: admin) == nil)
    let distrusted = Predicate.distrusted(.init(key: scene.host.id, from: 0))
    _ = try scene.say(distrusted, by: scene.owner)
    #expect(scene.state.liveSnapshots(of: scene.set).isEmpty)
    #expect(scene.state.voids.map(\.number) == [3, 4, 6])
  }

  @Test func theDistrustOfADistrustedOwnerIsVoidToo() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    #expect(try scene.reason(scene.role(scene.stranger, [.owner]), by: scene.owner) == nil)
    let slander = Predicate.distrusted(.init(key: scene.host.id, from: 2))
    #expect(try scene.reason(slander, by: scene.stranger) == nil)
    #expect(scene.state.liveSnapshots(of: scene.set).isEmpty)
    let answer = Predicate.distrusted(.init(key: scene.stranger.id, from: 0))
    #expect(try scene.reason(answer, by: scene.owner) == nil)
    #expect(scene.state.liveSnapshots(of: scene.set).map(\.number) == [backup.number])
    #expect(scene.state.voids.map(\.number) == [5])
    #expect(scene.state.distrusts.map(\.what.key) == [scene.stranger.id])
  }

  @Test func aDistrustThatMakesItselfVoidSaysNothing() throws {
    var scene = try Scene()
    let itself = Predicate.distrusted(.init(key: scene.owner.id, from: 1))
    #expect(try scene.reason(itself, by: scene.owner) == .selfDefeating)
    #expect(try scene.reason(.thaw(.init(set: scene.set)), by: scene.owner) == nil)
    // Who was made owner by the one that it distrusts can't distrust him from before that.
    #expect(try scene.reason(scene.role(scene.stranger, [.owner]), by: scene.owner) == nil)
    let rebel = Predicate.distrusted(.init(key: scene.owner.id, from: 1))
    #expect(try scene.reason(rebel, by: scene.stranger) == .selfDefeating)
    let fair = Predicate.distrusted(.init(key: scene.owner.id, from: scene.state.size))
    #expect(try scene.reason(fair, by: scene.stranger) == nil)
    #expect(try scene.reason(.thaw(.init(set: scene.set)), by: scene.owner) == .distrusted)
  }
}
