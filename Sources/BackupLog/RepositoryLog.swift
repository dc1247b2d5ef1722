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
  /// unless the owner says that the log was restored from a copy. `checked` are the signatures that
  /// this reader checked before: those of the same entries are not checked again.
  ///
  /// - Throws: ``LogError/noRepository``, ``LogError/otherRepository``, ``LogError/badFirstEntry``,
  ///   ``LogError/storage(_:)``.
  /// - Returns: the log and what is to be reported about it, ``LogState/findings`` included.
  public static func read(
    _ repository: RepositoryID, from storage: any Storage, objects: any ObjectSource,
    known: [StoredEntry] = [], remembered: LogHead? = nil, checked: CheckedSignatures? = nil
  ) throws(LogError) -> (log: RepositoryLog, findings: [LogFinding]) {
    var known = known
    if let last = known.last {
      let stored = try readEntry(known.count - 1, from: storage)
      if stored != last { known = [] }
    }
    if Digest(hashing: known.first?.bytes ?? []) != repository.digest { known = [] }
    let isKnownBefore = !known.isEmpty
    let first: [UInt8]
    if let cached = known.first?.bytes {
      first = cached
    } else {
      first = try readFirstEntry(from: storage)
    }
    var state = try LogState(repository: repository, firstEntry: first)
    state.checked = checked
    var log = RepositoryLog(state: state, storage: storage)
    for entry in known.dropFirst() { _ = try log.take(entry, objects: objects) }
    _ = try log.readOn(objects: objects)
    if let checked, log.state.tree.root(atSize: checked.head.size) != checked.head.root {
      // Other entries than those whose signatures were checked.
      return try read(
        repository, from: storage, objects: objects, known: known, remembered: remembered)
    }
    if let remembered, isKnownBefore,
      log.state.tree.root(atSize: remembered.size) != remembered.root
    {
      // The fault may be in the copy of the entries; only the store's own are worth a finding.
      return try read(
        repository, from: storage, objects: objects, remembered: remembered, checked: checked)
    }
    var findings = log.state.findings
    if let remembered { findings.append(contentsOf: log.state.compare(with: remembered)) }
    findings.append(contentsOf: try log.findGaps())
    return (log, findings)
  }

  /// Takes in the entries that were appended since, and returns what is to be reported about them.
  public mutating func readOn(objects: any ObjectSource) throws(LogError) -> [LogFinding] {
    var findings: [LogFinding] = []
    try state.readOn(from: storage, objects: objects) { findings.append(contentsOf: $1) }
    return findings
  }

  /// Looks for names under `log/` that come after the first missing number, or are no numbers.
  public func findGaps() throws(LogError) -> [LogFinding] {
    let names: [StorageKey]
    do {
      names = try storage.names("log")
    } catch { throw .storage(error) }
    var findings: [LogFinding] = []
    var numbers: [Int] = []
    for name in names {
      if case .log(let number)? = ObjectPath(name.description) {
        numbers.append(number)
      } else {
        findings.append(.strayName(name.description))
      }
    }
    // What was appended while the list was made is no gap.
    let later = numbers.filter { $0 >= state.size }.sorted()
    guard let next = later.first else { return findings }
    if next == state.size { return findings }
    let isThere: Bool
    do {
      isThere = try storage.byteCount(of: Self.key(state.size)) != nil
    } catch { throw .storage(error) }
    guard !isThere else { return findings }
    return findings + [.gap(missing: state.size, next: next)]
  }

  mutating func take(
    _ entry: StoredEntry, objects: any ObjectSource
  ) throws(LogError) -> [LogFinding] {
    do {
      return try state.take(entry, objects: objects)
    } catch { throw .storage(error) }
  }

  mutating func replace(_ state: LogState) { self.state = state }

  /// Reads an entry; nil if there is none.
  static func readEntry(
    _ number: Int, from storage: any Storage
  ) throws(LogError) -> StoredEntry? {
    do { return try StoredEntry.read(number, from: storage) } catch { throw .storage(error) }
  }

  /// Reads entry 0.
  ///
  /// - Throws: ``LogError/noRepository`` if there is none, ``LogError/otherRepository`` if it is larger
  ///   than any that counts.
  public static func readFirstEntry(from storage: any Storage) throws(LogError) -> [UInt8] {
    let first: StoredEntry??
    do { first = try StoredEntry.readSmall(0, from: storage) } catch { throw .storage(error) }
    switch first {
    case .some(.some(let first)):
      guard let bytes = first.bytes else { throw .otherRepository }
      return bytes
    case .some(nil): throw .noRepository
    case nil: throw .otherRepository
    }
  }

  static func key(_ number: Int) -> StorageKey {
    guard let key = StorageKey(ObjectPath.log(number).text) else {
      preconditionFailure("an entry's path is a key")
    }
    return key
  }
}

extension LogState {
  /// Takes in the entries of a store from the first that is not taken in yet up to the first number
  /// that does not exist.
  ///
  /// - Parameter each: Called after each with the state and what is to be reported about the entry.
  public mutating func readOn(
    from storage: any Storage, objects: any ObjectSource,
    each: (LogState, [LogFinding]) -> Void = { _, _ in }
  ) throws(LogError) {
    let reader = EntryReader(
      storage, repository, from: size, firstUnchecked: checked?.head.size ?? 0)
    var keyCount = keys.count
    while let entry = try reader.read(keys: ed25519Keys) {
      let findings: [LogFinding]
      do {
        findings = try take(entry, objects: objects)
      } catch { throw .storage(error) }
      each(self, findings)
      if keys.count != keyCount {
        reader.learn(ed25519Keys)
        keyCount = keys.count
      }
    }
  }

  private var ed25519Keys: [KeyID: [UInt8]] { keys.mapValues(\.publicKey.ed25519) }

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
