import BackupFormat
public import BackupLog
public import BackupObjects

/// Looks for what a request to erase names, in snapshots as they are stored.
public struct ErasureSearch {
  /// What was found in one snapshot.
  public struct Found: Sendable {
    /// The snapshot.
    public var snapshot: Snapshot
    /// How many of its entries are named.
    public var entryCount: Int
  }

  /// What was found in all of them.
  public struct Outcome: Sendable {
    /// The snapshots that hold something, oldest first.
    public var found: [Found] = []
    /// Names of the same files that are not named, at most 100: under these the content stays.
    public var otherNames: [[UInt8]] = []
  }

  private struct PageResult {
    var entryCount = 0
    var otherNames: [[UInt8]] = []
  }

  private let session: RepositorySession
  private let keys: SetOpeningKeys

  /// Searches the data set of `keys`.
  public init(_ session: RepositorySession, keys: SetOpeningKeys) {
    self.session = session
    self.keys = keys
  }

  /// Searches all of `snapshots`; a page that several have is read once.
  public func execute(
    _ filter: ErasureFilter, in snapshots: [Snapshot]
  ) throws -> Outcome {
    var outcome = Outcome()
    guard !filter.isEmpty else { return outcome }
    var pages: [BlockAddress: PageResult] = [:]
    var otherNames: Set<[UInt8]> = []
    for snapshot in snapshots {
      let opened = try session.open(snapshot, keys: keys, withholding: .none)
      var count = 0
      for (index, page) in opened.root.pages.enumerated() {
        let result: PageResult
        if let known = pages[page.address] {
          result = known
        } else {
          result = Self.search(try opened.page(at: index), filter)
          pages[page.address] = result
        }
        count += result.entryCount
        for name in result.otherNames where otherNames.count < 100 { otherNames.insert(name) }
      }
      if count > 0 { outcome.found.append(Found(snapshot: snapshot, entryCount: count)) }
    }
    outcome.otherNames = otherNames.sorted { CataloguePath.compareNames($0, $1) < 0 }
    return outcome
  }

  private static func search(_ page: CataloguePage, _ filter: ErasureFilter) -> PageResult {
    var result = PageResult()
    for section in page.sections {
      for entry in section.entries {
        let isNamed = filter.withholds(entry, in: section.folder)
        if isNamed { result.entryCount += 1 }
        guard case .hardLink(let first) = entry.content else { continue }
        let isFirstNamed = filter.withholds(first)
        if isNamed, !isFirstNamed { result.otherNames.append(first) }
        if isFirstNamed, !isNamed {
          result.otherNames.append(CataloguePath.join(section.folder, entry.name))
        }
      }
    }
    return result
  }
}
