internal import BackupCrypto
internal import BackupFormat

/// Why a time stamp does not fit the log that says it.
public enum StampFault: String, Hashable, Sendable, CaseIterable {
  /// The log had another root at that size.
  case otherRoot
  /// The head is not signed by a key that may sign heads, or might once.
  case notSigned
  /// The token is none.
  case notAToken
  /// The token is about something else than this head.
  case otherImprint
  /// The token has another time, policy or serial number than the statement says.
  case otherWords
}

extension LogState {
  /// Why a stamp does not fit this log; nil if it does (`Docs/format.md`, section 11.5).
  ///
  /// Whether an authority signed the token is to be found with its certificates.
  public func fault(of stamp: Predicate.Stamped) -> StampFault? {
    let head = stamp.head
    guard tree.root(atSize: head.head.size) == head.head.root else { return .otherRoot }
    guard let signer = keys[head.key], signer.signsHeads,
      head.checkpoint(of: repository).isSigned(by: signer.publicKey, of: repository)
    else { return .notSigned }
    // Which of its rules broke is no matter.
    guard let token = try? TimestampToken(stamp.token) else { return .notAToken }
    guard token.imprint == head.imprint(of: repository).bytes else { return .otherImprint }
    guard token.time == stamp.at, token.policy == stamp.policy, token.serial == stamp.serial else {
      return .otherWords
    }
    return nil
  }
}
