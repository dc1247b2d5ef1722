import BackupFormat
import BackupKeys
import BackupLog
import BackupStorage
import BackupVerifier
import EngineTestSupport
import Testing

/// Repositories in which one object is not as it should be: each damage is found, named, and
/// nothing else is.
@Suite("A repository with a broken object", .serialized)
struct BrokenObjectTests {
  private static let made = Result { try FullRepository() }
  private let full: FullRepository
  private let damage: Damage
  private let state: LogState

  init() throws {
    full = try Self.made.get()
    state = try full.state()
    damage = try Damage(full)
  }

  /// The first required object of a kind.
  private func required(_ folder: String) throws -> ObjectPath {
    try #require(state.requiredObjects().map(\.path).first { $0.text.hasPrefix(folder) })
  }

  /// One of all objects of a kind, needed or not.
  private func any(_ folder: String, _ ordinal: Int) throws -> ObjectPath {
    let all = (state.requiredObjects() + state.spareObjects()).map(\.path).sorted()
    return try #require(all.filter { $0.text.hasPrefix(folder) }.dropFirst(ordinal).first)
  }

  private func spare(_ folder: String) throws -> ObjectPath {
    try #require(
      state.spareObjects().map(\.path).first { $0.text.hasPrefix(folder) })
  }

  /// The pack into which an operator has moved the blocks of two runs.
  private var compacted: ObjectPath {
    get throws {
      try #require(
        state.requiredObjects().map(\.path).first {
          if case .pack(let id) = $0 {
            id.run.bytes == [UInt8](repeating: 1, count: 16)
          } else {
            false
          }
        })
    }
  }

  @Test func thatIsSoundGivesNoFinding() throws {
    #expect(try full.check().brief == [])
    #expect(try full.check(.l0).brief == [])
  }

  /// The canary: if a flipped bit were not found, all other tests here could pass for nothing.
  @Test func isNotTakenForSound() throws {
    try damage.flip(compacted, at: 40)
    #expect(try !full.check().findings.isEmpty)
    #expect(try full.check().isBad)
  }

  // MARK: Missing

  @Test(arguments: ["index", "keys", "records", "erasures", "snapshots", "chunks", "packs"])
  func thatLacksARequiredObjectSaysWhich(folder: String) throws {
    let path = try required(folder)
    try damage.remove(path)
    for level in [CheckLevel.l0, .l1(.everything)] {
      let report = try full.check(level)
      #expect(report.brief == ["missingObject \(path)"])
      #expect(report.isBad)
      #expect(report.findings.first?.treatment == .incident(.objectDamaged))
    }
  }

  @Test func thatLacksFORMATSaysSo() throws {
    try damage.remove(.format)
    #expect(try full.check().brief == ["missingObject FORMAT"])
  }

  @Test func thatLacksAPackNamesTheSnapshotsThatNeedIt() throws {
    // The newest night's packs hold what no other does.
    let newest = try #require(state.liveSnapshots.max { $0.number < $1.number })
    let path = try #require(
      state.requiredObjects().map(\.path).first {
        if case .pack(let id) = $0 { id.run == newest.run } else { false }
      })
    try damage.remove(path)
    let report = try full.check()
    let finding = try #require(report.findings.first)
    #expect(finding.snapshots.map(\.number) == [newest.number])
    #expect(finding.blocks.reduce(0) { $0 + $1.range.count } > 0)
    let reading = try #require(report.reading)
    #expect(reading.damagedCount == finding.blocks.reduce(0) { $0 + $1.range.count })
    #expect(reading.read.count == reading.population.count)
  }

  @Test func thatLacksWhatNothingNeedsMentionsIt() throws {
    let path = try spare("packs")
    try damage.remove(path)
    let report = try full.check()
    #expect(report.brief == ["missingObject \(path)"])
    #expect(report.worst == .information)
  }

  @Test func thatLacksACheckpointIsNoticedByAVerifierThatSawIt() throws {
    let memory = try full.check().memory
    for path in try damage.paths("checkpoints") {
      damage.store.reset()
      try damage.remove(path)
      let report = try full.check(memory: memory)
      #expect(report.brief == ["missingObject \(path)"])
      #expect(report.findings.first?.treatment == .incident(.witnessBroken))
      #expect(try full.check().brief == [])
    }
  }

  // MARK: Altered

  @Test(
    arguments: ["index", "keys", "records", "erasures", "snapshots", "chunks"], [true, false])
  func thatHoldsAnAlteredObjectSaysWhich(folder: String, isCut: Bool) throws {
    let path = try required(folder)
    if isCut { try damage.truncate(path) } else { try damage.flip(path) }
    for level in [CheckLevel.l0, .l1(.everything)] {
      let report = try full.check(level)
      #expect(report.brief == ["wrongDigest \(path)"])
      #expect(report.worst == .damage)
      #expect(report.findings.first?.treatment == .exception(.objectDamaged))
    }
  }

  @Test func thatHoldsAnAlteredSpareObjectWarns() throws {
    let path = try spare("chunks")
    try damage.flip(path)
    let report = try full.check()
    #expect(report.brief == ["wrongDigest \(path)"])
    #expect(report.worst == .warning)
  }

  @Test func thatLostAnIndexObjectNamesTheBlocks() throws {
    let newest = try #require(state.liveSnapshots.max { $0.number < $1.number })
    let path = ObjectPath.index(try #require(newest.indexes.first))
    try damage.flip(path)
    let report = try full.check()
    #expect(report.brief == ["wrongDigest \(path)"])
    #expect(report.findings.first?.snapshots.map(\.number).contains(newest.number) == true)
    #expect(report.findings.first?.blocks.isEmpty == false)
  }

  @Test func withAFlippedBitInABlockNamesPackAndBlock() throws {
    let path = try compacted
    try damage.flip(path, at: 40)
    let report = try full.check()
    #expect(report.brief == ["damagedBlock \(path)"])
    let place = try #require(report.findings.first?.place)
    #expect(place.offset == 8)
    #expect(report.findings.first?.snapshots.isEmpty == false)
    #expect(try full.check(.l0).brief == [])
  }

  @Test func withAFlippedBitInEveryBlockNamesEachOnce() throws {
    let path = try compacted
    let bytes = try damage.read(path)
    let end = try PackEnd(
      decoding: [UInt8](bytes.suffix(try PackEnd.byteCount(fromTail: [UInt8](bytes.suffix(12))))))
    #expect(end.heads.count == 2)
    #expect(end.segments.blockCount > 4)
    var broken = bytes
    var offset = PackEnd.packMarkByteCount
    for byteCount in end.segments.byteCounts {
      broken[offset + 30] ^= 0x80
      offset += Int(byteCount)
    }
    damage.store.show(broken, as: try key(path))
    let report = try full.check()
    #expect(report.findings.count == end.segments.blockCount)
    #expect(report.findings.allSatisfy { $0.kind == .damagedBlock && $0.object == path })
    let needed = report.findings.filter { $0.severity == .damage }.count
    #expect(report.reading?.damagedCount == needed)
  }

  @Test func withADamagedDeadBlockWarns() throws {
    let path = try spare("packs")
    try damage.flip(path, at: 40)
    let report = try full.check()
    #expect(report.brief == ["damagedBlock \(path)"])
    #expect(report.worst == .warning)
    #expect(report.reading?.damagedCount == 0)
  }

  @Test func withAFlippedBitInAPackEndNamesThePack() throws {
    let path = try compacted
    try damage.flip(path, at: try damage.read(path).count - 20)
    #expect(try full.check().brief == ["packEndMismatch \(path)"])
  }

  @Test func withAFlippedBitInAPacksMarkNamesThePack() throws {
    let path = try compacted
    try damage.flip(path, at: 3)
    #expect(try full.check().brief == ["wrongDigest \(path)"])
  }

  @Test func withACutPackNamesThePackAlone() throws {
    let path = try compacted
    try damage.truncate(path)
    let report = try full.check()
    #expect(report.findings.allSatisfy { $0.object == path })
    #expect(report.findings.contains { $0.kind == .wrongSize })
    #expect(try full.check(.l0).brief == ["wrongSize \(path)"])
  }

  @Test func withALongerPackNamesThePack() throws {
    let path = try compacted
    damage.store.show(try damage.read(path) + [0], as: try key(path))
    #expect(try full.check().brief == ["wrongSize \(path)"])
  }

  @Test func withABrokenCheckpointNamesIt() throws {
    for path in try damage.paths("checkpoints") {
      damage.store.reset()
      try damage.flip(path)
      #expect(try full.check().brief == ["badCheckpoint \(path)"])
      try damage.truncate(path)
      #expect(try full.check().brief == ["badCheckpoint \(path)"])
    }
  }

  // MARK: Swapped, extra

  @Test(arguments: ["keys", "records", "packs", "index", "snapshots", "chunks"])
  func withTwoObjectsSwappedNamesBoth(folder: String) throws {
    let a = try any(folder, 0)
    let b = try any(folder, 1)
    try damage.swap(a, b)
    let objects = Set(try full.check().findings.compactMap(\.object))
    #expect(objects == [a, b])
  }

  @Test func withAnExtraObjectNamesIt() throws {
    let digest = Digest(hashing: [1])
    let run = try #require(RunID([UInt8](repeating: 9, count: 16)))
    for path in [
      ObjectPath.index(digest), .snapshot(digest), .chunks(digest), .record(digest),
      .erasure(digest), .key(set: full.stage.set, key: full.stage.verifier.keyID),
      .pack(try #require(PackID(run: run, number: 0))),
      .checkpoint(size: 3, key: try #require(KeyID([UInt8](repeating: 1, count: 16)))),
    ] {
      damage.store.reset()
      damage.store.show([1, 2, 3], as: try key(path))
      let report = try full.check()
      #expect(report.brief == ["unknownObject \(path)"])
      #expect(report.worst == .warning)
    }
  }

  @Test func withAStrangeNameNamesIt() throws {
    for name in ["notes.txt", "packs/readme", "log/0000000000000001.bak"] {
      damage.store.reset()
      damage.store.show([1], as: try #require(StorageKey(name)))
      #expect(try full.check().brief == ["unknownObject \(name)"])
    }
  }

  @Test func withAPackThatACrashLeftBehindMentionsIt() throws {
    guard case .pack(let id) = try compacted else { return }
    let path = ObjectPath.pack(try #require(PackID(run: id.run, number: 7)))
    try damage.copy(compacted, to: path)
    let report = try full.check()
    #expect(report.brief == ["unknownObject \(path)"])
    #expect(report.worst == .information)
  }

  // MARK: FORMAT

  @Test func ofAnotherVersionIsNotReadOn() throws {
    let text = "NightSafe repository\nversion: 2\nfeatures:\n"
    damage.store.show([UInt8](text.utf8), as: try key(.format))
    let report = try full.check()
    #expect(report.brief == ["badFormatFile FORMAT"])
    #expect(report.findings.first?.detail == .format(.version("2")))
    #expect(!report.isComplete)
    #expect(report.verdicts[.complete] == .notMeasured)
  }

  @Test func withAFeatureThatIsNotKnownIsNotReadOn() throws {
    let text = "NightSafe repository\nversion: 1\nfeatures: holograms\n"
    damage.store.show([UInt8](text.utf8), as: try key(.format))
    #expect(try full.check().findings.first?.detail == .format(.feature("holograms")))
  }

  @Test func withOtherWordsForPeopleInFORMATMentionsIt() throws {
    try damage.flip(.format)
    let report = try full.check()
    #expect(report.brief == ["badFormatFile FORMAT"])
    #expect(report.worst == .information)
  }

  // MARK: Patterns, treatment

  @Test func withDamageInSeveralObjectsIsAnIncident() throws {
    try damage.flip(required("records"))
    #expect(try full.check().incidents == [])
    try damage.flip(required("keys"))
    try damage.flip(required("chunks"))
    let report = try full.check()
    #expect(report.incidents == [.objectDamaged])
  }
}
