internal import BackupCrypto
internal import BackupFormat
internal import BackupStorage

extension RepositoryLog {
  /// What an append did.
  public enum Appended: Hashable, Sendable {
    /// The entry stands under this number, and ``state`` has taken it in.
    case entry(number: Int, bytes: [UInt8])
    /// After others had appended, nothing was to be said any more.
    case notWanted
  }

  /// How often the race for a number may be lost.
  public static let lostRaceCountMax = 100

  /// Says something: signs it, and creates the next entry with it.
  ///
  /// First, what the entry may name is made durable, then the entry is put if its number is free,
  /// then it is made durable. Who loses the race takes the newcomer in and asks `stillWanted` what
  /// is to be said now: nil or nothing gives up. The result is signed again for the new log. What
  /// would be void is not appended.
  ///
  /// - Throws: ``LogError/wouldBeVoid(_:)``, ``LogError/objectDeleted(_:)``,
  ///   ``LogError/entryTooLarge(byteCount:)``,
  ///   ``LogError/nothingToSay``, ``LogError/lostRaces(count:)``, ``LogError/storage(_:)``,
  ///   ``LogError/crypto(_:)``.
  public mutating func append(
    _ drafts: [Draft], by signer: Signer, clock: () -> LogTime, objects: any ObjectSource,
    stillWanted: (LogState) -> [Draft]?
  ) throws(LogError) -> Appended {
    guard !drafts.isEmpty else { throw .nothingToSay }
    var drafts = drafts
    for _ in 0..<Self.lostRaceCountMax {
      try checkSubjects(drafts.flatMap(\.subjects))
      let bytes = try state.sign(drafts, by: signer, time: clock())
      if let number = try attempt(bytes, objects: objects) {
        return .entry(number: number, bytes: bytes)
      }
      guard let wanted = stillWanted(state), !wanted.isEmpty else { return .notWanted }
      drafts = wanted
    }
    throw .lostRaces(count: Self.lostRaceCountMax)
  }

  /// Appends a line that an owner, a restorer or a verifier signed away from the store.
  ///
  /// - Throws: ``LogError/notALine``; ``LogError/wouldBeVoid(_:)`` if it would not count, now or
  ///   after a lost race; and as ``append(_:by:clock:objects:stillWanted:)``.
  public mutating func append(
    line: [UInt8], objects: any ObjectSource
  ) throws(LogError) -> Appended {
    guard let entry = try? Entry(parsing: line), entry.envelopes.count == 1 else {
      throw .notALine
    }
    for _ in 0..<Self.lostRaceCountMax {
      // What is ill-formed is void, which is told below.
      if let statement = try? Statement(
        payload: entry.envelopes[0].payload, in: state.repository)
      {
        try checkSubjects(statement.subjects)
      }
      if let number = try attempt(line, objects: objects) {
        return .entry(number: number, bytes: line)
      }
    }
    throw .lostRaces(count: Self.lostRaceCountMax)
  }

  /// What was deleted while nothing named it is stored anew, under a name of its own, by who is late.
  private func checkSubjects(_ subjects: [Subject]) throws(LogError) {
    for subject in subjects where state.isDeletedText(subject.path) {
      throw .objectDeleted(subject.path)
    }
  }

  /// Tries to put `bytes` under the next number; nil if another entry stands there, which was then
  /// taken in.
  private mutating func attempt(
    _ bytes: [UInt8], objects: any ObjectSource
  ) throws(LogError) -> Int? {
    guard bytes.count <= Entry.byteCountMax else {
      throw .entryTooLarge(byteCount: bytes.count)
    }
    let number = state.size
    var next = state
    let findings: [LogFinding]
    do {
      findings = try next.take(bytes, objects: objects)
    } catch { throw .storage(error) }
    guard !findings.contains(where: \.isVoid) else { throw .wouldBeVoid(findings) }
    guard let other = try put(bytes, number) else {
      replace(next)
      return number
    }
    _ = try take(other, objects: objects)
    return nil
  }

  /// Puts an entry; returns the one that stands there if it is another.
  ///
  /// When the storage fails, the outcome is unknown: what stands under the number decides, and if
  /// nothing does, the same bytes are put once more, which can do no harm.
  private func put(_ bytes: [UInt8], _ number: Int) throws(LogError) -> StoredEntry? {
    let key = Self.key(number)
    var failure: StorageError?
    for _ in 0..<2 {
      do {
        try storage.barrier()
        if try storage.put(key, bytes.span) == .created {
          try storage.barrier()
          return nil
        }
      } catch { failure = error }
      if let stored = try readAfter(failure, number) {
        guard stored.bytes == bytes else { return stored }
        do {
          try storage.barrier()
        } catch { throw .storage(error) }
        return nil
      }
    }
    throw .storage(failure ?? .notFound(key))
  }

  private func readAfter(
    _ failure: StorageError?, _ number: Int
  ) throws(LogError) -> StoredEntry? {
    do {
      return try Self.readEntry(number, from: storage)
    } catch { throw failure.map { .storage($0) } ?? error }
  }
}

extension LogFinding {
  /// Whether the finding says that an entry or a statement is void.
  public var isVoid: Bool {
    switch self {
    case .voidEntry, .voidStatement: true
    case .unreadObject, .judgedAgain, .gap, .shorterThanRemembered, .differsFromRemembered,
      .restoredFromCopy, .strayName:
      false
    }
  }
}
