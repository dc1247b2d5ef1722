import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupRecord
import BackupStorage
import BackupSystem

/// Fills the night's compliance record from what the night knows, and stores its editions.
struct NightRecord {
  let sets: DataSets
  let night: BackupLog.Night
  let started: LogTime
  let results: [(Policy.DataSet, SetResult)]
  let rotation: RotationOutcome?
  let code: ExitStatus

  /// Stores the editions and returns the record, and what the log is to be told of it.
  func store() throws -> (record: CommittedRecord, drafts: [Draft])? {
    let session = sets.repository.session
    guard var input = try input() else { return nil }
    let clock = ClockNotes(sets.policy)
    input.clockStepSeconds = clock.stepSeconds
    let memory = OpenSince(sets.policy)
    let before = memory.read()
    input.openSince = before
    let made = Record.make(input)
    memory.write(made.openSince(before))
    clock.note()
    FileCounts(sets.policy).note(
      results.compactMap { _, result in
        guard let set = result.set, let outcome = result.outcome else { return nil }
        return (set, Int(clamping: outcome.counters.fileCount))
      }, of: night)
    let record = try made.committed()
    let objects = try RecordObjects(record, log: session.logState)
    for object in objects.objects {
      guard let key = StorageKey(object.path.text) else { continue }
      _ = try session.storage.put(key, object.bytes.span)
    }
    try session.storage.barrier()
    RememberedRecord.keep(record.edition(.administrator), session)
    return (
      record,
      RecordStatement.drafts(
        record, objects: objects, terms: sets.policy.policy.record, now: session.now().unix)
    )
  }

  private func input() throws -> RecordInput? {
    let session = sets.repository.session
    let policy = sets.policy.policy
    let now = session.now()
    guard let night = BackupPolicy.Night(parsing: night.description) else { return nil }
    let window = policy.night.window(in: try Times.zone(policy.night.zone))
    var input = RecordInput(night: night, now: now.unix)
    input.isClockSynchronised = now.synchronised
    input.window = window
    input.ledger = ledger(night, window, now.unix)
    input.policy = policy
    input.policyDigest = Digest(hashing: sets.policy.bytes)
    input.log = session.logState
    // A log shorter than the one remembered would have ended the night before this.
    input.isLogRolledBack = false
    input.timeZoneDataVersion = Times.zoneDataVersion
    input.toolVersion = Version.text
    input.toolBuild = ToolBuild.digest(sets.policy)
    input.sets = results.compactMap { dataSet, result in setNight(dataSet, result) }
    input.exitCode = Int(code.rawValue)
    input.findings = findings(session)
    input.removal = rotation.map {
      RemovalFigures(
        objects: $0.deletedObjectCount, packs: $0.deletedPackCount,
        byteCount: Int64(clamping: $0.freedByteCount))
    }
    if let rotation {
      let oldest = rotation.oldestDeadBlocks.values.min() ?? now.unix
      input.oldestDeadDays = Int((now.unix - oldest) / 86_400)
    }
    // Where nobody knows how much is free, nothing is said.
    input.freeByteCount = (try? session.storage.freeByteCount()).flatMap { $0 }
      .map { Int64(clamping: $0) }
    input.replicationLagSeconds = CopyNotes(sets.policy).lags(policy, session.logState)
    input.keys.isOwnerKeyBesideHostKey = isOwnerKeyNear(session)
    input.keys.isRecoverySheetConfirmed = SheetMark.isConfirmed(sets.policy)
    input.access.transport = .local
    input.access.deletionTrial = try DeletionTrial(
      of: sets.host.signer, log: session.logState, now: now)
    return input
  }

  /// Whether a key file beside the host's key belongs to an owner or a restorer.
  private func isOwnerKeyNear(_ session: RepositorySession) -> Bool {
    let folder = sets.policy.resolve(sets.policy.policy.keys.host)
    let parent = folder.lastIndex(of: "/").map { String(folder[...$0]) } ?? "./"
    // What can't be opened here is no key that lies open here.
    guard let directory = try? Descriptor.openRootDirectory([UInt8](parent.utf8)),
      let entries = try? DirectoryEntries.read(directory)
    else { return false }
    return entries.contains { entry in
      guard
        let file = try? Descriptor.openFile(at: directory, entry.name),  // not readable, not a key
        let status = try? FileStatus.read(of: file), status.type == .regular,
        status.byteCount <= 65_536,
        let text = try? file.readToEnd(limitByteCount: 65_536),
        let key = try? KeyFile(parsing: text)
      else { return false }
      let roles = session.logState.roles(of: key.keyID)
      return roles.contains(.owner) || roles.contains(.restorer)
    }
  }

  private func setNight(_ dataSet: Policy.DataSet, _ result: SetResult) -> SetNight? {
    guard let set = result.set else { return nil }
    var filled = SetNight(set: set, name: dataSet.name)
    filled.code = Int(result.status.rawValue)
    filled.decisions = rotation?.decisions.first { $0.set == set }?.decisions
    filled.rotatedCount = rotation?.decisions.first { $0.set == set }?.removedCount
    filled.medianFileCount = FileCounts(sets.policy).median(of: set, before: night)
    guard let outcome = result.outcome else { return filled }
    let counters = outcome.counters
    filled.counters = SetCounters(
      files: Int(counters.fileCount), byteCount: Int64(clamping: counters.byteCount),
      unreadable: Int(counters.unreadableCount), changedDuringRead: Int(counters.changedCount),
      changedDuringReadLimit: dataSet.changedDuringReadLimit,
      excludedByRule: outcome.excludedByRule.mapValues { Int(clamping: $0) },
      canariesFound: outcome.canariesFound, canariesExpected: outcome.canariesExpected)
    filled.seenRoots = dataSet.sourcePaths
    // What a program writes and what is copied of a database is made in the run: at the oldest when the
    // night began.
    let hasDump = dataSet.sources.contains { source in
      switch source {
      case .command, .database: true
      case .path, .snapshot: false
      }
    }
    if hasDump { filled.dumpAgeSeconds = outcome.readEnd - started.unix }
    if let check = outcome.selfCheck {
      filled.selfCheck = SelfCheckFigures(
        blocks: check.blockCount, byteCount: Int64(clamping: check.byteCount),
        opened: check.openedCount, failed: check.failed.count, at: outcome.readEnd)
    }
    return filled
  }

  private func findings(_ session: RepositorySession) -> [RecordFinding] {
    session.logFindings.isEmpty
      ? [] : [RecordFinding(code: "log-finding", count: session.logFindings.count)]
  }

  /// The nights of all data sets together, the last 365 up to tonight.
  private func ledger(
    _ night: BackupPolicy.Night, _ window: NightWindow, _ now: Int64
  ) -> NightLedger? {
    NightLedger(
      log: sets.repository.session.logState,
      sets: sets.living,
      through: night, window: window, closures: sets.policy.policy.night.closures.map(\.nights),
      now: now)
  }
}

/// Since which night each field of the record has not been met, noted in the state folder.
struct OpenSince {
  private static let byteCountMax = 65_536
  private let path: [UInt8]

  init(_ policy: PolicyFile) { path = [UInt8]((policy.statePath + "/open-since").utf8) }

  /// What was noted; lost notes make the points look younger, and nothing else.
  func read() -> [FieldID: BackupPolicy.Night] {
    guard let bytes = try? SecureFile.readWhole(path, limitByteCount: Self.byteCountMax),
      let lines = (try? CanonicalJSON(decoding: bytes))?.object
    else { return [:] }
    var since: [FieldID: BackupPolicy.Night] = [:]
    for (name, value) in lines {
      guard let id = FieldID(rawValue: name),
        let night = value.string.flatMap({ BackupPolicy.Night(parsing: $0) })
      else { continue }
      since[id] = night
    }
    return since
  }

  /// Notes them for the next night.
  func write(_ since: [FieldID: BackupPolicy.Night]) {
    let lines = since.map { ($0.key.rawValue, CanonicalJSON.string($0.value.description)) }
    let bytes = CanonicalJSON.object(Dictionary(uniqueKeysWithValues: lines)).encode()
    // As said above: what can't be noted makes points look younger.
    try? SecureFile.replaceDurably(path, bytes.span)
  }
}

/// The administrator's edition of the newest record, kept in clear on the host that made it.
///
/// The host can't open the sealed one, and monitoring asks there. It holds counts and states, no name.
enum RememberedRecord {
  private static func path(_ session: RepositorySession) -> [UInt8]? {
    session.state.map { $0.path + [UInt8]("/record.json".utf8) }
  }

  static func keep(_ edition: Edition, _ session: RepositorySession) {
    guard let path = path(session) else { return }
    // Without it monitoring says that nothing is known, which is looked into.
    try? SecureFile.replaceDurably(path, edition.bytes.span)
  }

  /// The edition, if it is the newest that the log binds.
  static func read(_ session: RepositorySession) -> Edition? {
    guard let path = path(session),
      let bytes = try? SecureFile.readWhole(path, limitByteCount: Limits.sealedTextByteCount),
      let edition = try? Edition.parse(bytes),
      session.logState.records.last?.what.night.description == edition.night.description,
      RecordProof.check(edition, in: session.logState).isProven
    else { return nil }
    return edition
  }
}

/// Whether the recovery sheet was typed back, noted beside the policy by `init`.
enum SheetMark {
  private static func path(_ policy: PolicyFile) -> String {
    policy.folder + "state/sheet-confirmed"
  }

  static func isConfirmed(_ policy: PolicyFile) -> Bool {
    (try? FileStatus.read(path: [UInt8](path(policy).utf8))) != nil  // absent means not confirmed
  }

  static func confirm(stateFolder: String) {
    // If it can't be noted the record says that the sheet was not confirmed: the safe side.
    try? SecureFile.replaceDurably([UInt8]((stateFolder + "/sheet-confirmed").utf8), [UInt8]().span)
  }
}
