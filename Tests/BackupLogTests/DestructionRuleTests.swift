import BackupFormat
import Testing

@testable import BackupLog

/// The rules for the destruction of a data set (`Docs/format.md`, section 9.3).
struct DestructionRuleTests {
  private static let week: Int64 = 604_800

  private func destroyed(
    _ scene: Scene, _ action: Predicate.DestructionAction = .add, effective: Int64 = 0,
    set: SetID? = nil
  ) -> Predicate {
    .destroyed(
      .init(set: set ?? scene.set, action: action, effective: effective, reason: .of(5)))
  }

  /// A set with one snapshot, destroyed, when that is in force.
  private func destroyedScene() throws -> (Scene, Scene.Backup) {
    var scene = try Scene()
    let backup = try scene.backup()
    let reason = try scene.reason(destroyed(scene), by: scene.owner)
    #expect(reason == nil)
    scene.clock.unix += Self.week
    return (scene, backup)
  }

  private func rotated(
    _ scene: Scene, _ numbers: [Int], reason: Predicate.RotationReason = .destroyed,
    by statement: StatementID? = nil
  ) -> Predicate {
    .rotated(
      .init(
        set: scene.set,
        policy: statement ?? scene.state.destructions[scene.set]?.said.id ?? .of(0),
        removed: numbers.map { .init(number: $0, reason: reason) }))
  }

  @Test func isTheOwnersWordAboutAKnownSet() throws {
    var scene = try Scene()
    #expect(try scene.reason(destroyed(scene), by: scene.host) == .notEntitled)
    let other = destroyed(scene, set: scene.otherSet)
    #expect(try scene.reason(other, by: scene.owner) == .wrongDataSet)
    #expect(scene.state.destructions.isEmpty)
    #expect(try scene.reason(destroyed(scene), by: scene.owner) == nil)
    #expect(try scene.reason(destroyed(scene), by: scene.owner) == .wrongDestruction)
    #expect(scene.state.destructions[scene.set]?.inForceAt == Scene.start + Self.week)
  }

  @Test func isWithdrawnUntilItIsInForce() throws {
    var scene = try Scene()
    #expect(try scene.reason(destroyed(scene, .remove), by: scene.owner) == .wrongDestruction)
    #expect(try scene.reason(destroyed(scene), by: scene.owner) == nil)
    scene.clock.unix += Self.week - 1
    #expect(try scene.reason(destroyed(scene, .remove), by: scene.owner) == nil)
    #expect(scene.state.destructions.isEmpty)
    scene.clock.unix += Self.week
    _ = try scene.backup()
    // Said again, the seven days begin again.
    #expect(try scene.reason(destroyed(scene), by: scene.owner) == nil)
    scene.clock.unix += Self.week
    #expect(try scene.reason(destroyed(scene, .remove), by: scene.owner) == .wrongDestruction)
  }

  @Test func isInForceWhenBothItsDateAndSevenDaysAreOver() throws {
    var scene = try Scene()
    let late = Scene.start + 2 * Self.week
    #expect(try scene.reason(destroyed(scene, effective: late), by: scene.owner) == nil)
    #expect(!scene.state.isDestroyed(scene.set, at: late - 1))
    #expect(scene.state.isDestroyed(scene.set, at: late))
    // A time that is not believed brings nothing in force.
    let jump = LogTime(unix: late, synchronised: false)
    #expect(!scene.state.isDestroyed(scene.set, at: jump))
    #expect(scene.state.isDestroyed(scene.set, at: LogTime(unix: late, synchronised: true)))
  }

  @Test func inForceNothingOfTheSetIsAddedMovedOrBroughtBack() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    #expect(try scene.rotate([backup.number]) == nil)
    #expect(try scene.reason(scene.started(.of(50)), by: scene.host) == nil)
    let compaction = scene.started(.of(51), purpose: .compaction)
    #expect(try scene.reason(compaction, by: scene.host) == nil)
    #expect(try scene.reason(destroyed(scene), by: scene.owner) == nil)
    scene.clock.unix += Self.week
    let key = Subject(path: .key(set: scene.set, key: scene.owner.id), digest: .of(2))
    let object = scene.snapshotObject(.of(50), needing: [(.of(50), 0, 10)])
    let index = scene.index(pack: 0, of: .of(50), holding: [(.of(50), 0, 10)])
    let rewritten = Predicate.rewritten(.init(run: .of(52), set: scene.set, successors: []))
    let drafts: [(Draft, Person)] = [
      (Draft(.dataSet(.init(set: scene.set, xWing: scene.xWing)), subjects: [key]), scene.owner),
      (Draft(scene.started(.of(53))), scene.host),
      (Draft(scene.taken(.of(50)), subjects: [object, index]), scene.host),
      (Draft(.compacted(.init(run: .of(51), set: scene.set))), scene.host),
      (Draft(.reinstated(.init(set: scene.set, numbers: [backup.number]))), scene.host),
      (Draft(rewritten), scene.owner),
    ]
    for (draft, person) in drafts {
      #expect(try scene.reason(draft, by: person) == .setDestroyed, "\(draft.predicate.kind)")
    }
    // The objects of what is void for this reason need not stay: the log alone says so.
    #expect(!scene.state.isKeptForJudging(object.path))
    // Other sets go on.
    let other = Draft(
      .dataSet(.init(set: scene.otherSet, xWing: scene.otherXWing)),
      subjects: [Subject(path: .key(set: scene.otherSet, key: scene.owner.id), digest: .of(3))])
    #expect(try scene.reason(other, by: scene.owner) == nil)
  }

  @Test func rotatesOnlyForItsOwnReason() throws {
    var scene = try Scene()
    let backup = try scene.backup()
    #expect(try scene.reason(destroyed(scene), by: scene.owner) == nil)
    #expect(try scene.reason(rotated(scene, [backup.number]), by: scene.host) == .wrongPolicy)
    scene.clock.unix += Self.week
    let policy = scene.policy
    for wrong in [
      rotated(scene, [backup.number], reason: .keepRules),
      rotated(scene, [backup.number], by: policy),
      rotated(scene, [backup.number], by: .of(7)),
    ] {
      #expect(try scene.reason(wrong, by: scene.host) == .wrongPolicy)
    }
    #expect(try scene.reason(rotated(scene, [1]), by: scene.host) == .notLive)
    #expect(try scene.reason(rotated(scene, [backup.number]), by: scene.host) == nil)
    #expect(scene.state.liveSnapshots(of: scene.set).isEmpty)
  }

  @Test func itsOpenRunsAreAbandonedAtOnce() throws {
    var scene = try Scene()
    #expect(
      try scene.reason(scene.role(scene.stranger, [.operator]), by: scene.owner) == nil)
    #expect(try scene.reason(destroyed(scene), by: scene.owner) == nil)
    scene.clock.unix += Self.week - 60
    #expect(try scene.reason(scene.started(.of(50)), by: scene.host) == nil)
    let abandoned = Predicate.abandoned(.init(run: .of(50)))
    #expect(try scene.reason(abandoned, by: scene.stranger) == .runNotSilent)
    scene.clock.unix += 60
    #expect(try scene.reason(abandoned, by: scene.stranger) == nil)
  }

  @Test func everythingOfItGoesWithItsKeys() throws {
    var (scene, backup) = try destroyedScene()
    let key = ObjectPath.key(set: scene.set, key: scene.host.id)
    #expect(try scene.reason(rotated(scene, [backup.number]), by: scene.host) == nil)
    let all = scene.removal(
      [backup.snapshot.path, backup.index.path, backup.chunks.path, key],
      packs: [(backup.run, 0, 1)])
    #expect(scene.state.condemnable() == all)
    #expect(try scene.reason(.condemned(all), by: scene.host) == nil)
    #expect(scene.state.deletable() == scene.removal())
    try scene.closeNight()
    #expect(scene.state.storedKeyCount(of: scene.set) == 1)
    #expect(scene.state.storedPacks(of: scene.set).count == 1)
    #expect(scene.state.deletable() == all)
    #expect(scene.state.destructions[scene.set]?.keysGoneAt == nil)
    let time = scene.clock.unix
    #expect(try scene.reason(.deleted(all), by: scene.host) == nil)
    #expect(scene.state.destructions[scene.set]?.keysGoneAt == time)
    #expect(scene.state.storedPacks(of: scene.set).count == 0)
    #expect(!scene.state.requiredObjects().contains { $0.path == key })
    // Who reads the log when all of it is gone finds the same.
    let left = scene.objects.copy(without: all.objects)
    var later = try LogState(repository: scene.repository, firstEntry: scene.state.texts[0])
    for entry in scene.state.texts.dropFirst() { _ = try later.take(entry, objects: left) }
    #expect(later.destructions == scene.state.destructions)
    #expect(later.findings.isEmpty)
  }

  @Test func anIndexObjectThatCanNotBeReadGoes() throws {
    var (scene, backup) = try destroyedScene()
    guard case .index(let digest) = backup.index.path else { return }
    scene.objects.lose(digest)
    var blind = try LogState(repository: scene.repository, firstEntry: scene.state.texts[0])
    for entry in scene.state.texts.dropFirst() {
      _ = try blind.take(entry, objects: scene.objects)
    }
    scene.state = blind
    #expect(!blind.condemnable().objects.contains(backup.index.path))
    #expect(try scene.reason(rotated(scene, [backup.number]), by: scene.host) == nil)
    #expect(scene.state.condemnable().objects.contains(backup.index.path))
  }

  @Test func aHoldKeepsItsKeys() throws {
    var (scene, backup) = try destroyedScene()
    let hold = Predicate.Hold(
      set: scene.set, hold: .of(4), action: .add, until: 0, snapshots: [], reason: .of(5))
    #expect(try scene.reason(.hold(hold), by: scene.owner) == nil)
    #expect(scene.state.isDestroyed(scene.set, at: scene.clock))
    #expect(!scene.state.isDestructionDue(scene.set, at: scene.clock))
    #expect(try scene.reason(rotated(scene, [backup.number]), by: scene.host) == nil)
    let key = ObjectPath.key(set: scene.set, key: scene.host.id)
    #expect(!scene.state.condemnable().objects.contains(key))
    var ended = hold
    ended.action = .remove
    #expect(try scene.reason(.hold(ended), by: scene.owner) == nil)
    #expect(scene.state.condemnable().objects.contains(key))
  }

  @Test func aClockThatIsSetBackOpensItAgainUnlessAKeyIsGone() throws {
    var (scene, backup) = try destroyedScene()
    #expect(try scene.reason(scene.started(.of(60)), by: scene.host) == .setDestroyed)
    #expect(try scene.reason(rotated(scene, [backup.number]), by: scene.host) == nil)
    let back = Predicate.clock(.init(believed: Scene.start + 60))
    let key = scene.removal([.key(set: scene.set, key: scene.host.id)])
    var spared = scene
    #expect(try spared.reason(back, by: spared.owner) == nil)
    spared.clock.unix = Scene.start + 60
    #expect(try spared.reason(destroyed(spared, .remove), by: spared.owner) == nil)

    #expect(try scene.reason(.condemned(key), by: scene.host) == nil)
    try scene.closeNight()
    #expect(try scene.reason(.deleted(key), by: scene.host) == nil)
    #expect(try scene.reason(back, by: scene.owner) == nil)
    scene.clock.unix = Scene.start + 60
    #expect(try scene.reason(destroyed(scene, .remove), by: scene.owner) == .wrongDestruction)
  }

  @Test func handedInLateItIsVoidAfterAnotherAboutTheSet() throws {
    var scene = try Scene()
    let head = scene.state.head
    let early = try scene.sign([Draft(destroyed(scene))], by: scene.owner, seen: head)
    #expect(try scene.reason(destroyed(scene), by: scene.owner) == nil)
    #expect(try scene.reason(destroyed(scene, .remove), by: scene.owner) == nil)
    #expect(try scene.state.take(early, objects: scene.objects).reason == .overtaken)
  }

  @Test func isOverdueAfterTheCollectionLag() throws {
    var (scene, _) = try destroyedScene()
    let end = Scene.start + Self.week + 60 * Scene.day
    #expect(scene.state.destructionEnd(of: scene.set) == end)
    #expect(!scene.state.isDestructionOverdue(scene.set, at: end))
    #expect(scene.state.isDestructionOverdue(scene.set, at: end + 1))
    try scene.closeNight()
    #expect(scene.state.destructionEnd(of: scene.otherSet) == nil)
  }
}
