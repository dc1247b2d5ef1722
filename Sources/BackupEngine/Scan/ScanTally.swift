import BackupPolicy

/// What a scan left out or could not read, and how often.
struct ScanTally: Sendable {
  /// Why an entry is left out.
  enum Exclusion: Hashable {
    case rule(Int)
    case notIncluded
    case cache
    case databaseCompanion
    case ownFolder
    case tooLarge

    /// The cause as a word; a rule has an id of its own.
    var word: String {
      switch self {
      case .rule: "rule"
      case .notIncluded: "not-included"
      case .cache: "cache-folder"
      case .databaseCompanion: "beside-a-database"
      case .ownFolder: "own-folder"
      case .tooLarge: "too-large"
      }
    }
  }

  /// Why entries were left out, and how many each time.
  var exclusions: [Exclusion: UInt64] = [:]
  /// How many sockets there were, which no backup holds.
  var socketCount: UInt64 = 0
  /// What could not be read, in the order in which it was met.
  var unreadable: [UnreadableEntry] = []
  /// The live files that were met, by their paths in the catalogue.
  var metLive: Set<[UInt8]> = []

  /// How many entries were left out.
  var excludedCount: UInt64 { exclusions.values.reduce(0, +) }

  /// How many entries were left out, by the id of the rule, or a word where it was no rule.
  func excludedByRule(_ rules: PathRules) -> [String: UInt64] {
    var counts: [String: UInt64] = [:]
    for (cause, count) in exclusions {
      if case .rule(let place) = cause {
        counts[rules.rules[place].id, default: 0] += count
      } else {
        counts[cause.word, default: 0] += count
      }
    }
    return counts
  }

  /// Adds what was met behind this.
  mutating func add(_ other: ScanTally) {
    if !other.exclusions.isEmpty { exclusions.merge(other.exclusions, uniquingKeysWith: +) }
    socketCount += other.socketCount
    if !other.unreadable.isEmpty { unreadable += other.unreadable }
    if !other.metLive.isEmpty { metLive.formUnion(other.metLive) }
  }
}
