import BackupFormat
import Testing

@testable import BackupLog

/// What an owner, restorer or verifier signs away from the store (`Docs/format.md`, 9.3 and 9.4).
struct HandInRuleTests {
  @Test func countsUpToAThousandEntriesLater() throws {
    var scene = try Scene()
    let test = Draft(.tested(.sample(scene.set)))
    let early = try scene.sign([test], by: scene.owner)
    let head = scene.state.head
    for _ in 0..<1000 { _ = try scene.state.take([0], objects: scene.objects) }
    #expect(try scene.state.take(early, objects: scene.objects).reason == nil)
    let late = try scene.sign([test], by: scene.owner, seen: head)
    #expect(try scene.state.take(late, objects: scene.objects).reason == .wrongLog)
  }

  @Test func aHostMayNotNameAnOldLog() throws {
    var scene = try Scene()
    let line = try scene.sign([Draft(scene.started(.of(1)))], by: scene.host)
    _ = try scene.state.take([0], objects: scene.objects)
    #expect(try scene.state.take(line, objects: scene.objects).reason == .wrongLog)
  }

  @Test func isVoidIfTheSameThingChangedSince() throws {
    var scene = try Scene()
    let revoke = try scene.sign([Draft(scene.role(scene.verifier, []))], by: scene.owner)
    let policy = try scene.sign([Draft(.policy(scene.policyTerms()))], by: scene.owner)
    #expect(try scene.reason(scene.role(scene.verifier, [.verifier]), by: scene.owner) == nil)
    #expect(try scene.state.take(revoke, objects: scene.objects).reason == .overtaken)
    // Another kind about another thing stands untouched.
    #expect(try scene.state.take(policy, objects: scene.objects).reason == nil)
  }

  @Test func aRoleOfAnotherKeyOvertakesNothing() throws {
    var scene = try Scene()
    let revoke = try scene.sign([Draft(scene.role(scene.verifier, []))], by: scene.owner)
    #expect(try scene.reason(scene.role(scene.stranger, [.verifier]), by: scene.owner) == nil)
    #expect(try scene.state.take(revoke, objects: scene.objects).reason == nil)
  }
}
