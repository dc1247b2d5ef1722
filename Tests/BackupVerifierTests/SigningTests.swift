import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupStorage
import BackupVerifier
import EngineTestSupport
import Testing

/// What a verifier signs, and how it reaches the log.
@Suite("A verifier's word")
struct SigningTests {
  private func stage() throws -> RepositoryStage {
    let stage = try RepositoryStage(storage: MemoryStorage())
    try stage.write("a", RepositoryStage.bytes(100, seed: 1))
    try stage.passNight()
    return stage
  }

  private func check(_ stage: RepositoryStage) throws -> (Verifier, VerificationReport) {
    let verifier = Verifier(storage: stage.storage, repository: stage.id)
    let report = try verifier.check(
      level: .l1(.everything), memory: nil, now: stage.clock.now)
    return (verifier, report)
  }

  @Test func isAppendedWithTheHeadInOneGo() throws {
    let stage = try stage()
    let (verifier, report) = try check(stage)
    let clock = stage.clock
    let signed = try verifier.append(report, by: stage.verifier.signer) { clock.now }
    #expect(signed.checkpoint.size == signed.entry + 1)
    let (_, after) = try check(stage)
    #expect(after.findings == [])
    #expect(after.verdicts[.unbroken] == .met)
    let said = try #require(after.summary.lastVerification)
    #expect(said.number == signed.entry)
    #expect(said.signer == stage.verifier.keyID)
    #expect(said.isSeparate)
    #expect(said.what.method == .full)
    #expect(said.what.logSize == report.head.size)
    #expect(said.what.damaged == 0)
    #expect(said.what.blocks == report.reading?.population.count)
    let extent = try #require(said.what.extent)
    #expect(extent.population == said.what.blocks && extent.drawn == 0)
    #expect(extent.missing == 0 && extent.unexplained == 0 && extent.writable == .yes)
  }

  @Test func saysWhatOfTheWholeStoreIsMissingOrUnexplained() throws {
    let stage = try stage()
    try stage.passNight()
    let chunks = try stage.storage.list("chunks").objects
    try stage.storage.remove(#require(chunks.last?.key))
    let stranger = try #require(StorageKey("records/" + String(repeating: "ab", count: 32)))
    let bytes: [UInt8] = [1]
    _ = try stage.storage.put(stranger, bytes.span)
    let report = try Verifier(storage: stage.storage, repository: stage.id).check(
      level: .l0, memory: nil, now: stage.clock.now)
    let extent = try #require(report.verified.extent)
    #expect(extent.missing == 1 && extent.unexplained == 1 && extent.population == 0)
  }

  @Test func saysWhatIsDamaged() throws {
    let stage = try stage()
    let pack = try #require(try stage.storage.list("packs").objects.first?.key)
    var bytes = try stage.storage.read(pack, limitByteCount: 1 << 20)
    bytes[30] ^= 1
    try stage.storage.replace(pack, with: bytes.span)
    let (verifier, report) = try check(stage)
    let clock = stage.clock
    _ = try verifier.append(report, by: stage.verifier.signer) { clock.now }
    let state = try verifier.state()
    #expect(state.damages.last?.what.blocks == report.findings.first?.blocks)
    #expect(state.verifications.last?.what.damaged == 1)
    #expect(state.verifications.last?.what.findings == 1)
  }

  @Test func isRefusedOfAKeyWithoutTheRole() throws {
    let stage = try stage()
    let (verifier, report) = try check(stage)
    let clock = stage.clock
    #expect(try !verifier.mayVerify(stage.host.keyID))
    #expect(throws: VerifierError.self) {
      try verifier.append(report, by: stage.host.signer) { clock.now }
    }
    #expect(try verifier.state().size == report.head.size)
  }

  @Test func canBeHandedInLaterAsAFile() throws {
    let stage = try stage()
    let (verifier, report) = try check(stage)
    let file = try verifier.signHandIn(
      report, by: stage.verifier.signer, time: stage.clock.now)
    // Meanwhile nights pass.
    try stage.passNight()
    try stage.passNight()
    let outcome = try stage.session().handIn(file)
    #expect(outcome.entries.count == 1)
    #expect(outcome.checkpoint == .checkpoint(size: report.head.size, key: stage.verifier.keyID))
    let (_, after) = try check(stage)
    #expect(after.findings == [])
    #expect(after.summary.lastVerification?.signer == stage.verifier.keyID)
    #expect(after.memory.checkpoints[stage.verifier.keyID] == [report.head.size])
  }

  @Test func isNotTakenInWhenItsHeadIsAnotherLog() throws {
    let stage = try stage()
    let other = try self.stage()
    let (verifier, report) = try check(other)
    let file = try verifier.signHandIn(
      report, by: other.verifier.signer, time: other.clock.now)
    let size = try stage.session().logState.size
    #expect(throws: (any Error).self) { try stage.session().handIn(file) }
    #expect(try stage.session().logState.size == size)
    #expect(try stage.storage.list("checkpoints").objects.isEmpty)
  }

  @Test func isNotTakenInWhenItsCheckpointIsCut() throws {
    let stage = try stage()
    let (verifier, report) = try check(stage)
    let file = try verifier.signHandIn(
      report, by: stage.verifier.signer, time: stage.clock.now)
    #expect(throws: (any Error).self) {
      try stage.session().handIn([UInt8](file.dropLast(9)))
    }
    #expect(try stage.session().logState.verifications.isEmpty)
  }
}
