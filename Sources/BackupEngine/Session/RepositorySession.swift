public import BackupFormat
public import BackupKeys
public import BackupLog
public import BackupObjects
public import BackupStorage
import BackupSystem

/// The clock as a value: the engine asks nobody else what time it is.
public typealias EngineClock = @Sendable () -> LogTime

/// An open repository: its store, its log, and what this machine remembers.
public final class RepositorySession {
  /// Where the objects are.
  public let storage: any Storage
  /// The id that was given from outside.
  public let id: RepositoryID
  /// The log, as it was read last.
  public private(set) var log: RepositoryLog
  /// What was found wrong with the log, and still is.
  public var logFindings: [LogFinding] { foundInLog.filter(log.state.isOpen) }
  private var foundInLog: [LogFinding]
  /// What this machine remembers; nil where nothing is to be remembered.
  public let state: StateFolder?
  /// Reads open objects.
  public let objects: StoredObjectSource
  /// What time it is, for everything that is said.
  public let clock: EngineClock
  /// What this machine remembers of the log by now.
  private var remembered: LogHead?
  /// What was made of the index objects, good for one size of the log.
  private var locators: [SetID: (size: Int, locator: BlockLocator, lost: [Digest])] = [:]

  /// Whether something that the log needs is missing or damaged: then nothing may be deleted.
  public var isDamaged: Bool {
    logFindings.contains {
      switch $0 {
      case .unreadObject, .gap: true
      default: false
      }
    }
  }

  /// What the log says.
  public var logState: LogState { log.state }

  /// Opens a repository.
  ///
  /// - Throws: ``EngineError/repository(_:)`` if there is none, or another, or a newer one;
  ///   ``EngineError/log(_:)`` if its log is shorter than remembered or not the same.
  public init(
    storage: any Storage, id: RepositoryID, state: StateFolder?, clock: @escaping EngineClock
  ) throws(EngineError) {
    self.storage = storage
    self.id = id
    self.state = state
    self.clock = clock
    objects = StoredObjectSource(storage: storage, repository: id)
    try Self.checkFormat(storage)
    let known = try state?.rememberedLog()
    remembered = known?.head
    do {
      (log, foundInLog) = try RepositoryLog.read(
        id, from: storage, objects: objects, remembered: remembered, checked: known?.checked)
    } catch {
      switch error {
      case .noRepository: throw .repository(.absent)
      case .otherRepository, .badFirstEntry: throw .repository(.other)
      default: throw .log(error)
      }
    }
    let hasRolledBack = logFindings.contains {
      switch $0 {
      case .shorterThanRemembered, .differsFromRemembered: true
      default: false
      }
    }
    if hasRolledBack { throw .rolledBack(logFindings) }
    try remember()
  }

  /// Remembers the log as it is now.
  ///
  /// What was only read may be gone after a failure of the disk, unlike what an append made durable;
  /// who remembered it would call the log shorter than it was.
  private func remember(isAppended: Bool = false) throws(EngineError) {
    guard let state, remembered != log.state.head else { return }
    if !isAppended {
      do { try storage.settle("log") } catch { return }
    }
    // Within a run the head moves several times; what counts is that it never moves back.
    try state.remember(RememberedLog(log.state), isDurable: remembered == nil)
    remembered = log.state.head
  }

  private static func checkFormat(_ storage: any Storage) throws(EngineError) {
    let bytes: [UInt8]
    do {
      bytes = try storage.read(
        try StorageKey.of("FORMAT"), limitByteCount: Limits.smallTextByteCount)
    } catch let error as StorageError {
      if case .notFound = error { throw .repository(.absent) }
      throw .storage(error)
    } catch {
      throw .repository(.absent)
    }
    do {
      try RepositoryFormat.check(bytes)
    } catch {
      throw .repository(.format(error))
    }
  }

  /// Takes in what others appended meanwhile.
  public func refresh() throws(EngineError) {
    do {
      foundInLog += try log.readOn(objects: objects)
    } catch {
      throw .log(error)
    }
    try remember()
  }

  /// Appends statements as one entry.
  ///
  /// - Parameter again: Asked after a lost race what is to be said now; nil says the same again.
  /// - Returns: The number of the entry; nil if nothing was to be said any more.
  @discardableResult
  public func append(
    _ drafts: [Draft], by signer: Signer, again: ((LogState) -> [Draft]?)? = nil
  ) throws(EngineError) -> Int? {
    for case .gap(let missing, _) in logFindings { throw .refused(.logGap(missing)) }
    let appended: RepositoryLog.Appended
    do {
      appended = try log.append(drafts, by: signer, clock: clock, objects: objects) { state in
        again?(state) ?? drafts
      }
    } catch {
      throw .log(error)
    }
    try remember(isAppended: true)
    guard case .entry(let number, _) = appended else { return nil }
    return number
  }

  /// Appends a line that was signed elsewhere.
  public func append(line: [UInt8]) throws(EngineError) -> Int? {
    do {
      guard case .entry(let number, _) = try log.append(line: line, objects: objects) else {
        return nil
      }
      return number
    } catch {
      throw .log(error)
    }
  }

  /// Removes what this machine remembers of data sets that are destroyed and not held: the names of
  /// their files, and the ids of what was in them.
  public func forgetDestroyed() throws(EngineError) {
    guard let state else { return }
    for set in logState.dataSets.keys where logState.isDestructionDue(set, at: now()) {
      try state.forget(set)
    }
  }

  /// Whether the policy in force lets a set deduplicate unchanged files only.
  func sparesOnlyUnchanged(_ set: SetID) -> Bool {
    logState.policy(of: set, at: clock().unix)?.what.deduplication == .unchangedFilesOnly
  }

  /// What the clock says now.
  public func now() -> LogTime { clock() }

  /// Writes this key's checkpoint of the log's head.
  public func writeCheckpoint(by signer: Signer) throws(EngineError) {
    let head = log.state.head
    try EngineError.telling {
      let checkpoint = try Checkpoint.signed(head, of: id, by: signer)
      _ = try storage.put(
        try StorageKey.of(ObjectPath.checkpoint(size: head.size, key: signer.keyID).text),
        checkpoint.bytes.span)
      try storage.barrier()
    }
  }

  /// The data sets whose keys a key can open, by the owner's statements in force.
  ///
  /// Those whose keys were deleted are not among them: the owner destroyed them.
  public func openSets(with key: KeyPair) throws(EngineError) -> [SetID: SealedSetKeys.Opened] {
    var opened: [SetID: SealedSetKeys.Opened] = [:]
    for (set, said) in log.state.dataSets {
      let path = ObjectPath.key(set: set, key: key.keyID)
      guard said.subjects.contains(where: { $0.path == path }),
        log.state.deletedObjects[path] == nil
      else { continue }
      opened[set] = try openSet(said.what, key)
    }
    return opened
  }

  private func openSet(
    _ dataSet: Predicate.DataSet, _ key: KeyPair
  ) throws(EngineError) -> SealedSetKeys.Opened {
    let path = ObjectPath.key(set: dataSet.set, key: key.keyID)
    do {
      let sealed = try storage.read(
        try StorageKey.of(path.text), limitByteCount: Limits.smallTextByteCount)
      return try SealedSetKeys.open(
        sealed, with: key.privateKey, keyID: key.keyID, set: dataSet.set,
        setPublicKey: dataSet.xWing, repository: id)
    } catch let error as StorageError {
      throw .of(error, path.text)
    } catch let error as ObjectError {
      throw .object(path: path.text, .sealed(error))
    } catch let error as EngineError {
      throw error
    } catch {
      throw .unavailable
    }
  }

  /// Every place of every block of a data set, and what of the index could not be read.
  func locator(of set: SetID) throws(EngineError) -> (locator: BlockLocator, lost: [Digest]) {
    if let known = locators[set], known.size == log.state.size {
      return (known.locator, known.lost)
    }
    let made = try makeLocator(of: set)
    locators[set] = (log.state.size, made.locator, made.lost)
    return made
  }

  private func makeLocator(
    of set: SetID
  ) throws(EngineError) -> (locator: BlockLocator, lost: [Digest]) {
    var locator = BlockLocator()
    let state = log.state
    var lost = state.unreadIndexes(of: set)
    for digest in state.indexes(of: set) {
      do {
        guard let index = try objects.indexObject(digest) else {
          lost.append(digest)
          continue
        }
        locator.add(index) { name in
          PackID(run: name.run, number: name.number).map { state.isDeleted($0) } ?? true
        }
      } catch {
        throw .storage(error)
      }
    }
    if !lost.isEmpty { try addPackEnds(&locator) }
    return (locator, lost)
  }

  /// Reads the ends of packs that no readable index object names.
  private func addPackEnds(_ locator: inout BlockLocator) throws(EngineError) {
    do {
      for object in try storage.list("packs").objects {
        guard case .pack(let id) = ObjectPath(object.key.description),
          !log.state.isDeleted(id)
        else { continue }
        let name = PackName(run: id.run, number: id.number)
        // A pack whose end can't be read stays unknown: what it holds is reported as lost.
        if let end = try? readEnd(of: name, byteCount: object.byteCount) {
          locator.add(name, end: end.end)
        }
      }
    } catch {
      throw .storage(error)
    }
  }

  /// Reads the end of a pack.
  func readEnd(
    of name: PackName, byteCount: UInt64
  ) throws -> (end: PackEnd, bytes: [UInt8]) {
    let key = try StorageKey.of(name.path)
    var tail = [UInt8](repeating: 0, count: PackEnd.tailByteCount)
    guard byteCount >= UInt64(PackEnd.packMarkByteCount + PackEnd.tailByteCount) else {
      throw EngineError.object(path: name.path, .malformed(.truncated(at: 0, needed: 20)))
    }
    var tailSpan = tail.mutableSpan
    try storage.read(key, at: byteCount - UInt64(PackEnd.tailByteCount), into: &tailSpan)
    let endByteCount = try PackEnd.byteCount(fromTail: tail)
    guard UInt64(endByteCount + PackEnd.packMarkByteCount) <= byteCount else {
      throw EngineError.object(path: name.path, .malformed(.outOfRange(.size)))
    }
    var bytes = [UInt8](repeating: 0, count: endByteCount)
    var span = bytes.mutableSpan
    try storage.read(key, at: byteCount - UInt64(endByteCount), into: &span)
    let end = try PackEnd(decoding: bytes)
    guard end.packByteCount == byteCount else {
      throw EngineError.object(path: name.path, .malformed(.inconsistent(.size)))
    }
    return (end, bytes)
  }

  /// Opens a snapshot with a restorer's keys, and the requests to erase that apply to it.
  ///
  /// - Throws: ``EngineError/erasure(_:_:)`` if one of them can't be used.
  public func open(_ snapshot: Snapshot, keys: SetOpeningKeys) throws -> OpenSnapshot {
    try open(snapshot, keys: keys, withholding: try erasures(from: snapshot, keys: keys))
  }

  /// Opens a snapshot as it is stored, or with what is withheld from it.
  func open(
    _ snapshot: Snapshot, keys: SetOpeningKeys, withholding erasures: ErasureFilter
  ) throws -> OpenSnapshot {
    guard let object = try objects.snapshotObject(snapshot.digest) else {
      throw EngineError.object(
        path: ObjectPath.snapshot(snapshot.digest).text, .digestMismatch)
    }
    let (locator, _) = try locator(of: snapshot.set)
    do {
      return try OpenSnapshot(
        object, storage: storage, keys: keys, locator: locator, erasures: erasures)
    } catch let error as ObjectError {
      throw EngineError.object(
        path: ObjectPath.snapshot(snapshot.digest).text, .sealed(error))
    }
  }
}
