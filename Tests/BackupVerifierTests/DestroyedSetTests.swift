import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupStorage
import BackupVerifier
import EngineTestSupport
import Testing

/// What a verifier says of a data set that its owner has destroyed.
@Suite("A destroyed data set")
struct DestroyedSetTests {
  private func summary(_ stage: RepositoryStage) throws -> RepositorySummary {
    try Verifier(storage: stage.storage, repository: stage.id)
      .survey(memory: nil, now: stage.clock.now).summary
  }

  @Test func isNoneOfThoseThatAreWatchedOnceThatIsInForce() throws {
    let stage = try RepositoryStage(storage: MemoryStorage())
    try stage.write("a", RepositoryStage.bytes(100, seed: 1))
    try stage.passNight()
    try stage.session().append(
      [
        Draft(
          .destroyed(
            Predicate.Destroyed(
              set: stage.set, action: .add, effective: stage.clock.now.unix,
              reason: Digest(hashing: [1]))))
      ], by: stage.owner.signer)
    // Seven days are left to take it back.
    #expect(try summary(stage).sets.map(\.set) == [stage.set])
    stage.clock.advance(days: 8)
    #expect(try summary(stage).sets.map(\.set) == [stage.set])
    // It is in force by what the log believes, and not by the clock of whoever looks.
    try stage.closeNight()
    #expect(try summary(stage).sets.isEmpty)
  }
}
