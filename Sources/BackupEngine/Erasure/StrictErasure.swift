import BackupCrypto
import BackupFormat
public import BackupLog
public import BackupObjects
import BackupPolicy
import BackupStorage
import BackupSystem

/// What a strict erasure did.
public struct StrictErasureOutcome: Sendable {
  /// Snapshots that were rewritten.
  public var snapshotCount = 0
  /// Runs that did it.
  public var runCount = 0
  /// Blocks that were sealed anew, pages of catalogues among them.
  public var sealedBlockCount = 0
  /// Blocks that were carried out of old packs as they are.
  public var movedBlockCount = 0
  /// Bytes that were stored.
  public var storedByteCount: UInt64 = 0
}

/// Strict mode: takes erased content and its names out of every live snapshot (`Docs/format.md`,
/// sections 9 and 11.1).
///
/// What shares a block with erased or dead content is sealed anew, pages that named it are written anew,
/// each affected snapshot gets a successor, and what is still needed is carried out of every pack that
/// holds a dead block, byte for byte: also what older snapshots left behind goes. Those packs then
/// hold nothing that lives; rotation condemns them, and deletes them a night later. It needs a
/// restorer's key, room for what is carried, and no other run of the set.
public struct StrictErasure {
  private let session: RepositorySession
  private let keys: SetOpeningKeys
  private let signer: Signer

  /// Prepares it for the data set of `keys`; `signer` is a restorer's.
  public init(_ session: RepositorySession, keys: SetOpeningKeys, signer: Signer) {
    self.session = session
    self.keys = keys
    self.signer = signer
  }

  /// Does it for `requests`, which are open.
  ///
  /// - Throws: ``EngineError/refused(_:)`` with ``EngineError/Refusal/runOpen(_:)`` while another run
  ///   of the set is open; ``EngineError/object(path:_:)`` when a block that must be carried over is
  ///   damaged: then nothing is changed.
  public func execute(_ requests: [ErasureRequest]) throws -> StrictErasureOutcome {
    var outcome = StrictErasureOutcome()
    while true {
      if Interrupt.isRequested { throw EngineError.interrupted }
      try session.refresh()
      try refuseOpenRuns()
      let survey = try RewriteSurvey(session, keys: keys, requests: requests)
      let batch = Array(survey.affected.prefix(EngineLimits.rewriteSnapshotCount))
      let isLast = batch.count == survey.affected.count
      let step = RewriteStep(session, keys: keys, survey: survey, signer: signer)
      let isDone = try step.execute(
        batch, emptiesPacks: isLast, continuing: ownRuns(), &outcome)
      if isLast || !isDone { return outcome }
    }
  }

  private func ownRuns() -> [RunID] {
    session.logState.openRuns(of: keys.secret.set)
      .filter { $0.signer == signer.keyID && $0.purpose == .rewrite }.map(\.id)
  }

  private func refuseOpenRuns() throws(EngineError) {
    let own = ownRuns()
    for run in session.logState.openRuns(of: keys.secret.set) where !own.contains(run.id) {
      throw .refused(.runOpen(run.id))
    }
  }
}
