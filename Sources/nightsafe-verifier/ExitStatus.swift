/// What an exit code means (`Docs/design.md`, section 5); thrown to end with it.
enum ExitStatus: Int32, Error, Hashable {
  /// Nothing is wrong.
  case done = 0
  /// It could not be done.
  case failed = 1
  /// Bad usage.
  case usage = 2
  /// Damage, a gap, a fork or a broken signature was found.
  case damaged = 4
  /// The key does not fit, is missing, or lacks the role.
  case key = 6
  /// The repository cannot be reached, or another one is there.
  case unreachable = 7

  /// The table of the manual.
  static let table = """
    EXIT CODES
      0  nothing is wrong
      1  it could not be done
      2  bad usage
      4  damage, a gap, a fork or a broken signature was found
      6  the key does not fit, is missing, or lacks the role
      7  the repository cannot be reached, or another one is there

    `status` speaks the monitoring plugins' 0, 1, 2 and 3.
    """

  /// The one of two that is to be told: the first in the order 2, 1, 7, 6, 4, 0.
  static func worse(_ a: ExitStatus, _ b: ExitStatus) -> ExitStatus {
    let order: [ExitStatus] = [.usage, .failed, .unreachable, .key, .damaged, .done]
    return order.first { $0 == a || $0 == b } ?? .failed
  }
}

/// What the monitoring plugins' exit codes mean; thrown to end with it.
enum PluginStatus: Int32, Error, Comparable {
  case ok = 0
  case warning = 1
  case critical = 2
  case unknown = 3

  /// The word that monitoring looks for.
  var word: String {
    switch self {
    case .ok: "OK"
    case .warning: "WARNING"
    case .critical: "CRITICAL"
    case .unknown: "UNKNOWN"
    }
  }

  static func < (a: PluginStatus, b: PluginStatus) -> Bool { a.rawValue < b.rawValue }
}
