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

  static func < (a: PluginStatus, b: PluginStatus) -> Bool { a.rawValue < b.rawValue }
}
