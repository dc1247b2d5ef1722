import BackupFormat
import Testing

@testable import BackupLog

/// The rules under which an entry is void as a whole (`Docs/format.md`, section 9.3).
struct EntryRuleTests {
  @Test func entryZeroMustBeThatOfTheGivenRepository() throws {
    let scene = try Scene()
    let line = scene.state.texts[0]
    #expect(throws: LogError.otherRepository) {
      _ = try LogState(repository: .of(1), firstEntry: line)
    }
    let other = try Statement.created(
      owner: scene.owner.publicKey, time: scene.clock, by: scene.host.signer
    ).line
    #expect(throws: LogError.badFirstEntry) {
      _ = try LogState(repository: RepositoryID(Digest(hashing: other)), firstEntry: other)
    }
    let two = line + line
    #expect(throws: LogError.badFirstEntry) {
      _ = try LogState(repository: RepositoryID(Digest(hashing: two)), firstEntry: two)
    }
  }

  @Test func voidEntryStaysInTheTreeAndTheNextNumberGoesOn() throws {
    var scene = try Scene()
    let junk: [UInt8] = [1, 2, 3]
    #expect(
      try scene.state.take(junk, objects: scene.objects)
        == [.voidEntry(number: 2, .notCanonical)])
    #expect(scene.state.size == 3)
    #expect(scene.state.tree.leaves[2] == MerkleTree.leaf(junk))
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    #expect(scene.state.findings == [.voidEntry(number: 2, .notCanonical)])
    let acknowledged = Predicate.acknowledged(.init(entries: [2], restoredSize: 0))
    #expect(try scene.reason(acknowledged, by: scene.owner) == nil)
    #expect(scene.state.findings.isEmpty)
    #expect(scene.state.voids.count == 1)
  }

  @Test func refusesMoreThan65536Bytes() throws {
    var scene = try Scene()
    let line = try scene.sign([Draft(scene.started(.of(1)))], by: scene.host)
    let count = Entry.byteCountMax / line.count
    let drafts = (0...count).map { Draft(scene.started(.of($0))) }
    #expect(try scene.say(drafts, by: scene.host).reason == .entryTooLarge)
    #expect(try scene.say([Draft](drafts.dropLast(2)), by: scene.host).reason == nil)
  }

  @Test func refusesAnEntryWithoutLinesOrWithOneThatIsNotCanonical() throws {
    let scene = try Scene()
    let line = try scene.sign([Draft(scene.started(.of(1)))], by: scene.host)
    let bad: [[UInt8]] = [
      [], [0x0a], line + [0x0a], [UInt8](line.dropLast()), [0x20] + line, line + [0x20, 0x0a],
    ]
    for bytes in bad {
      var state = scene.state
      #expect(try state.take(bytes, objects: scene.objects).reason == .notCanonical)
    }
    var state = scene.state
    #expect(try state.take(line, objects: scene.objects).reason == nil)
  }

  @Test func refusesAnotherRepositoryAndASecondCreated() throws {
    var scene = try Scene()
    let statement = try Statement.signed(
      Draft(scene.started(.of(1))), in: .of(7), seen: scene.state.head, time: scene.clock,
      by: scene.host.signer)
    #expect(
      try scene.state.take(statement.line, objects: scene.objects).reason == .otherRepository)
    let created = try Statement.created(
      owner: scene.owner.publicKey, time: scene.clock, by: scene.owner.signer)
    #expect(
      try scene.state.take(created.line, objects: scene.objects).reason == .otherRepository)
  }

  @Test func refusesASignerWithoutTheRole() throws {
    var scene = try Scene()
    #expect(try scene.reason(scene.started(.of(1)), by: scene.stranger) == .notEntitled)
    #expect(try scene.reason(scene.started(.of(1)), by: scene.verifier) == .notEntitled)
    #expect(try scene.reason(.thaw(.init(set: scene.set)), by: scene.host) == .notEntitled)
    #expect(
      try scene.reason(scene.role(scene.stranger, [.owner]), by: scene.host) == .notEntitled)
  }

  @Test func refusesAWriterOfAnotherSet() throws {
    var scene = try Scene()
    let revoked = scene.role(scene.host, [.writer], sets: [scene.otherSet])
    #expect(try scene.reason(revoked, by: scene.owner) == nil)
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == .notEntitled)
    let other = scene.started(.of(1), of: scene.otherSet)
    #expect(try scene.reason(other, by: scene.host) == nil)
  }

  @Test func refusesARevokedKeyAndKeepsItsHistory() throws {
    var scene = try Scene()
    #expect(try scene.reason(scene.role(scene.host, []), by: scene.owner) == nil)
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == .notEntitled)
    #expect(scene.state.keys[scene.host.id]?.changes.map(\.number) == [1, 2])
    #expect(scene.state.keys(holding: .writer).isEmpty)
  }

  @Test func oneStatementOfAStrangerMakesTheWholeEntryVoid() throws {
    var scene = try Scene()
    let good = try scene.sign([Draft(scene.started(.of(1)))], by: scene.host)
    let bad = try scene.sign([Draft(scene.started(.of(2)))], by: scene.stranger)
    #expect(try scene.state.take(good + bad, objects: scene.objects).reason == .notEntitled)
    #expect(scene.state.runs.isEmpty)
  }

  @Test func refusesASignatureOfAnotherKey() throws {
    var scene = try Scene()
    let forger = Signer(keyID: scene.host.id, key: scene.stranger.signer.key)
    let line = try scene.state.sign(
      [Draft(scene.started(.of(1)))], by: forger, time: scene.clock)
    #expect(try scene.state.take(line, objects: scene.objects).reason == .badSignature)
  }

  @Test func refusesAKeyIDThatIsNotTheSigner() throws {
    var scene = try Scene()
    let line = try scene.sign([Draft(scene.started(.of(1)))], by: scene.host)
    let text = String(decoding: line, as: UTF8.self)
    let hostID = scene.host.id.hex
    let forged = text.split(separator: "keyid\":\"\(hostID)", omittingEmptySubsequences: false)
      .joined(separator: "keyid\":\"\(scene.owner.id.hex)")
    #expect(forged != text)
    #expect(
      try scene.state.take([UInt8](forged.utf8), objects: scene.objects).reason
        == .signersDiffer)
  }

  @Test func aStatementCountsOnce() throws {
    var scene = try Scene()
    let head = scene.state.head
    let thaw = Draft(.tested(.sample(scene.set)))
    let line = try scene.sign([thaw], by: scene.owner, seen: head)
    #expect(try scene.state.take(line, objects: scene.objects).reason == nil)
    #expect(try scene.state.take(line, objects: scene.objects).reason == .repeatedID)
    let fresh = try scene.sign([thaw], by: scene.owner)
    #expect(try scene.state.take(fresh + fresh, objects: scene.objects).reason == .repeatedID)
    #expect(scene.state.tests.count == 1)
  }

  @Test func theNamedLogMustBeExactlyTheOneBefore() throws {
    var scene = try Scene()
    let old = scene.state.head
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    let draft = Draft(scene.started(.of(2)))
    for seen in [
      old, LogHead(size: 3, root: old.root), LogHead(size: 4, root: scene.state.head.root), .empty,
    ] {
      let line = try scene.sign([draft], by: scene.host, seen: seen)
      var state = scene.state
      #expect(try state.take(line, objects: scene.objects).reason == .wrongLog)
    }
    #expect(try scene.say([draft], by: scene.host).isEmpty)
  }
}

extension Predicate.Tested {
  static func sample(_ set: SetID) -> Predicate.Tested {
    .init(
      set: set, number: 5, kind: .person, level: .restored, started: 1, ended: 2, destroyed: 0,
      files: 3, byteCount: 4, mismatches: 0, erasures: 0, result: .passed)
  }
}
