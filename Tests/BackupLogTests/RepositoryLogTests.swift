import BackupFormat
import BackupStorage
import BackupTestSupport
import Testing

@testable import BackupLog

/// Reading the log from a store and appending to it (`Docs/format.md`, section 9.4).
struct RepositoryLogTests {
  let storage = HookedStorage()
  let scene: Scene

  init() throws {
    scene = try Scene()
    for (number, entry) in scene.state.texts.enumerated() {
      _ = try storage.put(RepositoryLog.key(number), entry.span)
    }
  }

  func read(
    known: [StoredEntry] = [], remembered: LogHead? = nil
  ) throws(LogError) -> (log: RepositoryLog, findings: [LogFinding]) {
    try RepositoryLog.read(
      scene.repository, from: storage, objects: scene.objects, known: known,
      remembered: remembered)
  }

  func started(_ number: Int) -> Draft { Draft(scene.started(.of(number))) }

  func append(
    _ drafts: [Draft], to log: inout RepositoryLog,
    stillWanted: (LogState) -> [Draft]? = { _ in
      Issue.record("nobody raced")
      return nil
    }
  ) throws(LogError) -> RepositoryLog.Appended {
    try log.append(
      drafts, by: scene.host.signer, clock: { scene.clock }, objects: scene.objects,
      stillWanted: stillWanted)
  }

  @Test func readsUpToTheFirstMissingNumber() throws {
    let (log, findings) = try read(remembered: scene.state.head)
    #expect(log.state == scene.state)
    #expect(findings.isEmpty)
  }

  @Test func goesOnFromKnownEntries() throws {
    try storage.inner.remove(RepositoryLog.key(0))
    let (log, _) = try read(known: scene.state.entries)
    #expect(log.state == scene.state)
  }

  @Test func readsAllAgainWhenTheLastKnownEntryDiffers() throws {
    var known = scene.state.entries
    known[1] = .bytes([1, 2, 3])
    #expect(try read(known: known).log.state == scene.state)
  }

  @Test func readsAllAgainWhenTheKnownEntriesLeadElsewhere() throws {
    var scene = scene
    _ = try scene.say(scene.started(.of(1)), by: scene.host)
    let third = scene.state.texts[2]
    _ = try storage.put(RepositoryLog.key(2), third.span)
    for i in 0..<2 {
      var known = scene.state.entries
      known[i] = .bytes([1, 2, 3])
      let (log, findings) = try read(known: known, remembered: scene.state.head)
      #expect(log.state == scene.state)
      #expect(findings.isEmpty)
    }
  }

  @Test func saysWhenThereIsNoRepositoryOrAnother() throws {
    #expect(throws: LogError.noRepository) {
      _ = try RepositoryLog.read(
        scene.repository, from: MemoryStorage(), objects: scene.objects)
    }
    #expect(throws: LogError.otherRepository) {
      _ = try RepositoryLog.read(
        RepositoryID(Digest.of(1)), from: storage, objects: scene.objects)
    }
  }

  @Test func findsAGap() throws {
    _ = try storage.put(RepositoryLog.key(5), [1].span)
    #expect(try read().findings == [.gap(missing: 2, next: 5)])
  }

  @Test func findsStrayNames() throws {
    let stray = StorageKey(literal: "log/12")
    _ = try storage.put(stray, [1].span)
    #expect(try read().findings == [.strayName("log/12")])
  }

  @Test func findsAShorterLogAndAnotherRoot() throws {
    let longer = LogHead(size: 9, root: .of(1))
    let other = LogHead(size: 2, root: .of(1))
    #expect(
      try read(remembered: longer).findings
        == [.shorterThanRemembered(longer, found: scene.state.head)])
    #expect(
      try read(remembered: other).findings
        == [.differsFromRemembered(other, found: scene.state.head)])
  }

  @Test func aLogRestoredFromACopyDiffersRightly() throws {
    let remembered = LogHead(size: 9, root: .of(1))
    var scene = scene
    for (restored, isRight) in [(3, true), (10, false)] {
      let said = Predicate.acknowledged(.init(entries: [], restoredSize: restored))
      var copy = scene
      _ = try copy.say(scene.started(.of(1)), by: scene.host)
      #expect(try copy.reason(said, by: copy.owner) == nil)
      #expect(
        copy.state.compare(with: remembered)
          == (isRight
            ? [.restoredFromCopy(remembered, size: 3)]
            : [.shorterThanRemembered(remembered, found: copy.state.head)]))
    }
    _ = try scene.say(scene.started(.of(2)), by: scene.host)
    #expect(scene.state.compare(with: self.scene.state.head).isEmpty)
  }

  @Test func appendsAndTakesIn() throws {
    var (log, _) = try read()
    let barriers = storage.barrierCount
    guard case .entry(2, let bytes) = try append([started(1)], to: &log) else {
      Issue.record("entry 2")
      return
    }
    #expect(try storage.read(RepositoryLog.key(2), limitByteCount: 100_000) == bytes)
    #expect(log.state.runs[.of(1)]?.isOpen == true)
    #expect(storage.barrierCount == barriers + 2)
    #expect(try read().log.state == log.state)
  }

  @Test func theLoserOfARaceReadsOnChecksAndSignsAgain() throws {
    var (log, _) = try read()
    let others = try scene.sign([started(7)], by: scene.host)
    storage.will([.overtaken(by: others)])
    let appended = try append([started(1)], to: &log) { state in
      #expect(state.runs[.of(7)] != nil)
      return [started(2)]
    }
    guard case .entry(3, _) = appended else {
      Issue.record("entry 3, not \(appended)")
      return
    }
    #expect(log.state.runs[.of(1)] == nil)
    #expect(log.state.runs[.of(2)] != nil)
    #expect(log.state.voids.isEmpty)
  }

  @Test func theLoserOfARaceMayGiveUp() throws {
    var (log, _) = try read()
    storage.will([.overtaken(by: try scene.sign([started(7)], by: scene.host))])
    #expect(try append([started(1)], to: &log) { _ in nil } == .notWanted)
    #expect(log.state.size == 3)
    #expect(try read().log.state == log.state)
  }

  @Test func aVoidNewcomerIsTakenInToo() throws {
    var (log, _) = try read()
    storage.will([.overtaken(by: [1, 2, 3])])
    let appended = try append([started(1)], to: &log) { _ in [started(1)] }
    guard case .entry(3, _) = appended else {
      Issue.record("entry 3, not \(appended)")
      return
    }
    #expect(log.state.findings == [.voidEntry(number: 2, .notCanonical)])
  }

  @Test func anUnknownOutcomeIsSettledByReading() throws {
    var (log, _) = try read()
    storage.will([.failsAfter])
    guard case .entry(2, _) = try append([started(1)], to: &log) else {
      Issue.record("entry 2")
      return
    }
    storage.will([.failsBefore])
    guard case .entry(3, _) = try append([started(2)], to: &log) else {
      Issue.record("entry 3")
      return
    }
    #expect(try read().log.state == log.state)
  }

  @Test func aStoreThatKeepsFailingIsAnError() throws {
    var (log, _) = try read()
    storage.will([.failsBefore, .failsBefore])
    let before = log.state
    #expect(throws: LogError.storage(.unreachable)) {
      _ = try append([started(1)], to: &log)
    }
    #expect(log.state == before)
  }

  @Test func racesAreLostAtMostAHundredTimes() throws {
    var (log, _) = try read()
    storage.will((0..<200).map { .overtaken(by: [UInt8($0)]) })
    #expect(throws: LogError.lostRaces(count: 100)) {
      _ = try append([started(1)], to: &log) { _ in [started(1)] }
    }
    #expect(log.state.size == 102)
  }

  @Test func whatWouldBeVoidIsNotAppended() throws {
    var (log, _) = try read()
    let abandoned = Draft(.abandoned(.init(run: .of(1))))
    do {
      _ = try append([abandoned], to: &log)
      Issue.record("appended")
    } catch {
      guard case .wouldBeVoid(let findings) = error else { throw error }
      #expect(findings.reason == .runNotOpen)
    }
    #expect(throws: LogError.nothingToSay) { _ = try append([], to: &log) }
    let many = (0..<100).map { started($0) }
    #expect(throws: LogError.self) { _ = try append(many, to: &log) }
    #expect(try storage.byteCount(of: RepositoryLog.key(2)) == nil)
  }

  @Test func aLineSignedAwayFromTheStoreIsAppended() throws {
    var (log, _) = try read()
    let draft = Draft(scene.role(scene.stranger, [.verifier]))
    let line = try log.state.signHandIn(draft, by: scene.owner.signer, time: scene.clock)
    _ = try append([started(1)], to: &log)
    #expect(
      try log.append(line: line, objects: scene.objects) == .entry(number: 3, bytes: line))
    #expect(throws: LogError.self) { _ = try log.append(line: line, objects: scene.objects) }
    #expect(throws: LogError.notALine) {
      _ = try log.append(line: line + line, objects: scene.objects)
    }
    #expect(throws: LogError.notALine) {
      _ = try log.append(line: [1], objects: scene.objects)
    }
    #expect(log.state.keys(holding: .verifier).count == 2)
  }
}
