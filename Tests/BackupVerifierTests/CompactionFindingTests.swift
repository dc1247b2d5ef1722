import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupStorage
import BackupVerifier
import EngineTestSupport
import Testing

/// Operators who move blocks, honestly or not.
@Suite("A compaction")
struct CompactionFindingTests {
  private func stage() throws -> RepositoryStage {
    let stage = try RepositoryStage(storage: MemoryStorage())
    for night in 0..<2 {
      try stage.write("a\(night)", RepositoryStage.bytes(100, seed: UInt64(night)))
      try stage.backUp()
      try stage.closeNight()
      stage.clock.advance(days: 1)
    }
    return stage
  }

  private func check(_ stage: RepositoryStage) throws -> VerificationReport {
    try Verifier(storage: stage.storage, repository: stage.id).check(
      level: .l1(.everything), memory: nil, now: stage.clock.now)
  }

  private func packs(_ stage: RepositoryStage) throws -> [ObjectPath] {
    try stage.storage.list("packs").objects.compactMap { ObjectPath($0.key.description) }
  }

  @Test func thatMovesEveryBlockGivesNoFinding() throws {
    let stage = try stage()
    let old = try packs(stage)
    try HandCompaction(stage).execute()
    #expect(try check(stage).brief == [])
    for _ in 0..<3 {
      try stage.rotate()
      try stage.closeNight()
    }
    #expect(try packs(stage).filter { old.contains($0) } == [])
    #expect(try check(stage).brief == [])
  }

  @Test func thatDropsABlockLeavesItsOldPackNeeded() throws {
    let stage = try stage()
    let old = try packs(stage)
    var compaction = HandCompaction(stage)
    compaction.dropped = [0]
    let (_, _) = try compaction.execute()
    #expect(try check(stage).brief == [])
    // The operator now removes what he says that he has moved.
    for path in old { try stage.storage.remove(key(path)) }
    let report = try check(stage)
    #expect(report.findings.allSatisfy { $0.kind == .missingObject })
    #expect(report.findings.compactMap(\.object) == old)
    let lost = report.findings.filter { !$0.blocks.isEmpty }
    #expect(lost.count == 1)
    #expect(lost.first?.blocks.reduce(0) { $0 + $1.range.count } == 1)
    #expect(lost.first?.snapshots.isEmpty == false)
    #expect(report.isBad)
  }

  @Test func thatAltersABlockContradictsTheWriter() throws {
    let stage = try stage()
    var compaction = HandCompaction(stage)
    compaction.altered = [1]
    let (_, index) = try compaction.execute()
    let report = try check(stage)
    #expect(report.findings.map(\.kind) == [.conflictingIndexes])
    let finding = try #require(report.findings.first)
    guard case .contradicts(let other) = finding.detail else {
      Issue.record("the other index object is not named")
      return
    }
    #expect([finding.object, other].contains(index))
    #expect(finding.treatment == .incident(.logBroken))
    // The writer's own pack goes, and what he signed stays.
    for _ in 0..<3 {
      try stage.rotate()
      try stage.closeNight()
    }
    #expect(try packs(stage).count == 1)
    #expect(try check(stage).findings.map(\.kind) == [.conflictingIndexes])
  }

  @Test func ofBlocksThatAreNotThereIsVoid() throws {
    let stage = try stage()
    let (pack, index) = try HandCompaction(stage).execute()
    _ = pack
    // A second one, of a run that nobody started.
    let state = try stage.session().logState
    let run = try #require(RunID([UInt8](repeating: 6, count: 16)))
    let bytes = try state.sign(
      [
        Draft(
          .compacted(Predicate.Compacted(run: run, set: stage.set)),
          subjects: [try #require(Subject(index))])
      ], by: stage.host.signer, time: stage.clock.now)
    let path = ObjectPath.log(state.size)
    _ = try stage.storage.put(key(path), bytes.span)
    let report = try check(stage)
    #expect(report.brief == ["voidStatement \(path)"])
  }
}
