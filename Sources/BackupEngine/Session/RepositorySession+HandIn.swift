import BackupFormat
public import BackupLog
import BackupStorage

/// What was handed in as a file.
public struct HandInOutcome: Hashable, Sendable {
  /// The numbers of the entries that were appended.
  public var entries: [Int] = []
  /// The checkpoint that was stored; nil if the file holds none.
  public var checkpoint: ObjectPath?
}

extension RepositorySession {
  /// Takes in a file that an owner, a restorer or a verifier signed away from the store
  /// (`Docs/format.md`, section 9.4): statements, one a line, and after them perhaps a checkpoint.
  ///
  /// The checkpoint is looked at first: when it is not one of this log by a key that may sign one,
  /// nothing is taken in.
  ///
  /// - Throws: ``EngineError/log(_:)`` with ``LogError/notALine`` or ``LogError/wouldBeVoid(_:)``;
  ///   ``EngineError/refused(_:)`` for the checkpoint.
  public func handIn(_ file: [UInt8]) throws(EngineError) -> HandInOutcome {
    var lines: [[UInt8]] = []
    var rest = file[...]
    while rest.first == 0x7b, let end = rest.firstIndex(of: 0x0a) {
      lines.append([UInt8](rest[...end]))
      rest = rest[(end + 1)...]
    }
    guard !lines.isEmpty || rest.starts(with: Array("nightsafe/".utf8)) else {
      throw .log(.notALine)
    }
    let note = rest.isEmpty ? nil : try checkpoint([UInt8](rest))
    var outcome = HandInOutcome()
    for line in lines {
      if let number = try append(line: line) { outcome.entries.append(number) }
    }
    guard let note else { return outcome }
    try EngineError.telling {
      _ = try storage.put(try StorageKey.of(note.path.text), note.bytes.span)
      try storage.barrier()
    }
    outcome.checkpoint = note.path
    return outcome
  }

  /// A checkpoint that agrees with the log.
  private func checkpoint(
    _ bytes: [UInt8]
  ) throws(EngineError) -> (path: ObjectPath, bytes: [UInt8]) {
    let state = logState
    guard let note = try? Checkpoint(parsing: bytes),  // which rule it breaks is no matter
      state.tree.root(atSize: note.head.size) == note.head.root,
      let key = state.keys.values.first(where: { key in
        key.signsHeads && note.isSigned(by: key.publicKey, of: id)
      })
    else {
      throw .refused(
        .statementVoid(
          "what follows the statements is no checkpoint of this log by one of its keys"))
    }
    return (.checkpoint(size: note.head.size, key: key.publicKey.keyID), bytes)
  }
}
