import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupStorage
import BackupVerifier
import EngineTestSupport
import Testing

/// Operators who remove what the policy in force keeps: each is found by recomputing the plan.
@Suite("A rotation")
struct RotationFindingTests {
  /// Some nights, with the operator's own rotation left out.
  private func nights(
    _ count: Int, _ retention: BackupPolicy.Retention
  ) throws -> RepositoryStage {
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: retention)
    for night in 0..<count {
      try stage.write("a", RepositoryStage.bytes(100, seed: UInt64(night)))
      try stage.backUp()
      try stage.closeNight()
      stage.clock.advance(days: 1)
    }
    return stage
  }

  /// Removes the oldest live snapshots, whatever the policy says.
  private func remove(_ count: Int, _ stage: RepositoryStage, at time: LogTime? = nil) throws {
    let state = try stage.session().logState
    let policy = try #require(state.policy(of: stage.set, at: stage.clock.now.unix))
    let removed = state.liveSnapshots(of: stage.set).prefix(count).map {
      Predicate.RotatedSnapshot(number: $0.number, reason: .keepRules)
    }
    if let time { stage.clock.now = time }
    try stage.session().append(
      [
        Draft(
          .rotated(
            Predicate.Rotated(
              set: stage.set, policy: policy.id, removed: [RotatedSnapshot](removed))))
      ], by: stage.host.signer)
  }
  private typealias RotatedSnapshot = Predicate.RotatedSnapshot

  private func findings(_ stage: RepositoryStage) throws -> [Finding] {
    try Verifier(storage: stage.storage, repository: stage.id).check(
      level: .l0, memory: nil, now: LogTime(unix: stage.clock.now.unix + 60, synchronised: true)
    ).findings
  }

  private func rules(_ stage: RepositoryStage) throws -> [Finding.Detail] {
    let findings = try findings(stage)
    let entry = ObjectPath.log(try stage.session().logState.size - 1)
    #expect(findings.allSatisfy { $0.kind == .rotationNotByPolicy && $0.object == entry })
    #expect(findings.allSatisfy { $0.treatment == .incident(.logBroken) })
    return findings.map(\.detail)
  }

  @Test func byThePolicyGivesNoFinding() throws {
    let stage = try nights(6, BackupPolicy.Retention(daily: 3, maximumAgeDays: 30))
    #expect(try stage.rotate().rotatedCount > 0)
    #expect(try findings(stage) == [])
  }

  @Test func thatRemovesWhatARuleKeepsIsFound() throws {
    let stage = try nights(6, BackupPolicy.Retention(daily: 10, maximumAgeDays: 30))
    try remove(1, stage)
    #expect(try rules(stage) == [.rotation(.keepRule)])
  }

  @Test func thatRemovesTheFloorIsFound() throws {
    let stage = try nights(3, BackupPolicy.Retention(daily: 1, maximumAgeDays: 30, floor: 3))
    try remove(1, stage)
    #expect(try rules(stage) == [.rotation(.floor)])
  }

  @Test func thatRemovesWhatAHoldKeepsIsFound() throws {
    let stage = try nights(6, BackupPolicy.Retention(daily: 1, maximumAgeDays: 30))
    let hold = try #require(HoldID([UInt8](repeating: 4, count: 16)))
    try stage.session().append(
      [
        Draft(
          .hold(
            Predicate.Hold(
              set: stage.set, hold: hold, action: .add, until: 0, snapshots: [],
              reason: Digest(hashing: [1]))))
      ], by: stage.owner.signer)
    try remove(1, stage)
    #expect(try rules(stage) == [.rotation(.hold)])
  }

  @Test func ofAFrozenDataSetIsFound() throws {
    let stage = try nights(6, BackupPolicy.Retention(daily: 1, maximumAgeDays: 30))
    let incident = try #require(IncidentID([UInt8](repeating: 4, count: 16)))
    try stage.session().append(
      [
        Draft(
          .incidentDetected(
            Predicate.IncidentDetected(
              incident: incident, kind: .suddenChange, detected: stage.clock.now.unix)))
      ], by: stage.verifier.signer)
    try remove(1, stage)
    #expect(try rules(stage) == [.rotation(.frozen)])
  }

  @Test func atATimeThatIsNotBelievedIsFound() throws {
    let stage = try nights(6, BackupPolicy.Retention(daily: 1, maximumAgeDays: 30))
    try remove(
      1, stage, at: LogTime(unix: stage.clock.now.unix + 40 * 86_400, synchronised: false))
    let findings = try findings(stage)
    #expect(findings.map(\.detail) == [.rotation(.clock)])
  }

  @Test func thatRemovesMoreThanOneRunMayIsFound() throws {
    let stage = try nights(12, BackupPolicy.Retention(daily: 1, maximumAgeDays: 60))
    try remove(1, stage)
    #expect(try findings(stage) == [])
    stage.clock.advance(hours: 1)
    try remove(6, stage)
    #expect(try rules(stage) == [.rotation(.limit(removed: 6, allowed: 3))])
  }

  @Test func byAStatementThatIsNotInForceIsVoid() throws {
    let stage = try nights(6, BackupPolicy.Retention(daily: 1, maximumAgeDays: 30))
    let state = try stage.session().logState
    let wrong = try #require(StatementID([UInt8](repeating: 4, count: 16)))
    let oldest = try #require(state.liveSnapshots(of: stage.set).first)
    let bytes = try state.sign(
      [
        Draft(
          .rotated(
            Predicate.Rotated(
              set: stage.set, policy: wrong,
              removed: [RotatedSnapshot(number: oldest.number, reason: .keepRules)])))
      ], by: stage.host.signer, time: stage.clock.now)
    let path = ObjectPath.log(state.size)
    _ = try stage.storage.put(key(path), bytes.span)
    let found = try findings(stage)
    #expect(found.map(\.kind) == [.voidStatement])
    #expect(found.map(\.object) == [path])
  }
}
