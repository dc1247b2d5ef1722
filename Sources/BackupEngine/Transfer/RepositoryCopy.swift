import BackupCrypto
import BackupFormat
public import BackupLog
public import BackupStorage
import BackupSystem

/// What copying a repository did.
public struct CopyOutcome: Sendable {
  /// Objects that were copied.
  public var copiedCount = 0
  /// Their bytes.
  public var copiedByteCount: UInt64 = 0
  /// Objects that were there already.
  public var presentCount = 0
  /// Objects that the source has damaged or not at all; they were not copied.
  public var damaged: [ObjectPath] = []
  /// Objects that the copy has with another size; they were left alone.
  public var differing: [ObjectPath] = []
  /// The size of the log that the copy has now.
  public var logSize = 0
}

/// Copies a repository to another store without any key: the log is read first and written last, so
/// that a copy never names what it does not hold.
///
/// Every byte is checked against what was signed before its object appears in the copy: damage does
/// not travel.
public struct RepositoryCopy {
  private let source: RepositorySession
  private let target: any Storage

  /// Copies what `source` says at its present size into `target`, a repository begun by an earlier
  /// copy or an empty store.
  public init(_ source: RepositorySession, to target: any Storage) {
    self.source = source
    self.target = target
  }

  /// Does it; what is there already is not sent again.
  ///
  /// - Parameter progress: Told after each object: how many are done, of how many, and how many bytes
  ///   were sent.
  /// - Throws: ``EngineError/repository(_:)`` if the target holds another repository, or one whose
  ///   log goes on differently.
  public func execute(
    progress: (_ done: Int, _ total: Int, _ byteCount: UInt64) -> Void = { _, _, _ in }
  ) throws -> CopyOutcome {
    var outcome = CopyOutcome()
    var tried: Set<ObjectPath> = []
    try checkLog(source.logState)
    repeat {
      try copyObjects(&outcome, &tried, progress)
    } while try isOvertaken(&outcome)
    let state = source.logState
    for path in try checkpoints(upTo: state.size) { try copyCheckpoint(path, state, &outcome) }
    try target.barrier()
    writing: for (number, entry) in state.entries.enumerated() {
      switch entry {
      case .bytes(let bytes): try put(.log(number), bytes, &outcome)
      case .large(let leaf, _):
        let damagedCount = outcome.damaged.count
        try copy(.log(number), .largeEntry(leaf: leaf), &outcome)
        // It is another since it was read: what follows it would stand behind a gap.
        guard outcome.damaged.count == damagedCount else { break writing }
      }
      outcome.logSize = number + 1
    }
    try target.barrier()
    return outcome
  }

  private func copyObjects(
    _ outcome: inout CopyOutcome, _ tried: inout Set<ObjectPath>,
    _ progress: (_ done: Int, _ total: Int, _ byteCount: UInt64) -> Void
  ) throws {
    let packs = try VerifiedContent.packs(of: source)
    let required = source.logState.requiredObjects()
    for (number, object) in required.enumerated() {
      defer { progress(number + 1, required.count, outcome.copiedByteCount) }
      guard tried.insert(object.path).inserted else { continue }
      switch object.path {
      case .log, .checkpoint: continue
      case .format: try copyFormat(&outcome)
      case .pack(let id): try copy(object.path, packs[id].map { .pack($0) }, &outcome)
      default: try copy(object.path, object.digest.map { .digest($0) }, &outcome)
      }
    }
  }

  /// Whether a rotation has deleted meanwhile what was to be copied: then what the log says by now is
  /// copied, since a copy at the old size would name what it does not hold.
  private func isOvertaken(_ outcome: inout CopyOutcome) throws -> Bool {
    guard !outcome.damaged.isEmpty else { return false }
    try source.refresh()
    let standings = source.logState.standings(of: outcome.damaged)
    outcome.damaged.removeAll { standings[$0] == .deleted }
    return outcome.damaged.count < standings.count
  }

  /// The target's log must be a beginning of ours.
  private func checkLog(_ state: LogState) throws {
    var number = 0
    while true {
      guard let theirs = try StoredEntry.read(number, from: target) else { return }
      guard number < state.size, theirs == state.entries[number] else {
        throw EngineError.repository(.other)
      }
      number += 1
    }
  }

  private func checkpoints(upTo size: Int) throws -> [ObjectPath] {
    try source.storage.list("checkpoints").objects.compactMap { object in
      guard let path = ObjectPath(object.key.description),
        case .checkpoint(let checked, _) = path, checked <= size
      else { return nil }
      return path
    }
  }

  /// Checkpoints that are not what they say are of no use to a witness, and stay behind.
  private func copyCheckpoint(
    _ path: ObjectPath, _ state: LogState, _ outcome: inout CopyOutcome
  ) throws {
    guard case .checkpoint(let size, let keyID) = path else { return }
    let bytes: [UInt8]
    do {
      bytes = try source.storage.read(
        try StorageKey.of(path.text), limitByteCount: Checkpoint.byteCountMax)
    } catch let error as StorageError {
      guard case .object = EngineError.of(error, path.text) else { throw error }
      outcome.damaged.append(path)
      return
    }
    guard let signer = state.keys[keyID], let root = state.tree.root(atSize: size),
      let checkpoint = try? Checkpoint(parsing: bytes),  // which of its rules broke is no matter
      checkpoint.head == LogHead(size: size, root: root),
      checkpoint.isSigned(by: signer.publicKey, of: state.repository)
    else {
      outcome.damaged.append(path)
      return
    }
    try put(path, bytes, &outcome)
  }

  private func copyFormat(_ outcome: inout CopyOutcome) throws {
    // The session was opened because of it.
    let bytes = try source.storage.read(
      try StorageKey.of(ObjectPath.format.text), limitByteCount: Limits.smallTextByteCount)
    try put(.format, bytes, &outcome)
  }

  private func put(
    _ path: ObjectPath, _ bytes: [UInt8], _ outcome: inout CopyOutcome
  ) throws {
    if try target.put(try StorageKey.of(path.text), bytes.span) == .created {
      outcome.copiedCount += 1
      outcome.copiedByteCount += UInt64(bytes.count)
    } else {
      outcome.presentCount += 1
    }
  }

  private func copy(
    _ path: ObjectPath, _ content: VerifiedContent?, _ outcome: inout CopyOutcome
  ) throws {
    let key = try StorageKey.of(path.text)
    let there = try target.byteCount(of: key)
    let here: UInt64?
    do { here = try source.storage.byteCount(of: key) } catch {
      guard case .object = EngineError.of(error, path.text) else { throw error }
      outcome.damaged.append(path)
      return
    }
    if there != nil, there == here {
      outcome.presentCount += 1
      return
    }
    guard let content, here != nil else {
      // What nobody can check, or is gone, stays behind; what the copy has of it stays there.
      outcome.damaged.append(path)
      return
    }
    guard there == nil else {
      outcome.differing.append(path)
      return
    }
    let writer = try target.makeWriter(for: key)
    var isWhole = false
    // A writer that is not finished leaves nothing under the name.
    defer { if !isWhole { writer.cancel() } }
    isWhole = try content.read(key, from: source.storage) { bytes in
      do throws(StorageError) { try writer.append(bytes) } catch {
        throw EngineError.storage(error)
      }
    }
    guard isWhole else {
      outcome.damaged.append(path)
      return
    }
    let byteCount = writer.byteCount
    if try writer.finish() == .created {
      outcome.copiedCount += 1
      outcome.copiedByteCount += byteCount
    } else {
      outcome.presentCount += 1
    }
  }
}
