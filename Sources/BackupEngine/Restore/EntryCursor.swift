public import BackupFormat

/// Takes the entries of a snapshot one by one, in the order of the catalogue.
public struct EntryCursor {
  private let snapshot: OpenSnapshot
  private var pageIndex = 0
  private var page: CataloguePage?
  private var section = 0
  private var entry = 0

  /// Begins before the first entry.
  public init(_ snapshot: OpenSnapshot) { self.snapshot = snapshot }

  /// The next entry and its folder; nil at the end.
  public mutating func next() throws(EngineError) -> (folder: [UInt8], entry: CatalogueEntry)? {
    while true {
      if let page, section < page.sections.count {
        let current = page.sections[section]
        if entry < current.entries.count {
          defer { entry += 1 }
          return (current.folder, current.entries[entry])
        }
        section += 1
        entry = 0
        continue
      }
      guard pageIndex < snapshot.root.pages.count else { return nil }
      page = try snapshot.page(at: pageIndex)
      pageIndex += 1
      section = 0
      entry = 0
    }
  }
}

/// How two snapshots differ at a path.
public enum SnapshotDifference: Hashable, Sendable {
  /// Only the second has it.
  case added
  /// Only the first has it.
  case removed
  /// Both have it, with other content.
  case changed
  /// Both have it, with the same content but another mode, owner, time or attribute.
  case metadata
}

/// Compares two snapshots in one merge of their catalogues.
public enum SnapshotDiff {
  /// Visits every difference in the order of the catalogue.
  public static func compare(
    _ a: OpenSnapshot, _ b: OpenSnapshot,
    _ visit: (SnapshotDifference, _ path: [UInt8]) throws -> Void
  ) throws {
    var left = EntryCursor(a)
    var right = EntryCursor(b)
    var x = try left.next()
    var y = try right.next()
    while x != nil || y != nil {
      if let old = x, let new = y {
        if CataloguePath.precedes((old.folder, old.entry.name), (new.folder, new.entry.name)) {
          try visit(.removed, CataloguePath.join(old.folder, old.entry.name))
          x = try left.next()
        } else if CataloguePath.precedes(
          (new.folder, new.entry.name), (old.folder, old.entry.name))
        {
          try visit(.added, CataloguePath.join(new.folder, new.entry.name))
          y = try right.next()
        } else {
          if let difference = difference(old.entry, new.entry) {
            try visit(difference, CataloguePath.join(new.folder, new.entry.name))
          }
          x = try left.next()
          y = try right.next()
        }
      } else if let old = x {
        try visit(.removed, CataloguePath.join(old.folder, old.entry.name))
        x = try left.next()
      } else if let new = y {
        try visit(.added, CataloguePath.join(new.folder, new.entry.name))
        y = try right.next()
      }
    }
  }

  private static func difference(
    _ a: CatalogueEntry, _ b: CatalogueEntry
  ) -> SnapshotDifference? {
    if a == b { return nil }
    switch (a.content, b.content) {
    case (.file(let size, let extents), .file(let otherSize, let otherExtents)):
      // A block may have been stored anew without a change of the file; then only the size and the
      // time can tell.
      if size == otherSize,
        extents == otherExtents
          || (a.modificationSeconds, a.modificationNanoseconds)
            == (b.modificationSeconds, b.modificationNanoseconds)
      {
        break
      }
      return .changed
    default:
      if a.content != b.content { return .changed }
    }
    let isSame =
      a.mode == b.mode && a.userID == b.userID && a.groupID == b.groupID
      && a.modificationSeconds == b.modificationSeconds
      && a.modificationNanoseconds == b.modificationNanoseconds && a.attributes == b.attributes
    return isSame ? nil : .metadata
  }
}
