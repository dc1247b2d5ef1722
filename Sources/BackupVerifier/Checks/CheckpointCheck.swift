internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// Compares the log with every head that an operator or a witness signed.
enum CheckpointCheck {
  /// What was found, and how much was read.
  struct Outcome {
    /// Checkpoints that are ill-formed, unreadable or not signed as their names say.
    var findings: [Finding] = []
    /// Those over another root, by ascending size.
    var forks: [Finding] = []
    /// Those over a longer log, by ascending size.
    var beyond: [Finding] = []
    /// The largest size at which a checkpoint agrees with the log.
    var vouchedSize = 0
    /// The sizes of all that are well-formed, by key.
    var sizes: [KeyID: [Int]] = [:]
    var hashed = VerificationReport.Count()
  }

  static func run(
    _ paths: some Sequence<ObjectPath>, _ state: LogState, _ storage: any Storage
  ) throws(StorageError) -> Outcome {
    var outcome = Outcome()
    for path in paths.sorted() {
      guard case .checkpoint(let size, let keyID) = path, let key = StorageKey(path.text) else {
        continue
      }
      // Whose key the log does not name is unknown, as an object, not as a witness.
      guard let signer = state.keys[keyID] else { continue }
      let bytes: [UInt8]
      do {
        bytes = try storage.read(key, limitByteCount: Checkpoint.byteCountMax)
      } catch {
        guard error.isAboutOneObject else { throw error }
        if error.isNotFound { continue }
        var finding = Finding(.unreadable, object: path)
        finding.detail = Finding.Detail(error)
        outcome.findings.append(finding)
        continue
      }
      outcome.hashed.add(UInt64(bytes.count))
      // Which of its rules broke is no matter.
      guard let checkpoint = try? Checkpoint(parsing: bytes),
        checkpoint.head.size == size,
        checkpoint.isSigned(by: signer.publicKey, of: state.repository)
      else {
        outcome.findings.append(Finding(.badCheckpoint, object: path))
        continue
      }
      // The owner said that the log goes on from a copy older than this.
      if state.isRestored(before: size), state.tree.root(atSize: size) != checkpoint.head.root {
        continue
      }
      outcome.sizes[keyID, default: []].append(size)
      guard let root = state.tree.root(atSize: size) else {
        var finding = LogCheck.rolledBack(checkpoint.head, state.head)
        finding.object = path
        outcome.beyond.append(finding)
        continue
      }
      if root == checkpoint.head.root {
        outcome.vouchedSize = max(outcome.vouchedSize, size)
        continue
      }
      var fork = Finding(.fork, object: path)
      fork.number = size
      fork.detail = .fork(
        expected: checkpoint.head, found: LogHead(size: size, root: root),
        vouchedSize: outcome.vouchedSize, moreCount: 0)
      outcome.forks.append(fork)
    }
    return outcome
  }
}
