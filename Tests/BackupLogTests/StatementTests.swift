import BackupFormat
import Testing

@testable import BackupLog

/// What a payload must look like (`Docs/format.md`, sections 9.1 and 9.2).
struct StatementTests {
  static let set = SetID.of(1)
  static let run = RunID.of(2)

  static func drafts() -> [Draft] {
    let key = Person(1).publicKey
    let digest = Digest.of(3)
    func subject(_ path: ObjectPath) -> Subject {
      Subject(path: path, digest: path.digest ?? digest)
    }
    let removal = Predicate.Removal(
      objects: [.index(digest), .chunks(digest), .snapshot(digest), .record(digest)],
      packs: [PackRanges(run: run, numbers: BlockRanges([.of(0, 2), .of(5, 1)]))])
    let all: [Draft] = [
      Draft(.created(.init(format: 1, owner: .init(key)))),
      Draft(
        .role(.init(key: .init(key), roles: [.operator, .writer], sets: [set], isSeparate: true))),
      Draft(
        .dataSet(.init(set: set, xWing: key.xWing)),
        subjects: [subject(.key(set: set, key: key.keyID))]),
      Draft(
        .policy(
          .init(
            set: set,
            retention: .init(
              collectionLagDays: 1, daily: 2, floor: 3, keepWithinDays: 4, last: 5,
              maximumAgeDays: 6, monthly: 7, quarterly: 8, refreshDays: 9, weekly: 10, yearly: 11),
            protection: .none, deduplication: .unchangedFilesOnly, effective: 12, removes: 13))),
      Draft(
        .hold(
          .init(
            set: set, hold: .of(4), action: .add, until: 0, snapshots: [1, 2], reason: digest))),
      Draft(.thaw(.init(set: set))),
      Draft(.clock(.init(believed: 5))),
      Draft(.acknowledged(.init(entries: [3], restoredSize: 0))),
      Draft(.distrusted(.init(key: key.keyID, from: 7))),
      Draft(.started(.init(run: run, set: set, purpose: .rewrite, continues: [.of(8)]))),
      Draft(
        .snapshot(
          .init(
            run: run, set: set, night: .of(0), readStart: 1, readEnd: 2, closes: [run], blocks: 3,
            byteCount: 4)),
        subjects: [subject(.snapshot(digest)), subject(.index(digest)), subject(.chunks(digest))]),
      Draft(.abandoned(.init(run: run))),
      Draft(.selfChecked(.init(run: run, blocks: 1, byteCount: 2, opened: 3, failed: 0))),
      Draft(
        .damaged(
          .init(
            blocks: [.init(run: run, range: .of(1, 2))], objects: [.log(4), .pack(.of(run, 1))]))),
      Draft(
        .rotated(.init(set: set, policy: .of(1), removed: [.init(number: 1, reason: .shortened)]))),
      Draft(.reinstated(.init(set: set, numbers: [1]))),
      Draft(.compacted(.init(run: run, set: set)), subjects: [subject(.index(digest))]),
      Draft(.condemned(removal)),
      Draft(.deleted(removal)),
      Draft(
        .rewritten(.init(run: run, set: set, successors: [.init(new: digest, old: 1)])),
        subjects: [subject(.snapshot(digest))]),
      Draft(.tested(.sample(set))),
      Draft(
        .erasureOpened(.init(erasure: .of(1), set: set, cutOff: 1, cleanBy: 2)),
        subjects: [subject(.erasure(digest))]),
      Draft(.erasureClosed(.init(erasure: .of(1)))),
      Draft(
        .verified(
          .init(
            level: .intact, method: .sample, logSize: 1, blocks: 2, byteCount: 3, damaged: 4,
            findings: 5, commitment: digest))),
      Draft(.night(.init(night: .of(0), code: 0, sets: [.init(code: 3, number: -1, set: set)]))),
      Draft(
        .record(.init(night: .of(0), commitment: digest, until: 1)),
        subjects: [subject(.record(digest))]),
      Draft(
        .disclosed(
          .init(
            bundle: digest, logSize: 3, first: .of(0), last: .of(1),
            editions: [.administrator, .public], recipient: nil))),
      Draft(.stamped(.sample)),
      Draft(.incidentDetected(.init(incident: .of(1), kind: .keyLost, detected: 1))),
      Draft(.incidentDecided(.init(incident: .of(1), decision: .people))),
      Draft(.destroyed(.init(set: set, action: .add, effective: 5, reason: digest))),
      Draft(
        .erasureRefused(
          .init(
            refusal: .of(1), set: set, ground: .legalObligation, received: 1, decided: 2, until: 3)),
        subjects: [subject(.record(digest))]),
      Draft(
        .noted(.init(note: .of(1), set: set, incident: .of(2), until: 3)),
        subjects: [subject(.record(digest))]),
    ]
    return all
  }

  static func statement(_ draft: Draft) -> Statement {
    Statement(
      id: .of(1), signer: .of(2), seen: LogHead(size: 3, root: .of(7)),
      time: LogTime(unix: 5, synchronised: false),
      subjects: draft.subjects, predicate: draft.predicate)
  }

  static let repository = RepositoryID(Digest.of(99))

  static func read(_ json: CanonicalJSON) -> Result<Statement, StatementError> {
    Result { () throws(StatementError) in
      try Statement(payload: json.encode(), in: repository)
    }
  }

  /// Statements with the fields that were added later.
  static let extended: [Draft] = {
    var tested = Predicate.Tested.sample(set)
    tested.account = .init(
      selection: .random, databasesOpened: 1, databasesFailed: 2, requests: 3, role: .auditor,
      tasks: 4, until: 5)
    let minutes = ObjectPath.record(.of(6))
    let policy = Predicate.Policy(
      set: set,
      retention: .init(
        collectionLagDays: 1, daily: 2, floor: 3, keepWithinDays: 4, last: 5, maximumAgeDays: 6,
        monthly: 7, quarterly: 8, refreshDays: 9, weekly: 10, yearly: 11, bookYears: 12,
        bookYearEndMonth: 6),
      protection: .none, deduplication: .normal, effective: 12, removes: 13)
    let verified = Predicate.Verified(
      level: .intact, method: .sample, logSize: 1, blocks: 2, byteCount: 3, damaged: 4, findings: 5,
      commitment: .of(3),
      extent: .init(
        population: 9, drawn: 5, confidenceBasisPoints: 9_500, boundPartsPerMillion: 450_720,
        missing: 1, unexplained: 2, writable: .no))
    return [
      Draft(.tested(tested), subjects: [Subject(path: minutes, digest: .of(6))]),
      Draft(.verified(verified)), Draft(.policy(policy)),
    ]
  }()

  @Test func aDrawBearsOutWhatFollowsFromIt() {
    // The table of the compliance paper, 4.3, and what each number of draws rules out.
    for (drawn, confidence, share) in [
      (45, 9_000, 50_000), (59, 9_500, 50_000), (299, 9_500, 10_000), (459, 9_900, 10_000),
      (2_995, 9_500, 1_000), (46_050, 9_900, 100),
    ] {
      let bound = Predicate.VerifiedExtent.bound(drawn: drawn, confidenceBasisPoints: confidence)
      #expect(bound <= share && bound * 100 > share * 97, "\(drawn) \(confidence) \(bound)")
      func isBorneOut(_ bound: Int) -> Bool {
        Predicate.VerifiedExtent(
          population: drawn, drawn: drawn, confidenceBasisPoints: confidence,
          boundPartsPerMillion: bound, missing: 0, unexplained: 0
        ).isBoundBorneOut
      }
      #expect(isBorneOut(bound) && isBorneOut(bound + 1) && isBorneOut(bound - 1))
      #expect(!isBorneOut(bound - 2))
    }
    #expect(Predicate.VerifiedExtent.bound(drawn: 0, confidenceBasisPoints: 9_500) == 0)
    #expect(Predicate.VerifiedExtent.bound(drawn: 1, confidenceBasisPoints: 9_500) == 950_000)
  }

  @Test func thereIsASampleOfEachKind() {
    #expect(Self.drafts().map(\.predicate.kind) == StatementKind.allCases)
  }

  /// A bracket of one field: without it the statement is one of before.
  static let counted = Draft(
    .erasureOpened(.init(erasure: .of(1), set: set, cutOff: 1, cleanBy: 2, tasks: 3)),
    subjects: [Subject(path: .erasure(.of(3)), digest: .of(3))])

  /// Without a note, and about no incident.
  static let bare = [
    Draft(
      .erasureRefused(
        .init(refusal: .of(1), set: set, ground: .withdrawn, received: 2, decided: 2))),
    Draft(
      .noted(.init(note: .of(1), set: set, incident: nil, until: 3)),
      subjects: [Subject(path: .record(.of(3)), digest: .of(3))]),
  ]

  @Test(arguments: drafts() + extended + [counted] + bare)
  func everyKindIsReadAsItWasWritten(_ draft: Draft) throws {
    let statement = Self.statement(draft)
    let payload = statement.payload(in: Self.repository)
    #expect(try Statement(payload: payload, in: Self.repository) == statement)
  }

  /// Each field at any depth is taken out, renamed, doubled and given another type in turn.
  @Test(arguments: drafts() + extended + bare)
  func missingUnknownAndIllFormedFieldsAreRefused(_ draft: Draft) throws {
    let payload = Self.statement(draft).payload(in: Self.repository)
    let json = try CanonicalJSON(decoding: payload)
    var count = 0
    for changed in json.mutations() {
      count += 1
      let result = Self.read(changed)
      if case .success = result { Issue.record("accepted \(changed)") }
    }
    #expect(count > 30)
  }

  @Test func aStampedHeadIsOneThatItsSignerSaw() throws {
    func isRead(_ change: (inout Predicate.Stamped) -> Void) -> Bool {
      var stamped = Predicate.Stamped.sample
      change(&stamped)
      let payload = Self.statement(Draft(.stamped(stamped))).payload(in: Self.repository)
      return (try? Statement(payload: payload, in: Self.repository)) != nil
    }
    func head(_ size: Int) -> SignedHead {
      Predicate.Stamped.sample.head.with(size: size)
    }
    #expect(isRead { $0.head = head(3) } && isRead { $0.head = head(1) })
    #expect(!isRead { $0.head = head(4) } && !isRead { $0.head = head(0) })
    // The bounds of section 9.2.
    #expect(isRead { $0.token = [UInt8](repeating: 1, count: 32_768) })
    #expect(!isRead { $0.token = [UInt8](repeating: 1, count: 32_769) })
    #expect(!isRead { $0.token = [] } && !isRead { $0.serial = [] })
    #expect(isRead { $0.serial = [UInt8](repeating: 0xff, count: 20) })
    #expect(!isRead { $0.serial = [UInt8](repeating: 0xff, count: 21) })
    let long = String(repeating: "10.", count: 42)
    for policy in ["1.2", "0.0", "2.16.840.1.114412.7.1", long + "10"] {
      #expect(isRead { $0.policy = policy }, "\(policy)")
    }
    for policy in ["", "1", "1.", ".1", "1..2", "1.02", "1.2 ", "1.x", "1.٣", "-1.2", long + "100"]
    {
      #expect(!isRead { $0.policy = policy }, "\(policy)")
    }
    #expect(!isRead { $0.at = -1 })
  }

  @Test func subjectsMustBeThoseOfTheKind() throws {
    let index = Subject(path: .index(.of(1)), digest: .of(1))
    let mismatch = Subject(path: .index(.of(1)), digest: .of(2))
    let snapshot = Subject(path: .snapshot(.of(1)), digest: .of(1))
    let other = Subject(path: .snapshot(.of(2)), digest: .of(2))
    let taken = Self.drafts()[10].predicate
    let compacted = Self.drafts()[16].predicate
    let thaw = Predicate.thaw(.init(set: Self.set))
    for (predicate, subjects, isGood) in [
      (taken, [snapshot], true), (taken, [], false), (taken, [snapshot, other], false),
      (taken, [snapshot, snapshot], false), (compacted, [index], true),
      (compacted, [mismatch], false), (compacted, [snapshot], false), (thaw, [index], false),
    ] as [(Predicate, [Subject], Bool)] {
      let payload = Self.statement(Draft(predicate, subjects: subjects))
        .payload(in: Self.repository)
      let statement = try? Statement(payload: payload, in: Self.repository)
      #expect((statement != nil) == isGood)
    }
  }

  @Test func otherRepositoriesAndUnknownKindsAreNamed() throws {
    let payload = Self.statement(Draft(.thaw(.init(set: Self.set)))).payload(in: Self.repository)
    #expect(throws: StatementError.otherRepository) {
      _ = try Statement(payload: payload, in: RepositoryID(Digest.of(98)))
    }
    let text = String(decoding: payload, as: UTF8.self)
    let parts = text.split(separator: ":thaw", omittingEmptySubsequences: false)
    #expect(parts.count == 2)
    #expect(throws: StatementError.unknownKind) {
      _ = try Statement(
        payload: [UInt8](parts.joined(separator: ":thaws").utf8), in: Self.repository)
    }
    #expect(throws: StatementError.notCanonical) {
      _ = try Statement(payload: payload + [0x20], in: Self.repository)
    }
  }

  @Test func packRangesAscendAndAreApart() {
    func read(_ ranges: [[Int64]]) -> PackRanges? {
      let json = CanonicalJSON.object([
        "run": .string(Self.run.hex),
        "ranges": .array(ranges.map { .array($0.map { .integer($0) }) }),
      ])
      guard let document = try? CanonicalDocument(json.encode()),
        var reader = try? FieldReader(document.root)
      else { return nil }
      return try? PackRanges(fields: &reader)
    }
    #expect(read([[0, 2], [3, 1]])?.numbers.count == 3)
    #expect(read([[0, 100_000_000]])?.numbers.count == 100_000_000)
    for bad in [
      [], [[0, 0]], [[-1, 2]], [[3, 1], [0, 2]], [[0, 2], [2, 1]], [[0, 2], [1, 5]],
      [[0, 100_000_001]], [[0]], [[0, 1, 2]], [[9_007_199_254_740_991, 9_007_199_254_740_991]],
    ] as [[[Int64]]] {
      #expect(read(bad) == nil)
    }
  }
}

extension CanonicalJSON {
  /// This value with one field at a time taken out, added to or changed in type.
  func mutations() -> [CanonicalJSON] {
    switch self {
    case .string(let text):
      // A hex id, a base64 key or a choice; none may be another.
      return [.integer(1), .string(text + "x"), .string(""), .array([])]
    case .integer: return [.string("1"), .array([self])]
    case .array(let values):
      return [.integer(1), .object([:])]
        + values.indices.flatMap { i in
          values[i].mutations().map { changed in
            var copy = values
            copy[i] = changed
            return .array(copy)
          }
        }
    case .object(let values):
      var all: [CanonicalJSON] = [.array([]), .string("")]
      var extra = values
      extra["zzz"] = .integer(0)
      all.append(.object(extra))
      for (name, value) in values {
        var less = values
        less[name] = nil
        all.append(.object(less))
        for changed in value.mutations() {
          var copy = values
          copy[name] = changed
          all.append(.object(copy))
        }
      }
      return all
    }
  }
}
