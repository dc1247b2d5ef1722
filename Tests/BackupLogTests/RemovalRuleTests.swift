import BackupFormat
import Testing

@testable import BackupLog

/// The rules for rotation, condemnation and deletion (`Docs/format.md`, section 9.3).
struct RemovalRuleTests {
  @Test func rotationNamesLiveSnapshotsAndThePolicyInForce() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    let wrong = Predicate.rotated(
      .init(
        set: scene.set, policy: .of(1),
        removed: [.init(number: backup.number, reason: .keepRules)]))
    #expect(try scene.reason(wrong, by: scene.host) == .wrongPolicy)
    #expect(try scene.rotate([backup.number, 1]) == .notLive)
    #expect(try scene.rotate([backup.number, backup.number]) == .notLive)
    #expect(try scene.rotate([backup.number]) == nil)
    #expect(try scene.rotate([backup.number]) == .notLive)
    #expect(scene.state.liveSnapshots(of: scene.set).isEmpty)
  }

  @Test func whatAnUnreadIndexObjectMayPlaceIsNotJudgedNeededHere() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    let old = scene.removal(packs: [(backup.run, 0, 1)])
    #expect(try scene.reason(.condemned(old), by: scene.host) == .needed)
    // An operator has moved the blocks; this reader can't read where to.
    let started = Predicate.started(
      .init(run: .of(60), set: scene.set, purpose: .compaction, continues: []))
    #expect(try scene.reason(started, by: scene.host) == nil)
    let lost = Subject(path: .index(.of(77)), digest: .of(77))
    _ = try scene.say(
      [Draft(.compacted(.init(run: .of(60), set: scene.set)), subjects: [lost])], by: scene.host)
    #expect(try scene.reason(.condemned(old), by: scene.host) == nil)
    // The next snapshot needs them, wherever they lie.
    _ = try scene.backup(alsoNeeding: [(backup.run, 0, 3)])
    try scene.closeNight()
    #expect(try scene.reason(.deleted(old), by: scene.host) == nil)
  }

  @Test func rotationWaitsForAPolicyThatIsNotInForceYet() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    let later = Predicate.policy(scene.policyTerms(effective: Scene.start + 7 * Scene.day))
    #expect(try scene.reason(later, by: scene.owner) == nil)
    #expect(try scene.rotate([backup.number]) == .wrongPolicy)
    scene.clock.unix += 7 * Scene.day
    scene.clock.synchronised = false
    #expect(try scene.rotate([backup.number]) == .wrongPolicy)
    scene.clock.synchronised = true
    #expect(try scene.rotate([backup.number]) == nil)
  }

  @Test func whatIsRotatedMayBeReinstatedUntilItIsDeleted() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    let again = Predicate.reinstated(.init(set: scene.set, numbers: [backup.number]))
    #expect(try scene.reason(again, by: scene.host) == .notRotated)
    #expect(try scene.rotate([backup.number]) == nil)
    #expect(try scene.reason(again, by: scene.host) == nil)
    #expect(scene.state.liveSnapshots(of: scene.set).count == 1)
    #expect(try scene.rotate([backup.number]) == nil)
    #expect(try scene.reason(.condemned(scene.state.condemnable()), by: scene.host) == nil)
    try scene.closeNight()
    #expect(try scene.reason(.deleted(scene.state.deletable()), by: scene.host) == nil)
    #expect(try scene.reason(again, by: scene.host) == .notPresent)
    guard case .gone = scene.state.snapshot(backup.number, of: scene.set)?.state else {
      Issue.record("the snapshot is gone")
      return
    }
  }

  @Test func aReinstatedSnapshotNeedsItsBlocks() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    #expect(try scene.rotate([backup.number]) == nil)
    let pack = scene.removal(packs: [(backup.run, 0, 1)])
    #expect(try scene.reason(.condemned(pack), by: scene.host) == nil)
    try scene.closeNight()
    #expect(try scene.reason(.deleted(pack), by: scene.host) == nil)
    let again = Predicate.reinstated(.init(set: scene.set, numbers: [backup.number]))
    #expect(try scene.reason(again, by: scene.host) == .notPresent)
  }

  @Test func whatALiveSnapshotNeedsCanNotBeCondemned() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    let key = ObjectPath.key(set: scene.set, key: scene.host.id)
    for removal in [
      scene.removal([backup.snapshot.path]), scene.removal([backup.index.path]),
      scene.removal(packs: [(backup.run, 0, 1)]), scene.removal([key]),
    ] {
      #expect(try scene.reason(.condemned(removal), by: scene.host) == .needed)
    }
    #expect(scene.state.condemnable() == scene.removal())
    // Chunk lists only serve deduplication: no program condemns it, but nobody judges it.
    let chunks = scene.removal([backup.chunks.path])
    #expect(try scene.reason(.condemned(chunks), by: scene.host) == nil)
    try scene.closeNight()
    #expect(scene.state.deletable() == scene.removal())
  }

  @Test func whatWasNeededForAWhileIsCondemnedAgainFirst() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    #expect(try scene.rotate([backup.number]) == nil)
    let removal = scene.state.condemnable()
    #expect(try scene.reason(.condemned(removal), by: scene.host) == nil)
    try scene.closeNight()
    let again = Predicate.reinstated(.init(set: scene.set, numbers: [backup.number]))
    #expect(try scene.reason(again, by: scene.host) == nil)
    #expect(scene.state.deletable() == scene.removal())
    #expect(try scene.rotate([backup.number]) == nil)
    #expect(scene.state.deletable() == scene.removal())
    #expect(scene.state.condemnable() == removal)
    #expect(try scene.reason(.condemned(removal), by: scene.host) == nil)
    // The last condemnation counts, also for who can't read any more what it was needed for.
    #expect(try scene.reason(.deleted(removal), by: scene.host) == .notCondemned)
    try scene.closeNight()
    #expect(scene.state.deletable() == removal)
    #expect(try scene.reason(.deleted(removal), by: scene.host) == nil)
  }

  @Test func packsOfAnOpenRunCanNotBeCondemned() throws {
    var scene = try Scene()
    #expect(try scene.reason(scene.started(.of(1)), by: scene.host) == nil)
    let pack = scene.removal(packs: [(.of(1), 0, 1)])
    #expect(try scene.reason(.condemned(pack), by: scene.host) == .packOfOpenRun)
    let next = scene.started(.of(2), continues: [.of(1)])
    #expect(try scene.reason(next, by: scene.host) == nil)
    #expect(try scene.reason(.condemned(pack), by: scene.host) == .packOfOpenRun)
    #expect(try scene.reason(.abandoned(.init(run: .of(2))), by: scene.host) == nil)
    #expect(try scene.reason(.condemned(pack), by: scene.host) == nil)
  }

  @Test func entriesAndTheFormatCanNeverBeCondemned() throws {
    var scene = try Scene()
    for path in [ObjectPath.log(0), .format, .pack(.of(.of(1), 0))] {
      let removal = scene.removal([path])
      #expect(try scene.reason(.condemned(removal), by: scene.host) == .illFormed)
    }
  }

  @Test func aRecordInItsTermCanNotBeCondemned() throws {
    var scene = try Scene()
    let record = Subject(path: .record(.of(5)), digest: .of(5))
    let kept = Draft(
      .record(
        .init(night: .of(Scene.start), commitment: .of(6), until: Scene.start + 10 * Scene.day)),
      subjects: [record])
    #expect(try scene.reason(kept, by: scene.host) == nil)
    let removal = scene.removal([record.path])
    #expect(try scene.reason(.condemned(removal), by: scene.host) == .needed)
    #expect(scene.state.requiredObjects().contains { $0.path == record.path })
    scene.clock.unix += 11 * Scene.day
    #expect(try scene.reason(.condemned(removal), by: scene.host) == nil)
  }

  @Test func aRecordThatIsNamedTwiceIsKeptForTheLongerTerm() throws {
    var scene = try Scene()
    let record = Subject(path: .record(.of(5)), digest: .of(5))
    for days in [10, 3] as [Int64] {
      let kept = Draft(
        .record(
          .init(
            night: .of(Scene.start), commitment: .of(6), until: Scene.start + days * Scene.day)),
        subjects: [record])
      #expect(try scene.reason(kept, by: scene.host) == nil)
    }
    let removal = scene.removal([record.path])
    scene.clock.unix += 5 * Scene.day
    #expect(try scene.reason(.condemned(removal), by: scene.host) == .needed)
    #expect(!scene.state.condemnable().objects.contains(record.path))
    scene.clock.unix += 6 * Scene.day
    #expect(try scene.reason(.condemned(removal), by: scene.host) == nil)
  }

  @Test func deletionNeedsACondemnationWithANightBetween() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    #expect(try scene.rotate([backup.number]) == nil)
    let removal = scene.state.condemnable()
    #expect(removal.objects.count == 3)
    #expect(try scene.reason(.deleted(removal), by: scene.host) == .notCondemned)
    let night = Draft(.night(.init(night: .of(Scene.start), code: 0, sets: [])))
    let oneEntry = try scene.say(
      [Draft(.condemned(removal)), night, Draft(.deleted(removal))], by: scene.host)
    #expect(oneEntry.reason == .notCondemned)
    // The night in the entry of the condemnation does not lie between.
    #expect(try scene.reason(.deleted(removal), by: scene.host) == .notCondemned)
    #expect(scene.state.deletable() == scene.removal())
    try scene.closeNight()
    #expect(scene.state.deletable() == removal)
    #expect(try scene.reason(.deleted(removal), by: scene.host) == nil)
    #expect(!scene.state.isPresent(.of(0, 1), of: backup.run))
    #expect(scene.state.isDeleted(.of(backup.run, 0)))
    #expect(try scene.reason(.deleted(removal), by: scene.host) == .notCondemned)
  }

  @Test func theNightLiesBetweenForObjectsAndForPacks() throws {
    for isPack in [false, true] {
      var scene = try Scene()
      let removal =
        isPack ? scene.removal(packs: [(.of(9), 0, 1)]) : scene.removal([.chunks(.of(9))])
      let night = Draft(.night(.init(night: .of(Scene.start), code: 0, sets: [])))
      #expect(try scene.say([Draft(.condemned(removal)), night], by: scene.host).isEmpty)
      #expect(try scene.reason(.deleted(removal), by: scene.host) == .notCondemned)
      #expect(
        try scene.say([night, Draft(.deleted(removal))], by: scene.host).reason
          == .notCondemned)
      #expect(try scene.reason(.deleted(removal), by: scene.host) == nil)
    }
  }

  @Test func anObjectThatIsNamedAfterItsCondemnationStays() throws {
    var scene = try Scene()
    let run = RunID.of(50)
    let index = scene.index(pack: 0, of: run, holding: [(run, 0, 1)])
    let chunks = scene.chunkList()
    let orphans = scene.removal([index.path, chunks.path])
    #expect(try scene.reason(.condemned(orphans), by: scene.host) == nil)
    #expect(try scene.reason(scene.started(run), by: scene.host) == nil)
    let object = scene.snapshotObject(run, needing: [(run, 0, 1)])
    let draft = Draft(scene.taken(run), subjects: [object, index, chunks])
    #expect(try scene.reason(draft, by: scene.host) == nil)
    #expect(scene.state.condemned() == scene.removal())
    try scene.closeNight()
    #expect(try scene.reason(.deleted(orphans), by: scene.host) == .notCondemned)
  }

  @Test func aTextThatNothingNamedIsDeletedWhenNobodyCanNameItAnyMore() throws {
    var scene = try Scene()
    let texts = [ObjectPath.record(.of(5)), .erasure(.of(6))].sorted()
    #expect(try scene.reason(.condemned(scene.removal(texts)), by: scene.host) == nil)
    let condemned = scene.state.size - 1
    while scene.state.size <= condemned + 1_000 {
      #expect(scene.state.deletable() == scene.removal())
      try scene.closeNight(days: 0)
    }
    #expect(scene.state.deletable() == scene.removal(texts))
  }

  @Test func aRecordWhoseTermIsOverWaitsForNoMoreThanANight() throws {
    var scene = try Scene()
    let record = Subject(path: .record(.of(5)), digest: .of(5))
    let kept = Draft(
      .record(.init(night: .of(Scene.start), commitment: .of(6), until: Scene.start)),
      subjects: [record])
    #expect(try scene.reason(kept, by: scene.host) == nil)
    scene.clock.unix += Scene.day
    let removal = scene.removal([record.path])
    #expect(try scene.reason(.condemned(removal), by: scene.host) == nil)
    try scene.closeNight()
    #expect(scene.state.deletable() == removal)
  }

  @Test func partOfACondemnedRangeMayBeDeleted() throws {
    var scene = try Scene()
    #expect(
      try scene.reason(.condemned(scene.removal(packs: [(.of(9), 0, 10)])), by: scene.host)
        == nil)
    try scene.closeNight()
    #expect(
      try scene.reason(.deleted(scene.removal(packs: [(.of(9), 5, 6)])), by: scene.host)
        == .notCondemned)
    #expect(
      try scene.reason(.deleted(scene.removal(packs: [(.of(9), 5, 5)])), by: scene.host) == nil)
    #expect(scene.state.deletable() == scene.removal(packs: [(.of(9), 0, 5)]))
  }

  @Test func whatALaterSnapshotNeedsIsNotDeleted() throws {
    var scene = try Scene()
    let old = try scene.backup()
    #expect(try scene.rotate([old.number]) == nil)
    #expect(try scene.reason(.condemned(scene.state.condemnable()), by: scene.host) == nil)
    #expect(scene.state.reusableBlocks(of: old.run).isEmpty)
    _ = try scene.backup(alsoNeeding: [(old.run, 3, 1)])
    try scene.closeNight()
    // Only the snapshot object is still condemned.
    #expect(scene.state.deletable() == scene.removal([old.snapshot.path]))
    let pack = scene.removal(packs: [(old.run, 0, 1)])
    #expect(try scene.reason(.deleted(pack), by: scene.host) == .needed)
    #expect(scene.state.isPresent(.of(0, 10), of: old.run))
  }

  @Test func aReinstatedSnapshotIsNotDeleted() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    #expect(try scene.rotate([backup.number]) == nil)
    let removal = scene.state.condemnable()
    #expect(try scene.reason(.condemned(removal), by: scene.host) == nil)
    let again = Predicate.reinstated(.init(set: scene.set, numbers: [backup.number]))
    #expect(try scene.reason(again, by: scene.host) == nil)
    #expect(scene.state.condemned() == scene.removal())
    try scene.closeNight()
    #expect(try scene.reason(.deleted(removal), by: scene.host) == .needed)
  }

  @Test func deletionThatTakesANeededBlockIsVoid() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    let removal = scene.removal(packs: [(backup.run, 0, 1)])
    scene.state.presence.condemn(packs: removal.packs, indexes: [], at: backup.number)
    try scene.closeNight()
    #expect(try scene.reason(.deleted(removal), by: scene.host) == .needed)
  }

  @Test func aDeletedIndexObjectPlacesNothing() throws {
    var scene = try Scene()
    let first = try scene.backup()
    #expect(try scene.rotate([first.number]) == nil)
    let index = scene.removal([first.index.path])
    #expect(try scene.reason(.condemned(index), by: scene.host) == nil)
    try scene.closeNight()
    #expect(try scene.reason(.deleted(index), by: scene.host) == nil)
    #expect(!scene.state.isPresent(.of(0, 1), of: first.run))
  }

  @Test func whoReadsTheLogAfterTheDeletionFindsNothingMissing() throws {
    var scene = try Scene()
    let old = try scene.backup()
    let new = try scene.backup()
    #expect(try scene.rotate([old.number]) == nil)
    let removal = scene.state.condemnable()
    #expect(try scene.reason(.condemned(removal), by: scene.host) == nil)
    try scene.closeNight()
    #expect(try scene.reason(.deleted(removal), by: scene.host) == nil)
    scene.objects.lose(old.index.digest)
    scene.objects.lose(old.snapshot.digest)
    var late = try LogState(
      repository: scene.repository, firstEntry: scene.state.texts[0])
    for entry in scene.state.texts.dropFirst() {
      _ = try late.take(entry, objects: scene.objects)
    }
    #expect(late.findings.isEmpty)
    #expect(late.liveSnapshots(of: scene.set) == scene.state.liveSnapshots(of: scene.set))
    #expect(late.requiredObjects() == scene.state.requiredObjects())
    #expect(late.presentBlocks(of: new.run) == BlockRanges(.of(0, 10)))
    // What was deleted is absent for the late reader too.
    #expect(try scene.reason(scene.started(.of(90)), by: scene.host) == nil)
    let object = scene.snapshotObject(.of(90), needing: [(old.run, 0, 1)])
    #expect(
      try scene.reason(Draft(scene.taken(.of(90)), subjects: [object]), by: scene.host)
        == .notPresent)
    for entry in scene.state.texts.suffix(2).dropLast() {
      _ = try late.take(entry, objects: scene.objects)
    }
    #expect(
      try late.take(scene.state.texts[scene.state.size - 1], objects: scene.objects).reason
        == .notPresent)
  }

  @Test func standingsExplainWhatLiesInTheStore() throws {
    var scene = try Scene()
    let old = try scene.backup()
    let new = try scene.backup()
    #expect(try scene.rotate([old.number]) == nil)
    #expect(try scene.reason(scene.started(.of(80)), by: scene.host) == nil)
    #expect(try scene.reason(scene.started(.of(81)), by: scene.host) == nil)
    #expect(try scene.reason(.abandoned(.init(run: .of(81))), by: scene.host) == nil)
    let standings = scene.state.standings(of: [
      old.snapshot.path, new.snapshot.path, new.index.path, .pack(.of(new.run, 0)),
      .pack(.of(old.run, 0)), .pack(.of(.of(80), 0)), .pack(.of(.of(81), 3)),
      .pack(.of(.of(82), 0)), .index(.of(5)), .log(0), .log(99),
    ])
    #expect(
      standings == [
        old.snapshot.path: .published, new.snapshot.path: .required, new.index.path: .required,
        .pack(.of(new.run, 0)): .required, .pack(.of(old.run, 0)): .published,
        .pack(.of(.of(80), 0)): .ofOpenRun, .pack(.of(.of(81), 3)): .orphan,
        .pack(.of(.of(82), 0)): .unexplained, .index(.of(5)): .unexplained,
        .log(0): .required, .log(99): .unexplained,
      ])
  }

  @Test func packUsesCountWhatIsNeeded() throws {
    var scene = try Scene()
    let old = try scene.backup()
    #expect(try scene.rotate([old.number]) == nil)
    let new = try scene.backup(alsoNeeding: [(old.run, 2, 3)])
    let uses = scene.state.packUses(of: scene.set)
    #expect(uses.map(\.pack) == [.of(old.run, 0), .of(new.run, 0)].sorted())
    #expect(uses.first { $0.pack.run == old.run }?.neededBlockCount == 3)
    #expect(uses.first { $0.pack.run == new.run }?.neededBlockCount == 10)
    #expect(uses.allSatisfy { $0.blockCount == 10 && !$0.isHeld && !$0.isCondemned })
  }
}
