public import BackupFormat
public import BackupLog
public import BackupStorage

/// Puts `FORMAT` and entries of the log back from a copy, before the repository can be opened.
///
/// An entry of the copy takes the place of one that is missing, or of one whose bytes count for
/// nothing where the copy's count. Two different entries that both count are a fork, and no repair.
public struct LogRepair {
  private let repository: RepositoryID
  private let storage: any Storage
  private let copy: any Storage
  private let objects: StoredObjectSource

  /// Heals `storage`, which holds, or held, this repository.
  public init(_ repository: RepositoryID, in storage: any Storage, from copy: any Storage) {
    self.repository = repository
    self.storage = storage
    self.copy = copy
    objects = StoredObjectSource(storage: storage, repository: repository)
  }

  /// Does it.
  ///
  /// - Returns: What was put back.
  /// - Throws: ``EngineError/repository(_:)`` if the copy is of another repository, or its log forks
  ///   from ours.
  public func execute() throws -> [ObjectPath] {
    guard let first = try entry(0, copy)?.bytes, Digest(hashing: first) == repository.digest else {
      throw EngineError.repository(.other)
    }
    var healed: [ObjectPath] = []
    if try healFormat() { healed.append(.format) }
    if try entry(0, storage)?.bytes != first {
      try replace(0, with: .bytes(first))
      healed.append(.log(0))
    }
    var state: LogState
    do { state = try LogState(repository: repository, firstEntry: first) } catch {
      throw EngineError.log(error)
    }
    while let next = try choose(&state) {
      if next.isHealed { healed.append(.log(next.number)) }
    }
    if !healed.isEmpty { try storage.barrier() }
    return healed
  }

  /// Takes the next entry, the copy's where ours is missing or damaged; nil at the end of both.
  private func choose(_ state: inout LogState) throws -> (number: Int, isHealed: Bool)? {
    let number = state.size
    let ours = try entry(number, storage)
    let theirs = try entry(number, copy)
    guard let theirs, theirs != ours else {
      guard let ours else { return nil }
      _ = try state.take(ours, objects: objects)
      return (number, false)
    }
    var healed = state
    let isTheirsVoid = Self.isVoid(number, try healed.take(theirs, objects: objects))
    guard let ours else {
      // A void entry is put back only where what follows was said by who saw it.
      if isTheirsVoid, try !continues(healed) { return nil }
      try replace(number, with: theirs)
      state = healed
      return (number, true)
    }
    var kept = state
    let isOursVoid = Self.isVoid(number, try kept.take(ours, objects: objects))
    guard isOursVoid, !isTheirsVoid else {
      guard !isOursVoid, !isTheirsVoid else {
        // Where neither counts, that one is whole which what follows has seen.
        if isOursVoid, isTheirsVoid, try !continues(kept), try continues(healed) {
          try replace(number, with: theirs)
          state = healed
          return (number, true)
        }
        // Damaged in the copy: ours stays, and the copy says nothing more.
        state = kept
        return (number, false)
      }
      throw EngineError.repository(.other)
    }
    try replace(number, with: theirs)
    state = healed
    return (number, true)
  }

  /// Whether our next entry counts after these.
  private func continues(_ state: LogState) throws -> Bool {
    guard let next = try entry(state.size, storage) else { return false }
    var state = state
    let number = state.size
    return !Self.isVoid(number, try state.take(next, objects: objects))
  }

  private static func isVoid(_ number: Int, _ findings: [LogFinding]) -> Bool {
    findings.contains { if case .voidEntry(number, _) = $0 { true } else { false } }
  }

  /// Puts `FORMAT` back where it is missing, unsound, or not the text that version 1 writes.
  ///
  /// The text for people is not signed: where both are sound, only the one that every writer of this
  /// version makes takes the place of another.
  private func healFormat() throws -> Bool {
    let ours = try format(storage)
    guard let theirs = try format(copy), theirs != ours, Self.refusal(of: theirs) == nil
    else { return false }
    if let ours {
      switch Self.refusal(of: ours) {
      case .notARepository: break
      // A newer version is no damage.
      case .version, .feature: return false
      case nil where theirs == [UInt8](RepositoryFormat.text.utf8): break
      case nil: return false
      }
    }
    try storage.replace(try StorageKey.of(ObjectPath.format.text), with: theirs.span)
    return true
  }

  private static func refusal(of bytes: [UInt8]) -> RepositoryFormat.Refusal? {
    do {
      try RepositoryFormat.check(bytes)
      return nil
    } catch { return error }
  }

  private func format(_ storage: any Storage) throws -> [UInt8]? {
    let key = try StorageKey.of(ObjectPath.format.text)
    return try Self.orNil(key.description) { () throws(StorageError) in
      try storage.read(key, limitByteCount: Limits.smallTextByteCount)
    }
  }

  private func entry(_ number: Int, _ storage: any Storage) throws -> StoredEntry? {
    try Self.orNil(ObjectPath.log(number).text) { () throws(StorageError) in
      try StoredEntry.read(number, from: storage)
    }
  }

  /// What `read` returns; nil where something is wrong with this one object.
  private static func orNil<Value>(
    _ path: String, _ read: () throws(StorageError) -> Value?
  ) throws -> Value? {
    do { return try read() } catch {
      guard case .object = EngineError.of(error, path) else { throw EngineError.storage(error) }
      return nil
    }
  }

  /// Puts an entry of the copy in the place of ours.
  private func replace(_ number: Int, with entry: StoredEntry) throws {
    let key = try StorageKey.of(ObjectPath.log(number).text)
    switch entry {
    case .bytes(let bytes): try storage.replace(key, with: bytes.span)
    case .large(let leaf, _):
      let writer = try storage.makeReplacement(for: key)
      let isWhole = try VerifiedContent.largeEntry(leaf: leaf).read(key, from: copy) { piece in
        try writer.append(piece)
      }
      guard isWhole else {
        writer.cancel()
        throw EngineError.repository(.other)
      }
      _ = try writer.finish()
    }
  }
}
