import BackupFormat
import Testing

@testable import BackupLog

/// What is said of refused requests, and what becomes of it (`Docs/format.md`, sections 9.3 and 11.6).
struct RefusalRuleTests {
  private func refused(
    _ id: Int, _ ground: Predicate.RefusalGround, in scene: Scene, of set: SetID? = nil
  ) -> Predicate {
    .erasureRefused(
      .init(refusal: .of(id), set: set ?? scene.set, ground: ground, received: 1, decided: 2))
  }

  @Test func theLastWordOfARefusalStands() throws {
    var scene = try Scene()
    for (id, ground) in [
      (1, .legalClaims), (2, .unfounded), (1, .legalObligation), (3, .notHeld), (2, .withdrawn),
    ] as [(Int, Predicate.RefusalGround)] {
      #expect(try scene.reason(refused(id, ground, in: scene), by: scene.owner) == nil)
    }
    #expect(scene.state.refusals.count == 5)
    #expect(scene.state.latestRefusals.map(\.what.refusal) == [.of(1), .of(3), .of(2)])
    #expect(scene.state.standingRefusals.map(\.what.ground) == [.legalObligation, .notHeld])
    // One that was withdrawn can be said again.
    #expect(try scene.reason(refused(2, .publicHealth, in: scene), by: scene.owner) == nil)
    #expect(scene.state.standingRefusals.last?.what.ground == .publicHealth)
  }

  @Test func aRestorerOfTheSetRefusesAndNobodyElse() throws {
    var scene = try Scene()
    for person in [scene.host, scene.verifier, scene.stranger] {
      #expect(try scene.reason(refused(1, .notHeld, in: scene), by: person) != nil)
    }
    #expect(
      try scene.reason(refused(1, .notHeld, in: scene, of: scene.otherSet), by: scene.owner) != nil)
    #expect(scene.state.refusals.isEmpty)
    #expect(try scene.reason(refused(1, .notHeld, in: scene), by: scene.owner) == nil)
  }

  @Test func ownerRestorerAndVerifierWriteNotes() throws {
    var scene = try Scene()
    func note(_ id: Int, of set: SetID) -> Draft {
      Draft(
        .noted(.init(note: .of(id), set: set, incident: nil, until: 9)),
        subjects: [Subject(path: .record(.of(id)), digest: .of(id))])
    }
    for person in [scene.host, scene.stranger] {
      #expect(try scene.reason(note(1, of: scene.set), by: person) != nil)
    }
    #expect(try scene.reason(note(1, of: scene.set), by: scene.verifier) == nil)
    #expect(try scene.reason(note(2, of: scene.otherSet), by: scene.owner) == nil)
    #expect(
      try scene.reason(scene.role(scene.stranger, [.restorer]), by: scene.owner) == nil)
    #expect(try scene.reason(note(3, of: scene.otherSet), by: scene.stranger) != nil)
    #expect(try scene.reason(note(3, of: scene.set), by: scene.stranger) == nil)
    #expect(scene.state.notes.map(\.what.note) == [.of(1), .of(2), .of(3)])
  }

  @Test func aStatementThatAnotherOvertookIsVoid() throws {
    var scene = try Scene()
    let early = try scene.sign([Draft(refused(1, .notHeld, in: scene))], by: scene.owner)
    let other = try scene.sign([Draft(refused(2, .notHeld, in: scene))], by: scene.owner)
    #expect(try scene.reason(refused(1, .unfounded, in: scene), by: scene.owner) == nil)
    #expect(try scene.state.take(early, objects: scene.objects).reason == .overtaken)
    #expect(try scene.state.take(other, objects: scene.objects).reason == nil)
  }

  @Test func whatCannotBeIsIllFormed() {
    func read(_ draft: Draft) -> Bool {
      let payload = StatementTests.statement(draft).payload(in: StatementTests.repository)
      return (try? Statement(payload: payload, in: StatementTests.repository)) != nil
    }
    let text = Subject(path: .record(.of(3)), digest: .of(3))
    let more = Subject(path: .record(.of(4)), digest: .of(4))
    let request = Subject(path: .erasure(.of(3)), digest: .of(3))
    for (received, decided, until, subjects, isGood) in [
      (1, 1, 0, [], true), (1, 2, 3, [text], true), (2, 1, 0, [], false), (1, 2, 0, [text], false),
      (1, 2, 3, [], false), (1, 2, 3, [text, more], false), (1, 2, 3, [request], false),
    ] as [(Int64, Int64, Int64, [Subject], Bool)] {
      let refused = Predicate.ErasureRefused(
        refusal: .of(1), set: .of(1), ground: .noGround, received: received, decided: decided,
        until: until)
      #expect(read(Draft(.erasureRefused(refused), subjects: subjects)) == isGood)
    }
    for (until, subjects, isGood) in [
      (3, [text], true), (0, [text], false), (0, [], false), (3, [], false),
      (3, [text, more], false), (3, [request], false),
    ] as [(Int64, [Subject], Bool)] {
      let noted = Predicate.Noted(note: .of(1), set: .of(1), incident: nil, until: until)
      #expect(read(Draft(.noted(noted), subjects: subjects)) == isGood)
    }
  }
}
