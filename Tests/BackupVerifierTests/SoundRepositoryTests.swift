import BackupFormat
import BackupStorage
import BackupVerifier
import EngineTestSupport
import Testing

@Suite("A sound repository")
struct SoundRepositoryTests {
  @Test func givesRiseToNoFinding() throws {
    let stage = try RepositoryStage()
    try stage.write("file", RepositoryStage.bytes(1 << 20, seed: 3))
    try stage.passNight()
    try stage.passNight()
    let report = try Verifier(storage: stage.storage, repository: stage.id).check(
      level: .l1(.everything), memory: nil, now: stage.clock.now)
    #expect(report.findings.isEmpty)
    #expect(report.reading?.damagedCount == 0)
  }

  @Test func withEveryKindOfObjectGivesRiseToNoFinding() throws {
    let full = try FullRepository()
    for level in [CheckLevel.l0, .l1(.everything)] {
      let report = try Verifier(storage: full.store, repository: full.stage.id).check(
        level: level, memory: nil, now: full.stage.clock.now)
      #expect(report.findings.map(\.description) == [])
    }
    let kinds = Set(full.store.keys.map { $0.components[0] })
    #expect(
      kinds == [
        "FORMAT", "checkpoints", "chunks", "erasures", "index", "keys", "log", "packs", "records",
        "snapshots",
      ])
  }
}
