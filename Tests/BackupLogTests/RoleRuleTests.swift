import BackupFormat
import Testing

@testable import BackupLog

/// The rules for roles, data sets, policies, holds and freezes (`Docs/format.md`, section 9.3).
struct RoleRuleTests {
  @Test func aRoleThatLeavesNoOwnerIsVoid() throws {
    var scene = try Scene()
    #expect(try scene.reason(scene.role(scene.owner, [.restorer]), by: scene.owner) == .noOwnerLeft)
    #expect(try scene.reason(scene.role(scene.stranger, [.owner]), by: scene.owner) == nil)
    #expect(try scene.reason(scene.role(scene.owner, [.restorer]), by: scene.owner) == nil)
    #expect(scene.state.keys(holding: .owner).map(\.publicKey) == [scene.stranger.publicKey])
  }

  @Test func aDataSetMustBeThatOfItsPublicKey() throws {
    var scene = try Scene()
    let wrong = Predicate.dataSet(.init(set: scene.set, xWing: scene.otherXWing))
    #expect(try scene.reason(wrong, by: scene.owner) == .wrongDataSet)
    let right = Predicate.dataSet(.init(set: scene.otherSet, xWing: scene.otherXWing))
    #expect(try scene.reason(right, by: scene.owner) == nil)
  }

  @Test func aDataSetPublishesNothingButItsKeys() throws {
    var scene = try Scene()
    let set = Predicate.dataSet(.init(set: scene.set, xWing: scene.xWing))
    let foreign = Subject(
      path: .key(set: scene.otherSet, key: scene.host.id), digest: .of(1))
    #expect(
      try scene.reason(Draft(set, subjects: [foreign]), by: scene.owner) == .wrongDataSet)
    let index = Subject(path: .index(.of(1)), digest: .of(1))
    #expect(try scene.reason(Draft(set, subjects: [index]), by: scene.owner) == .wrongDataSet)
  }

  @Test func theLastPolicyThatTookEffectIsInForce() throws {
    var scene = try Scene()
    let first = scene.policy
    let later = Predicate.policy(scene.policyTerms(effective: Scene.start + 100))
    #expect(try scene.reason(later, by: scene.owner) == nil)
    let pending = scene.policy
    #expect(scene.state.policy(of: scene.set, at: Scene.start + 99)?.id == first)
    #expect(scene.state.policy(of: scene.set, at: Scene.start + 100)?.id == pending)
    #expect(
      scene.state.pendingPolicies(of: scene.set, at: Scene.start).map(\.id) == [pending])
    let now = Predicate.policy(scene.policyTerms(effective: Scene.start))
    #expect(try scene.reason(now, by: scene.owner) == nil)
    #expect(scene.state.policy(of: scene.set, at: Scene.start + 100)?.id == scene.policy)
    #expect(scene.state.pendingPolicies(of: scene.set, at: Scene.start).isEmpty)
  }

  @Test func aHoldLastsUntilItsEndOrItsRemoval() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    func hold(_ action: Predicate.HoldAction, until: Int64) -> Predicate {
      .hold(
        .init(
          set: scene.set, hold: .of(1), action: action, until: until,
          snapshots: [backup.number], reason: .of(1)))
    }
    #expect(try scene.reason(hold(.add, until: 500), by: scene.owner) == nil)
    let snapshot = try #require(scene.state.snapshot(backup.number, of: scene.set))
    #expect(scene.state.isHeld(snapshot, at: 500))
    #expect(!scene.state.isHeld(snapshot, at: 501))
    #expect(try scene.reason(hold(.add, until: 0), by: scene.owner) == nil)
    #expect(scene.state.isHeld(snapshot, at: 501))
    #expect(try scene.reason(hold(.remove, until: 0), by: scene.owner) == nil)
    #expect(scene.state.holds(of: scene.set, at: 0).isEmpty)
  }

  @Test func aSuddenChangeFreezesUntilTheOwnerThaws() throws {
    var scene = try Scene()
    func incident(_ kind: Predicate.IncidentKind) -> Predicate {
      .incidentDetected(.init(incident: .of(scene.state.size), kind: kind, detected: 5))
    }
    #expect(try scene.reason(incident(.nightMissed), by: scene.host) == nil)
    #expect(!scene.state.isFrozen(scene.set))
    #expect(try scene.reason(incident(.suddenChange), by: scene.host) == nil)
    #expect(scene.state.isFrozen(scene.set))
    #expect(!scene.state.isFrozen(scene.otherSet))
    #expect(try scene.reason(.thaw(.init(set: scene.set)), by: scene.owner) == nil)
    #expect(!scene.state.isFrozen(scene.set))
    #expect(scene.state.incidents.count == 2)
  }
}
