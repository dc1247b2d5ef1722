import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Testing

/// What the tests of rotation ask of a stage.
extension RepositoryStage {
  var state: LogState {
    get throws { try session().logState }
  }

  /// The numbers of the live snapshots, oldest first.
  var liveNumbers: [Int] {
    get throws { try state.liveSnapshots(of: set).map(\.number) }
  }

  /// Says something by a key.
  @discardableResult
  func say(_ predicate: Predicate, by key: KeyPair) throws -> Int? {
    try session().append([Draft(predicate)], by: key.signer)
  }

  /// Appoints another operator, who holds no key of any data set.
  func appointOperator() throws -> KeyPair {
    let key = try KeyPair.random()
    try session().append(
      [RepositoryOwner.grant(key.publicKey, [.operator], sets: [])], by: owner.signer)
    return key
  }

  /// The repository as another machine with no state of its own opens it.
  func otherSession() throws -> RepositorySession {
    let clock = clock
    return try RepositorySession(storage: storage, id: id, state: nil, clock: { clock.now })
  }

  /// Approves another retention as `policy approve` does, and returns what was said.
  @discardableResult
  func approve(_ retention: BackupPolicy.Retention) throws -> PolicyApproval? {
    let approval = PolicyApproval(
      try state, set, retention: retention, protection: .none, deduplication: .normal,
      now: clock.now)
    if let approval { try say(.policy(approval.policy), by: owner) }
    return approval
  }

  /// Bytes below `packs/`.
  var packByteCount: UInt64 {
    get throws { try storage.list("packs").objects.reduce(0) { $0 + $1.byteCount } }
  }

  var packCount: Int {
    get throws { try storage.list("packs").objects.count }
  }

  /// Restores every live snapshot, and compares the newest with the source.
  func expectAllRestore(
    _ name: String = "all", sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let live = try liveNumbers
    for number in live {
      let (report, folder) = try restore(number: number, to: "\(name)-\(number)")
      #expect(!report.isDamaged, sourceLocation: sourceLocation)
      if number == live.last {
        let restored = try RepositoryStage.contents(of: folder)
        let source = try RepositoryStage.contents(of: self.folder.path("source"))
        #expect(restored == source, sourceLocation: sourceLocation)
      }
    }
  }

  /// Writes `count` files of noise that does not compress, so that blocks fill as they would.
  func writeMany(_ folder: String, _ count: Int, byteCount: Int = 30_000, seed: UInt64) throws {
    for i in 0..<count {
      try write(
        "\(folder)/file-\(i)", RepositoryStage.bytes(byteCount, seed: seed &* 1_000 &+ UInt64(i)))
    }
  }
}

extension RepositoryStage {
  /// Backs up as another process of the same host would.
  func reopenAndBackUp() throws -> BackupOutcome {
    try reopen()
    return try backUp()
  }

  /// Starts a run that is killed before it does anything, which lets its lock go.
  @discardableResult
  func startRun() throws -> RunID {
    let backup = try DataSetBackup(
      try session(), plan, signer: host.signer, lockWaitSeconds: 1)
    try session().append([backup.startStatement], by: host.signer)
    return backup.run
  }

  /// Runs until the packs are whole and the machine goes down; `fail` makes it do so.
  func killRun(_ fail: () -> Void) throws -> RunID {
    let backup = try DataSetBackup(
      try session(), plan, signer: host.signer, lockWaitSeconds: 1)
    try session().append([backup.startStatement], by: host.signer)
    fail()
    #expect(throws: (any Error).self) { try backup.execute() }
    return backup.run
  }

  /// Throws away what the host remembers.
  func loseState() throws {
    try RepositoryStage.removeTree(folder.path("state"))
  }

  private static func removeTree(_ path: [UInt8]) throws {
    let directory = try Descriptor.openRootDirectory(path)
    for entry in try DirectoryEntries.read(directory) {
      if try FileStatus.read(at: directory, name: entry.name).type == .directory {
        try removeTree(path + [0x2f] + entry.name)
        try FileSystem.removeDirectory(at: directory, entry.name)
      } else {
        try FileSystem.removeFile(at: directory, entry.name)
      }
    }
  }
}

extension RepositoryStage {
  /// Holds some snapshots, or all.
  func hold(_ numbers: [Int] = []) throws {
    let id = try #require(HoldID([UInt8](repeating: 7, count: 16)))
    let reason = try #require(Digest([UInt8](repeating: 8, count: 32)))
    try say(
      .hold(
        Predicate.Hold(
          set: set, hold: id, action: .add, until: 0, snapshots: numbers, reason: reason)),
      by: owner)
  }

  /// Says that the source looked attacked, as a night that did so would.
  func freeze() throws {
    let id = try #require(IncidentID([UInt8](repeating: 9, count: 16)))
    try say(
      .incidentDetected(
        Predicate.IncidentDetected(
          incident: id, kind: .suddenChange, detected: clock.now.unix)), by: host)
  }

  /// The first reason for which a snapshot stays or goes, by its number.
  func reasons(isDamageFound: Bool = false) throws -> [String: RetentionReason] {
    let plan = Rotation.plan(try state, now: clock.now, isDamageFound: isDamageFound)
    var reasons: [String: RetentionReason] = [:]
    for decision in plan[0].decisions { reasons[decision.id] = decision.reasons.first }
    return reasons
  }
}
