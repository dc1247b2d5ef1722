public import BackupCrypto
public import BackupFormat
public import BackupLog
internal import BackupStorage

/// A time stamp of the log, and what is known of it with an authority's certificates at hand.
public struct StampReport: Hashable, Sendable {
  /// How a stamp stands.
  public enum Verdict: Hashable, Sendable {
    /// The authority stamped this head of this log.
    ///
    /// Where a certificate has ended since, a later stamp shows that it was so before: that of the
    /// entry with the number.
    case good(TimestampToken.Signer, renewedBy: Int?)
    /// It does not fit the log.
    case unfit(StampFault)
    /// Whose word it is was not shown.
    case refused(TimestampError)
  }

  /// What was said.
  public let said: Said<Predicate.Stamped>
  /// The SHA-256 of the checkpoint.
  public let imprint: Digest
  /// How it stands.
  public let verdict: Verdict
}

/// Time stamps on heads of the log (`Docs/format.md`, section 11.5).
extension Verifier {
  /// The largest signed head that agrees with the log, as it is stored; nil if nobody signed one.
  public func newestSignedHead() throws(VerifierError) -> SignedHead? {
    try firstSignedHead { _ in true }
  }

  /// The signed head whose checkpoint has a SHA-256; nil if none that agrees with the log has it.
  public func signedHead(imprint: Digest) throws(VerifierError) -> SignedHead? {
    try firstSignedHead { $0.imprint(of: repository) == imprint }
  }

  /// The entry that holds a token already.
  public func entry(of token: TimestampToken) throws(VerifierError) -> Int? {
    try readLog().state.stamps.first { $0.what.token == token.bytes }?.number
  }

  /// All stamps of the log, oldest first.
  ///
  /// - Parameters:
  ///   - authorities: Certificates that are believed.
  ///   - others: Certificates that may lie between.
  public func stamps(
    authorities: CertificateList, others: CertificateList, now: Int64
  ) throws(VerifierError) -> [StampReport] {
    let state = try readLog().state
    var reports: [StampReport] = []
    // From the newest on: a later stamp may speak for an earlier one.
    for said in state.stamps.reversed() {
      let verdict = Self.verdict(
        on: said, in: state, later: reports,
        verify: { token, time throws(TimestampError) in
          try token.verify(authorities: authorities, others: others, at: time)
        }, now: now)
      reports.append(
        StampReport(
          said: said, imprint: said.what.head.imprint(of: repository), verdict: verdict))
    }
    return reports.reversed()
  }

  private static func verdict(
    on said: Said<Predicate.Stamped>, in state: LogState, later: [StampReport],
    verify: (TimestampToken, Int64) throws(TimestampError) -> TimestampToken.Signer, now: Int64
  ) -> StampReport.Verdict {
    if let fault = state.fault(of: said.what) { return .unfit(fault) }
    do throws(TimestampError) {
      let token = try TimestampToken(said.what.token)
      do throws(TimestampError) {
        return .good(try verify(token, now), renewedBy: nil)
      } catch {
        guard error == .expired else { throw error }
        // The earliest that covers this entry: by then fewest certificates had ended.
        let covering = later.filter { $0.isGood && $0.said.what.head.head.size > said.number }
        guard let first = covering.min(by: { $0.said.what.at < $1.said.what.at }) else {
          throw error
        }
        return .good(try verify(token, first.said.what.at), renewedBy: first.said.number)
      }
    } catch { return .refused(error) }
  }

  /// The first of the stored heads, the largest first, that is one and is wanted.
  private func firstSignedHead(
    where isWanted: (SignedHead) -> Bool
  ) throws(VerifierError) -> SignedHead? {
    let state = try readLog().state
    do {
      let paths = try storage.list("checkpoints").objects.compactMap {
        ObjectPath($0.key.description)
      }
      for path in paths.sorted(by: >) {
        guard let head = try signedHead(path, state), isWanted(head) else { continue }
        return head
      }
      return nil
    } catch { throw .storage(error) }
  }

  /// What a checkpoint says; nil if it is not one of this log, which is a finding of `verify`.
  private func signedHead(
    _ path: ObjectPath, _ state: LogState
  ) throws(StorageError) -> SignedHead? {
    guard case .checkpoint(let size, let keyID) = path, let key = StorageKey(path.text),
      let signer = state.keys[keyID], signer.signsHeads
    else { return nil }
    let bytes: [UInt8]
    do {
      bytes = try storage.read(key, limitByteCount: Checkpoint.byteCountMax)
    } catch {
      guard error.isAboutOneObject else { throw error }
      return nil
    }
    guard let checkpoint = try? Checkpoint(parsing: bytes), checkpoint.head.size == size, size > 0,
      checkpoint.isSigned(by: signer.publicKey, of: repository),
      state.tree.root(atSize: size) == checkpoint.head.root
    else { return nil }
    return SignedHead(checkpoint, by: keyID, of: repository)
  }
}

extension StampReport {
  /// Whether it was shown to be the authority's word about this log.
  public var isGood: Bool {
    if case .good = verdict { true } else { false }
  }
}
