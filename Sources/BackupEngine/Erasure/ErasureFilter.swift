public import BackupFormat
import BackupPolicy

/// What open requests to erase withhold from one snapshot.
public struct ErasureFilter: Sendable {
  /// The requests that apply, in the order of the log.
  public let requests: [ErasureRequest]
  private let paths: Set<[UInt8]>
  private let patterns: PathRules?

  /// Withholds nothing.
  public static let none = ErasureFilter([])

  /// Withholds what any of `requests` names.
  public init(_ requests: [ErasureRequest]) {
    self.requests = requests
    paths = Set(requests.flatMap(\.paths))
    let patterns = requests.flatMap(\.patterns)
    self.patterns = patterns.isEmpty ? nil : PathRules(include: patterns)
  }

  /// Whether nothing is withheld.
  public var isEmpty: Bool { paths.isEmpty && patterns == nil }

  /// What a person has to do after a restore, each task once.
  public var tasks: [String] {
    var seen: Set<String> = []
    return requests.flatMap(\.tasks).filter { seen.insert($0).inserted }
  }

  /// Whether an entry must not be brought back: a request names it or a folder above it.
  public func withholds(_ path: [UInt8], isFolder: Bool = false) -> Bool {
    if isEmpty { return false }
    if !paths.isEmpty {
      for end in path.indices where path[end] == 0x2f {
        if paths.contains([UInt8](path[..<end])) { return true }
      }
      if paths.contains(path) { return true }
    }
    return patterns?.decision(for: path.span, isDirectory: isFolder) == .keep
  }

  /// Whether an entry must not be brought back.
  public func withholds(_ entry: CatalogueEntry, in folder: [UInt8]) -> Bool {
    isEmpty
      ? false
      : withholds(CataloguePath.join(folder, entry.name), isFolder: entry.content == .folder)
  }
}
