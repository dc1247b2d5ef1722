import BackupFormat
import BackupStorage
import Testing

@testable import BackupLog

/// The rules for snapshots, presence, compaction and rewriting (`Docs/format.md`, section 9.3).
struct SnapshotRuleTests {
  @Test func aSnapshotNeedsItsOwnOpenRun() throws {
    var scene = try Scene()
    let object = scene.snapshotObject(.of(1), needing: [])
    let draft = Draft(scene.taken(.of(1)), subjects: [object])
    #expect(try scene.reason(draft, by: scene.host) == .runNotOpen)
    #expect(try scene.reason(scene.started(.of(1)), by: scene.owner) == .wrongPurpose)
    #expect(try scene.reason(scene.started(.of(1), purpose: .rewrite), by: scene.owner) == nil)
    #expect(try scene.reason(draft, by: scene.host) == .runOfAnother)
    #expect(try scene.reason(.abandoned(.init(run: .of(1))), by: scene.owner) == nil)
    #expect(try scene.reason(scene.started(.of(2)), by: scene.host) == nil)
    #expect(try scene.reason(.abandoned(.init(run: .of(2))), by: scene.host) == nil)
    let late = Draft(scene.taken(.of(2)), subjects: [object])
    #expect(try scene.reason(late, by: scene.host) == .runNotOpen)
  }

  @Test func startedAndSnapshotMayStandInOneEntry() throws {
    var scene = try Scene()
    let run = RunID.of(1)
    let index = scene.index(pack: 0, of: run, holding: [(run, 0, 2)])
    let object = scene.snapshotObject(run, needing: [(run, 0, 2)])
    let findings = try scene.say(
      [Draft(scene.started(run)), Draft(scene.taken(run), subjects: [object, index])],
      by: scene.host)
    #expect(findings.isEmpty)
    #expect(scene.state.liveSnapshots(of: scene.set).map(\.number) == [2])
  }

  @Test func aNeededBlockMustBePresent() throws {
    var scene = try Scene()
    let first = try scene.backup()
    #expect(try scene.reason(scene.started(.of(50)), by: scene.host) == nil)
    let object = scene.snapshotObject(.of(50), needing: [(first.run, 9, 2)])
    let draft = Draft(scene.taken(.of(50)), subjects: [object])
    #expect(try scene.reason(draft, by: scene.host) == .notPresent)
    let index = scene.index(pack: 0, of: .of(50), holding: [(first.run, 10, 1)])
    let whole = Draft(scene.taken(.of(50)), subjects: [object, index])
    #expect(try scene.reason(whole, by: scene.host) == nil)
  }

  @Test func anIndexOfAVoidStatementPlacesNothing() throws {
    var scene = try Scene()
    #expect(try scene.reason(scene.started(.of(50)), by: scene.host) == nil)
    let index = scene.index(pack: 0, of: .of(50), holding: [(.of(50), 0, 5)])
    let bad = scene.snapshotObject(.of(50), needing: [(.of(50), 0, 6)])
    #expect(
      try scene.reason(Draft(scene.taken(.of(50)), subjects: [bad, index]), by: scene.host)
        == .notPresent)
    #expect(!scene.state.isPresent(.of(0, 1), of: .of(50)))
    #expect(scene.state.runs[.of(50)]?.isOpen == true)
  }

  @Test func setAndRunOfTheObjectsMustFit() throws {
    var scene = try Scene()
    #expect(try scene.reason(scene.started(.of(50)), by: scene.host) == nil)
    let otherSet = scene.snapshotObject(.of(50), set: scene.otherSet, needing: [])
    let otherRun = scene.snapshotObject(.of(51), needing: [])
    let right = scene.snapshotObject(.of(50), needing: [])
    let otherIndex = scene.index(
      pack: 0, of: .of(50), set: scene.otherSet, holding: [(.of(50), 0, 1)])
    for subjects in [[otherSet], [otherRun], [right, otherIndex]] {
      let draft = Draft(scene.taken(.of(50)), subjects: subjects)
      #expect(try scene.reason(draft, by: scene.host) == .setMismatch)
    }
    #expect(
      try scene.reason(Draft(scene.taken(.of(50)), subjects: [right]), by: scene.host) == nil)
  }

  @Test func anEntryHoldsOneSnapshotOfASet() throws {
    var scene = try Scene()
    let drafts = [RunID.of(1), .of(2)].flatMap { run in
      let object = scene.snapshotObject(run, needing: [])
      return [Draft(scene.started(run)), Draft(scene.taken(run), subjects: [object])]
    }
    #expect(try scene.say(drafts, by: scene.host).reason == .secondSnapshot)
    #expect(scene.state.liveSnapshots(of: scene.set).count == 1)
  }

  @Test func aMissingObjectCanNotJudge() throws {
    var scene = try Scene()
    let first = try scene.backup()
    #expect(try scene.reason(scene.started(.of(50)), by: scene.host) == nil)
    let lost = Subject(path: .index(.of(77)), digest: .of(77))
    let object = scene.snapshotObject(.of(50), needing: [(first.run, 0, 3), (.of(50), 0, 1)])
    let draft = Draft(scene.taken(.of(50)), subjects: [object, lost])
    #expect(
      try scene.say([draft], by: scene.host)
        == [.unreadObject(lost.path, number: scene.state.size - 1)])
    #expect(scene.state.liveSnapshots(of: scene.set).count == 2)
    // A later snapshot may need blocks that only the lost object places.
    _ = try scene.backup(alsoNeeding: [(.of(50), 0, 9)])
    #expect(scene.state.requiredObjects().contains { $0.path == lost.path })
  }

  @Test func aStoreThatCanNotBeAskedLeavesTheStateAsItWas() throws {
    var scene = try Scene()
    #expect(try scene.reason(scene.started(.of(50)), by: scene.host) == nil)
    let object = scene.snapshotObject(.of(50), needing: [])
    let line = try scene.sign(
      [Draft(scene.taken(.of(50)), subjects: [object])], by: scene.host)
    let before = scene.state
    scene.objects.becomeUnreachable()
    #expect(throws: StorageError.unreachable) {
      _ = try scene.state.take(line, objects: scene.objects)
    }
    #expect(scene.state == before)
  }

  @Test func selfCheckBelongsToTheSnapshotOfItsRun() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    func check(_ failed: Int) -> Predicate {
      .selfChecked(
        .init(run: backup.run, blocks: 10, byteCount: 1000, opened: 10, failed: failed))
    }
    #expect(scene.state.snapshot(backup.number, of: scene.set)?.isSelfChecked == false)
    #expect(try scene.reason(check(1), by: scene.host) == nil)
    #expect(scene.state.snapshot(backup.number, of: scene.set)?.isSelfChecked == false)
    #expect(try scene.reason(check(0), by: scene.host) == nil)
    #expect(scene.state.snapshot(backup.number, of: scene.set)?.isSelfChecked == true)
  }

  // MARK: Compaction and rewriting

  @Test func aCompactionPlacesBlocksElsewhereToo() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    let run = RunID.of(60)
    #expect(
      try scene.reason(scene.started(run, purpose: .compaction), by: scene.host) == nil)
    let index = scene.index(pack: 0, of: run, holding: [(backup.run, 0, 10)])
    let draft = Draft(
      .compacted(.init(run: run, set: scene.set)), subjects: [index])
    #expect(try scene.reason(draft, by: scene.host) == nil)
    #expect(
      scene.state.packs(of: BlockAddress(run: backup.run, number: 3))
        == [.of(run, 0), .of(backup.run, 0)])
    let free = scene.state.condemnable()
    // The index object of the writer stays: it alone says what the writer signed.
    #expect(free.objects == [])
    #expect(
      scene.state.vouchers(of: scene.set, for: scene.state.neededBlocks)
        == backup.index.path.digest.map { [$0] })
    #expect(scene.state.unvouchedBlocks(of: scene.set).isEmpty)
    #expect(free.packs == [PackRanges(run: backup.run, numbers: BlockRanges(.of(0, 1)))])
  }

  @Test func aCompactionOfBlocksThatAreNotPresentIsVoid() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    let run = RunID.of(60)
    #expect(
      try scene.reason(scene.started(run, purpose: .compaction), by: scene.host) == nil)
    // Its own index object says where the blocks lie, but that pack was deleted, and no other has
    // the eleventh block.
    let pack = Predicate.Removal(
      objects: [], packs: [PackRanges(run: .of(61), numbers: BlockRanges(.of(0, 1)))])
    #expect(try scene.reason(.condemned(pack), by: scene.host) == nil)
    let night = try #require(Night("2027-01-02"))
    #expect(
      try scene.reason(.night(.init(night: night, code: 0, sets: [])), by: scene.host) == nil)
    #expect(try scene.reason(.deleted(pack), by: scene.host) == nil)
    let late = RunID.of(61)
    #expect(
      try scene.reason(scene.started(late, purpose: .compaction), by: scene.host) == nil)
    let gone = scene.index(pack: 0, of: late, holding: [(backup.run, 0, 11)])
    let void = Draft(.compacted(.init(run: late, set: scene.set)), subjects: [gone])
    #expect(try scene.reason(void, by: scene.host) == .notPresent)
    let index = scene.index(pack: 0, of: run, holding: [(backup.run, 0, 10)])
    let draft = Draft(.compacted(.init(run: run, set: scene.set)), subjects: [index])
    #expect(try scene.reason(draft, by: scene.host) == nil)
  }

  @Test func aRewritingGivesSnapshotsSuccessorsThatKeepTheirNumber() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    let run = RunID.of(70)
    #expect(try scene.reason(scene.started(run, purpose: .rewrite), by: scene.owner) == nil)
    let index = scene.index(pack: 0, of: run, holding: [(run, 0, 4)])
    let object = scene.snapshotObject(run, needing: [(run, 0, 4)])
    func rewritten(_ old: Int) -> Draft {
      Draft(
        .rewritten(
          .init(
            run: run, set: scene.set, successors: [.init(new: object.digest, old: old)])),
        subjects: [object, index])
    }
    #expect(try scene.reason(rewritten(1), by: scene.owner) == .notLive)
    #expect(try scene.reason(scene.started(.of(71)), by: scene.host) == nil)
    #expect(try scene.reason(rewritten(backup.number), by: scene.owner) == .otherRunOpen)
    #expect(try scene.reason(.abandoned(.init(run: .of(71))), by: scene.host) == nil)
    #expect(try scene.reason(rewritten(backup.number), by: scene.owner) == nil)
    let snapshot = try #require(scene.state.liveSnapshots(of: scene.set).first)
    #expect(snapshot.number == backup.number)
    #expect(snapshot.digest == object.digest)
    #expect(snapshot.night == Night.of(scene.clock.unix))
    let free = scene.state.condemnable()
    #expect(
      Set(free.objects) == [backup.snapshot.path, backup.index.path, backup.chunks.path])
    #expect(free.packs.map(\.run) == [backup.run])
  }
}
