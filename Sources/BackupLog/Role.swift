/// What a key may do, as the owner says in the log.
public enum Role: String, Hashable, Comparable, CaseIterable, Sendable {
  /// Adds snapshots of its data sets.
  case writer
  /// Rotates, compacts and deletes by the owner's policy.
  case `operator`
  /// Appoints keys, approves policy, makes data sets.
  case owner
  /// Opens its data sets.
  case restorer
  /// Checks and signs.
  case verifier

  /// Who signs heads of the log: the host each night, and witnesses.
  public static let headSigners: [Role] = [.writer, .operator, .verifier]

  /// Compares by name, as lists in the log are sorted.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  /// Whether its statements may be made away from the store and handed in later.
  var mayBeHandedIn: Bool {
    switch self {
    case .owner, .restorer, .verifier: true
    case .writer, .operator: false
    }
  }

  /// Whether it is held for named data sets only.
  var isBoundToSets: Bool { self == .writer || self == .restorer }
}
