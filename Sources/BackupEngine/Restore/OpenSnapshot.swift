public import BackupFormat
import BackupObjects
import BackupStorage

/// A snapshot that was opened with a restorer's key.
public final class OpenSnapshot {
  /// Its catalogue root.
  public let root: CatalogueRoot
  /// The blocks that it says it needs.
  public let need: SnapshotNeeds
  let storage: any Storage
  let repository: RepositoryID
  let keys: SetOpeningKeys
  /// What requests to erase withhold from every restore.
  public let erasures: ErasureFilter
  let locator: BlockLocator
  let contentKeys: ContentKeys
  private var fetcher: BlockFetcher
  private var page: (index: Int, content: CataloguePage)?

  /// Opens the root of `object`; index objects were read into `locator`.
  init(
    _ object: SnapshotObject, storage: any Storage, keys: SetOpeningKeys, locator: BlockLocator,
    erasures: ErasureFilter
  ) throws {
    let runKey = try RunKey.open(
      object.head, with: keys.privateKey, repository: object.repository)
    root = try SealedObjects.openRoot(of: object, key: runKey)
    need = object.need
    self.storage = storage
    repository = object.repository
    self.keys = keys
    self.locator = locator
    self.erasures = erasures
    var heads = locator.heads
    heads[object.head.run] = object.head
    contentKeys = ContentKeys(
      repository: object.repository, privateKey: keys.privateKey, heads: heads)
    fetcher = try BlockFetcher(
      storage: storage, repository: object.repository, set: keys.secret.set, locator: locator,
      keys: contentKeys)
  }

  /// Reads a page of the catalogue.
  public func page(at index: Int) throws(EngineError) -> CataloguePage {
    if let page, page.index == index { return page.content }
    var raw: [UInt8] = []
    let byteCount = try fetcher.fetch(
      root.pages[index].address, kind: .cataloguePage, into: &raw)
    raw.removeLast(raw.count - byteCount)
    do {
      let content = try CataloguePage(decoding: raw)
      try check(content, at: index)
      page = (index, content)
      return content
    } catch {
      throw .object(path: "catalogue page \(index)", .malformed(error))
    }
  }

  /// A page must be the one that the root names, and end before the next: else an entry could stand
  /// twice, or out of its order.
  private func check(_ content: CataloguePage, at index: Int) throws(FormatError) {
    let named = root.pages[index]
    guard let first = content.sections.first, let last = content.sections.last,
      let lastName = last.entries.last?.name, first.folder == named.folder,
      first.entries.first?.name == named.name,
      content.sections.reduce(UInt64(0), { $0 + UInt64($1.entries.count) }) == named.entryCount
    else { throw .inconsistent(.page) }
    guard index + 1 < root.pages.count else { return }
    let next = root.pages[index + 1]
    guard CataloguePath.precedes((last.folder, lastName), (next.folder, next.name)) else {
      throw .wrongOrder(.page)
    }
  }

  /// Opens a data block.
  func block(_ address: BlockAddress, into raw: inout [UInt8]) throws(EngineError) -> Int {
    try fetcher.fetch(address, kind: .dataBlock, into: &raw)
  }

  /// The page that would hold an entry.
  func pageIndex(folder: [UInt8], name: [UInt8]) -> Int? {
    var low = 0
    var high = root.pages.count
    while low < high {
      let middle = (low + high) / 2
      let page = root.pages[middle]
      if CataloguePath.precedes((folder, name), (page.folder, page.name)) {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low > 0 ? low - 1 : nil
  }

  /// The entry of a path; nil if there is none.
  public func entry(at path: [UInt8]) throws(EngineError) -> CatalogueEntry? {
    guard let (folder, name) = CataloguePath.split(path),
      let index = pageIndex(folder: folder, name: name)
    else { return nil }
    for section in try page(at: index).sections where section.folder == folder {
      return section.entries.first { $0.name == name }
    }
    return nil
  }

  /// The pages that can hold something at or below one of `paths`; all of them for an empty list.
  func pageIndices(for paths: [[UInt8]]) -> [Int] {
    guard !paths.isEmpty, !paths.contains([]) else { return Array(root.pages.indices) }
    var indices: Set<Int> = []
    for path in paths {
      guard let (folder, name) = CataloguePath.split(path) else { continue }
      if let index = pageIndex(folder: folder, name: name) { indices.insert(index) }
      // The sections of the folder itself and of all below it stand side by side.
      let start = pageIndex(folder: path, name: [0]) ?? 0
      for index in start..<root.pages.count {
        let first = root.pages[index].folder
        if index > start, CataloguePath.compareFolders(first, path) > 0,
          !CataloguePath.isWithin(first, path)
        {
          break
        }
        indices.insert(index)
      }
    }
    return indices.sorted()
  }
}

extension OpenSnapshot {
  /// Visits every entry that is meant, in order.
  public func forEachEntry(
    _ selection: PathSelection, _ visit: (_ folder: [UInt8], CatalogueEntry) throws -> Void
  ) throws {
    for index in pageIndices(for: selection.bounds) {
      for section in try page(at: index).sections where selection.mayHold(section.folder) {
        for entry in section.entries {
          let path = CataloguePath.join(section.folder, entry.name)
          guard selection.match(path, isFolder: entry.content == .folder) == .whole else {
            continue
          }
          try visit(section.folder, entry)
        }
      }
    }
  }
}
