import BackupEngine
import BackupKeys
import BackupLog
import BackupObjects
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("A damaged log")
struct LogDamageTests {
  private let stage: RepositoryStage
  private let copy = MemoryStorage()

  init() throws {
    stage = try RepositoryStage(storage: MemoryStorage())
    try stage.write("file", RepositoryStage.bytes(100_000, seed: 1))
    try stage.passNight()
    try stage.passNight()
    _ = try RepositoryCopy(try stage.openAsStranger(), to: copy).execute()
  }

  private func nightClosed() -> Draft {
    Draft(
      .night(
        Predicate.NightClosed(
          night: RepositoryStage.night(stage.clock.now.unix), code: 0, sets: [])))
  }

  @Test func isNeverContinuedInAGap() throws {
    let size = try stage.session().logState.size
    try stage.damage(.log(size - 2), .removed)
    // The host remembers more; a stranger sees that later entries are there.
    #expect(throws: EngineError.self) { try stage.reopen() }
    let stranger = try stage.openAsStranger()
    #expect(stranger.isDamaged)
    #expect(stranger.logState.size == size - 2)
    do {
      try stranger.append([nightClosed()], by: stage.host.signer)
      Issue.record("a gap was filled")
    } catch EngineError.refused(.logGap(let number)) {
      #expect(number == size - 2)
    }
    // What stands before the gap is restored all the same.
    #expect(stranger.logState.liveSnapshots(of: stage.set).count >= 1)
    #expect(
      try LogRepair(stage.id, in: stage.storage, from: copy).execute() == [.log(size - 2)])
    try stage.reopen()
    try stage.passNight()
  }

  @Test(arguments: [Damage.flipped, .halved])
  func isSeenByItsHostAndHealed(_ damage: Damage) throws {
    let size = try stage.session().logState.size
    for number in 1..<size {
      try stage.damage(.log(number), damage)
      #expect(throws: EngineError.self) { try stage.reopen() }
      // Nothing after it counts for a reader who goes by the log alone.
      let findings = try stage.openAsStranger().logFindings
      #expect(findings.contains { $0.number == number })
      #expect(try LogRepair(stage.id, in: stage.storage, from: copy).execute() == [.log(number)])
      #expect(try stage.openAsStranger().logFindings.isEmpty)
    }
    try stage.reopen()
  }

  @Test func restoredFromAnOlderCopyIsRefusedUntilTheOwnerAcknowledges() throws {
    // Two more nights, then the disk dies, and the copy takes its place.
    let size = try stage.session().logState.size
    try stage.passNight()
    try stage.passNight()
    for path in try RepositoryStage.objects(of: stage.storage).keys {
      try stage.damage(path, .removed)
    }
    for (path, bytes) in try RepositoryStage.objects(of: copy) {
      let key = try #require(StorageKey(path.text))
      try stage.storage.replace(key, with: bytes.span)
    }
    do {
      _ = try stage.reopen()
      Issue.record("a shorter log was taken")
    } catch EngineError.rolledBack(let findings) {
      #expect(
        findings.contains {
          if case .shorterThanRemembered = $0 { true } else { false }
        })
    }
    // The owner, elsewhere, says from which size it goes on.
    try stage.openAsStranger().append(
      [Draft(.acknowledged(Predicate.Acknowledged(entries: [], restoredSize: size)))],
      by: stage.owner.signer)
    let session = try stage.reopen()
    #expect(
      session.logFindings.contains {
        if case .restoredFromCopy = $0 { true } else { false }
      })
    // The nights go on, though the state directory knows of snapshots that are no more.
    try stage.write("later", [1, 2, 3])
    try stage.passNight()
    let (report, folder) = try stage.restore()
    #expect(!report.isDamaged)
    #expect(
      try RepositoryStage.contents(of: folder)
        == RepositoryStage.contents(of: stage.folder.path("source")))
    // And is no longer told once the host has seen the new log.
    #expect(try stage.reopen().logFindings.isEmpty)
  }
}
