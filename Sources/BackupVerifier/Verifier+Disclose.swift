public import BackupFormat
public import BackupLog

/// What is said of a bundle for somebody outside.
extension Verifier {
  /// Whether a key may say in the log that a bundle was made.
  public func mayDisclose(_ key: KeyID) throws(VerifierError) -> Bool {
    let roles = try readLog().state.roles(of: key)
    return StatementKind.disclosed.roles.contains { roles.contains($0) }
  }

  /// Appends one statement.
  ///
  /// - Precondition: the log was checked and is not broken.
  /// - Returns: The number of its entry.
  public func append(
    _ draft: Draft, by signer: Signer, clock: () -> LogTime
  ) throws(VerifierError) -> Int {
    var log = try readLog().log
    let appended: RepositoryLog.Appended
    do {
      appended = try log.append([draft], by: signer, clock: clock, objects: objects) { _ in
        [draft]
      }
    } catch { throw .log(error) }
    guard case .entry(let number, _) = appended else { throw .log(.nothingToSay) }
    reading?.adopt(log)
    return number
  }

  /// Signs one statement, to be handed in by someone who may write to the store.
  public func signHandIn(
    _ draft: Draft, by signer: Signer, time: LogTime
  ) throws(VerifierError) -> [UInt8] {
    do {
      return try readLog().state.signHandIn(draft, by: signer, time: time)
    } catch let error as LogError { throw .log(error) } catch let error as VerifierError {
      throw error
    } catch { preconditionFailure("signing throws these two") }
  }
}
