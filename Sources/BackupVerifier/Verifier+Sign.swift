public import BackupFormat
public import BackupLog
internal import BackupStorage

/// What a verifier says in the log.
extension Verifier {
  /// What a verifier signed.
  public struct Signed: Hashable, Sendable {
    /// The numbers of the entries that were appended.
    public let entry: Int
    /// The head that was signed, its own entry included.
    public let checkpoint: LogHead
    /// Where the checkpoint lies.
    public let path: ObjectPath
  }

  /// Whether a key may sign what this verifier finds.
  public func mayVerify(_ key: KeyID) throws(VerifierError) -> Bool {
    try readLog().state.roles(of: key).contains(.verifier)
  }

  /// What a report says in the log: `verified`, and `damaged` if something is.
  public static func drafts(of report: VerificationReport) -> [Draft] {
    var drafts = [Draft(.verified(report.verified))]
    if let damaged = report.damaged() { drafts.append(Draft(.damaged(damaged))) }
    return drafts
  }

  /// Appends what a report says, and signs the log's head as it is then.
  ///
  /// Nothing may be appended to a log that is broken: it would vouch for it.
  ///
  /// - Precondition: the report is of this verifier, and ``VerificationReport/isLogBroken`` is
  ///   false.
  /// - Throws: ``VerifierError/log(_:)`` with ``LogError/wouldBeVoid(_:)`` if the key is not
  ///   entitled; ``VerifierError/storage(_:)`` if the checkpoint can't be stored.
  public func append(
    _ report: VerificationReport, by signer: Signer, clock: () -> LogTime
  ) throws(VerifierError) -> Signed {
    precondition(!report.isLogBroken, "a broken log is not vouched for")
    var log = try readLog().log
    let drafts = Self.drafts(of: report)
    let appended: RepositoryLog.Appended
    do {
      appended = try log.append(drafts, by: signer, clock: clock, objects: objects) { _ in drafts }
    } catch { throw .log(error) }
    guard case .entry(let number, _) = appended else { throw .log(.nothingToSay) }
    reading?.adopt(log)
    let checkpoint = try checkpoint(of: log.state.head, by: signer)
    let path = ObjectPath.checkpoint(size: checkpoint.head.size, key: signer.keyID)
    guard let key = StorageKey(path.text) else {
      preconditionFailure("a checkpoint's path is a key")
    }
    do {
      // One that exists was signed by the same key over the same entries.
      _ = try storage.put(key, checkpoint.bytes.span)
      try storage.barrier()
    } catch { throw .storage(error) }
    return Signed(entry: number, checkpoint: checkpoint.head, path: path)
  }

  /// Signs what a report says, to be handed in by someone who may write to the store.
  ///
  /// - Precondition: as of ``append(_:by:clock:)``.
  /// - Returns: a file as `nightsafe log append` takes it: one line for each statement, and after
  ///   them the checkpoint of the log that was judged.
  public func signHandIn(
    _ report: VerificationReport, by signer: Signer, time: LogTime
  ) throws(VerifierError) -> [UInt8] {
    precondition(!report.isLogBroken, "a broken log is not vouched for")
    let state = try readLog().state
    var file: [UInt8] = []
    do {
      for draft in Self.drafts(of: report) {
        file += try state.signHandIn(draft, by: signer, time: time)
      }
    } catch { throw .log(error) }
    return file + (try checkpoint(of: report.head, by: signer).bytes)
  }

  private func checkpoint(
    of head: LogHead, by signer: Signer
  ) throws(VerifierError) -> Checkpoint {
    do {
      return try Checkpoint.signed(head, of: repository, by: signer)
    } catch { throw .log(.crypto(error)) }
  }
}
