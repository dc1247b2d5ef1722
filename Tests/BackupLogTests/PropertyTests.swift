import BackupFormat
import BackupStorage
import Testing

@testable import BackupLog

struct PropertyTests {
  /// Says something at random, good or bad.
  static func step(
    _ scene: inout Scene, _ random: inout ValueTests.Random
  ) throws {
    let runs = [RunID](scene.state.runs.keys).sorted()
    let numbers = (scene.state.snapshots[scene.set] ?? []).map(\.number)
    let run = runs.randomElement(using: &random) ?? .of(1)
    let number = numbers.randomElement(using: &random) ?? 0
    let people = [scene.owner, scene.host, scene.host, scene.verifier, scene.stranger]
    let person = people.randomElement(using: &random) ?? scene.host
    scene.clock.unix += Int64.random(in: -1000...Scene.day, using: &random)
    scene.clock.synchronised = Bool.random(using: &random)
    let pack = scene.removal(packs: [(run, 0, Int.random(in: 1...3, using: &random))])
    switch Int.random(in: 0..<19, using: &random) {
    case 0...3:
      let needed = scene.state.liveSnapshots(of: scene.set).randomElement(using: &random)?.run
      let more = needed.map { [($0, Int.random(in: 0..<9, using: &random), 1)] } ?? []
      guard !scene.state.isDistrusted(scene.host.id),
        more.allSatisfy({ scene.state.isPresent(.of($0.1, 1), of: $0.0) })
      else { return }
      if scene.state.keys[scene.host.id]?.holds(.writer, for: scene.set) == true {
        _ = try scene.backup(alsoNeeding: more)
      }
    case 4: _ = try scene.rotate([number])
    case 5: _ = try scene.reason(.condemned(scene.state.condemnable()), by: scene.host)
    case 6: _ = try scene.reason(.deleted(scene.state.deletable()), by: scene.host)
    case 7:
      _ = try scene.reason(
        .night(.init(night: .of(scene.clock.unix), code: 0, sets: [])), by: scene.host)
    case 8: _ = try scene.reason(.condemned(pack), by: scene.host)
    case 9: _ = try scene.reason(.deleted(pack), by: scene.host)
    case 10:
      _ = try scene.reason(
        .reinstated(.init(set: scene.set, numbers: [number])), by: scene.host)
    case 11: _ = try scene.reason(scene.started(.of(scene.count())), by: person)
    case 12: _ = try scene.reason(.abandoned(.init(run: run)), by: person)
    case 13: _ = try scene.state.take([UInt8(number % 256)], objects: scene.objects)
    case 14:
      let lost = Subject(path: .index(.of(scene.count())), digest: .of(scene.count() - 1))
      let object = scene.snapshotObject(run, needing: [(run, 0, 20)])
      _ = try scene.reason(Draft(scene.taken(run), subjects: [object, lost]), by: person)
    case 15:
      let id = RunID.of(scene.count())
      _ = try scene.reason(scene.started(id, purpose: .compaction), by: scene.host)
      let index = scene.index(pack: 0, of: id, holding: [(run, 0, 10)])
      _ = try scene.reason(
        Draft(.compacted(.init(run: id, set: scene.set)), subjects: [index]), by: scene.host)
    case 16:
      let id = RunID.of(scene.count())
      _ = try scene.reason(scene.started(id, continues: [run]), by: scene.host)
    case 17:
      _ = try scene.reason(
        scene.role(scene.stranger, [.verifier], sets: []), by: scene.owner)
    default:
      guard Int.random(in: 0..<4, using: &random) == 0 else { return }
      let from = Int.random(in: 2...scene.state.size + 1, using: &random)
      let key = [scene.stranger, scene.verifier].randomElement(using: &random) ?? scene.verifier
      _ = try scene.reason(.distrusted(.init(key: key.id, from: from)), by: scene.owner)
    }
  }

  @Test(arguments: 1...6)
  func foldingFromScratchEqualsFoldingAsItComes(_ seed: Int) throws {
    var random = ValueTests.Random(state: UInt64(seed))
    var scene = try Scene()
    for _ in 0..<120 { try Self.step(&scene, &random) }
    var again = try LogState(
      repository: scene.repository, firstEntry: scene.state.texts[0])
    for entry in scene.state.texts.dropFirst() {
      _ = try again.take(entry, objects: scene.objects)
    }
    #expect(again == scene.state)
    #expect(again.head == scene.state.head)
  }

  @Test(arguments: 7...10)
  func aLiveSnapshotAlwaysHasItsBlocksAndObjects(_ seed: Int) throws {
    var random = ValueTests.Random(state: UInt64(seed))
    var scene = try Scene()
    for _ in 0..<120 {
      try Self.step(&scene, &random)
      guard scene.state.unreadIndexes.isEmpty else { continue }
      for snapshot in scene.state.liveSnapshots(of: scene.set) {
        let needs = try #require(snapshot.needs)
        #expect(scene.state.presence.holds(needs))
        #expect(scene.state.deletedObjects[.snapshot(snapshot.digest)] == nil)
        // What is needed is never only in what is condemned.
        for i in needs.runs.indices {
          let firm = scene.state.presence.firm(needs.runs[i])
          #expect(needs.blocks(at: i).allSatisfy { firm.contains($0) })
        }
      }
      // What the state offers for removal is never refused.
      let free = scene.state.condemnable()
      var copy = scene
      #expect(try copy.reason(.condemned(free), by: scene.host) == nil)
      let ready = copy.state.deletable()
      #expect(try copy.reason(.deleted(ready), by: scene.host) == nil)
    }
  }

  /// Who reads the log after what was deleted is gone judges as those did who saw it.
  @Test(arguments: 12...21)
  func whoReadsLaterJudgesAlike(_ seed: Int) throws {
    var random = ValueTests.Random(state: UInt64(seed))
    var scene = try Scene()
    for _ in 0..<60 {
      try Self.honestStep(&scene, &random)
      #expect(scene.state.findings.isEmpty)
      var late = try LogState(
        repository: scene.repository, firstEntry: scene.state.texts[0])
      let objects = scene.objects.copy(without: scene.state.deletedObjects.keys.map { $0 })
      for entry in scene.state.texts.dropFirst() {
        _ = try late.take(entry, objects: objects)
      }
      #expect(late.findings.isEmpty)
      // An operator that reads only now says what both take.
      let removal = late.deletable()
      let more = late.condemnable()
      var one = scene
      #expect(try one.reason(.deleted(removal), by: scene.host) == nil)
      var other = scene
      #expect(try other.reason(.condemned(more), by: scene.host) == nil)
    }
  }

  /// Says something at random that the programs would say.
  static func honestStep(_ scene: inout Scene, _ random: inout ValueTests.Random) throws {
    let snapshots = scene.state.snapshots[scene.set] ?? []
    scene.clock.unix += Int64.random(in: 1...Scene.day, using: &random)
    switch Int.random(in: 0..<10, using: &random) {
    case 0...1:
      // Some needs of it are condemned meanwhile.
      let old = snapshots.randomElement(using: &random)
      let more = (old.map { [($0.run, Int.random(in: 0..<9, using: &random), 1)] } ?? [])
        .filter { scene.state.isPresent(.of($0.1, 1), of: $0.0) }
      _ = try scene.backup(alsoNeeding: more)
    case 2...3:
      guard let live = snapshots.filter(\.isLive).randomElement(using: &random) else { return }
      #expect(try scene.rotate([live.number]) == nil)
    case 4:
      let rotated = snapshots.filter { snapshot in
        guard case .rotated = snapshot.state, let needs = snapshot.needs else { return false }
        return scene.state.presence.holds(needs)
      }
      guard let one = rotated.randomElement(using: &random) else { return }
      let again = Predicate.reinstated(.init(set: scene.set, numbers: [one.number]))
      #expect(try scene.reason(again, by: scene.host) == nil)
    case 5...6:
      let free = scene.state.condemnable()
      #expect(try scene.reason(.condemned(free), by: scene.host) == nil)
    case 7: try scene.closeNight()
    case 8:
      let ready = scene.state.deletable()
      #expect(try scene.reason(.deleted(ready), by: scene.host) == nil)
    default:
      let run = snapshots.filter(\.isLive).randomElement(using: &random)?.run
      guard let run, scene.state.isPresent(.of(0, 10), of: run) else { return }
      let id = RunID.of(scene.count())
      #expect(try scene.reason(scene.started(id, purpose: .compaction), by: scene.host) == nil)
      let index = scene.index(pack: 0, of: id, holding: [(run, 0, 10)])
      let moved = Draft(.compacted(.init(run: id, set: scene.set)), subjects: [index])
      #expect(try scene.reason(moved, by: scene.host) == nil)
    }
  }

  /// Every bit of an entry that counts is flipped in turn: nothing traps, and nothing counts.
  @Test func noFlippedBitIsTakenForTheSameStatement() throws {
    var scene = try Scene()
    let run = RunID.of(1)
    #expect(try scene.reason(scene.started(run), by: scene.host) == nil)
    let object = scene.snapshotObject(run, needing: [])
    let line = try scene.sign([Draft(scene.taken(run), subjects: [object])], by: scene.host)
    for i in line.indices {
      for bit in 0..<8 {
        var flipped = line
        flipped[i] ^= 1 << UInt8(bit)
        let entry = PreparedEntry(StoredEntry(flipped), in: scene.repository)
        guard case .void = scene.state.examine(entry) else {
          Issue.record("accepted bit \(bit) of byte \(i)")
          continue
        }
      }
    }
    for count in 0..<line.count {
      let entry = PreparedEntry(StoredEntry([UInt8](line[0..<count])), in: scene.repository)
      guard case .void = scene.state.examine(entry) else {
        Issue.record("accepted \(count) bytes")
        continue
      }
    }
    #expect(try scene.state.take(line, objects: scene.objects).isEmpty)
  }

  /// Payloads signed by the right key, with anything at all in them, never trap.
  @Test func nothingThatAnEntitledKeySignsTraps() throws {
    var random = ValueTests.Random(state: 11)
    let scene = try Scene()
    for draft in StatementTests.drafts() {
      let payload = StatementTests.statement(draft).payload(in: scene.repository)
      for mutated in try CanonicalJSON(decoding: payload).mutations() {
        let envelope = try Envelope(
          signing: mutated.encode(), keyID: scene.owner.id, key: scene.owner.signer.key)
        var state = scene.state
        _ = try state.take(envelope.line, objects: scene.objects)
        guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
        _ = try state.take([UInt8](envelope.line.dropFirst()), objects: scene.objects)
      }
    }
  }

  /// Each kind of statement, said by everyone, is judged without a trap.
  @Test func anyoneMaySayAnything() throws {
    var scene = try Scene()
    for draft in StatementTests.drafts() {
      for person in [scene.owner, scene.host, scene.verifier, scene.stranger] {
        _ = try scene.reason(draft, by: person)
      }
    }
    #expect(scene.state.size == 2 + 4 * StatementKind.allCases.count)
    _ = scene.state.requiredObjects()
    _ = scene.state.condemnable()
  }
}
