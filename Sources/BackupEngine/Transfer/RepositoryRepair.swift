import BackupCrypto
import BackupFormat
public import BackupLog
public import BackupStorage
import BackupSystem

/// What a repair did.
public struct RepairOutcome: Sendable {
  /// Objects that were missing or damaged and are whole again.
  public var healed: [ObjectPath] = []
  /// Objects that can't be made whole.
  public var lost: [ObjectPath] = []
  /// Objects that were checked.
  public var checkedCount = 0
}

/// Puts identical bytes back from a copy, without any key.
///
/// Only what the log requires, and only if the bytes are those that were signed. Lost index objects
/// are made again from the ends of packs where there is no copy of them.
///
/// This is the one place where an object is overwritten (`Docs/format.md`, section 10). ``LogRepair``
/// goes before it where the log itself is damaged.
public struct RepositoryRepair {
  private let session: RepositorySession
  private let copy: (any Storage)?

  /// Heals the repository of `session`, from `copy` if there is one.
  public init(_ session: RepositorySession, from copy: (any Storage)? = nil) {
    self.session = session
    self.copy = copy
  }

  /// Reads everything that the log requires, and heals what is not as it was signed.
  public func execute() throws -> RepairOutcome {
    var outcome = RepairOutcome()
    var current = session
    var done: Set<ObjectPath> = []
    // What an index or snapshot object says decides what else is required: they come first, and
    // once one is healed the log is read again.
    while true {
      var hasHealedOpenObject = false
      for object in current.logState.requiredObjects() where !done.contains(object.path) {
        guard let digest = object.digest, !Self.isLogOrPack(object.path) else { continue }
        done.insert(object.path)
        outcome.checkedCount += 1
        let isHealed = try heal(object.path, .digest(digest), &outcome)
        switch object.path {
        case .index, .snapshot: hasHealedOpenObject = hasHealedOpenObject || isHealed
        default: break
        }
      }
      try rebuildIndexes(&outcome, &hasHealedOpenObject)
      guard hasHealedOpenObject else { break }
      current = try RepositorySession(
        storage: session.storage, id: session.id, state: nil, clock: session.clock)
    }
    let packs = try VerifiedContent.packs(of: current)
    for object in current.logState.requiredObjects() {
      guard case .pack(let id) = object.path else { continue }
      outcome.checkedCount += 1
      guard let pack = packs[id] else {
        outcome.lost.append(object.path)
        continue
      }
      _ = try heal(object.path, .pack(pack), &outcome)
    }
    do { try session.storage.barrier() } catch { throw EngineError.storage(error) }
    outcome.lost.sort()
    return outcome
  }

  private static func isLogOrPack(_ path: ObjectPath) -> Bool {
    switch path {
    case .log, .pack: true
    default: false
    }
  }

  /// Makes those index objects again that the copy does not have either.
  private func rebuildIndexes(
    _ outcome: inout RepairOutcome, _ hasHealed: inout Bool
  ) throws {
    let lost = outcome.lost.compactMap { path in
      if case .index(let digest) = path { digest } else { nil }
    }
    for (digest, bytes) in try IndexRebuild(session).execute(Set(lost)) {
      let path = ObjectPath.index(digest)
      do {
        try session.storage.replace(try StorageKey.of(path.text), with: bytes.span)
      } catch let error as StorageError {
        throw EngineError.storage(error)
      }
      outcome.lost.removeAll { $0 == path }
      outcome.healed.append(path)
      hasHealed = true
    }
  }

  /// - Returns: Whether the object was not whole and is now.
  private func heal(
    _ path: ObjectPath, _ content: VerifiedContent, _ outcome: inout RepairOutcome
  ) throws -> Bool {
    let key = try StorageKey.of(path.text)
    if try content.read(key, from: session.storage) { return false }
    guard let copy else {
      outcome.lost.append(path)
      return false
    }
    let writer: any StorageWriter
    do { writer = try session.storage.makeReplacement(for: key) } catch {
      throw EngineError.storage(error)
    }
    var isWhole = false
    // Nothing takes the place of the object before every byte was checked.
    defer { if !isWhole { writer.cancel() } }
    isWhole = try content.read(key, from: copy) { bytes in
      do throws(StorageError) { try writer.append(bytes) } catch {
        throw EngineError.storage(error)
      }
    }
    guard isWhole else {
      outcome.lost.append(path)
      return false
    }
    do { _ = try writer.finish() } catch { throw EngineError.storage(error) }
    outcome.healed.append(path)
    return true
  }
}
