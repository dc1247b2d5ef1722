import BackupCrypto
public import BackupEngine
public import BackupFormat
public import BackupKeys
public import BackupLog
public import BackupObjects
public import BackupPolicy
public import BackupStorage
import BackupSystem
public import BackupTestSupport
import Synchronization

/// The clock of a stage: it stands still until it is moved.
public final class StageClock: Sendable {
  private let state: Mutex<LogTime>

  /// Begins at an instant, in seconds since 1970.
  public init(_ unix: Int64) { state = Mutex(LogTime(unix: unix, synchronised: true)) }

  /// What it shows.
  public var now: LogTime {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }

  /// Moves it.
  public func advance(days: Int = 0, hours: Int = 0, seconds: Int64 = 0) {
    state.withLock { $0.unix += Int64(days) * 86_400 + Int64(hours) * 3_600 + seconds }
  }
}

/// A real repository with an owner, a nightly host and a verifier, a source folder, and a clock that
/// stands still: what tests of the engine and of the verifier play on.
///
/// Not for several threads at once.
public final class RepositoryStage {
  /// Everything lies below this folder: `source`, `repository`, `state`.
  public let folder: TemporaryDirectory
  /// What the engine writes to; the folder `repository`, or what ``init(storage:retention:)`` was given.
  public let storage: any Storage
  /// The owner's key, which also restores.
  public let owner: KeyPair
  /// The nightly host's key: writer and operator.
  public let host: KeyPair
  /// The key of a verifier who keeps it elsewhere.
  public let verifier: KeyPair
  /// The clock.
  public let clock: StageClock
  /// The repository.
  public let id: RepositoryID
  /// The only data set.
  public let set: SetID
  /// What every night is backed up with; a test may change it.
  public var plan: BackupPlan
  /// Which night an instant belongs to; a window from 20:00 to 06:00 UTC by default.
  public var nightOf: (Int64) -> BackupLog.Night = RepositoryStage.night
  private var opened: RepositorySession?

  /// 2026-03-02 02:00 UTC, in the night of 2026-03-01.
  public static let start: Int64 = 1_772_416_800

  /// Makes the repository and appoints the keys.
  ///
  /// - Parameters:
  ///   - storage: Where to; a folder of its own by default.
  ///   - retention: What the owner approves.
  ///   - deduplication: How new chunks are compared with old ones.
  public init(
    storage: (any Storage)? = nil,
    retention: BackupPolicy.Retention = BackupPolicy.Retention(daily: 7, maximumAgeDays: 30),
    deduplication: Predicate.Deduplication = .normal
  ) throws {
    folder = try TemporaryDirectory()
    for name in ["source", "repository"] {
      try FileSystem.makeDirectory(at: folder.descriptor, Array(name.utf8), mode: 0o700)
    }
    self.storage = try storage ?? FolderStorage(path: folder.path("repository"))
    owner = try KeyPair.random()
    host = try KeyPair.random()
    verifier = try KeyPair.random()
    let clock = StageClock(Self.start)
    self.clock = clock
    id = try RepositoryOwner.create(in: self.storage, owner: owner, time: clock.now)
    let session = try RepositorySession(
      storage: self.storage, id: id,
      state: try StateFolder(below: folder.path("state"), repository: id), clock: { clock.now })
    let made = try RepositoryOwner.makeDataSet(
      NewDataSet(
        name: "business", retention: retention, protection: .none, deduplication: deduplication),
      in: session, restorers: [owner.publicKey], writers: [host.publicKey],
      effective: clock.now.unix)
    set = made.set
    try session.append(
      made.drafts + [
        RepositoryOwner.grant(owner.publicKey, [.owner, .restorer], sets: [made.set]),
        RepositoryOwner.grant(host.publicKey, [.writer, .operator], sets: [made.set]),
        RepositoryOwner.grant(verifier.publicKey, [.verifier], sets: [], isSeparate: true),
      ], by: owner.signer)
    opened = session
    guard case .writer(let secret) = try session.openSets(with: host)[made.set] else {
      throw EngineError.noKey(.forSet(made.set))
    }
    plan = BackupPlan(
      secret: secret, sources: [folder.path("source")],
      rules: PathRules(), excludesCaches: false,
      staysOnFileSystem: false, maximumFileByteCount: nil, compression: .zstd(level: 3),
      minimumFileCount: 0, canaries: [], policyText: Array("{}".utf8),
      night: Self.night(clock.now.unix), acceptsMovedSources: true, workerCount: 2)
    // Several blocks of few files.
    plan.blockByteCount = 1 << 20
  }

  /// The night of an instant, with a window from 20:00 to 06:00 UTC.
  public static func night(_ unix: Int64) -> BackupLog.Night {
    let day = BackupPolicy.Night(dayNumber: Int((unix - 6 * 3_600) / 86_400))
    guard let night = BackupLog.Night(day.description) else {
      preconditionFailure("a stage's clock shows a possible date")
    }
    return night
  }

  // MARK: The source

  /// The path of `name` in the source.
  public func sourcePath(_ name: String) -> [UInt8] { folder.path("source/" + name) }

  /// Writes a file of the source, with the folders above it.
  public func write(_ name: String, _ bytes: [UInt8]) throws {
    var built = "source"
    let components = name.split(separator: "/").map(String.init)
    for component in components.dropLast() {
      built += "/" + component
      do {
        try FileSystem.makeDirectory(at: folder.descriptor, Array(built.utf8), mode: 0o755)
      } catch {
        guard error.exists else { throw error }
      }
    }
    try folder.write("source/" + name, bytes)
  }

  /// Removes a file of the source.
  public func remove(_ name: String) throws {
    try FileSystem.removeFile(at: folder.descriptor, Array(("source/" + name).utf8))
  }

  /// Bytes that compress to about half, the same for a seed.
  public static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    // By words, since tests that are not optimised make many of them.
    let words = (0..<(count + 7) / 8).map { number in
      (number % 2 == 0 ? generator.next() : 0x4141_4141_4141_4141).littleEndian
    }
    return unsafe words.withUnsafeBytes { unsafe Array($0.prefix(count)) }
  }

  // MARK: What the host does

  /// The session, as the host opened it last.
  public func session() throws -> RepositorySession {
    if let opened {
      try opened.refresh()
      return opened
    }
    return try reopen()
  }

  /// Opens the repository anew, as another process of the host would.
  @discardableResult
  public func reopen() throws -> RepositorySession {
    let clock = clock
    let session = try RepositorySession(
      storage: storage, id: id,
      state: try StateFolder(below: folder.path("state"), repository: id), clock: { clock.now })
    opened = session
    return session
  }

  /// Backs the source up, and says in the log what the self-check found.
  @discardableResult
  public func backUp() throws -> BackupOutcome {
    let session = try session()
    plan.night = nightOf(clock.now.unix)
    let backup = try DataSetBackup(session, plan, signer: host.signer, lockWaitSeconds: 1)
    try session.append([backup.startStatement], by: host.signer)
    let outcome = try backup.execute()
    if let check = outcome.selfCheck {
      try session.append(
        [
          Draft(
            .selfChecked(
              Predicate.SelfChecked(
                run: outcome.run, blocks: check.blockCount, byteCount: Int(check.byteCount),
                opened: check.openedCount, failed: check.failed.count)))
        ], by: host.signer)
    }
    return outcome
  }

  /// Says that a night is over.
  public func closeNight() throws {
    try session().append(
      [
        Draft(.night(Predicate.NightClosed(night: nightOf(clock.now.unix), code: 0, sets: [])))
      ], by: host.signer)
  }

  /// Rotates, as the last part of a night.
  @discardableResult
  public func rotate() throws -> RotationOutcome {
    try Rotation(try session(), signer: host.signer, isDamageFound: false).execute()
  }

  /// A whole night: backup, rotation, the end; then the clock moves to the next night.
  @discardableResult
  public func passNight() throws -> BackupOutcome {
    let outcome = try backUp()
    try rotate()
    try closeNight()
    clock.advance(days: 1)
    return outcome
  }

  // MARK: What the owner does

  /// The data set's keys, as the owner opens them.
  public func ownerKeys() throws -> SetOpeningKeys {
    guard case .restorer(let keys) = try session().openSets(with: owner)[set] else {
      throw EngineError.noKey(.forSet(set))
    }
    return keys
  }

  /// Opens a live snapshot, the newest by default.
  public func open(number: Int? = nil) throws -> OpenSnapshot {
    let session = try session()
    let live = session.logState.liveSnapshots(of: set)
    guard let found = number == nil ? live.last : live.first(where: { $0.number == number }) else {
      throw EngineError.notFound(.snapshot, number.map { "\($0)" } ?? "latest")
    }
    return try session.open(found, keys: try ownerKeys())
  }

  /// Restores a snapshot into a new folder below ``folder``, with the source's own path stripped.
  ///
  /// - Returns: The report, and the folder, which then looks like `source`.
  public func restore(
    number: Int? = nil, to name: String = "restored"
  ) throws -> (report: RestoreReport, folder: [UInt8]) {
    let target = folder.path(name)
    let source = Array(folder.path("source").dropFirst())
    // An erasure may have taken the source with everything in it.
    var isThere = true
    do { isThere = try open(number: number).entry(at: source) != nil } catch EngineError.object {
      // The restore says what is damaged.
    }
    let strip = isThere ? source : []
    let report = try Restore(
      try open(number: number), RestoreRequest(target: target, strip: strip)
    ).run()
    return (report, target)
  }

  /// Every regular file below a folder, by its path there, with its content.
  public static func contents(of folder: [UInt8]) throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    func visit(_ directory: Descriptor, _ prefix: String) throws {
      for entry in try DirectoryEntries.read(directory) {
        let name = prefix + String(decoding: entry.name, as: UTF8.self)
        switch try FileStatus.read(at: directory, name: entry.name).type {
        case .directory:
          try visit(try Descriptor.openDirectory(at: directory, entry.name), name + "/")
        case .regular:
          found[name] = try Descriptor.openFile(at: directory, entry.name)
            .readToEnd(limitByteCount: 1 << 30)
        default: found[name] = []
        }
      }
    }
    try visit(try Descriptor.openRootDirectory(folder), "")
    return found
  }
}
