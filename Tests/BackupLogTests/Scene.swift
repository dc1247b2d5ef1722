import BackupCrypto
import BackupFormat
import BackupStorage
import Synchronization

@testable import BackupLog

/// Open objects that tests make up; digests are counted, not computed.
final class FakeObjects: ObjectSource, Sendable {
  private struct Contents {
    var indexes: [Digest: IndexContent] = [:]
    var snapshots: [Digest: SnapshotContent] = [:]
    var isUnreachable = false
  }
  private let contents = Mutex(Contents())

  func index(_ digest: Digest) throws(StorageError) -> IndexContent? {
    try contents.withLock { contents throws(StorageError) in
      if contents.isUnreachable { throw .unreachable }
      return contents.indexes[digest]
    }
  }

  func snapshot(_ digest: Digest) throws(StorageError) -> SnapshotContent? {
    try contents.withLock { contents throws(StorageError) in
      if contents.isUnreachable { throw .unreachable }
      return contents.snapshots[digest]
    }
  }

  func put(_ index: IndexContent, as digest: Digest) {
    contents.withLock { $0.indexes[digest] = index }
  }
  func put(_ snapshot: SnapshotContent, as digest: Digest) {
    contents.withLock { $0.snapshots[digest] = snapshot }
  }
  func lose(_ digest: Digest) {
    contents.withLock {
      $0.indexes[digest] = nil
      $0.snapshots[digest] = nil
    }
  }
  /// What is left when these objects have been removed.
  func copy(without paths: [ObjectPath]) -> FakeObjects {
    let copy = FakeObjects()
    let known = contents.withLock { $0 }
    copy.contents.withLock { $0 = known }
    for path in paths {
      switch path {
      case .index(let digest), .snapshot(let digest): copy.lose(digest)
      default: break
      }
    }
    return copy
  }
  func becomeUnreachable(_ value: Bool = true) {
    contents.withLock { $0.isUnreachable = value }
  }
}

/// A key with its signing half, made from one byte.
struct Person {
  let publicKey: PublicKey
  let signer: Signer
  var id: KeyID { publicKey.keyID }

  init(_ byte: UInt8) {
    do {
      let seed = try SecretKey(copying: [UInt8](repeating: byte, count: 32).span)
      let key = try Ed25519SigningKey(seed: seed)
      let xWing = [UInt8](repeating: byte, count: PublicKey.xWingByteCount)
      guard let publicKey = PublicKey(ed25519: key.publicKeyBytes, xWing: xWing) else {
        preconditionFailure("the lengths are right")
      }
      self.publicKey = publicKey
      signer = Signer(keyID: publicKey.keyID, key: key)
    } catch { preconditionFailure("a key of 32 bytes") }
  }
}

/// A small repository log.
///
/// An owner who is restorer, a host that writes and operates, a verifier,
/// and one data set with a policy. Entries 0 and 1 make them.
struct Scene {
  static let start: Int64 = 1_800_000_000
  static let day: Int64 = 86_400

  let owner = Person(1)
  let host = Person(2)
  let verifier = Person(3)
  let stranger = Person(4)
  let xWing = [UInt8](repeating: 9, count: 1216)
  let objects = FakeObjects()
  var state: LogState
  var clock = LogTime(unix: Scene.start, synchronised: true)
  private var counter = 0

  var set: SetID { SetID(xWing: xWing) }
  var otherXWing: [UInt8] { [UInt8](repeating: 10, count: 1216) }
  var otherSet: SetID { SetID(xWing: otherXWing) }
  var repository: RepositoryID { state.repository }
  var policy: StatementID { state.policies[set]?.last?.id ?? StatementID.of(0) }

  init() throws {
    let line = try Statement.created(
      owner: owner.publicKey, time: clock, by: owner.signer
    ).line
    state = try LogState(repository: RepositoryID(Digest(hashing: line)), firstEntry: line)
    let key = ObjectPath.key(set: set, key: host.id)
    let findings = try say(
      [
        Draft(role(owner, [.owner, .restorer])),
        Draft(role(host, [.operator, .writer])),
        Draft(role(verifier, [.verifier], isSeparate: true)),
        Draft(
          .dataSet(.init(set: set, xWing: xWing)), subjects: [Subject(path: key, digest: .of(1))]),
        Draft(.policy(policyTerms())),
      ], by: owner)
    precondition(findings.isEmpty, "the first statements count")
  }

  // MARK: Saying

  func sign(
    _ drafts: [Draft], by person: Person, seen: LogHead? = nil
  ) throws -> [UInt8] {
    try drafts.flatMap {
      try Statement.signed(
        $0, in: repository, seen: seen ?? state.head, time: clock, by: person.signer
      ).line
    }
  }

  mutating func say(_ drafts: [Draft], by person: Person) throws -> [LogFinding] {
    try state.take(try sign(drafts, by: person), objects: objects)
  }

  mutating func say(_ predicate: Predicate, by person: Person) throws -> [LogFinding] {
    try say([Draft(predicate)], by: person)
  }

  /// The reason why a statement is void; nil if it counts.
  mutating func reason(_ predicate: Predicate, by person: Person) throws -> VoidReason? {
    try reason(Draft(predicate), by: person)
  }

  mutating func reason(_ draft: Draft, by person: Person) throws -> VoidReason? {
    try say([draft], by: person).reason
  }

  // MARK: Making things up

  mutating func count() -> Int {
    counter += 1
    return counter
  }

  mutating func newDigest() -> Digest { .of(1000 + count()) }

  func role(
    _ person: Person, _ roles: [Role], sets: [SetID]? = nil, isSeparate: Bool = false
  ) -> Predicate {
    .role(
      .init(
        key: .init(person.publicKey), roles: roles, sets: sets ?? [set], isSeparate: isSeparate))
  }

  func policyTerms(effective: Int64 = 0, removes: Int = 0) -> Predicate.Policy {
    .init(
      set: set,
      retention: .init(
        collectionLagDays: 60, daily: 7, floor: 3, keepWithinDays: 0, last: 1,
        maximumAgeDays: 400, monthly: 12, quarterly: 0, refreshDays: 30, weekly: 4, yearly: 0),
      protection: .objectLock, deduplication: .normal, effective: effective, removes: removes)
  }

  func started(
    _ run: RunID, of set: SetID? = nil, continues: [RunID] = [],
    purpose: Predicate.Purpose = .backup
  ) -> Predicate {
    .started(.init(run: run, set: set ?? self.set, purpose: purpose, continues: continues))
  }

  /// An index object that places blocks of runs in one pack of `packRun`.
  mutating func index(
    pack number: UInt32, of packRun: RunID, set: SetID? = nil, holding blocks: [(RunID, Int, Int)]
  ) -> Subject {
    let digest = newDigest()
    let pack = IndexedPack(
      pack: .of(packRun, number), byteCount: 1000 + Int(number),
      segments: blocks.map { BlockSegment(run: $0.0, range: .of($0.1, $0.2)) })
    objects.put(IndexContent(set: set ?? self.set, run: packRun, packs: [pack]), as: digest)
    return Subject(path: .index(digest), digest: digest)
  }

  mutating func snapshotObject(
    _ run: RunID, set: SetID? = nil, needing blocks: [(RunID, Int, Int)]
  ) -> Subject {
    let digest = newDigest()
    objects.put(
      SnapshotContent(set: set ?? self.set, run: run, needs: .of(blocks)), as: digest)
    return Subject(path: .snapshot(digest), digest: digest)
  }

  mutating func chunkList() -> Subject {
    let digest = newDigest()
    return Subject(path: .chunks(digest), digest: digest)
  }

  func taken(_ run: RunID, of set: SetID? = nil) -> Predicate {
    .snapshot(
      .init(
        run: run, set: set ?? self.set, night: .of(clock.unix), readStart: clock.unix,
        readEnd: clock.unix, closes: [run], blocks: 10, byteCount: 1000))
  }

  /// What a backup leaves behind.
  struct Backup {
    let run: RunID
    let number: Int
    let index: Subject
    let snapshot: Subject
    let chunks: Subject
  }

  /// Starts a run, stores ten blocks in its pack 0 and takes a snapshot that needs these and more.
  mutating func backup(alsoNeeding more: [(RunID, Int, Int)] = []) throws -> Backup {
    let run = RunID.of(count())
    let isStarted = try say(started(run), by: host).isEmpty
    precondition(isStarted, "the run starts")
    let index = index(pack: 0, of: run, holding: [(run, 0, 10)])
    let snapshot = snapshotObject(run, needing: more + [(run, 0, 10)])
    let chunks = chunkList()
    let draft = Draft(taken(run), subjects: [snapshot, index, chunks])
    let findings = try say([draft], by: host)
    precondition(findings.isEmpty, "the snapshot counts: \(findings)")
    return Backup(
      run: run, number: state.size - 1, index: index, snapshot: snapshot, chunks: chunks)
  }

  mutating func rotate(_ numbers: [Int]) throws -> VoidReason? {
    try reason(
      .rotated(
        .init(
          set: set, policy: policy,
          removed: numbers.map { .init(number: $0, reason: .keepRules) })), by: host)
  }

  mutating func closeNight(days: Int64 = 1) throws {
    let night = Predicate.NightClosed(night: .of(clock.unix), code: 0, sets: [])
    let isClosed = try say(.night(night), by: host).isEmpty
    precondition(isClosed, "the night counts")
    clock.unix += days * Self.day
  }

  func removal(
    _ objects: [ObjectPath] = [], packs: [(RunID, Int, Int)] = []
  ) -> Predicate.Removal {
    .init(
      objects: objects,
      packs: packs.map { PackRanges(run: $0.0, numbers: BlockRanges(.of($0.1, $0.2))) })
  }
}

extension [LogFinding] {
  /// The first reason why something is void.
  var reason: VoidReason? {
    for finding in self {
      switch finding {
      case .voidEntry(_, let reason), .voidStatement(_, _, _, let reason): return reason
      default: continue
      }
    }
    return nil
  }
}

extension Identifier {
  static func of(_ number: Int) -> Self {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    bytes[0] = 0xab
    for i in 0..<8 { bytes[byteCount - 1 - i] = UInt8(truncatingIfNeeded: number >> (8 * i)) }
    guard let id = Self(bytes) else { preconditionFailure("as many bytes as the id has") }
    return id
  }
}

extension BlockRange {
  static func of(_ first: Int, _ count: Int) -> BlockRange {
    guard let range = BlockRange(first: first, count: count) else {
      preconditionFailure("a range")
    }
    return range
  }
}

extension PackID {
  static func of(_ run: RunID, _ number: UInt32) -> PackID {
    guard let pack = PackID(run: run, number: number) else { preconditionFailure("8 digits") }
    return pack
  }
}

extension NeedList {
  static func of(_ blocks: [(RunID, Int, Int)]) -> NeedList {
    var needs = NeedList()
    for (run, first, count) in blocks.sorted(by: { ($0.0, $0.1) < ($1.0, $1.1) }) {
      precondition(needs.append(.of(first, count), of: run), "ranges ascend and are apart")
    }
    return needs
  }
}

extension Night {
  static func of(_ unix: Int64) -> Night {
    guard let night = Night(dayNumber: Int(unix / 86_400)) else { preconditionFailure("a day") }
    return night
  }
}

extension LogState {
  /// The bytes of all entries, none of a large one.
  var texts: [[UInt8]] { entries.map { $0.bytes ?? [] } }
}
