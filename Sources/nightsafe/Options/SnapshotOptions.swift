import ArgumentParser
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects

/// A snapshot that a command means, and the keys that open it.
struct MeantSnapshot {
  let name: String
  let snapshot: Snapshot
  let keys: SetOpeningKeys
}

/// Finds out which snapshots are meant.
enum SnapshotChoice {
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
        hint: "use the owner's key or a restorer's")
    }
    sets.sort { $0.name < $1.name }
    guard let named else { return sets }
    let chosen = sets.filter { $0.name == named || $0.set.hex == named }
    guard !chosen.isEmpty else {
      throw Failure(
        .failed, "no data set is named \(named)",
        hint: "there are: " + sets.map(\.name).joined(separator: ", "))
    }
    return chosen
  }

  /// What SNAPSHOT means: a night, a log number, or `latest`.
  static func find(
    _ text: String, _ repository: OpenRepository, key: KeyPair, dataSet: String?
  ) throws -> [MeantSnapshot] {
    let state = repository.session.logState
    var found: [MeantSnapshot] = []
    for (name, set, keys) in try sets(repository, key: key, named: dataSet) {
      let live = state.liveSnapshots(of: set)
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
      throw Failure(
        .failed, "there is no snapshot \(text)", hint: "nightsafe snapshots lists them")
    }
    return found
  }
}
