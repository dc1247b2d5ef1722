import BackupFormat
import BackupLog
import BackupStorage

/// What nothing needs leaves the store: condemned tonight, deleted when a night has passed.
extension Rotation {
  func condemn(_ outcome: inout RotationOutcome) throws {
    let resting = restingSets
    for part in try orphans().leavingOut(resting, session.logState).parts {
      var said = part
      let appended = try session.append([Draft(.condemned(part))], by: signer) { state in
        // Meanwhile another may have named or condemned some of it.
        guard let still = Self.unnamed(part, state).parts.first else { return [] }
        said = still
        return [Draft(.condemned(still))]
      }
      if appended != nil { outcome.condemnedCount += said.count }
    }
    func condemnable(_ state: LogState) -> [Predicate.Removal] {
      state.condemnable().leavingOut(resting, state).parts
    }
    for part in condemnable(session.logState) {
      var said = part
      let appended = try session.append([Draft(.condemned(part))], by: signer) { state in
        guard let still = condemnable(state).first else { return [] }
        said = still
        return [Draft(.condemned(still))]
      }
      if appended != nil { outcome.condemnedCount += said.count }
    }
  }

  /// `deleted` stands in the log before the first removal; removal can be finished by anyone.
  func delete(_ outcome: inout RotationOutcome) throws {
    let resting = restingSets
    func deletable(_ state: LogState) -> [Predicate.Removal] {
      state.deletable().leavingOut(resting, state).parts
    }
    for part in deletable(session.logState) {
      var said = part
      let appended = try session.append([Draft(.deleted(part))], by: signer) { state in
        guard let still = deletable(state).first else { return [] }
        said = still
        return [Draft(.deleted(still))]
      }
      if appended != nil {
        outcome.deletedObjectCount += said.objects.count
        outcome.deletedPackCount += said.count - said.objects.count
      }
    }
    try removeDeleted(&outcome)
  }

  /// What runs that have ended left behind, and that nothing names.
  ///
  /// Packs, and the open objects of a run that died just before its last word; no later statement
  /// can name them. And sealed texts, which tell nobody whose they are: one that is named after all
  /// is condemned no more, and none is deleted while it may be.
  private func orphans() throws -> Predicate.Removal {
    let state = session.logState
    let paths: [ObjectPath]
    do {
      paths = try [
        "chunks", "erasures", "index", "keys", "packs", "records", "snapshots",
      ].flatMap { folder in
        try session.storage.names(folder).compactMap { ObjectPath($0.description) }
      }
    } catch let error as StorageError {
      throw EngineError.storage(error)
    }
    var numbers: [RunID: [BlockRange]] = [:]
    var objects: [ObjectPath] = []
    for (path, standing) in state.standings(of: paths) {
      switch (path, standing) {
      case (.pack(let pack), .orphan):
        numbers[pack.run, default: []].append(BlockRange(pack.number))
      case (.chunks, .unexplained), (.index, .unexplained), (.snapshot, .unexplained):
        guard !state.isKeptForJudging(path), let run = try publisher(of: path),
          state.runs[run] != nil, !state.isHeld(run)
        else { continue }
        objects.append(path)
      case (.record, .unexplained), (.erasure, .unexplained): objects.append(path)
      // Such a key opens the set as well as one that a statement names, and none can name it any more.
      case (.key(let set, _), .unexplained) where state.isErasable(set): objects.append(path)
      default: continue
      }
    }
    return Predicate.Removal(
      objects: objects.sorted(),
      packs: numbers.map { PackRanges(run: $0.key, numbers: BlockRanges($0.value)) }
        .sorted { $0.run < $1.run })
  }

  /// Without the objects that a statement names or condemns by now; packs of ended runs can't be
  /// named any more.
  private static func unnamed(
    _ removal: Predicate.Removal, _ state: LogState
  ) -> Predicate.Removal {
    let standings = state.standings(of: removal.objects)
    return Predicate.Removal(
      objects: removal.objects.filter { standings[$0] == .unexplained }, packs: removal.packs)
  }

  private func publisher(of path: ObjectPath) throws(EngineError) -> RunID? {
    do { return try session.objects.run(of: path) } catch { throw .storage(error) }
  }

  /// Removes everything that lies in the store and that the log calls deleted.
  private func removeDeleted(_ outcome: inout RotationOutcome) throws {
    let state = session.logState
    do {
      let paths = try session.storage.names("").compactMap { ObjectPath($0.description) }
      for (path, standing) in state.standings(of: paths) {
        guard case .deleted = standing else { continue }
        let key = try StorageKey.of(path.text)
        let byteCount = try session.storage.byteCount(of: key)
        try session.storage.remove(key)
        outcome.freedByteCount += byteCount ?? 0
      }
      try session.storage.barrier()
    } catch let error as StorageError {
      throw EngineError.storage(error)
    }
  }
}
