/// What a command says by its exit code: one meaning each.
enum ExitStatus: Int32, Sendable, CaseIterable {
  /// Done, nothing to report.
  case done = 0
  /// It could not be done.
  case failed = 1
  /// Bad usage or bad policy; nothing was touched.
  case usage = 2
  /// Done, but files are missing from it.
  case incomplete = 3
  /// Damage, a gap, a fork or a broken signature was found.
  case damage = 4
  /// Backed up, but rotation refused on purpose.
  case rotationRefused = 5
  /// The key does not fit, is missing, or lacks the role.
  case key = 6
  /// The repository can't be reached.
  case unreachable = 7

  /// The order in which one of several is chosen: the worst first.
  private static let order: [ExitStatus] = [
    .usage, .failed, .unreachable, .key, .damage, .incomplete, .rotationRefused, .done,
  ]

  /// The worst of those that hold.
  static func worst(_ statuses: [ExitStatus]) -> ExitStatus {
    order.first { statuses.contains($0) } ?? .done
  }

  /// The table of the manual.
  static let table = """
    EXIT CODES
      0  done, nothing to report
      1  could not be done
      2  bad usage or bad policy; nothing was touched
      3  done, but files are missing from it
      4  damage, a gap, a fork or a broken signature was found
      5  backed up, but rotation refused on purpose
      6  the key does not fit, is missing, or lacks the role
      7  the repository cannot be reached
    """
}
