import BackupFormat
import BackupSystem

/// Finds last night's entry of a file that lies at another path now, by what `lstat` says of it: of a
/// folder that was renamed no file is read again.
///
/// Nothing is read before the first question. Memory: 16 bytes a file, of at most
/// ``EngineLimits/formerPlaceCount`` files; those behind them are read again when they are renamed.
final class FormerPlaces {
  private let open: () throws -> CatalogueCacheReader?
  /// What changed before this, in seconds since 1970, may have been there last night.
  private let before: Int64
  private var reader: CatalogueCacheReader?
  private var places: [(inode: UInt64, offset: UInt64)]?
  private var frame: (offset: UInt64, entries: [CachedEntry])?

  /// - Parameters:
  ///   - before: When last night's reading began.
  ///   - open: Opens last night's catalogue at its start.
  init(before: Int64, open: @escaping () throws -> CatalogueCacheReader?) {
    self.before = before
    self.open = open
  }

  /// The entry of the very file of `status`, under whatever name it had.
  func entry(of status: FileStatus) throws -> CachedEntry? {
    guard status.changeTime.seconds < before else { return nil }
    let places = try places ?? load()
    var low = 0
    var high = places.count
    while low < high {
      let middle = (low + high) / 2
      if places[middle].inode < status.inode { low = middle + 1 } else { high = middle }
    }
    while low < places.count, places[low].inode == status.inode {
      if let found = entries(at: places[low].offset).first(where: {
        if case .file = $0.entry.content { $0.isUnchanged(status) } else { false }
      }) {
        return found
      }
      low += 1
    }
    return nil
  }

  private func load() throws -> [(inode: UInt64, offset: UInt64)] {
    var found: [(inode: UInt64, offset: UInt64)] = []
    try open()?.forEachFrame { offset, frame in
      for cached in frame.entries() where found.count < EngineLimits.formerPlaceCount {
        if case .file = cached.entry.content, !cached.isRacy {
          found.append((cached.inode, offset))
        }
      }
    }
    found.sort { $0.inode < $1.inode }
    reader = try open()
    places = found
    return found
  }

  private func entries(at offset: UInt64) -> [CachedEntry] {
    if let frame, frame.offset == offset { return frame.entries }
    let entries = reader?.entries(at: offset) ?? []
    frame = (offset, entries)
    return entries
  }
}
