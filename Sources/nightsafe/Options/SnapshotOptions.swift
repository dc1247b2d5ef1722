import ArgumentParser
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupSystem

/// A snapshot that a command means, and the keys that open it.
struct MeantSnapshot {
  let name: String
  let snapshot: Snapshot
  let keys: SetOpeningKeys
}

/// Finds out which snapshots are meant.
enum SnapshotChoice {
  /// What a restorer's key opens, for a command that also does without one: nothing if none is named.
  static func keys(
    _ repository: OpenRepository, _ key: KeyOptions
  ) throws -> [SetID: SetOpeningKeys] {
    guard key.key != nil else { return [:] }
    let opened = try sets(repository, key: try key.open(), named: nil)
    return Dictionary(uniqueKeysWithValues: opened.map { ($0.set, $0.keys) })
  }

  /// The data sets that a restorer's key opens, by name.
  static func sets(
    _ repository: OpenRepository, key: KeyPair, named: String?
  ) throws -> [(name: String, set: SetID, keys: SetOpeningKeys)] {
    var sets: [(name: String, set: SetID, keys: SetOpeningKeys)] = []
    var isWriter = false
    for (set, opened) in try repository.session.openSets(with: key) {
      switch opened {
      case .restorer(let keys): sets.append((keys.secret.name, set, keys))
      case .writer: isWriter = true
      }
    }
    if sets.isEmpty {
      throw Failure(
        .key, isWriter ? "this key writes backups and opens none" : "this key opens no data set",
        hint: "use the owner's key or a restorer's"
          + (Words.destroyedSets(repository.session).map { "; " + $0 } ?? ""))
    }
    sets.sort { $0.name < $1.name }
    guard let named else { return sets }
    let chosen = sets.filter { $0.name == named || $0.set.hex == named }
    guard !chosen.isEmpty else {
      throw Failure(
        .failed, "no data set is named \(named)",
        hint: "there are: " + sets.map(\.name).joined(separator: ", ")
          + (Words.destroyedSets(repository.session).map { "; " + $0 } ?? ""))
    }
    return chosen
  }

  /// Opens the snapshots that are meant, each with what of `arguments` it holds.
  ///
  /// A path need not be in every data set; one that is in none is an error.
  static func open(
    _ meant: [MeantSnapshot], _ repository: OpenRepository, _ arguments: [String]
  ) throws -> [(meant: MeantSnapshot, opened: OpenSnapshot, selection: PathSelection)] {
    let paths = arguments.map(RawArguments.bytes)
    // Refuses what no catalogue can hold, before anything is read.
    _ = try PathSelection(paths)
    var missing = Set(paths)
    var found: [(meant: MeantSnapshot, opened: OpenSnapshot, selection: PathSelection)] = []
    for snapshot in meant {
      let opened = try repository.session.open(snapshot.snapshot, keys: snapshot.keys)
      let held = try paths.filter { path in
        let one = try PathSelection([path])
        guard let exact = one.paths.first, !exact.isEmpty else { return true }
        return try opened.entry(at: exact) != nil
      }
      missing.subtract(held)
      if paths.isEmpty || !held.isEmpty {
        found.append((snapshot, opened, try PathSelection(held)))
      }
    }
    guard missing.isEmpty else {
      throw Failure(
        .failed,
        "no such path in the snapshot: "
          + missing.map { Words.path($0) }.sorted().joined(separator: ", "),
        hint: "nightsafe find looks for a part of a name in all snapshots")
    }
    return found
  }

  /// What to do when a pattern matches nothing.
  static let patternHint =
    "a pattern with a slash begins at the root; **/name/*.txt finds it anywhere; nightsafe find looks "
    + "in all snapshots"

  /// What SNAPSHOT means: a night, a log number, or `latest`.
  static func find(
    _ text: String, _ repository: OpenRepository, key: KeyPair, dataSet: String?
  ) throws -> [MeantSnapshot] {
    let state = repository.session.logState
    var found: [MeantSnapshot] = []
    var destroyed: [(name: String, destruction: Destruction)] = []
    for (name, set, keys) in try sets(repository, key: key, named: dataSet) {
      let live = state.liveSnapshots(of: set)
      if live.isEmpty, let destruction = state.destructions[set],
        state.isDestroyed(set, at: repository.session.now())
      {
        destroyed.append((name, destruction))
      }
      let snapshot: Snapshot?
      if text == "latest" {
        snapshot = live.last
      } else if let night = BackupLog.Night(text) {
        snapshot = live.last { $0.night == night }
      } else if let number = Int(text) {
        snapshot = live.first { $0.number == number }
      } else {
        throw Failure(
          .usage, "\(text) is no snapshot: give a night (2026-11-21), a log number, or latest")
      }
      if let snapshot { found.append(MeantSnapshot(name: name, snapshot: snapshot, keys: keys)) }
    }
    guard !found.isEmpty else {
      if let (name, destruction) = destroyed.first {
        throw Failure(
          .failed,
          "the owner has destroyed the data set \(name), in force since "
            + "\(Times.utc(destruction.inForceAt)): nothing of it can be restored")
      }
      throw Failure(
        .failed, "there is no snapshot \(text)", hint: "nightsafe snapshots lists them")
    }
    return found
  }
}
