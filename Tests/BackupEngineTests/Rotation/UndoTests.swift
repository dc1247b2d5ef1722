import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupStorage
import EngineTestSupport
import Testing

@Suite("A rotation is taken back")
struct UndoTests {
  private static let retention = BackupPolicy.Retention(
    daily: 2, maximumAgeDays: 30, floor: 1, refreshDays: 3_000, collectionLagDays: 30)

  private static func stage() throws -> RepositoryStage {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: retention)
    for night in 0..<3 {
      try stage.write("file", RepositoryStage.bytes(40_000, seed: UInt64(night)))
      try stage.backUp()
      stage.clock.advance(days: 1)
    }
    return stage
  }

  @Test func untilItsBlocksAreDeleted() throws {
    let stage = try Self.stage()
    let all = try stage.liveNumbers
    #expect(try stage.rotate().rotatedCount == 1)
    let undone = try Rotation(
      try stage.session(), signer: stage.host.signer, isDamageFound: false
    ).undo()
    #expect(undone == [RotationUndone(set: stage.set, numbers: [all[0]], gone: [])])
    #expect(try stage.liveNumbers == all)
    try stage.expectAllRestore()
  }

  @Test func alsoWhenItsBlocksAreCondemned() throws {
    let stage = try Self.stage()
    let all = try stage.liveNumbers
    #expect(try stage.rotate().condemnedCount > 0)
    try stage.closeNight()
    let session = try stage.session()
    #expect(!session.logState.deletable().packs.isEmpty)
    _ = try Rotation(session, signer: stage.host.signer, isDamageFound: false).undo()
    // No `deleted` may name what lives again.
    #expect(session.logState.condemned().packs.isEmpty)
    try stage.expectAllRestore()
    #expect(try stage.liveNumbers == all)
  }

  @Test func notAfterThat() throws {
    let stage = try Self.stage()
    let first = try stage.liveNumbers[0]
    try stage.rotate()
    try stage.closeNight()
    #expect(try stage.rotate().deletedPackCount > 0)
    let undone = try Rotation(
      try stage.session(), signer: stage.host.signer, isDamageFound: false
    ).undo()
    #expect(undone == [RotationUndone(set: stage.set, numbers: [], gone: [first])])
    #expect(try !stage.liveNumbers.contains(first))
  }

  @Test func onceOnly() throws {
    let stage = try Self.stage()
    try stage.rotate()
    let rotation = Rotation(try stage.session(), signer: stage.host.signer, isDamageFound: false)
    #expect(try rotation.undo().count == 1)
    #expect(try rotation.undo().isEmpty)
  }

  @Test func andStaysSoUnderAHold() throws {
    let stage = try Self.stage()
    try stage.rotate()
    _ = try Rotation(
      try stage.session(), signer: stage.host.signer, isDamageFound: false
    ).undo()
    let number = try stage.liveNumbers[0]
    try stage.hold([number])
    #expect(try stage.rotate().rotatedCount == 0)
    #expect(try stage.liveNumbers.contains(number))
  }
}
