import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupStorage
import BackupVerifier
import EngineTestSupport
import Testing

@Suite("Order of rules, limits, approval")
struct LimitTests {
  private static let long = BackupPolicy.Retention(daily: 12, maximumAgeDays: 60, floor: 2)
  private static let short = BackupPolicy.Retention(daily: 3, maximumAgeDays: 60, floor: 2)

  /// Thirteen nights of which twelve live: the last rotation removed one.
  private static func stage(floor: Int = 2) throws -> RepositoryStage {
    var retention = long
    retention.floor = floor
    let stage = try RepositoryStage(storage: MemoryStorage(), retention: retention)
    try stage.write("file", [1])
    for _ in 0..<13 { try stage.passNight() }
    return stage
  }

  private func expectSound(_ stage: RepositoryStage) throws {
    let report = try Verifier(storage: stage.storage, repository: stage.id).check(
      level: .l0, memory: nil, now: stage.clock.now)
    #expect(report.findings.isEmpty)
  }

  // MARK: The order

  @Test func aHoldComesFirst() throws {
    let stage = try Self.stage()
    try stage.hold()
    try stage.freeze()
    let reasons = try stage.reasons()
    #expect(
      reasons.values.allSatisfy { if case .hold = $0 { true } else { false } })
  }

  @Test func thenTheFloorThenTheFreezeThenTheClock() throws {
    let stage = try Self.stage()
    try stage.freeze()
    stage.clock.advance(days: -3)
    let newest = try stage.liveNumbers.suffix(2).map(String.init)
    let reasons = try stage.reasons()
    #expect(reasons[newest[1]] == .floor(rank: 1))
    #expect(reasons[newest[0]] == .floor(rank: 2))
    #expect(reasons.values.count { $0 == .frozen } == 10)
    try stage.say(.thaw(Predicate.Thaw(set: stage.set)), by: stage.owner)
    #expect(try stage.reasons().values.count { $0 == .clockNotBelieved } == 10)
  }

  @Test func thenTheMaximumAgeThenTheKeepRules() throws {
    let stage = try Self.stage()
    stage.clock.advance(days: 55)
    try stage.backUp()
    let reasons = try stage.reasons()
    let live = try stage.liveNumbers.map(String.init)
    #expect(reasons[live[0]] == .maximumAgeReached)
    #expect(reasons[live[11]] == .floor(rank: 2))
    #expect(reasons[live[9]] == .daily(rank: 4))
  }

  @Test func whatOutlivesItsMaximumIsOverdueAndSaysSinceWhen() throws {
    let stage = try Self.stage()
    let first = try #require(try stage.state.liveSnapshots(of: stage.set).first)
    try stage.freeze()
    stage.clock.advance(days: 58)
    try stage.backUp()
    let outcome = try stage.rotate()
    let decision = try #require(outcome.decisions.first?.decisions.first)
    #expect(decision.fate == .keep)
    #expect(decision.overdue?.since == first.taken.readStart + 60 * 86_400)
    #expect(decision.overdue?.reason == .frozen)
    #expect(outcome.rotatedCount == 0)
  }

  @Test func aRunThatFoundDamageDeletesNothing() throws {
    let stage = try Self.stage()
    stage.clock.advance(days: 58)
    try stage.backUp()
    let outcome = try Rotation(
      try stage.session(), signer: stage.host.signer, isDamageFound: true
    ).execute()
    #expect(outcome.isStoppedByDamage)
    #expect(outcome.rotatedCount + outcome.condemnedCount + outcome.deletedCount == 0)
    let late = try #require(outcome.decisions.first?.decisions.first)
    #expect(late.fate == .deferred)
    #expect(late.reasons == [.damageFound, .maximumAgeReached])
  }

  // MARK: The limit of a run

  @Test func oneRunRemovesWhatWasAddedAndThreeMore() throws {
    let stage = try Self.stage()
    for _ in 0..<2 {
      try stage.backUp()
      stage.clock.advance(days: 1)
    }
    stage.clock.advance(days: 57)
    try stage.backUp()
    // Thirteen are too old, three were added since the last rotation, two are the floor.
    #expect(try stage.rotate().rotatedCount == 3 + 3)
    #expect(try stage.rotate().rotatedCount == 3)
    try expectSound(stage)
  }

  @Test func anApprovedShorteningIsNotCounted() throws {
    let stage = try Self.stage()
    let approval = try #require(try stage.approve(Self.short))
    #expect(approval.isShortening)
    #expect(approval.policy.removes == 9)
    for _ in 0..<7 {
      try stage.passNight()
      #expect(try stage.liveNumbers.count == 12)
    }
    try stage.backUp()
    let outcome = try stage.rotate()
    #expect(outcome.rotatedCount == 10)
    #expect(try stage.liveNumbers.count == 3)
    #expect(
      try stage.state.rotations.last?.what.removed.count { $0.reason == .shortened } == 9)
    try expectSound(stage)
  }

  @Test func aShorteningRemovesNoMoreThanItNames() throws {
    let stage = try Self.stage()
    let approval = try #require(
      PolicyApproval(
        try stage.state, stage.set, retention: Self.short, protection: .none,
        deduplication: .normal, now: stage.clock.now))
    var policy = approval.policy
    policy.removes = 2
    try stage.say(.policy(policy), by: stage.owner)
    for _ in 0..<7 { try stage.passNight() }
    try stage.backUp()
    // One was added since the last rotation, three more may go, and two that were approved.
    #expect(try stage.rotate().rotatedCount == 1 + 3 + 2)
    // What was approved is used up.
    #expect(try stage.rotate().rotatedCount == 3)
    try expectSound(stage)
  }

  // MARK: Approval

  @Test func whatShortensTakesEffectAfterSevenDays() throws {
    let stage = try Self.stage()
    let start = stage.clock.now.unix
    let approval = try #require(try stage.approve(Self.short))
    #expect(approval.policy.effective == start + 7 * 86_400)
    #expect(
      try stage.state.pendingPolicies(of: stage.set, at: start + 86_400).map(\.what)
        == [approval.policy])
    stage.clock.advance(seconds: 7 * 86_400 - 1)
    #expect(
      try stage.state.policy(of: stage.set, at: stage.clock.now.unix)?.what.retention.daily == 12)
  }

  @Test func whatLengthensTakesEffectAtOnce() throws {
    let stage = try Self.stage()
    var longer = Self.long
    longer.monthly = 12
    let approval = try #require(try stage.approve(longer))
    #expect(!approval.isShortening)
    #expect(approval.policy.removes == 0)
    #expect(
      try stage.state.policy(of: stage.set, at: stage.clock.now.unix)?.what == approval.policy)
  }

  @Test(arguments: [RetentionKey.maximumAgeDays, .floor, .daily])
  func shorteningIsWhateverKeepsLess(key: RetentionKey) throws {
    let stage = try Self.stage()
    var retention = Self.long
    switch key {
    case .maximumAgeDays: retention.maximumAgeDays -= 1
    case .floor: retention.floor -= 1
    default: retention.daily -= 1
    }
    #expect(try stage.approve(retention)?.isShortening == true)
  }

  @Test func approvesNothingTwice() throws {
    let stage = try Self.stage()
    #expect(try stage.approve(Self.short) != nil)
    #expect(try stage.approve(Self.short) == nil)
  }

  /// A file may be handed in up to 1,000 entries later; its seven days then begin that day.
  @Test func aShorteningHandedInLateStillGivesNotice() throws {
    let stage = try Self.stage()
    let approval = try #require(
      PolicyApproval(
        try stage.state, stage.set, retention: Self.short, protection: .none,
        deduplication: .normal, now: stage.clock.now))
    let line = try stage.state.signHandIn(
      Draft(.policy(approval.policy)), by: stage.owner.signer, time: stage.clock.now)
    for _ in 0..<10 { try stage.passNight() }
    _ = try stage.session().append(line: line)
    for night in 0..<6 {
      let before = try stage.liveNumbers.count
      try stage.passNight()
      #expect(try stage.liveNumbers.count >= min(before, 12), "night \(night)")
    }
    try stage.backUp()
    #expect(try stage.rotate().rotatedCount > 4)
    try expectSound(stage)
  }

  @Test func anOldFileIsVoidOnceAnotherPolicyWasApproved() throws {
    let stage = try Self.stage()
    let approval = try #require(
      PolicyApproval(
        try stage.state, stage.set, retention: Self.short, protection: .none,
        deduplication: .normal, now: stage.clock.now))
    let line = try stage.state.signHandIn(
      Draft(.policy(approval.policy)), by: stage.owner.signer, time: stage.clock.now)
    var longer = Self.long
    longer.monthly = 12
    try stage.approve(longer)
    let size = try stage.state.size
    #expect(throws: EngineError.self) { _ = try stage.session().append(line: line) }
    // Whoever puts it into the log himself has said nothing.
    var copy = try stage.state
    let findings = try copy.take(line, objects: try stage.session().objects)
    let isVoid = findings.contains { $0.isVoid }
    #expect(isVoid)
    #expect(copy.policy(of: stage.set, at: .max)?.what.retention.monthly == 12)
    #expect(try stage.state.size == size)
  }
}
