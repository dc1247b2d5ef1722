/// Which folders the next barrier has to synchronise.
///
/// A folder's own name is in its parent. It may have been made a moment ago by another thread or by
/// a process that crashed, so it is taken for lasting only after a barrier of this process.
struct ChangedFolders {
  /// A folder as its components.
  typealias Folder = [String]

  /// The folders whose names changed since the last barrier.
  private(set) var changed: Set<Folder> = []
  /// The folders in use of which the own name is in one of `changed`.
  private var unproven: Set<Folder> = []
  /// The folders of which the own name is on stable storage.
  private var lasting: Set<Folder> = []

  /// Notes that a name in `folder` appeared, changed or was found by us.
  mutating func noteName(in folder: Folder) {
    changed.insert(folder)
    var folder = folder
    while !folder.isEmpty && !lasting.contains(folder) {
      unproven.insert(folder)
      folder.removeLast()
      changed.insert(folder)
    }
  }

  /// Notes that `folder` was made or removed.
  mutating func noteFolder(_ folder: Folder) {
    lasting.remove(folder)
    changed.insert(Array(folder.dropLast()))
  }

  /// Hands over what a barrier has to do, and begins anew.
  mutating func take() -> ChangedFolders {
    let taken = self
    changed = []
    unproven = []
    return taken
  }

  /// Takes back what a barrier could not do.
  mutating func putBack(_ taken: ChangedFolders) {
    changed.formUnion(taken.changed)
    unproven.formUnion(taken.unproven)
  }

  /// Notes that all of `taken` is on stable storage.
  ///
  /// A folder that was made again meanwhile is in `unproven` or `changed` again, and not trusted.
  mutating func prove(_ taken: ChangedFolders) {
    for folder in taken.unproven where !changed.contains(Array(folder.dropLast())) {
      lasting.insert(folder)
    }
  }
}
