public import BackupFormat
public import BackupStorage

/// The log of a repository in its store: read, watched for gaps and appended to.
public struct RepositoryLog: Sendable {
  /// What the entries read so far say.
  public private(set) var state: LogState
  let storage: any Storage

  /// Takes up a log whose entries are known.
  public init(state: LogState, storage: any Storage) {
    self.state = state
    self.storage = storage
  }

  /// Reads the log from entry 0, or from the first entry that is not known, up to the first number
  /// that does not exist.
  ///
  /// `known` are the entries that a state directory kept (``LogState/entries``). If the last of
  /// them differs in the store, or they don't lead to the remembered root, all are read again.
  /// `remembered` is
  /// the head that this reader saw last: a shorter log, or another root at that size, is a finding
  /// unless the owner says that the log was restored from a copy.
  ///
  /// - Throws: ``LogError/noRepository``, ``LogError/otherRepository``, ``LogError/badFirstEntry``,
  ///   ``LogError/storage(_:)``.
  /// - Returns: the log and what is to be reported about it, ``LogState/findings`` included.
  public static func read(
    _ repository: RepositoryID, from storage: any Storage, objects: any ObjectSource,
    known: [[UInt8]] = [], remembered: LogHead? = nil
  ) throws(LogError) -> (log: RepositoryLog, findings: [LogFinding]) {
    var known = known
    if let last = known.last {
      let stored = try readEntry(known.count - 1, from: storage)
      if stored != last { known = [] }
    }
    if let first = known.first, Digest(hashing: first) != repository.digest { known = [] }
    let first: [UInt8]
    if let cached = known.first {
      first = cached
    } else {
      guard let stored = try readEntry(0, from: storage) else { throw .noRepository }
      first = stored
    }
    let state = try LogState(repository: repository, firstEntry: first)
    var log = RepositoryLog(state: state, storage: storage)
    for entry in known.dropFirst() { _ = try log.take(entry, objects: objects) }
    _ = try log.readOn(objects: objects)
    if let remembered, !known.isEmpty,
      log.state.tree.root(atSize: remembered.size) != remembered.root
    {
      // The fault may be in the copy of the entries; only the store's own are worth a finding.
      return try read(repository, from: storage, objects: objects, remembered: remembered)
    }
    var findings = log.state.findings
    if let remembered { findings.append(contentsOf: log.state.compare(with: remembered)) }
    findings.append(contentsOf: try log.findGaps())
    return (log, findings)
  }

  /// Takes in the entries that were appended since, and returns what is to be reported about them.
  public mutating func readOn(objects: any ObjectSource) throws(LogError) -> [LogFinding] {
    var findings: [LogFinding] = []
    while let entry = try Self.readEntry(state.size, from: storage) {
      findings.append(contentsOf: try take(entry, objects: objects))
    }
    return findings
  }

  /// Looks for names under `log/` that come after the first missing number, or are no numbers.
  public func findGaps() throws(LogError) -> [LogFinding] {
    let listing: StorageListing
    do {
      listing = try storage.list("log")
    } catch { throw .storage(error) }
    var findings: [LogFinding] = []
    var numbers: [Int] = []
    for object in listing.objects {
      if case .log(let number)? = ObjectPath(object.key.description) {
        numbers.append(number)
      } else {
        findings.append(.strayName(object.key.description))
      }
    }
    // What was appended while the list was made is no gap.
    let later = numbers.filter { $0 >= state.size }.sorted()
    guard let next = later.first else { return findings }
    if next == state.size { return findings }
    guard try Self.readEntry(state.size, from: storage) == nil else { return findings }
    return findings + [.gap(missing: state.size, next: next)]
  }

  mutating func take(
    _ entry: [UInt8], objects: any ObjectSource
  ) throws(LogError) -> [LogFinding] {
    do {
      return try state.take(entry, objects: objects)
    } catch { throw .storage(error) }
  }

  mutating func replace(_ state: LogState) { self.state = state }

  /// Reads an entry; nil if there is none.
  static func readEntry(_ number: Int, from storage: any Storage) throws(LogError) -> [UInt8]? {
    do {
      return try storage.read(key(number), limitByteCount: entryReadByteCountMax)
    } catch {
      if error.isNotFound { return nil }
      throw .storage(error)
    }
  }

  /// How much of an entry is read: one that is too large is void, and in the tree nevertheless.
  static let entryReadByteCountMax = 16 << 20

  static func key(_ number: Int) -> StorageKey {
    guard let key = StorageKey(ObjectPath.log(number).text) else {
      preconditionFailure("an entry's path is a key")
    }
    return key
  }
}

extension LogState {
  /// Compares the log with a head that was seen before.
  ///
  /// A log that was restored from a copy differs rightly once the owner names, in a counting
  /// statement, the size from which it goes on.
  public func compare(with remembered: LogHead) -> [LogFinding] {
    if tree.root(atSize: remembered.size) == remembered.root { return [] }
    if let restored = restoration(before: remembered.size) {
      return [.restoredFromCopy(remembered, size: restored.what.restoredSize)]
    }
    return size < remembered.size
      ? [.shorterThanRemembered(remembered, found: head)]
      : [.differsFromRemembered(remembered, found: head)]
  }

  /// Whether the owner said that the log goes on from a copy of this size or less, so that what was
  /// seen of this size may rightly be another.
  public func isRestored(before size: Int) -> Bool { restoration(before: size) != nil }

  private func restoration(before size: Int) -> Said<Predicate.Acknowledged>? {
    acknowledgements.last {
      $0.what.restoredSize > 0 && $0.what.restoredSize <= size
        && $0.number >= $0.what.restoredSize
    }
  }
}
