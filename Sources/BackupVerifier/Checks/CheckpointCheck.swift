internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// Compares the log with every head that an operator or a witness signed.
enum CheckpointCheck {
  /// What was found, and how much was read.
  struct Outcome {
    var findings: [Finding] = []
    var hashed = VerificationReport.Count()
  }

  /// - Parameters:
  ///   - isLogBroken: Whether the log is known to be short or altered; then keys that it does not
  ///     know, and sizes that it does not reach, are not reported again.
  static func run(
    _ inventory: Inventory, _ state: LogState, _ storage: any Storage, isLogBroken: Bool
  ) throws(StorageError) -> Outcome {
    var outcome = Outcome()
    var forks: [Finding] = []
    var beyond: [Finding] = []
    for path in inventory.byteCounts.keys.sorted() {
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
      guard let root = state.tree.root(atSize: size) else {
        var finding = LogCheck.rolledBack(checkpoint.head, state.head)
        finding.object = path
        beyond.append(finding)
        continue
      }
      if root != checkpoint.head.root {
        var fork = Finding(.fork, object: path)
        fork.number = size
        fork.detail = .heads(
          expected: checkpoint.head, found: LogHead(size: size, root: root), moreCount: 0)
        forks.append(fork)
      }
    }
    // An old root that a witness signed stays in all later ones: the first says where it parts.
    if let fork = merged(forks) { outcome.findings.append(fork) }
    if !isLogBroken, let last = beyond.last { outcome.findings.append(last) }
    return outcome
  }

  private static func merged(_ forks: [Finding]) -> Finding? {
    guard var first = forks.first, case .heads(let expected, let found, _) = first.detail else {
      return nil
    }
    first.detail = .heads(expected: expected, found: found, moreCount: forks.count - 1)
    return first
  }
}
