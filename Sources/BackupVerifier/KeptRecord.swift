internal import BackupFormat
public import BackupLog
internal import BackupStorage

/// The record of a night as the repository keeps it: its editions, open and sealed.
public struct KeptRecord: Sendable {
  /// An edition as it is stored.
  public struct Text: Sendable {
    /// Where it lies.
    public let path: ObjectPath
    /// The bytes that the log names; nil if they are missing or others.
    public let bytes: [UInt8]?
  }

  /// The night.
  public let night: Night
  /// Its editions, those of the newest record of the night first.
  public let texts: [Text]
}

extension Verifier {
  /// The newest record, or that of a night.
  ///
  /// - Throws: ``VerifierError/noOpenRecord`` if the log names none.
  public func keptRecord(of night: Night?) throws(VerifierError) -> KeptRecord {
    let state = try readLog().state
    guard let night = night ?? state.records.last?.what.night else { throw .noOpenRecord }
    let said = state.records.filter { $0.what.night == night }
    guard !said.isEmpty else { throw .noOpenRecord }
    var texts: [KeptRecord.Text] = []
    for subject in said.reversed().flatMap(\.subjects) {
      do {
        texts.append(
          KeptRecord.Text(
            path: subject.path,
            bytes: try objects.bytes(of: subject.path, digest: subject.digest)))
      } catch { throw .storage(error) }
    }
    return KeptRecord(night: night, texts: texts)
  }

  /// A proof that the newest record of a night is part of the log, up to the first head after it that
  /// an operator or a witness signed; nil if there is no such record, or no such head.
  public func proof(of night: Night) throws(VerifierError) -> TlogProof? {
    let state = try readLog().state
    guard let said = state.record(of: night), let entry = state.entry(said.number) else {
      return nil
    }
    guard let checkpoint = try firstCheckpoint(after: said.number, state) else { return nil }
    let size = checkpoint.head.size
    guard let hashes = state.tree.inclusionProof(of: said.number, atSize: size) else { return nil }
    return TlogProof(index: said.number, entry: entry, hashes: hashes, checkpoint: checkpoint)
  }

  /// The smallest signed head that holds an entry, with all signatures over it.
  private func firstCheckpoint(
    after number: Int, _ state: LogState
  ) throws(VerifierError) -> Checkpoint? {
    do {
      let inventory = Inventory(try storage.list("checkpoints"))
      var best: Checkpoint?
      for path in inventory.byteCounts.keys.sorted() {
        guard case .checkpoint(let size, let keyID) = path, size > number,
          size <= best?.head.size ?? size, let signer = state.keys[keyID],
          let key = StorageKey(path.text)
        else { continue }
        let bytes = try storage.read(key, limitByteCount: Checkpoint.byteCountMax)
        // One that is none, or of another log, is a finding of `verify`, and no use here.
        guard let checkpoint = try? Checkpoint(parsing: bytes),
          checkpoint.isSigned(by: signer.publicKey, of: state.repository),
          state.tree.root(atSize: size) == checkpoint.head.root
        else { continue }
        best = best.flatMap { $0.merged(with: checkpoint) } ?? checkpoint
      }
      return best
    } catch { throw .storage(error) }
  }
}
