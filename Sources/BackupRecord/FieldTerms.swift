/// For whom something is written.
public enum Reader: String, Hashable, Comparable, CaseIterable, Sendable {
  /// Everyone.
  case `public`
  /// Those who keep the backups going, external ones included: verifiers and restorers.
  case administrator
  /// Those who may open the backups, and a supervisor on request.
  case confidential

  private var rank: Int {
    switch self {
    case .public: 0
    case .administrator: 1
    case .confidential: 2
    }
  }

  /// Whether the left one may read less.
  public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
}

/// Where a value comes from.
public enum FieldSource: String, Hashable, CaseIterable, Sendable {
  /// A program looked.
  case measured
  /// The policy says so.
  case declared
  /// It stands in a register.
  case imported
  /// A person wrote it down.
  case human
}

/// What a value says of what was promised.
public enum FieldState: String, Hashable, CaseIterable, Sendable {
  /// Measured, and as promised.
  case met
  /// Not as promised.
  case notMet
  /// Nobody looked; the value is empty.
  case notMeasured
  /// Said by someone, and not measured; never shown as met.
  case declared
  /// Nothing is promised of this value: it is a plain fact, or there is nothing of the kind.
  case notApplicable
}

/// Who measured a value.
public enum FieldWitness: String, Hashable, CaseIterable, Sendable {
  /// The machine that makes the backups: a self-check.
  case host
  /// A verifier that the owner appointed.
  case verifier
  /// A restorer.
  case restorer
  /// The owner.
  case owner
}

/// How deep a check went (`Docs/record.md`, levels).
public enum FieldLevel: String, Hashable, CaseIterable, Sendable {
  /// Present, with the right size.
  case l0 = "L0"
  /// Every sealed byte is as it was signed.
  case l1 = "L1"
  /// Opened, authenticated, and each plaintext matches its id.
  case l2 = "L2"
  /// Restored to disk and compared.
  case l3 = "L3"
  /// A person used it.
  case l4 = "L4"
}
