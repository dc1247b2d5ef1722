import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupStorage
import BackupTestSupport
import BackupVerifier
import EngineTestSupport

/// A small repository that holds every kind of object: what tests of the verifier damage.
///
/// Three nights of a tiny source; after the second an operator has moved the blocks of both runs
/// into one pack, so that their first packs are condemned by the third. There are keys of two roles,
/// a record in three editions, an erasure request, a verification, and checkpoints by operator and
/// witness.
struct FullRepository: Sendable {
  /// Who has which key, what the clock shows, and what the repository is called.
  struct Facts: Sendable {
    let id: RepositoryID
    let set: SetID
    let owner: KeyPair
    let host: KeyPair
    let verifier: KeyPair
    let clock: StageClock
  }

  let stage: Facts
  /// The store as it was when all was done, to be shown damaged.
  let store: OverlayStorage

  init() throws {
    let builder = Builder(
      stage: try RepositoryStage(
        storage: MemoryStorage(),
        retention: BackupPolicy.Retention(daily: 7, maximumAgeDays: 30)))
    try builder.build()
    let made = builder.stage
    stage = Facts(
      id: made.id, set: made.set, owner: made.owner, host: made.host, verifier: made.verifier,
      clock: made.clock)
    store = try OverlayStorage(copying: made.storage)
  }
}

/// Plays the three nights.
private struct Builder {
  let stage: RepositoryStage

  func build() throws {
    try stage.write("a", RepositoryStage.bytes(180, seed: 1))
    try stage.write("folder/b", RepositoryStage.bytes(90, seed: 2))
    try passNight()
    try stage.write("a", RepositoryStage.bytes(200, seed: 3))
    try stage.write("c", RepositoryStage.bytes(70, seed: 4))
    try passNight()
    try HandCompaction(stage).execute()
    try stage.write("d", RepositoryStage.bytes(60, seed: 5))
    try openErasure()
    try passNight()
    try witness()
  }

  /// A night with a record and the operator's checkpoint.
  private func passNight() throws {
    try stage.backUp()
    try stage.rotate()
    try keepRecord()
    try stage.closeNight()
    try stage.session().writeCheckpoint(by: stage.host.signer)
    stage.clock.advance(days: 1)
  }

  /// A record as `nightly` keeps it: one open edition, two sealed ones.
  private func keepRecord() throws {
    let night = RepositoryStage.night(stage.clock.now.unix)
    let pair = CanonicalJSON.array([.string("night"), .string(night.description)])
    let salt = [UInt8](repeating: 7, count: 16)
    let shown = Digest(hashing: [UInt8]("cr-field-v1\n".utf8) + salt + pair.encode())
    let hidden = Digest(hashing: [1, 2, 3])
    let edition = CanonicalJSON.object([
      "edition": .string("public"),
      "fields": .array([
        .object(["commitment": .string(hidden.hex)]),
        .object([
          "id": .string("night"), "salt": .string(Hex.encode(salt)),
          "value": .string(night.description),
        ]),
      ]),
      "night": .string(night.description), "schema": .string("nightsafe/record/v1"),
    ])
    var generator = SeededGenerator(seed: UInt64(stage.clock.now.unix))
    let sealed = (0..<2).map { _ in [UInt8]("NSTEXT1\n".utf8) + generator.bytes(40) }
    let objects = try ([edition.encode()] + sealed).map {
      try publish($0) { .record($0) }
    }
    let commitment = Digest(
      hashing: [UInt8]("cr-record-v1\n".utf8) + hidden.bytes + shown.bytes)
    try stage.session().append(
      [
        Draft(
          .record(
            Predicate.RecordKept(
              night: night, commitment: commitment,
              until: stage.clock.now.unix + 3 * 365 * 86_400)),
          subjects: objects.sorted { $0.path < $1.path })
      ], by: stage.host.signer)
  }

  private func openErasure() throws {
    var generator = SeededGenerator(seed: 11)
    let request = try publish([UInt8]("NSTEXT1\n".utf8) + generator.bytes(50)) { .erasure($0) }
    let now = stage.clock.now.unix
    guard let id = ErasureID(generator.bytes(16)) else { throw StageError.impossible }
    try stage.session().append(
      [
        Draft(
          .erasureOpened(
            Predicate.ErasureOpened(
              erasure: id, set: stage.set, cutOff: now, cleanBy: now + 90 * 86_400)),
          subjects: [request])
      ], by: stage.owner.signer)
  }

  /// What an external administrator does: verify, sign, and sign the head once more for the host.
  private func witness() throws {
    let verifier = Verifier(storage: stage.storage, repository: stage.id)
    let report = try verifier.check(
      level: .l1(.everything), memory: nil, now: stage.clock.now)
    let clock = stage.clock
    _ = try verifier.append(report, by: stage.verifier.signer) { clock.now }
    try stage.session().writeCheckpoint(by: stage.host.signer)
  }

  private func publish(_ bytes: [UInt8], as path: (Digest) -> ObjectPath) throws -> Subject {
    guard let subject = Subject(path(Digest(hashing: bytes))) else { throw StageError.impossible }
    _ = try stage.storage.put(key(subject.path), bytes.span)
    return subject
  }
}

/// A stage that can't be built.
enum StageError: Error {
  case impossible
}

/// The key under which an object lies.
func key(_ path: ObjectPath) throws -> StorageKey {
  guard let key = StorageKey(path.text) else { throw StageError.impossible }
  return key
}
