internal import BackupFormat

/// An entry, with all that follows from its bytes alone, whatever stands before it.
struct PreparedEntry: Sendable {
  /// The entry as it is stored.
  let stored: StoredEntry
  /// Its hash in the tree.
  let leaf: Digest
  /// Its lines, or why it is void whatever they say.
  let lines: Result<[Line], VoidReason>

  /// An envelope and what its payload says.
  struct Line: Sendable {
    let envelope: Envelope
    let statement: Result<Statement, VoidReason>
    /// The key under which the signature was checked, and whether it is good.
    let checked: (ed25519: [UInt8], isGood: Bool)?

    /// Whether the signature is one of `ed25519`.
    func verifies(ed25519: [UInt8]) -> Bool {
      if let checked, checked.ed25519 == ed25519 { return checked.isGood }
      return envelope.verifies(ed25519: ed25519)
    }
  }

  /// - Parameter keys: The keys under which signatures are checked now; others are checked when they
  ///   are asked for.
  init(_ stored: StoredEntry, in repository: RepositoryID, keys: [KeyID: [UInt8]] = [:]) {
    self.stored = stored
    switch stored {
    case .bytes(let bytes):
      leaf = MerkleTree.leaf(bytes)
      lines = Self.lines(bytes, repository, keys)
    case .large(let leaf, _):
      self.leaf = leaf
      lines = .failure(.entryTooLarge)
    }
  }

  private static func lines(
    _ bytes: [UInt8], _ repository: RepositoryID, _ keys: [KeyID: [UInt8]]
  ) -> Result<[Line], VoidReason> {
    guard bytes.count <= Entry.byteCountMax else { return .failure(.entryTooLarge) }
    guard let entry = try? Entry(parsing: bytes) else { return .failure(.notCanonical) }
    return .success(
      entry.envelopes.map { envelope in
        let checked = keys[envelope.keyID].map { ($0, envelope.verifies(ed25519: $0)) }
        return Line(
          envelope: envelope, statement: statement(envelope, repository), checked: checked)
      })
  }

  private static func statement(
    _ envelope: Envelope, _ repository: RepositoryID
  ) -> Result<Statement, VoidReason> {
    do {
      return .success(try Statement(payload: envelope.payload, in: repository))
    } catch {
      switch error {
      case .notCanonical: return .failure(.notCanonical)
      case .illFormed: return .failure(.illFormed)
      case .unknownKind: return .failure(.unknownKind)
      case .otherRepository: return .failure(.otherRepository)
      }
    }
  }
}
