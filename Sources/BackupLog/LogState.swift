public import BackupFormat

/// What the entries of a log say together (`Docs/format.md`, section 9.3).
///
/// A value, folded entry by entry: equal entries and objects give equal states.
public struct LogState: Hashable, Sendable {
  /// Where times are believed from, in seconds since 1970.
  struct BelievedTime: Hashable, Sendable {
    /// The newest believed time.
    var newest: Int64
    /// The newest believed time when the last night was closed.
    var ofEarlierProcess: Int64
  }

  /// An object that a counting statement published.
  struct Published: Hashable, Sendable {
    let number: Int
    let digest: Digest
    /// The index objects that the same statement published.
    let indexes: [Digest]
    /// The run that published it, and the runs that it continued.
    let runs: [RunID]
  }

  /// What a statement is about, where only one opinion can hold.
  enum Topic: Hashable, Sendable {
    case clock
    case key(KeyID)
    case set(SetID)
    case hold(HoldID)
    case erasure(ErasureID)
    case incident(IncidentID)
    case refusal(NoteID)
  }

  struct TopicOfKind: Hashable, Sendable {
    let kind: StatementKind
    let topic: Topic
  }

  /// The repository.
  public let repository: RepositoryID
  /// The tree over all entries, void ones too.
  public internal(set) var tree = MerkleTree()
  /// The entries as they are stored: distrust is judged looking back.
  var history: [StoredEntry] = []
  /// Keys distrusted by entries that are yet to come in this fold.
  var foreknown: [KeyID: Int] = [:]
  /// What counting statements distrust: keys, each with the first number.
  var distrusted: [KeyID: Int] = [:]
  /// Signatures that were checked when these entries were read before.
  var checked: CheckedSignatures?
  /// Statements that would make themselves void.
  var selfDefeating: Set<StatementID> = []
  var seen: Set<StatementID> = []
  var lastAbout: [TopicOfKind: Int] = [:]
  var time: BelievedTime
  var presence = Presence()
  var published: [ObjectPath: Published] = [:]
  /// Objects of void statements about blocks: without them a later reader could not judge those
  /// statements, and would let them count.
  var voidSubjects: Set<ObjectPath> = []
  /// Until when each text of `records/` is kept, whatever statement names it, in seconds since 1970.
  var textTerms: [ObjectPath: Int64] = [:]
  /// Each with the first entry that condemned it since it was last needed: for who plans.
  var condemnedObjects: [ObjectPath: Int] = [:]
  /// Each with the last entry that condemned it, whatever needed it since: for who judges.
  var markedObjects: [ObjectPath: Int] = [:]
  /// Index objects, not deleted, that could not be read when they were named, with their sets.
  var unreadIndexes: [Digest: SetID] = [:]
  var findingsByEntry: [LogFinding] = []
  var acknowledgedEntries: Set<Int> = []

  /// Every key that the owner named.
  public internal(set) var keys: [KeyID: KeyStanding]
  /// The data sets, each by the statement in force.
  public internal(set) var dataSets: [SetID: Said<Predicate.DataSet>] = [:]
  /// All policies of a set, oldest first, those not yet in force too.
  public internal(set) var policies: [SetID: [Said<Predicate.Policy>]] = [:]
  /// The data sets that are to be destroyed, or are, and were not spared since.
  public internal(set) var destructions: [SetID: Destruction] = [:]
  /// The holds that were added and not removed.
  public internal(set) var holds: [HoldID: Said<Predicate.Hold>] = [:]
  /// What each frozen data set was frozen by, oldest first; a thaw empties it.
  public internal(set) var freezes: [SetID: [Freeze]] = [:]
  /// All runs that were ever started.
  public internal(set) var runs: [RunID: Run] = [:]
  /// All snapshots of each set by ascending number, those that live no longer too.
  public internal(set) var snapshots: [SetID: [Snapshot]] = [:]
  /// Objects that `deleted` names, with the entry; packs are told by ``isDeleted(_:)``.
  public internal(set) var deletedObjects: [ObjectPath: Int] = [:]
  /// What was reported as damaged, oldest first.
  public internal(set) var damages: [Said<Predicate.Damaged>] = []
  /// The blocks that were reported as damaged.
  public internal(set) var damagedBlocks: [RunID: BlockRanges] = [:]
  /// All rotations, oldest first.
  public internal(set) var rotations: [Said<Predicate.Rotated>] = []
  /// All restore tests, oldest first.
  public internal(set) var tests: [Said<Predicate.Tested>] = []
  /// All verifications, oldest first.
  public internal(set) var verifications: [Said<Predicate.Verified>] = []
  /// All time stamps, oldest first.
  public internal(set) var stamps: [Said<Predicate.Stamped>] = []
  /// All nights that were closed, oldest first.
  public internal(set) var nights: [Said<Predicate.NightClosed>] = []
  /// All records, oldest first.
  public internal(set) var records: [Said<Predicate.RecordKept>] = []
  /// The entry that last rewrote snapshots of a set.
  public internal(set) var lastRewrites: [SetID: Int] = [:]
  /// What rewriting made needless: the objects and packs of a set in which erased content can be.
  public internal(set) var retiredObjects: [SetID: Set<ObjectPath>] = [:]
  /// All erasure requests.
  public internal(set) var erasures: [ErasureID: ErasureStanding] = [:]
  /// What people said of requests that they refused, oldest first, replaced statements too.
  public internal(set) var refusals: [Said<Predicate.ErasureRefused>] = []
  /// All notes about exceptions, oldest first.
  public internal(set) var notes: [Said<Predicate.Noted>] = []
  /// All incidents.
  public internal(set) var incidents: [IncidentID: IncidentStanding] = [:]
  /// What the owner acknowledged, oldest first.
  public internal(set) var acknowledgements: [Said<Predicate.Acknowledged>] = []
  /// All statements of distrust, oldest first.
  public internal(set) var distrusts: [Said<Predicate.Distrusted>] = []
  /// The owner's clock statements, oldest first.
  public internal(set) var clocks: [Said<Predicate.Clock>] = []

  /// Begins with entry 0 of the repository that was named from outside.
  ///
  /// - Throws: ``LogError/otherRepository`` if the bytes are not those of the id,
  ///   ``LogError/badFirstEntry`` if they are not one `created`, signed by the key that it names.
  public init(repository: RepositoryID, firstEntry: [UInt8]) throws(LogError) {
    guard Digest(hashing: firstEntry) == repository.digest else { throw .otherRepository }
    guard let entry = try? Entry(parsing: firstEntry), entry.envelopes.count == 1,
      let envelope = entry.envelopes.first,
      let statement = try? Statement(payload: envelope.payload, in: repository),
      case .created(let created) = statement.predicate
    else { throw .badFirstEntry }
    let owner = created.owner.publicKey
    guard statement.signer == owner.keyID, envelope.keyID == owner.keyID,
      statement.seen == .empty, envelope.verifies(ed25519: owner.ed25519)
    else { throw .badFirstEntry }
    self.repository = repository
    let change = RoleChange(number: 0, roles: [.owner], sets: [], isSeparate: false)
    keys = [owner.keyID: KeyStanding(publicKey: owner, changes: [change])]
    time = BelievedTime(newest: statement.time.unix, ofEarlierProcess: statement.time.unix)
    seen = [statement.id]
    history = [.bytes(firstEntry)]
    tree.append(entry: firstEntry)
  }

  /// The size and root of the log.
  public var head: LogHead { tree.head }

  /// How many entries there are; the number of the next.
  public var size: Int { tree.size }

  /// The bytes of an entry; nil if there is none of this number, or it is larger than any that counts.
  public func entry(_ number: Int) -> [UInt8]? {
    history.indices.contains(number) ? history[number].bytes : nil
  }

  /// All entries, in order.
  public var entries: [StoredEntry] { history }
}
