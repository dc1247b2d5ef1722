internal import BackupSystem

extension FolderStorage {
  /// Lists everything below the folder `prefix`, and reports what is no object.
  public func list(_ prefix: String) throws(StorageError) -> StorageListing {
    guard let start = Self.components(prefix) else { return StorageListing() }
    var listing = StorageListing()
    try walk(start) { folder, parents, entry throws(SystemError) in
      if entry.name.first == 0x2E { return }
      let path = Array((parents + [""]).joined(separator: "/").utf8) + entry.name
      let status: FileStatus
      do throws(SystemError) {
        status = try FileStatus.read(at: folder, name: entry.name)
      } catch {
        // It was removed while we looked.
        if error.isNotFound { return }
        throw error
      }
      switch (status.type, StorageKey(bytes: path)) {
      case (.directory, .some) where parents.count + 1 < StorageKey.componentCountMax:
        break
      case (.regular, let key?):
        listing.objects.append(StorageObject(key: key, byteCount: status.byteCount))
      default:
        if listing.foreignNames.count < StorageListing.foreignCountMax {
          listing.foreignNames.append(path)
        }
      }
    }
    listing.objects.sort { $0.key < $1.key }
    listing.foreignNames.sort { $0.lexicographicallyPrecedes($1) }
    return listing
  }

  /// Names everything below the folder `prefix` that is a file, as far as the folders say it.
  public func names(_ prefix: String) throws(StorageError) -> [StorageKey] {
    guard let start = Self.components(prefix) else { return [] }
    var keys: [StorageKey] = []
    try walk(start) { folder, parents, entry throws(SystemError) in
      if entry.name.first == 0x2E { return }
      let path = Array((parents + [""]).joined(separator: "/").utf8) + entry.name
      guard let key = StorageKey(bytes: path), try type(folder, entry) == .regular else { return }
      keys.append(key)
    }
    return keys.sorted()
  }

  /// The components of a folder's name; nil for what is no key, and has no objects below it.
  private static func components(_ prefix: String) -> [String]? {
    prefix.isEmpty ? [] : StorageKey(prefix)?.components
  }

  /// Calls `visit` for every name below `start`; goes into folders whose names are keys.
  func walk(
    _ start: [String],
    _ visit: (Descriptor, [String], DirectoryEntry) throws(SystemError) -> Void
  ) throws(StorageError) {
    let reader = DirectoryEntries()
    var pending = [start]
    while let parents = pending.popLast() {
      let folder: Descriptor
      let entries: [DirectoryEntry]
      do {
        folder = try openFolder(parents)
        entries = try reader.read(folder)
      } catch {
        // Removed while we looked, or never there: an empty folder.
        if error.isNotFound || error.isNotDirectory { continue }
        throw StorageError(error, nil)
      }
      for entry in entries {
        do {
          try visit(folder, parents, entry)
          guard parents.count + 1 < StorageKey.componentCountMax,
            let name = StorageKey(bytes: entry.name)?.description,
            try type(folder, entry) == .directory
          else { continue }
          pending.append(parents + [name])
        } catch {
          throw StorageError(error, nil)
        }
      }
    }
  }

  /// What an entry is; nil if it was removed while we looked.
  private func type(
    _ folder: Descriptor, _ entry: DirectoryEntry
  ) throws(SystemError) -> FileType? {
    if let hint = entry.typeHint { return hint }
    do {
      return try FileStatus.read(at: folder, name: entry.name).type
    } catch {
      if error.isNotFound { return nil }
      throw error
    }
  }
}
