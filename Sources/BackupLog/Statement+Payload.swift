public import BackupFormat

/// Why a payload is no statement of a repository.
public enum StatementError: Error, Hashable, Sendable {
  /// The bytes are not canonical JSON.
  case notCanonical
  /// A field is missing, unknown or ill-formed, or a subject is not one that the kind publishes.
  case illFormed
  /// The kind is none that this version knows.
  case unknownKind
  /// The first subject is another repository.
  case otherRepository
}

extension Statement {
  static let type = "https://in-toto.io/Statement/v1"
  static let predicatePrefix = "urn:nightsafe:v1:"

  /// The payload: canonical JSON.
  ///
  /// `repository` is the first subject, but of `created`, whose first subject is the owner.
  public func payload(in repository: RepositoryID) -> [UInt8] {
    var fields = predicate.fields
    fields["id"] = .id(id)
    fields["log"] = .object(["root": .id(seen.root), "size": .count(seen.size)])
    fields["signer"] = .id(signer)
    fields["time"] = .object([
      "synchronised": .flag(time.synchronised), "unix": .integer(time.unix),
    ])
    let first =
      if case .created(let created) = predicate {
        Self.subject("owner", created.owner.publicKey.digest)
      } else {
        Self.subject("repository", repository.digest)
      }
    let json = CanonicalJSON.object([
      "_type": .string(Self.type),
      "predicate": .object(fields),
      "predicateType": .string(Self.predicatePrefix + predicate.kind.rawValue),
      "subject": .array([first] + subjects.map { Self.subject($0.path.text, $0.digest) }),
    ])
    return json.encode()
  }

  private static func subject(_ name: String, _ digest: Digest) -> CanonicalJSON {
    .object(["digest": .object(["sha256": .id(digest)]), "name": .string(name)])
  }

  /// Reads a payload.
  public init(payload: [UInt8], in repository: RepositoryID) throws(StatementError) {
    let document: CanonicalDocument
    do {
      document = try CanonicalDocument(payload)
    } catch { throw .notCanonical }
    do {
      try self.init(document.root, in: repository)
    } catch let error as StatementError {
      throw error
    } catch { throw .illFormed }
  }

  private init(_ value: CanonicalValue, in repository: RepositoryID) throws {
    var outer = try FieldReader(value)
    guard try outer.string("_type") == Self.type else { throw StatementError.illFormed }
    let type = try outer.string("predicateType")
    guard type.hasPrefix(Self.predicatePrefix),
      let kind = StatementKind(rawValue: String(type.dropFirst(Self.predicatePrefix.count)))
    else { throw StatementError.unknownKind }
    var fields = try FieldReader(try outer.value("predicate"))
    let list = try outer.value("subject")
    guard list.kind == .array else { throw StatementError.illFormed }
    try outer.expectEnd()

    id = try fields.id("id")
    signer = try fields.id("signer")
    var log = try FieldReader(try fields.value("log"))
    seen = LogHead(size: try log.count("size"), root: try log.id("root"))
    try log.expectEnd()
    var clock = try FieldReader(try fields.value("time"))
    time = LogTime(
      unix: try clock.seconds("unix"), synchronised: try clock.flag("synchronised"))
    try clock.expectEnd()
    predicate = try Predicate(kind: kind, fields: &fields)
    try fields.expectEnd()

    subjects = []
    var isFirst = true
    try list.forEachElement { value in
      let (name, digest) = try Self.readSubject(value)
      if !isFirst {
        subjects.append(Subject(path: try FieldReader.path(name), digest: digest))
        return
      }
      isFirst = false
      if case .created(let created) = predicate {
        guard name.isString("owner"), digest == created.owner.publicKey.digest else {
          throw StatementError.illFormed
        }
      } else {
        guard name.isString("repository"), digest == repository.digest else {
          throw StatementError.otherRepository
        }
      }
    }
    guard !isFirst else { throw StatementError.illFormed }
    guard isWellFormed else { throw StatementError.illFormed }
  }

  private static func readSubject(
    _ value: CanonicalValue
  ) throws(FormatError) -> (name: CanonicalValue, digest: Digest) {
    var reader = try FieldReader(value)
    let name = try reader.value("name")
    guard name.kind == .string else { throw .outOfRange(.predicate) }
    var hashes = try FieldReader(try reader.value("digest"))
    try reader.expectEnd()
    let digest: Digest = try hashes.id("sha256")
    try hashes.expectEnd()
    return (name, digest)
  }

  /// Whether the subjects are those that the kind publishes, and the values those it allows.
  ///
  /// A `data-set` may name any path here: it is judged alone (section 9.3).
  var isWellFormed: Bool {
    var snapshots: [Digest] = []
    var records = 0
    var erasures = 0
    for subject in subjects {
      if let digest = subject.path.digest, digest != subject.digest { return false }
      switch (predicate, subject.path) {
      case (.dataSet, _): continue
      case (.snapshot, .snapshot(let digest)), (.rewritten, .snapshot(let digest)):
        snapshots.append(digest)
      case (.snapshot, .index), (.snapshot, .chunks), (.rewritten, .index), (.rewritten, .chunks),
        (.compacted, .index):
        continue
      case (.record, .record), (.tested, .record), (.erasureRefused, .record), (.noted, .record):
        records += 1
      case (.erasureOpened, .erasure): erasures += 1
      default: return false
      }
    }
    guard Set(subjects.map(\.path)).count == subjects.count else { return false }
    switch predicate {
    case .created(let created): return created.format == 1
    case .snapshot: return snapshots.count == 1
    case .record: return records <= 3
    case .tested(let tested): return records == ((tested.account?.until ?? 0) > 0 ? 1 : 0)
    case .erasureOpened: return erasures == 1
    case .stamped(let stamped): return stamped.head.head.size <= seen.size
    case .erasureRefused(let refused): return records == (refused.until > 0 ? 1 : 0)
    case .noted: return records == 1
    case .condemned(let removal), .deleted(let removal):
      return removal.objects.allSatisfy(\.mayBeRemoved)
    default: return true
    }
  }
}

extension ObjectPath {
  /// Whether a removal may name it in `objects`; packs are named by ranges.
  var mayBeRemoved: Bool {
    switch self {
    case .format, .log, .pack: false
    case .checkpoint, .key, .index, .chunks, .snapshot, .record, .erasure: true
    }
  }
}
