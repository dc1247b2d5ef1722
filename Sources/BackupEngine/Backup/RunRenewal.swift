import BackupFormat
import BackupLog
import BackupStorage
import Synchronization

/// Says `started` again on each day that a run lasts, so that no operator takes it for dead.
///
/// It keeps a copy of the log of its own, because packs are finished by another thread than that of
/// the session; the session takes the renewals in like anything that others append.
final class RunRenewal: Sendable {
  /// A run is renewed when this much time has passed since it was said: a day.
  static let intervalSeconds: Int64 = 86_400

  private struct State: Sendable {
    var log: RepositoryLog
    var lastSaid: Int64
  }

  // Guards the copy of the log and the time of the last `started`.
  private let state: Mutex<State>
  private let draft: Draft
  private let signer: Signer
  private let clock: EngineClock
  private let storage: any Storage
  private let repository: RepositoryID

  init(_ session: RepositorySession, _ draft: Draft, signer: Signer) {
    self.draft = draft
    self.signer = signer
    clock = session.clock
    storage = session.storage
    repository = session.id
    state = Mutex(State(log: session.log, lastSaid: session.clock().unix))
  }

  /// Renews the run if a day has passed.
  func tick() throws(EngineError) {
    let clock = clock
    let now = clock().unix
    do {
      try state.withLock { state in
        guard now - state.lastSaid >= Self.intervalSeconds else { return }
        _ = try state.log.append(
          [draft], by: signer, clock: { clock() },
          objects: StoredObjectSource(storage: storage, repository: repository),
          stillWanted: { _ in [draft] })
        state.lastSaid = now
      }
    } catch let error as LogError {
      throw .log(error)
    } catch {
      throw .interrupted
    }
  }
}
