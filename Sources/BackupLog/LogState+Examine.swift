internal import BackupFormat
internal import BackupStorage

extension LogState {
  /// What an entry holds, before its statements are judged one by one.
  enum Examined {
    case void(VoidReason)
    case statements([Statement])
  }

  /// How far back the log may lie that a handed-in statement names.
  static let handInLag = 1_000

  /// Applies the rules under which an entry is void as a whole.
  func examine(_ entry: PreparedEntry) -> Examined {
    let lines: [PreparedEntry.Line]
    switch entry.lines {
    case .success(let read): lines = read
    case .failure(let reason): return .void(reason)
    }
    var statements: [Statement] = []
    var ids: Set<StatementID> = []
    for line in lines {
      switch examine(line) {
      case .void(let reason): return .void(reason)
      case .statements(let more):
        for statement in more {
          guard ids.insert(statement.id).inserted else { return .void(.repeatedID) }
          statements.append(statement)
        }
      }
    }
    return .statements(statements)
  }

  private func examine(_ line: PreparedEntry.Line) -> Examined {
    let statement: Statement
    switch line.statement {
    case .success(let read): statement = read
    case .failure(let reason): return .void(reason)
    }
    // A second `created` names an owner where the repository must stand.
    if statement.predicate.kind == .created { return .void(.otherRepository) }
    guard line.envelope.keyID == statement.signer else { return .void(.signersDiffer) }
    let roles = roles(of: statement)
    guard !roles.isEmpty, let key = keys[statement.signer] else { return .void(.notEntitled) }
    guard !seen.contains(statement.id) else { return .void(.repeatedID) }
    let size = statement.seen.size
    guard size == self.size || size < self.size && size >= self.size - Self.handInLag,
      size == self.size || roles.contains(where: \.mayBeHandedIn),
      tree.root(atSize: size) == statement.seen.root
    else { return .void(.wrongLog) }
    if size < self.size, let topic = Self.topic(of: statement.predicate),
      let last = lastAbout[topic], last >= size
    {
      return .void(.overtaken)
    }
    guard hasCheckedSignatures(self.size) || line.verifies(ed25519: key.publicKey.ed25519)
    else { return .void(.badSignature) }
    return .statements([statement])
  }

  /// The roles that entitle the signer to the statement.
  func roles(of statement: Statement) -> [Role] {
    guard let key = keys[statement.signer] else { return [] }
    let set = statement.predicate.set
    return statement.predicate.kind.roles.filter { key.holds($0, for: set) }
  }

  /// Whether a time is believed (section 9.3), in seconds since 1970.
  public func believes(_ time: LogTime) -> Bool {
    guard time.unix >= self.time.newest else { return false }
    return time.synchronised || time.unix - self.time.ofEarlierProcess <= Self.unsynchronisedLag
  }

  /// How far an unsynchronised clock is believed to have gone on: 4 days.
  static let unsynchronisedLag: Int64 = 345_600

  /// The open objects that a statement names; nil stands for one that could not be read.
  struct Contents {
    var indexes: [Digest: IndexContent] = [:]
    var snapshots: [Digest: SnapshotContent] = [:]
    var unread: [ObjectPath] = []
  }

  /// Reads what is needed to judge `statement`.
  func contents(
    of statement: Statement, from objects: any ObjectSource
  ) throws(StorageError) -> Contents {
    var contents = Contents()
    for subject in statement.subjects {
      switch subject.path {
      case .index(let digest):
        contents.indexes[digest] = try objects.index(digest)
        if contents.indexes[digest] == nil { contents.unread.append(subject.path) }
      case .snapshot(let digest):
        contents.snapshots[digest] = try objects.snapshot(digest)
        if contents.snapshots[digest] == nil { contents.unread.append(subject.path) }
      case .format, .log, .checkpoint, .key, .pack, .chunks, .record, .erasure: continue
      }
    }
    return contents
  }
}
