import BackupPolicy

extension FuzzTarget {
  /// The policy, and what it is told by.
  static let policyTargets: [FuzzTarget] = [
    stable(
      "policy", byteCountMax: 8192, read: { try Policy.decode($0) }, write: { $0.encode() }),
    FuzzTarget(description: "path-rules", check: checkRules, byteCountMax: 512),
    FuzzTarget(description: "time-zone") { input in
      let zone = try TimeZoneData(parsing: input)
      for instant in [Int64.min, -1, 0, 1_772_416_800, Int64.max] { _ = zone.offset(at: instant) }
      guard let night = Night(parsing: "2026-03-28") else { return nil }
      let times = (0..<24).compactMap { TimeOfDay(hour: $0, minute: 30) }
      let instants = times.map { zone.instant(of: night, at: $0) }
      return zip(instants, instants.dropFirst()).allSatisfy { $0 <= $1 }
        ? nil : "later on the clock is earlier in time"
    },
  ]

  /// The input is rules, a NUL, and a path.
  private static func checkRules(_ input: [UInt8]) -> String? {
    let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, PathRules.fits(include: [], exclude: [], excludeFile: [UInt8](parts[0]))
    else { return nil }
    let rules = PathRules(excludeFile: [UInt8](parts[0]))
    let path = [UInt8](parts[1])
    guard !path.isEmpty, path.first != 0x2f, path.last != 0x2f else { return nil }
    let decision = rules.explain(path, isDirectory: false).decision
    return decision == rules.explain(path, isDirectory: false).decision ? nil : "it wavers"
  }
}
