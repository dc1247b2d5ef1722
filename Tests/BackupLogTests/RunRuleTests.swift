import BackupFormat
import Testing

@testable import BackupLog

/// The rules for runs (`Docs/format.md`, section 9.3).
struct RunRuleTests {
  @Test func aRunIDIsUsedOnce() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    #expect(try scene.reason(scene.started(backup.run), by: scene.host) == .runUsed)
  }

  @Test func aSecondStartedRenewsTheDateAndNothingElse() throws {
    var scene = try Scene()
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    scene.clock.unix += Scene.day
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    #expect(scene.state.runs[.of(1)]?.lastHeard == scene.clock.unix)
    #expect(scene.state.runs[.of(1)]?.number == 2)
    #expect(
      try scene.reason(scene.started(.of(1), purpose: .rewrite), by: scene.owner) == .runUsed)
    let other = scene.started(.of(1), purpose: .compaction)
    #expect(try scene.reason(other, by: scene.host) == .runUsed)
  }

  @Test func aRunContinuesOnlyOpenRunsOfItsSet() throws {
    var scene = try Scene()
    #expect(
      try scene.reason(scene.started(.of(2), continues: [.of(1)]), by: scene.host)
        == .wrongContinuation)
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    #expect(
      try scene.reason(
        scene.started(.of(2), of: scene.otherSet, continues: [.of(1)]), by: scene.owner)
        == .notEntitled)
    let sets = [scene.set, scene.otherSet].sorted()
    let both = scene.role(scene.host, [.operator, .writer], sets: sets)
    #expect(try scene.reason(both, by: scene.owner) == nil)
    #expect(
      try scene.reason(
        scene.started(.of(2), of: scene.otherSet, continues: [.of(1)]), by: scene.host)
        == .wrongContinuation)
    let continuing = scene.started(.of(2), continues: [.of(1)])
    #expect(try scene.reason(continuing, by: scene.host) == nil)
    #expect(scene.state.openRuns(of: scene.set).map(\.id) == [.of(2)])
    #expect(scene.state.isHeld(.of(1)))
    let third = scene.started(.of(3), continues: [.of(1)])
    #expect(try scene.reason(third, by: scene.host) == .wrongContinuation)
  }

  @Test func aClosedRunClosesWhatItContinued() throws {
    var scene = try Scene()
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    #expect(
      try scene.reason(scene.started(.of(2), continues: [.of(1)]), by: scene.host) == nil)
    #expect(try scene.reason(.abandoned(.init(run: .of(1))), by: scene.host) == .runNotOpen)
    #expect(try scene.reason(.abandoned(.init(run: .of(2))), by: scene.host) == nil)
    #expect(!scene.state.isHeld(.of(1)))
    #expect(!scene.state.isHeld(.of(2)))
    #expect(try scene.reason(.abandoned(.init(run: .of(2))), by: scene.host) == .runNotOpen)
  }

  @Test func anOperatorAbandonsOnlyWhatWasSilentForSevenDays() throws {
    var scene = try Scene()
    let admin = scene.stranger
    #expect(try scene.reason(scene.role(admin, [.operator]), by: scene.owner) == nil)
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    scene.clock.unix += 7 * Scene.day - 1
    #expect(try scene.reason(.abandoned(.init(run: .of(1))), by: admin) == .runNotSilent)
    scene.clock.unix += 1
    #expect(try scene.reason(.abandoned(.init(run: .of(1))), by: admin) == nil)
  }

  @Test func aRestorerAbandonsOnlyItsOwnRuns() throws {
    var scene = try Scene()
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    scene.clock.unix += 30 * Scene.day
    #expect(try scene.reason(.abandoned(.init(run: .of(1))), by: scene.owner) == .runOfAnother)
  }

  @Test func anUnbelievedTimeMakesNoRunSilent() throws {
    var scene = try Scene()
    let admin = scene.stranger
    #expect(try scene.reason(scene.role(admin, [.operator]), by: scene.owner) == nil)
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    scene.clock = LogTime(unix: Scene.start + 30 * Scene.day, synchronised: false)
    #expect(try scene.reason(.abandoned(.init(run: .of(1))), by: admin) == .runNotSilent)
  }
}
