import BackupCrypto
import BackupFormat
public import BackupLog
public import BackupStorage
import BackupSystem

/// What a repair did.
public struct RepairOutcome: Sendable {
  /// Objects that were missing or damaged and are whole again.
  public var healed: [ObjectPath] = []
  /// Objects that the copy does not have whole either.
  public var lost: [ObjectPath] = []
  /// Objects that were checked.
  public var checkedCount = 0
}

/// Puts identical bytes back from a copy, without any key: only what the log requires, and only if
/// the copy's bytes are those that were signed.
///
/// This is the one place where an object is overwritten (`Docs/format.md`, section 10).
public struct RepositoryRepair {
  private let session: RepositorySession
  private let copy: any Storage

  /// Heals the repository of `session` from `copy`.
  public init(_ session: RepositorySession, from copy: any Storage) {
    self.session = session
    self.copy = copy
  }

  /// Reads everything that the log requires, and heals what is not as it was signed.
  public func execute() throws -> RepairOutcome {
    var outcome = RepairOutcome()
    let state = session.logState
    // Index objects first: they say what the packs should be.
    let required = state.requiredObjects().sorted { a, b in
      let (x, y) = (Self.rank(a.path), Self.rank(b.path))
      return x != y ? x < y : a.path < b.path
    }
    for object in required {
      if Interrupt.isRequested { throw EngineError.interrupted }
      switch object.path {
      case .log, .format, .checkpoint: continue
      case .pack(let pack): try heal(pack, &outcome)
      default: try heal(object.path, object.digest, &outcome)
      }
      outcome.checkedCount += 1
    }
    try session.storage.barrier()
    return outcome
  }

  private static func rank(_ path: ObjectPath) -> Int {
    if case .pack = path { 1 } else { 0 }
  }

  private func heal(
    _ path: ObjectPath, _ digest: Digest?, _ outcome: inout RepairOutcome
  ) throws {
    guard let digest else { return }
    let key = try StorageKey.of(path.text)
    if let bytes = try whole(session.storage, key), Digest(SHA256.hash(bytes)) == digest { return }
    guard let bytes = try whole(copy, key), Digest(SHA256.hash(bytes)) == digest else {
      outcome.lost.append(path)
      return
    }
    try session.storage.replace(key, with: bytes.span)
    outcome.healed.append(path)
  }

  private func heal(_ pack: PackID, _ outcome: inout RepairOutcome) throws {
    let path = ObjectPath.pack(pack)
    let key = try StorageKey.of(path.text)
    guard let expected = try expectation(of: pack) else {
      outcome.lost.append(path)
      return
    }
    if let bytes = try whole(session.storage, key), Self.isWhole(bytes, expected) { return }
    guard let bytes = try whole(copy, key), Self.isWhole(bytes, expected) else {
      outcome.lost.append(path)
      return
    }
    try session.storage.replace(key, with: bytes.span)
    outcome.healed.append(path)
  }

  private func whole(_ storage: any Storage, _ key: StorageKey) throws -> [UInt8]? {
    do {
      return try storage.read(key, limitByteCount: Limits.packByteCount)
    } catch {
      guard case .object = EngineError.of(error, "") else {
        if case .tooLarge = error { return nil }
        throw EngineError.storage(error)
      }
      return nil
    }
  }

  /// What the index objects of the log say of a pack.
  private func expectation(of pack: PackID) throws -> IndexObject.Pack? {
    let name = PackName(run: pack.run, number: pack.number)
    for set in session.logState.dataSets.keys {
      for digest in session.logState.indexes(of: set) {
        guard let index = try session.objects.indexObject(digest) else { continue }
        if let found = index.packs.first(where: { $0.name == name }) { return found }
      }
    }
    return nil
  }

  /// Whether bytes are a pack with the end and the blocks that were signed.
  private static func isWhole(_ bytes: [UInt8], _ expected: IndexObject.Pack) -> Bool {
    guard UInt64(bytes.count) == expected.byteCount else { return false }
    let endStart = bytes.count - Int(expected.endByteCount)
    guard endStart >= PackEnd.packMarkByteCount,
      Digest(SHA256.hash(bytes.span.extracting(endStart..<bytes.count))) == expected.endDigest,
      bytes[0..<PackEnd.packMarkByteCount].elementsEqual(PackEnd.packMark.description.utf8)
    else { return false }
    var offset = PackEnd.packMarkByteCount
    for (i, byteCount) in expected.segments.byteCounts.enumerated() {
      let end = offset + Int(byteCount)
      guard end <= endStart,
        Digest(SHA256.hash(bytes.span.extracting(offset..<end))) == expected.segments.digest(at: i)
      else { return false }
      offset = end
    }
    return offset == endStart
  }
}
