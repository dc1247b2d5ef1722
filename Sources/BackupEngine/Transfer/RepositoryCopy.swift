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
  /// The size of the log that the copy has now.
  public var logSize = 0
}

/// Copies a repository to another store without any key: the log is read first and written last, so
/// that a copy never names what it does not hold.
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
  /// - Throws: ``EngineError/repository(_:)`` if the target holds another repository, or one whose
  ///   log goes on differently.
  public func execute() throws -> CopyOutcome {
    let state = source.logState
    var outcome = CopyOutcome()
    try checkLog(state)
    for object in state.requiredObjects() {
      if case .log = object.path { continue }
      try copy(object.path, object.digest, &outcome)
    }
    for path in try checkpoints(upTo: state.size) { try copy(path, nil, &outcome) }
    try target.barrier()
    for number in 0..<state.size {
      guard let bytes = state.entry(number) else { continue }
      let key = try StorageKey.of(ObjectPath.log(number).text)
      if try target.put(key, bytes.span) == .created {
        outcome.copiedCount += 1
        outcome.copiedByteCount += UInt64(bytes.count)
      } else {
        outcome.presentCount += 1
      }
    }
    try target.barrier()
    outcome.logSize = state.size
    return outcome
  }

  /// The target's log must be a beginning of ours.
  private func checkLog(_ state: LogState) throws {
    var number = 0
    while true {
      let key = try StorageKey.of(ObjectPath.log(number).text)
      guard try target.byteCount(of: key) != nil else { return }
      let theirs = try target.read(key, limitByteCount: Limits.logEntryByteCount * 256)
      guard number < state.size, theirs == state.entry(number) else {
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

  private func copy(_ path: ObjectPath, _ digest: Digest?, _ outcome: inout CopyOutcome) throws {
    let key = try StorageKey.of(path.text)
    guard let byteCount = try source.storage.byteCount(of: key) else {
      outcome.damaged.append(path)
      return
    }
    if try target.byteCount(of: key) == byteCount {
      outcome.presentCount += 1
      return
    }
    let writer = try target.makeWriter(for: key)
    let hasher = SHA256Hasher()
    var buffer = [UInt8](repeating: 0, count: 4 << 20)
    var offset: UInt64 = 0
    do {
      while offset < byteCount {
        if Interrupt.isRequested { throw EngineError.interrupted }
        let count = Int(min(UInt64(buffer.count), byteCount - offset))
        var all = buffer.mutableSpan
        var span = all._mutatingExtracting(0..<count)
        try source.storage.read(key, at: offset, into: &span)
        try writer.append(buffer.span.extracting(0..<count))
        hasher.update(buffer.span.extracting(0..<count))
        offset += UInt64(count)
      }
    } catch let error as StorageError {
      writer.cancel()
      guard case .object = EngineError.of(error, path.text) else {
        throw EngineError.storage(error)
      }
      outcome.damaged.append(path)
      return
    }
    if let digest, Digest(hasher.finish()) != digest {
      writer.cancel()
      outcome.damaged.append(path)
      return
    }
    if try writer.finish() == .created {
      outcome.copiedCount += 1
      outcome.copiedByteCount += byteCount
    }
  }
}
