internal import BackupCrypto
internal import BackupFormat

extension LogState {
  /// Signs an entry for the next number; it says nothing before it is appended.
  ///
  /// - Throws: ``LogError/crypto(_:)``.
  public func sign(
    _ drafts: [Draft], by signer: Signer, time: LogTime
  ) throws(LogError) -> [UInt8] {
    var bytes: [UInt8] = []
    for draft in drafts {
      do {
        let envelope = try Statement.signed(
          draft, in: repository, seen: head, time: time, by: signer)
        bytes.append(contentsOf: envelope.line)
      } catch { throw .crypto(error) }
    }
    return bytes
  }

  /// Signs one line to be handed in as a file: it counts up to 1,000 entries later, unless what it
  /// changes has changed by then.
  ///
  /// - Throws: ``LogError/crypto(_:)``.
  public func signHandIn(
    _ draft: Draft, by signer: Signer, time: LogTime
  ) throws(LogError) -> [UInt8] {
    try sign([draft], by: signer, time: time)
  }
}
