import BackupFormat
public import BackupLog
import BackupStorage

/// How far an erasure has come in the store.
public struct ErasureProgress: Hashable, Sendable {
  /// Live snapshots whose reading began before the cut-off.
  public var snapshotCount = 0
  /// Rotated snapshots of that kind whose objects are not deleted yet: they could come back.
  public var rotatedCount = 0
  /// Whether snapshots were rewritten since the erasure was opened.
  public var isRewritten = false
  /// Objects and packs, still in the store, that rewriting or rotation made needless.
  public var leftoverCount = 0

  /// Looks at log and store; the content of snapshots is not opened.
  public init(_ erasure: ErasureStanding, in session: RepositorySession) throws(EngineError) {
    let state = session.logState
    let what = erasure.opened.what
    for snapshot in state.snapshots[what.set] ?? [] where erasure.applies(to: snapshot) {
      switch snapshot.state {
      case .live: snapshotCount += 1
      case .rotated: rotatedCount += 1
      case .gone: break
      }
    }
    isRewritten = (state.lastRewrites[what.set] ?? -1) > erasure.opened.number
    let listed: [ObjectPath]
    do {
      listed = try ["packs", "snapshots", "chunks"].flatMap { folder in
        try session.storage.list(folder).objects.compactMap { ObjectPath($0.key.description) }
      }
    } catch let error as StorageError {
      throw .storage(error)
    } catch {
      throw .unavailable
    }
    let retired = state.retiredObjects[what.set] ?? []
    leftoverCount = state.standings(of: listed).count { path, standing in
      switch standing {
      case .required, .ofOpenRun: false
      // Nobody but rotation knows what they hold: until they are gone they might.
      case .deleted, .orphan: true
      case .published, .condemned, .unexplained: retired.contains(path)
      }
    }
  }

  /// Whether nothing that ever held the data can be in the store, if no live snapshot names it.
  public var isCollected: Bool { isRewritten && rotatedCount == 0 && leftoverCount == 0 }
}
