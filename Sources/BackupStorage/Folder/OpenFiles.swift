internal import BackupSystem
internal import Synchronization

/// The files that were read last, kept open: ranged reads of a pack come in long rows.
final class OpenFiles: Sendable {
  private struct Entry {
    var file: Descriptor
    var isDirect: Bool
    var lastUse: UInt64
  }

  private struct State {
    var entries: [StorageKey: Entry] = [:]
    var useCount: UInt64 = 0
  }

  /// Guards the entries; the descriptors are used outside of it.
  private let state = Mutex(State())
  private let countMax: Int

  init(countMax: Int) { self.countMax = countMax }

  /// The open file of `key`, if it is kept, and whether it is read past the page cache.
  func file(_ key: StorageKey) -> (file: Descriptor, isDirect: Bool)? {
    state.withLock { state in
      state.useCount += 1
      state.entries[key]?.lastUse = state.useCount
      return state.entries[key].map { ($0.file, $0.isDirect) }
    }
  }

  /// Keeps `file`, and lets the one go that was not used for longest.
  func keep(_ file: Descriptor, _ key: StorageKey, isDirect: Bool = false) {
    state.withLock { state in
      state.useCount += 1
      if state.entries[key] == nil, state.entries.count >= countMax,
        let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        state.entries[oldest.key] = nil
      }
      state.entries[key] = Entry(file: file, isDirect: isDirect, lastUse: state.useCount)
    }
  }

  /// Lets the file of `key` go: it was removed or replaced.
  func forget(_ key: StorageKey) {
    state.withLock { _ = $0.entries.removeValue(forKey: key) }
  }

  /// How many files are open.
  var count: Int { state.withLock { $0.entries.count } }
}
