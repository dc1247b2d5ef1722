import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupStorage
import BackupSystem
import BackupTestSupport
import BackupVerifier
import EngineTestSupport
import Testing

/// Does one piece of work again and again from the same state, each time with a fault at the next call of the
/// store, until the work was done before the fault came.
///
/// After each: the verifier finds nothing, every live snapshot restores to what the source was, and the work can be
/// done once more, after which the same holds.
final class FaultCampaign {
  /// A piece of work.
  enum Work: String, CaseIterable, Sendable {
    /// A backup, with its self-check.
    case backup
    /// A rotation that removes snapshots, condemns, and compacts.
    case rotation
    /// A rotation that deletes what was condemned.
    case deletion
    /// The last rotation taken back.
    case undo
    /// A request to erase.
    case request
    /// A strict rewriting.
    case rewriting
    /// A copy out of this store, and one into it.
    case copyFrom, copyTo
  }

  let work: Work
  let fault: FaultyStorage.Fault
  private let inner = MemoryStorage()
  private let storage: FaultyStorage
  private let stage: RepositoryStage
  /// What the source was, by the number in its file `marker`.
  private var states: [[String: [UInt8]]] = []
  /// What the store holds before each try, and what a copy is made of.
  private var start: [StorageKey: [UInt8]] = [:]
  private var whole: [StorageKey: [UInt8]] = [:]
  private var startTime: LogTime
  private var restoreCount = 0

  private static let secret = "secret.txt"
  private static let retention = BackupPolicy.Retention(
    daily: 1, maximumAgeDays: 60, floor: 1, refreshDays: 300, collectionLagDays: 2)

  init(_ work: Work, _ fault: FaultyStorage.Fault) throws {
    self.work = work
    self.fault = fault
    storage = FaultyStorage(inner, keepsUndo: true)
    stage = try RepositoryStage(storage: storage, retention: Self.retention)
    startTime = stage.clock.now
    stage.plan.workerCount = 1
    try stage.write(Self.secret, [UInt8]("the secret of customer 4711".utf8))
    if [.rotation, .deletion].contains(work) {
      // More than a block, so that one block dies and its neighbour lives; it compresses well.
      try stage.write("goes.txt", (0..<100_000).flatMap { [UInt8]("line \($0)\n".utf8) })
    } else {
      try stage.write("goes.txt", RepositoryStage.bytes(900, seed: 1))
    }
    try stage.write("stays.bin", RepositoryStage.bytes(20_000, seed: 2))
    try mark()
    try stage.passNight()
    try stage.remove("goes.txt")
    // An older copy is what a copy is brought up to date from.
    let older = try objects()
    try stage.write("b/1", RepositoryStage.bytes(2_000, seed: 101))
    try mark()
    try stage.passNight()
    try stage.write("b/tonight", RepositoryStage.bytes(3_000, seed: 99))
    try mark()
    switch work {
    case .rotation: try goOnUntilCompaction()
    case .deletion:
      try goOnUntilCompaction()
      try stage.closeNight()
      stage.clock.advance(days: 1)
      try stage.backUp()
      try remember()
    case .undo:
      try stage.backUp()
      try stage.rotate()
      try remember()
    case .rewriting:
      try stage.requestErasure([Self.secret])
      try remember()
    case .backup, .request, .copyFrom: try remember()
    case .copyTo:
      try remember()
      start = older
    }
  }

  /// Passes nights up to the one in which a pack is compacted, and remembers what was before its rotation.
  private func goOnUntilCompaction() throws {
    for night in 0..<10 {
      try stage.write("b/\(night)", RepositoryStage.bytes(2_000, seed: UInt64(200 + night)))
      try mark()
      try stage.backUp()
      try remember()
      if try stage.rotate().compactedPackCount > 0 { return }
      try stage.closeNight()
      stage.clock.advance(days: 1)
    }
    Issue.record("no pack was ever compacted")
  }

  /// Takes what there is for the state from which the work begins.
  private func remember() throws {
    startTime = stage.clock.now
    whole = try objects()
    start = whole
    try Self.run("rm", "-rf", path("state-at-start"))
    try Self.run("cp", "-a", path("state"), path("state-at-start"))
  }

  private func objects() throws -> [StorageKey: [UInt8]] {
    var objects: [StorageKey: [UInt8]] = [:]
    for object in try inner.list("").objects {
      objects[object.key] = try inner.read(object.key, limitByteCount: 1 << 30)
    }
    return objects
  }

  /// Gives the source a number, and remembers what it is.
  private func mark() throws {
    try stage.write("marker", [UInt8]("\(states.count)".utf8))
    states.append(try RepositoryStage.contents(of: stage.folder.path("source")))
  }

  // MARK: One point

  /// Tries all points.
  ///
  /// - Returns: How many there were.
  func run() throws -> Int {
    var point = 1
    while try hasStruck(at: point) { point += 1 }
    return point - 1
  }

  /// - Returns: Whether the work made that many calls.
  private func hasStruck(at point: Int) throws -> Bool {
    try rewind()
    let session = try stage.reopen()
    storage.strike(fault, atCall: point)
    var failure: (any Error)?
    var isDone = false
    do { isDone = try perform(session) } catch { failure = error }
    let hasStruck = storage.hasStruck
    if fault == .powerLoss { try storage.loseUnsynced() }
    storage.heal()
    if !hasStruck { #expect(failure == nil && isDone, "\(work) without a fault does its work") }
    let label = "\(work), \(fault) at call \(point)"
    // As another process of the host, which goes on where the first one was stopped.
    let next = try stage.reopen()
    try check(label, next, restoresAll: true)
    do {
      try perform(next)
    } catch {
      Issue.record("\(label): once more: \(error)")
    }
    try check("\(label), once more", try stage.session(), restoresAll: false)
    return hasStruck
  }

  /// - Returns: Whether there was something to do.
  @discardableResult
  private func perform(_ session: RepositorySession) throws -> Bool {
    switch work {
    case .backup: return try stage.backUp().blockCount > 0
    case .rotation:
      let outcome = try stage.rotate()
      return outcome.rotatedCount > 0 && outcome.compactedPackCount > 0
        && outcome.condemnedCount > 0
    case .deletion: return try stage.rotate().deletedCount > 0
    case .undo:
      return try !Rotation(session, signer: stage.host.signer, isDamageFound: false).undo().isEmpty
    case .request:
      try stage.requestErasure([Self.secret])
      return true
    case .rewriting:
      let opened = try session.logState.openErasures(of: stage.set).map {
        try session.request(of: $0, keys: try stage.ownerKeys())
      }
      return try stage.eraseStrictly(opened).snapshotCount > 0
    case .copyFrom:
      return try RepositoryCopy(try stage.openAsStranger(), to: MemoryStorage()).execute()
        .copiedCount > 0
    case .copyTo: return try RepositoryCopy(try original(), to: storage).execute().copiedCount > 0
    }
  }

  /// The repository as it was, in a store without faults.
  private func original() throws -> RepositorySession {
    let original = MemoryStorage()
    for (key, bytes) in whole { _ = try original.put(key, bytes.span) }
    return try stage.openAsStranger(original)
  }

  /// Brings store, state folder and clock back to where the work begins.
  private func rewind() throws {
    storage.heal()
    for object in try inner.list("").objects { try inner.remove(object.key) }
    for (key, bytes) in start { _ = try inner.put(key, bytes.span) }
    stage.clock.now = startTime
    try Self.run("rm", "-rf", path("state"), path("check"))
    // Who looks at a copy has not seen the repository's log.
    if work != .copyTo { try Self.run("cp", "-a", path("state-at-start"), path("state")) }
  }

  // MARK: What holds

  private func check(
    _ label: String, _ session: RepositorySession, restoresAll: Bool
  ) throws {
    let report = try Verifier(storage: inner, repository: stage.id).check(
      level: .l1(.everything), memory: nil, now: stage.clock.now)
    let bad = report.findings.filter {
      $0.severity > .information && !isExpected($0, isInterrupted: restoresAll)
    }
    #expect(bad.isEmpty, "\(label): \(bad.map(\.description))")
    let live = session.logState.liveSnapshots(of: stage.set)
    #expect(!live.isEmpty, "\(label)")
    for snapshot in restoresAll ? live : live.suffix(1) {
      restoreCount += 1
      let (report, folder) = try stage.restore(
        number: snapshot.number, to: "check-\(restoreCount)")
      #expect(!report.isDamaged && report.failures.isEmpty, "\(label)")
      var found = try RepositoryStage.contents(of: folder)
      try Self.run("rm", "-rf", folder)
      guard let marker = found["marker"].flatMap({ Int(String(decoding: $0, as: UTF8.self)) }),
        var expected = states.indices.contains(marker) ? states[marker] : nil
      else {
        Issue.record("\(label): snapshot \(snapshot.number) has no marker")
        continue
      }
      if work == .request || work == .rewriting {
        // Withheld or not: the request may have failed before it counted.
        if work == .rewriting { #expect(found[Self.secret] == nil, "\(label)") }
        found[Self.secret] = nil
        expected[Self.secret] = nil
      }
      #expect(found == expected, "\(label): snapshot \(snapshot.number)")
    }
  }

  /// What is reported and left alone, by design: a sealed request that the log never came to name, and what an
  /// interrupted copy holds beyond its log.
  private func isExpected(_ finding: Finding, isInterrupted: Bool) -> Bool {
    guard finding.kind == .unknownObject else { return false }
    switch (work, finding.object) {
    case (.request, .erasure?): return true
    case (.copyTo, _): return isInterrupted
    default: return false
    }
  }

  private func path(_ name: String) -> [UInt8] { stage.folder.path(name) }

  private static func run(_ command: String, _ options: String, _ paths: [UInt8]...) throws {
    let outcome = try ChildProcess(
      arguments: [[UInt8](command.utf8), [UInt8](options.utf8), [UInt8]("--".utf8)] + paths,
      errorOutput: .discarded
    ).run()
    guard outcome.isSuccess else { throw EngineError.unavailable }
  }
}
