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
}
