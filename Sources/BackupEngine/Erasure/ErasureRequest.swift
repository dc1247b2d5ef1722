import BackupFormat
public import BackupLog
import BackupPolicy

/// What a request to erase says: the text of an object of `erasures/` (`Docs/format.md`, 11.1).
public struct ErasureRequest: Hashable, Sendable {
  /// The request.
  public var erasure: ErasureID
  /// Snapshots whose reading did not begin after this may hold the data, in seconds since 1970.
  public var cutOff: Int64
  /// When nothing stored holds the data any more.
  public var cleanBy: Int64
  /// When it was made.
  public var created: Int64
  /// Exact paths, sorted; each with everything below it.
  public var paths: [[UInt8]]
  /// Patterns in gitignore syntax, without escapes and exceptions.
  public var patterns: [[UInt8]]
  /// Why; nobody but a restorer reads it.
  public var reason: String
  /// What a person has to do after a restore.
  public var tasks: [String]

  static let schema = "nightsafe/erasure/v1"

  /// Makes a request of its parts.
  ///
  /// - Parameter names: Paths, and patterns: what has `*`, `?` or `[`, as for a restore.
  /// - Throws: ``ErasureFault``.
  public init(
    erasure: ErasureID, cutOff: Int64, cleanBy: Int64, created: Int64, names: [[UInt8]],
    reason: String, tasks: [String]
  ) throws(ErasureFault) {
    self.erasure = erasure
    self.cutOff = cutOff
    self.cleanBy = cleanBy
    self.created = created
    self.reason = reason
    self.tasks = tasks
    var paths: Set<[UInt8]> = []
    var patterns: [[UInt8]] = []
    for name in names {
      if name.contains(where: { $0 == 0x2a || $0 == 0x3f || $0 == 0x5b }) {
        if !patterns.contains(name) { patterns.append(name) }
        continue
      }
      var path = [UInt8](name.drop { $0 == 0x2f })
      while path.last == 0x2f { path.removeLast() }
      paths.insert(path)
    }
    self.paths = paths.sorted { CataloguePath.compareNames($0, $1) < 0 }
    self.patterns = patterns
    try check()
  }

  init(
    erasure: ErasureID, cutOff: Int64, cleanBy: Int64, created: Int64, paths: [[UInt8]],
    patterns: [[UInt8]], reason: String, tasks: [String]
  ) {
    self.erasure = erasure
    self.cutOff = cutOff
    self.cleanBy = cleanBy
    self.created = created
    self.paths = paths
    self.patterns = patterns
    self.reason = reason
    self.tasks = tasks
  }

  func check() throws(ErasureFault) {
    guard !paths.isEmpty || !patterns.isEmpty || !tasks.isEmpty else { throw .empty }
    guard paths.count + patterns.count <= Limits.erasedNameCount else { throw .tooMany }
    for path in paths where path.isEmpty || !CataloguePath.isValid(path) { throw .badPath }
    for pattern in patterns where !Self.isValid(pattern: pattern) { throw .badPattern }
    guard reason.utf8.count <= Limits.erasureReasonByteCount else { throw .reasonTooLong }
    guard tasks.count <= Limits.erasureTaskCount else { throw .tooMany }
    for task in tasks where !(1...Limits.erasureTaskByteCount).contains(task.utf8.count) {
      throw .badTask
    }
  }

  /// Whether a pattern is one that every reader understands alike.
  static func isValid(pattern: [UInt8]) -> Bool {
    guard 1...Limits.pathByteCount ~= pattern.count, !pattern.contains(0), !pattern.contains(0x5c),
      pattern.first != 0x21, pattern.first != 0x23, pattern.last != 0x20
    else { return false }
    var body = pattern[...]
    if body.last == 0x2f { body.removeLast() }
    if body.first == 0x2f { body.removeFirst() }
    guard !body.isEmpty else { return false }
    for name in body.split(separator: 0x2f, omittingEmptySubsequences: false) {
      // A set that holds a slash would be cut here, and so lacks its end.
      guard !name.isEmpty, areSetsClosed(name) else { return false }
    }
    return PathRules(include: [pattern]).rules.allSatisfy { $0.fault == nil }
  }

  private static func areSetsClosed(_ name: ArraySlice<UInt8>) -> Bool {
    var index = name.startIndex
    while index < name.endIndex {
      defer { index += 1 }
      guard name[index] == 0x5b else { continue }
      index += 1
      if index < name.endIndex, name[index] == 0x21 || name[index] == 0x5e { index += 1 }
      // The first member may be the bracket itself.
      if index < name.endIndex, name[index] == 0x5d { index += 1 }
      while index < name.endIndex, name[index] != 0x5d {
        if name[index] == 0x5b, index + 1 < name.endIndex, name[index + 1] == 0x3a { return false }
        index += 1
      }
      if index >= name.endIndex { return false }
    }
    return true
  }
}

/// Why a request to erase can't be made or used.
public enum ErasureFault: Error, Hashable, Sendable {
  /// It names nothing and has no task.
  case empty
  /// It has more names or tasks than the format allows.
  case tooMany
  /// A path can't stand in a catalogue.
  case badPath
  /// A pattern is malformed, or has `\`, `!` or a class that not every reader knows.
  case badPattern
  /// The reason is too long.
  case reasonTooLong
  /// A task is empty or too long.
  case badTask
  /// The text is not that of a request.
  case notARequest
  /// The text says something else than its statement in the log.
  case differsFromStatement
}
