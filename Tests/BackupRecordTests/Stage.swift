import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupStorage
import BackupTestSupport
import Synchronization

@testable import BackupRecord

/// Open objects that tests make up.
final class FakeObjects: ObjectSource, Sendable {
  private struct Contents {
    var indexes: [Digest: IndexContent] = [:]
    var snapshots: [Digest: SnapshotContent] = [:]
  }
  private let contents = Mutex(Contents())

  func index(_ digest: Digest) throws(StorageError) -> IndexContent? {
    contents.withLock { $0.indexes[digest] }
  }
  func snapshot(_ digest: Digest) throws(StorageError) -> SnapshotContent? {
    contents.withLock { $0.snapshots[digest] }
  }
  func put(_ index: IndexContent, as digest: Digest) {
    contents.withLock { $0.indexes[digest] = index }
  }
  func put(_ snapshot: SnapshotContent, as digest: Digest) {
    contents.withLock { $0.snapshots[digest] = snapshot }
  }
}

/// What a test wants the world to look like.
struct Staging {
  /// How many nights ago the first backup was made.
  var firstNightsAgo = 400
  /// Nights ago that have no backup.
  var missed: Set<Int> = []
  /// Nights ago that were made up for too late.
  var late: Set<Int> = []
  /// Nights ago that are closures.
  var closed: ClosedRange<Int>?
  /// Whether tonight is not checked yet.
  var isTonightPending = false
  /// How many days ago the last restore test was; nil if there was none.
  var testedDaysAgo: Int? = 20
  /// Its outcome.
  var testResult = Predicate.TestResult.passed
  /// How many days ago the verifier looked; nil if it never did.
  var verifiedDaysAgo: Int? = 2
  /// Blocks of tonight that fail.
  var failedBlocks = 0
  /// Whether blocks are reported as damaged.
  var isDamaged = false
  /// What protects the store.
  var protection = "objectLock"
  /// The maximum age that the owner approved.
  var maximumAgeDays = 500
  /// Whether the counts may be published.
  var publishesCounts = false
  /// What the external administrator holds.
  var administratorHoldsRestorer: Bool?
  /// Changes to the policy file.
  var change: @Sendable (inout Policy) -> Void = { _ in }
}

/// A repository log, made by real keys, and the input of the record that follows it.
struct Stage {
  static let owner = person(1)
  static let host = person(2)
  static let verifier = person(3)
  static let restorer = person(4)
  static let xWing = [UInt8](repeating: 9, count: 1_216)
  /// The night of 2026-11-21; the record is made the morning after.
  static let night = BackupPolicy.Night(dayNumber: 20_778)
  static let now = Int64(20_779) * 86_400 + 5 * 3_600
  static let day: Int64 = 86_400

  var set: SetID { SetID(xWing: Self.xWing) }
  let objects = FakeObjects()
  var log: LogState
  var clock: Int64
  var input: RecordInput
  private var counter = 0

  init(_ staging: Staging = Staging()) throws {
    clock = Self.now - Int64(staging.firstNightsAgo) * Self.day - 9 * 3_600
    let time = LogTime(unix: clock, synchronised: true)
    let line = try Statement.created(
      owner: Self.owner.publicKey, time: time, by: Self.owner.signer
    ).line
    log = try LogState(repository: RepositoryID(Digest(hashing: line)), firstEntry: line)
    input = RecordInput(night: Self.night, now: Self.now)
    try appoint(staging)
    if staging.firstNightsAgo > 3 {
      try backup(nightsAgo: staging.firstNightsAgo, failed: 0)
    }
    let nights = (0...min(3, staging.firstNightsAgo)).reversed()
    for ago in nights where !staging.missed.contains(ago) && !staging.late.contains(ago) {
      clock = max(clock, Self.now - Int64(ago) * Self.day - 9 * 3_600)
      try evidence(staging, around: ago)
      if ago > 0 || !staging.isTonightPending {
        try backup(nightsAgo: ago, failed: ago == 0 ? staging.failedBlocks : 0)
      }
    }
    if staging.isDamaged {
      try say(
        .damaged(.init(blocks: [.init(run: .of(counter), range: .of(0, 2))], objects: [])),
        by: Self.host)
    }
    fill(staging)
  }

  // MARK: The log

  static func person(_ byte: UInt8) -> KeyPair {
    do {
      return try KeyPair(
        seed: SecretKey(copying: [UInt8](repeating: byte, count: 32).span))
    } catch { preconditionFailure("a seed of 32 bytes") }
  }

  mutating func say(
    _ predicate: Predicate, subjects: [Subject] = [], by person: KeyPair
  ) throws {
    let draft = Draft(predicate, subjects: subjects)
    let entry = try log.sign(
      [draft], by: person.signer, time: LogTime(unix: clock, synchronised: true))
    let findings = try log.take(entry, objects: objects)
    precondition(findings.isEmpty, "the statement counts: \(findings)")
  }

  private mutating func appoint(_ staging: Staging) throws {
    func role(_ person: KeyPair, _ roles: [Role], isSeparate: Bool = false) -> Predicate {
      .role(
        .init(key: .init(person.publicKey), roles: roles, sets: [set], isSeparate: isSeparate))
    }
    try say(role(Self.host, [.operator, .writer]), by: Self.owner)
    try say(role(Self.verifier, [.verifier], isSeparate: true), by: Self.owner)
    try say(role(Self.restorer, [.restorer]), by: Self.owner)
    try say(
      .dataSet(.init(set: set, xWing: Self.xWing)),
      subjects: [Subject(path: .key(set: set, key: Self.host.keyID), digest: .of(1))],
      by: Self.owner)
    try say(
      .policy(
        .init(
          set: set,
          retention: .init(
            collectionLagDays: 60, daily: 30, floor: 3, keepWithinDays: 0, last: 0,
            maximumAgeDays: staging.maximumAgeDays, monthly: 12, quarterly: 0, refreshDays: 30,
            weekly: 0, yearly: 0),
          protection: Predicate.Protection(rawValue: staging.protection) ?? .none,
          deduplication: .normal, effective: 0, removes: 0)), by: Self.owner)
  }

  private mutating func backup(nightsAgo: Int, failed: Int) throws {
    counter += 1
    let run = RunID.of(counter)
    try say(
      .started(.init(run: run, set: set, purpose: .backup, continues: [])), by: Self.host)
    let digest = Digest.of(1_000 + counter)
    guard let pack = PackID(run: run, number: 0),
      let night = BackupLog.Night(dayNumber: Self.night.dayNumber - nightsAgo)
    else { preconditionFailure("a pack and a night") }
    objects.put(
      IndexContent(
        set: set, run: run,
        packs: [
          IndexedPack(
            pack: pack, byteCount: 1_000, segments: [BlockSegment(run: run, range: .of(0, 10))])
        ]), as: digest)
    let snapshot = Digest.of(2_000 + counter)
    var needs = NeedList()
    precondition(needs.append(.of(0, 10), of: run), "one range")
    objects.put(SnapshotContent(set: set, run: run, needs: needs), as: snapshot)
    try say(
      .snapshot(
        .init(
          run: run, set: set, night: night, readStart: clock, readEnd: clock + 600, closes: [run],
          blocks: 10, byteCount: 1_000)),
      subjects: [
        Subject(path: .snapshot(snapshot), digest: snapshot),
        Subject(path: .index(digest), digest: digest),
      ], by: Self.host)
    clock += 1_200
    try say(
      .selfChecked(.init(run: run, blocks: 10, byteCount: 1_000, opened: 10, failed: failed)),
      by: Self.host)
  }

  /// What the verifier and the restorer did between this night's ago and the next.
  private mutating func evidence(_ staging: Staging, around ago: Int) throws {
    if let tested = staging.testedDaysAgo, ago == min(3, staging.firstNightsAgo),
      let number = log.liveSnapshots(of: set).first?.number
    {
      let ended = Self.now - Int64(tested) * Self.day
      try say(
        .tested(
          .init(
            set: set, number: number, kind: .person, level: .restored, started: ended - 1_800,
            ended: ended, destroyed: ended + 60, files: 12, byteCount: 4_096,
            mismatches: staging.testResult == .failed ? 1 : 0, erasures: 0,
            result: staging.testResult)), by: Self.restorer)
    }
    if let verified = staging.verifiedDaysAgo, ago == min(verified, staging.firstNightsAgo, 3) {
      clock = max(clock, Self.now - Int64(verified) * Self.day - 9 * 3_600)
      try say(
        .verified(
          .init(
            level: .intact, method: .full, logSize: log.size, blocks: 20, byteCount: 2_000,
            damaged: 0, findings: 0)), by: Self.verifier)
    }
  }

  /// Has the verifier tell of a sample that found nothing.
  mutating func sample(
    commitment: Digest?, revealed: Digest?, extent: Predicate.VerifiedExtent? = nil
  ) throws {
    clock = max(clock, Self.now - 3_600)
    try say(
      .verified(
        .init(
          level: .intact, method: .sample, logSize: log.size, blocks: 5, byteCount: 500,
          damaged: 0, findings: 0, commitment: commitment, revealed: revealed, extent: extent)),
      by: Self.verifier)
    input.log = log
  }

  /// Has the verifier hand in an authority's stamp on the newest head, which the host signed.
  mutating func stamp(
    by authority: StampAuthority, change: (inout Predicate.Stamped) -> Void = { _ in }
  ) throws -> Predicate.Stamped {
    let checkpoint = try Checkpoint.signed(log.head, of: log.repository, by: Self.host.signer)
    guard let head = SignedHead(checkpoint, by: Self.host.keyID, of: log.repository) else {
      preconditionFailure("a checkpoint of this repository")
    }
    let query = try TimestampQuery(imprint: head.imprint(of: log.repository).bytes)
    let token = try TimestampToken(response: try authority.answer(query.bytes))
    var stamped = Predicate.Stamped(head: head, token: token)
    change(&stamped)
    try say(.stamped(stamped), by: Self.verifier)
    input.log = log
    return stamped
  }

  /// Lets time go on.
  mutating func pass(_ seconds: Int64) { clock += seconds }

  /// Has the restorer tell of a test that went well, and of what a person wrote down.
  mutating func test(
    _ kind: Predicate.TestKind, _ account: Predicate.TestAccount, minutes: Digest? = nil,
    erasures: Int = 0, level: Predicate.TestLevel = .restored,
    result: Predicate.TestResult = .passed
  ) throws {
    clock = max(clock, Self.now - 3_600)
    guard let number = log.liveSnapshots(of: set).first?.number else { return }
    try say(
      .tested(
        .init(
          set: set, number: number, kind: kind, level: level, started: clock - 60,
          ended: clock, destroyed: clock, files: 12, byteCount: 4_096, mismatches: 0,
          erasures: erasures, result: result, account: account)),
      subjects: minutes.map { [Subject(path: .record($0), digest: $0)] } ?? [], by: Self.restorer)
    input.log = log
  }

  /// Has the restorer say that a request was refused.
  mutating func refuse(_ refusal: NoteID, _ ground: Predicate.RefusalGround) throws {
    clock = max(clock, Self.now - 3_600)
    try say(
      .erasureRefused(
        .init(refusal: refusal, set: set, ground: ground, received: clock - 60, decided: clock)),
      by: Self.restorer)
    input.log = log
  }

  /// Has the owner write a note about an incident, or about another exception.
  mutating func note(
    _ note: NoteID, about incident: IncidentID?, until: Int64, sealed: Digest
  ) throws {
    clock = max(clock, Self.now - 3_600)
    try say(
      .noted(.init(note: note, set: set, incident: incident, until: until)),
      subjects: [Subject(path: .record(sealed), digest: sealed)], by: Self.owner)
    input.log = log
  }

  // MARK: The input

  private mutating func fill(_ staging: Staging) {
    input.log = log
    input.isClockSynchronised = true
    input.toolVersion = "1.2.3"
    input.toolBuild = .of(77)
    input.timeZoneDataVersion = "2026b"
    let policy = Self.policy(staging)
    input.policy = policy
    input.policyDigest = .of(88)
    let window = policy.night.window(in: .utc)
    input.window = window
    input.ledger = Self.ledger(staging, window: window)
    var night = SetNight(set: set, name: Secrets.setName)
    night.counters = SetCounters(
      files: 1_234, byteCount: 5_000_000_000, unreadable: 0, changedDuringRead: 1,
      changedDuringReadLimit: 5, excludedByRule: ["0123456789abcdef": 3], canariesFound: 2,
      canariesExpected: 2)
    if !staging.isTonightPending {
      night.selfCheck = SelfCheckFigures(
        blocks: 10, byteCount: 1_000, opened: 10, failed: staging.failedBlocks,
        at: Self.now - 3_600)
    }
    night.code = staging.failedBlocks > 0 ? 4 : 0
    night.seenRoots = [Secrets.source]
    night.rotatedCount = 1
    night.decisions = []
    input.sets = [night]
    input.exitCode = staging.failedBlocks > 0 ? 4 : 0
    input.findings = []
    input.freeByteCount = 1 << 40
    input.isLogRolledBack = false
    input.checks.missingObjects = 0
    input.checks.unexplainedObjects = 0
    input.keys.isOwnerKeyBesideHostKey = false
    input.keys.isRecoverySheetConfirmed = true
    input.keys.holders = [Self.owner.keyID: Secrets.holder]
    input.keys.administratorKeys = staging.administratorHoldsRestorer.map {
      [$0 ? Self.restorer.keyID : Self.verifier.keyID]
    }
    input.access.transport = .ssh
    input.accounts.restoreMinutes = [Secrets.minutes]
    input.accounts.exceptions = []
    input.accounts.exceptionNotes = [Secrets.note]
  }

  private static func policy(_ staging: Staging) -> Policy {
    var policy = Policy(
      repository: .init(location: Secrets.location, id: String(repeating: "0", count: 64)),
      controller: .init(name: "Autobedrijf Voorbeeld", contact: "privacy@voorbeeld.example"),
      protection: Policy.Protection(rawValue: staging.protection) ?? .none,
      locations: [
        .init(
          name: Secrets.place, provider: Secrets.provider, country: "NL", isInEEA: true,
          isOffSite: true, processorAgreementDate: BackupPolicy.Night(dayNumber: 20_000)),
        .init(name: "zolderkast", country: "NL", isInEEA: true, isOffSite: false),
      ],
      contracts: [
        .init(
          name: "Beheer & Zoon", kind: .systemAdministrator, scope: Secrets.scope,
          agreementDate: BackupPolicy.Night(dayNumber: 20_000),
          processorAgreementDate: BackupPolicy.Night(dayNumber: 20_000), isNamePublic: true)
      ],
      dataSets: [
        .init(
          name: Secrets.setName, sources: [.path(Secrets.source)],
          retention: .init(
            daily: 30, monthly: 12, maximumAgeDays: staging.maximumAgeDays, floor: 3),
          legalBasis: Secrets.basis, reason: Secrets.reason)
      ])
    policy.record.publishesNightCounts = staging.publishesCounts
    staging.change(&policy)
    return policy
  }

  static func ledger(_ staging: Staging, window: NightWindow) -> NightLedger {
    let first = min(staging.firstNightsAgo, 364)
    let agos = (0...staging.firstNightsAgo).reversed()
    let facts = agos.compactMap { ago -> NightFact? in
      guard !staging.missed.contains(ago), staging.closed?.contains(ago) != true else {
        return nil
      }
      if ago == 0, staging.isTonightPending { return nil }
      let night = Self.night.advanced(by: -ago)
      let start = window.start(of: night) + (staging.late.contains(ago) ? 12 * 3_600 : 0)
      return NightFact(
        sourceReadStart: start, committedAt: start + 600, checkedAt: start + 1_200)
    }
    return NightLedger(
      facts: facts, nights: Self.night.advanced(by: -first)...Self.night, window: window,
      closures: staging.closed.map {
        [Self.night.advanced(by: -$0.upperBound)...Self.night.advanced(by: -$0.lowerBound)]
      } ?? [], now: Self.now)
  }

  // MARK: Results

  var record: Record { Record.make(input) }

  /// With salts that count, so that editions of equal records are equal.
  var committed: CommittedRecord {
    CommittedRecord(record, salts: Stage.salts)
  }

  static let salts = (0..<FieldID.allCases.count).map {
    [UInt8](repeating: UInt8($0 + 1), count: 16)
  }

  func statement(_ language: Language, at now: Int64 = Stage.now) -> PublicStatement {
    .make(from: committed.edition(.public), now: now, language: language)
  }
}

/// Texts that only the confidential edition may show, each unlike anything else.
enum Secrets {
  static let setName = "klantenmap"
  static let source = "/srv/verborgen"
  static let location = "sftp://kluis@opslag.geheim.example/backup"
  static let place = "Bunkerstraat"
  static let provider = "Opslagboer"
  static let scope = "alles-behalve-telefonie"
  static let basis = "artikel-zes"
  static let reason = "garantieclaims"
  static let holder = "vennoot-een"
  static let minutes = "map Jansen bekeken"
  static let note = "schijf piept"

  static let all = [
    setName, source, location, place, provider, scope, basis, reason, holder, minutes, note,
  ]
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
