import BackupFormat
import BackupLog
import BackupStorage
import BackupVerifier
import EngineTestSupport

/// What a test does to a store.
struct Damage {
  let store: OverlayStorage

  init(_ full: FullRepository) throws {
    store = full.store
    store.reset()
  }

  /// Turns over the lowest bit of the byte in the middle of an object.
  func flip(_ path: ObjectPath, at offset: Int? = nil) throws {
    var bytes = try read(path)
    bytes[offset ?? bytes.count / 2] ^= 1
    store.show(bytes, as: try key(path))
  }

  func truncate(_ path: ObjectPath, to count: Int? = nil) throws {
    let bytes = try read(path)
    store.show([UInt8](bytes.prefix(count ?? bytes.count / 2)), as: try key(path))
  }

  func remove(_ path: ObjectPath) throws { store.show(nil, as: try key(path)) }

  func copy(_ path: ObjectPath, to other: ObjectPath) throws {
    store.show(try read(path), as: try key(other))
  }

  func swap(_ a: ObjectPath, _ b: ObjectPath) throws {
    let (first, second) = (try read(a), try read(b))
    store.show(second, as: try key(a))
    store.show(first, as: try key(b))
  }

  func read(_ path: ObjectPath) throws -> [UInt8] {
    try store.read(try key(path), limitByteCount: 1 << 30)
  }

  /// All objects below a folder, in order.
  func paths(_ folder: String) throws -> [ObjectPath] {
    try store.list(folder).objects.compactMap { ObjectPath($0.key.description) }
  }

  /// Signs statements over the log as it is shown, whether they count or not, and shows them as its
  /// next entry; returns its path.
  @discardableResult
  func say(
    _ drafts: [Draft], by signer: Signer, at time: LogTime, in id: RepositoryID,
    seeing state: LogState? = nil
  ) throws -> ObjectPath {
    let now = try Verifier(storage: store, repository: id).state()
    let bytes = try (state ?? now).sign(drafts, by: signer, time: time)
    let path = ObjectPath.log(now.size)
    store.show(bytes, as: try key(path))
    return path
  }
}

extension FullRepository {
  /// Checks the store as it is shown.
  func check(
    _ level: CheckLevel = .l1(.everything), memory: VerifierMemory? = nil
  ) throws -> VerificationReport {
    try Verifier(storage: store, repository: stage.id).check(
      level: level, memory: memory, now: stage.clock.now)
  }

  /// What the log of the undamaged repository says.
  func state() throws -> LogState {
    store.reset()
    return try Verifier(storage: store, repository: stage.id).state()
  }
}

extension VerificationReport {
  /// Each finding in short: its kind, and the object or name that it is about.
  var brief: [String] {
    findings.map { "\($0.kind.rawValue) \($0.object?.text ?? $0.name ?? "-")" }
  }
}
