import BackupFormat
import BackupPolicy

/// What of a snapshot is meant: everything, paths with all below them, or patterns.
public struct PathSelection: Sendable {
  /// Exact paths, without a leading slash.
  public let paths: [[UInt8]]
  private let patterns: PathRules?

  /// Everything.
  public static let everything = PathSelection(paths: [], patterns: nil)

  private init(paths: [[UInt8]], patterns: PathRules?) {
    self.paths = paths
    self.patterns = patterns
  }

  /// Makes a selection of arguments; one with `*`, `?` or `[` is a pattern in gitignore syntax.
  ///
  /// - Throws: ``EngineError/notFound(_:_:)`` for a path that no catalogue can hold.
  public init(_ arguments: [[UInt8]]) throws(EngineError) {
    var paths: [[UInt8]] = []
    var patterns: [[UInt8]] = []
    for argument in arguments {
      if argument.contains(where: { $0 == 0x2a || $0 == 0x3f || $0 == 0x5b }) {
        patterns.append(argument)
        continue
      }
      var path = [UInt8](argument.drop { $0 == 0x2f })
      while path.last == 0x2f { path.removeLast() }
      guard CataloguePath.isValid(path) else {
        throw .notFound(.path, String(decoding: argument, as: UTF8.self))
      }
      paths.append(path)
    }
    guard PathRules.fits(include: patterns, exclude: [], excludeFile: []) else {
      throw .notFound(.path, "too many patterns")
    }
    self.paths = paths.contains([]) ? [] : paths
    self.patterns =
      patterns.isEmpty || paths.contains([]) ? nil : PathRules(include: patterns)
  }

  /// Exact paths, whatever characters are in them; everything for none.
  init(exact paths: [[UInt8]]) throws(EngineError) {
    for path in paths where !CataloguePath.isValid(path) {
      throw .notFound(.path, String(decoding: path, as: UTF8.self))
    }
    self.init(paths: paths, patterns: nil)
  }

  /// Whether everything is meant.
  public var isEverything: Bool { paths.isEmpty && patterns == nil }

  /// The paths that bound what has to be read; empty when all of the catalogue has.
  var bounds: [[UInt8]] { patterns == nil ? paths : [] }

  /// How an entry is meant.
  enum Match {
    /// It is one of those that were asked for, or lies below one.
    case whole
    /// A folder above something that was asked for.
    case above
    /// Not at all.
    case no
  }

  func match(_ path: [UInt8], isFolder: Bool) -> Match {
    if isEverything { return .whole }
    if paths.contains(where: { CataloguePath.isWithin(path, $0) }) { return .whole }
    if let patterns, patterns.decision(for: path.span, isDirectory: isFolder) == .keep {
      return .whole
    }
    if isFolder, paths.contains(where: { CataloguePath.isWithin($0, path) }) { return .above }
    return .no
  }

  /// Whether something below `folder` may be meant.
  func mayHold(_ folder: [UInt8]) -> Bool {
    isEverything || patterns != nil
      || paths.contains {
        CataloguePath.isWithin(folder, $0) || CataloguePath.isWithin($0, folder)
      }
  }
}
