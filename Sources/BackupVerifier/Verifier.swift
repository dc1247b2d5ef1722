public import BackupFormat
public import BackupLog
public import BackupStorage

/// Reads a repository as a stranger would, with public keys only, and returns what it found.
///
/// The repository's id comes from outside; everything else is checked against it. The verifier
/// writes nothing but what ``append(_:by:clock:)`` says. It belongs to one thread.
public final class Verifier {
  let storage: any Storage
  let repository: RepositoryID
  let objects: CheckedObjects
  var reading: LogReading?

  /// Whether blocks are read from the medium and not from the memory of an earlier read.
  public var forgetsCached = true

  /// Makes a verifier of the repository with this id.
  public init(storage: any Storage, repository: RepositoryID) {
    self.storage = storage
    self.repository = repository
    objects = CheckedObjects(storage: storage, repository: repository)
  }

  /// Reads the log and the checkpoints, and nothing that they do not need to be judged.
  ///
  /// - Parameters:
  ///   - memory: What this verifier saw last.
  /// - Returns: the summary, and findings about the log alone.
  /// - Throws: ``VerifierError/log(_:)``, ``VerifierError/storage(_:)``.
  public func survey(
    memory: VerifierMemory?, now: LogTime
  ) throws(VerifierError) -> (summary: RepositorySummary, findings: [Finding]) {
    let reading = try readLog()
    let seen: CheckpointCheck.Outcome
    do {
      let paths = try storage.list("checkpoints").objects.compactMap {
        ObjectPath($0.key.description)
      }
      seen = try CheckpointCheck.run(paths, reading.state, storage)
    } catch { throw .storage(error) }
    var findings = try logFindings(reading, memory: memory, vouchedSize: seen.vouchedSize)
    findings = LogCheck.join(seen, to: findings)
    if let ahead = LogCheck.clock(reading.state, now: now) { findings.append(ahead) }
    return (RepositorySummary(reading.state, now: now), findings)
  }

  /// What the entries of the log say; it is read if it was not.
  public func state() throws(VerifierError) -> LogState { try readLog().state }

  /// Checks the repository.
  ///
  /// - Parameters:
  ///   - level: How far to go.
  ///   - memory: What this verifier saw last; nil at the first visit.
  ///   - now: The verifier's clock.
  ///   - progress: Is told how far the check is, from several threads, one call at a time or more.
  /// - Throws: ``VerifierError/log(_:)`` and ``VerifierError/storage(_:)`` if the repository can't
  ///   be read at all; damage is no error.
  public func check(
    level: CheckLevel, memory: VerifierMemory?, now: LogTime,
    progress: @escaping @Sendable (VerificationProgress) -> Void = { _ in }
  ) throws(VerifierError) -> VerificationReport {
    progress(VerificationProgress(phase: .log, done: 0, total: 1))
    var reading = try readLog()
    do {
      let format = try FormatCheck.run(storage)
      if !format.mayGoOn {
        var report = VerificationReport(reading.state, level: level, memory: memory, now: now)
        report.findings = format.finding.map { [$0] } ?? []
        report.isComplete = false
        return report
      }
      let listing = try storage.list("")
      // What was appended while the list was made explains what the list holds.
      try read(on: &reading)
      var check = Check(
        storage: storage, objects: objects, state: reading.state, level: level, memory: memory,
        now: now, progress: progress)
      check.forgetsCached = forgetsCached
      check.add(format.finding)
      let inventory = Inventory(listing)
      let seen = try CheckpointCheck.run(inventory.byteCounts.keys, reading.state, storage)
      let told = try logFindings(reading, memory: memory, vouchedSize: seen.vouchedSize)
      check.add(LogCheck.join(seen, to: told))
      try check.run(inventory, seen)
      // A pack that was deleted while it was being read is no loss: the log says so by now.
      try read(on: &reading)
      var report = check.report(against: reading.state)
      report.mayWrite = try storage.mayWrite()
      return report
    } catch let error as VerifierError {
      throw error
    } catch let error as StorageError {
      throw .storage(error)
    } catch {
      preconditionFailure("the checks throw these two")
    }
  }

  /// Reads the log once.
  func readLog() throws(VerifierError) -> LogReading {
    if let reading { return reading }
    do {
      let reading = try LogReading(repository, from: storage, objects: objects)
      self.reading = reading
      return reading
    } catch { throw .log(error) }
  }

  private func read(on reading: inout LogReading) throws(VerifierError) {
    do {
      self.reading = nil
      try reading.readOn(objects: objects)
      self.reading = reading
    } catch { throw .log(error) }
  }

  private func logFindings(
    _ reading: LogReading, memory: VerifierMemory?, vouchedSize: Int
  ) throws(VerifierError) -> [Finding] {
    let found: [LogFinding]
    do { found = try reading.findings() } catch { throw .log(error) }
    return LogCheck.findings(
      found, state: reading.state, remembered: memory?.head, vouchedSize: vouchedSize)
      + LogCheck.findings(reading.brokenRotations) + LogCheck.stamps(reading.state)
  }
}
