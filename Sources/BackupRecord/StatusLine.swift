internal import BackupFormat
internal import BackupPolicy

/// A record as a line for monitoring (the plugin interface of Nagios and Icinga).
public struct StatusLine: Hashable, Sendable {
  /// How it stands; the raw value is the exit code of a plugin.
  public enum Status: Int32, Hashable, Sendable {
    /// As it should be.
    case ok = 0
    /// To be looked at.
    case warning = 1
    /// To be looked at now.
    case critical = 2
    /// Nothing could be judged.
    case unknown = 3

    /// The word of the interface.
    public var word: String {
      switch self {
      case .ok: "OK"
      case .warning: "WARNING"
      case .critical: "CRITICAL"
      case .unknown: "UNKNOWN"
      }
    }
  }

  /// How it stands.
  public let status: Status
  /// The line, without an end.
  public let text: String

  /// Judges the newest record.
  ///
  /// A record that is no longer the newest there should be is critical, whatever it says. Without
  /// a record, or with one that hides what is asked, nothing can be judged.
  ///
  /// - Parameters:
  ///   - edition: The administrator's or the confidential edition; nil if none could be read.
  ///   - now: The time, in seconds since 1970.
  public static func make(_ edition: Edition?, now: Int64, language: Language) -> StatusLine {
    guard let edition, edition.reader != .public else {
      return StatusLine(
        status: .unknown,
        text: "BACKUP UNKNOWN - "
          + (language == .dutch ? "geen leesbaar verslag" : "no readable record"))
    }
    return Judge(edition: edition, now: now, language: language).line
  }
}

private struct Judge {
  let edition: Edition
  let now: Int64
  let language: Language

  private func say(_ english: String, _ dutch: String) -> String {
    language == .dutch ? dutch : english
  }

  private func number(_ id: FieldID, _ part: String) -> Int64? { edition[id]?[part]?.integer }

  private func sum(_ id: FieldID, _ part: String) -> Int64 {
    (edition[id]?.value.array ?? []).reduce(0) { $0 &+ ($1.object?[part]?.integer ?? 0) }
  }

  private var missed: Int64 { number(.nightsCounts7, "missed") ?? 0 }
  private var age: Int64? { number(.nightsRecoveryPoint, "readStartAt").map { now - $0 } }
  private var warningAge: Int64 {
    (number(.nightsRecoveryPoint, "objectiveHours") ?? 26) * 3_600
  }
  private var criticalAge: Int64 { warningAge + secondsPerDay }

  /// Until when this is the newest record there should be; two days if the hours are not known.
  private var validUntil: Int64 {
    number(.headerWindow, "nextReportByAt")
      ?? (number(.headerCreatedAt, "madeAt") ?? .min / 2) + 2 * secondsPerDay
  }

  private func isNotMet(_ id: FieldID) -> Bool { edition[id]?.state == .notMet }

  private var isStale: Bool { now > validUntil }

  private var status: StatusLine.Status {
    let code = edition[.resultExitCode]?.value.integer
    if isStale || FieldUrgency.grave.contains(where: isNotMet) || missed >= 2 { return .critical }
    if code == 1 || code == 4 || code == 7 { return .critical }
    // Without a snapshot that was checked there is no age, and that is not met.
    if let age, age > criticalAge || age < -600 { return .critical }
    if age == nil, isNotMet(.nightsRecoveryPoint) { return .critical }
    if let age, age > warningAge { return .warning }
    if missed > 0 || (code ?? 0) != 0 || FieldUrgency.noted.contains(where: isNotMet) {
      return .warning
    }
    return edition[.nightsRecoveryPoint]?.state == .notMeasured ? .unknown : .ok
  }

  var line: StatusLine {
    let status = status
    return StatusLine(
      status: status, text: "BACKUP \(status.word) - \(message) | \(performanceData)")
  }

  private var message: String {
    let night = edition.night
    var parts: [String] = []
    if isStale {
      parts.append(say("no record since night \(night)", "geen verslag sinds nacht \(night)"))
    } else {
      let level = edition[.integritySelfCheck]?.level.map { " (\($0.rawValue))" } ?? ""
      parts.append(
        edition[.integritySelfCheck]?.state == .met
          ? say("night \(night) self-checked\(level)", "nacht \(night) zelf gecontroleerd\(level)")
          : say("night \(night) not checked", "nacht \(night) niet gecontroleerd"))
    }
    let wrong = (FieldUrgency.grave + FieldUrgency.noted + [.nightsCounts7, .nightsRecoveryPoint])
      .filter(isNotMet).sorted { FieldUrgency.rank($0) < FieldUrgency.rank($1) }
    parts += wrong.prefix(3).map { $0.definition.title(in: language) }
    let open = edition.revealed.count { $0.state == .notMet }
    parts.append(say("\(open) not met", "\(open) niet in orde"))
    // The interface gives these two a meaning of their own.
    return parts.joined(separator: ", ").replacing("|", with: " ").replacing("\n", with: " ")
  }

  private var performanceData: String {
    var data: [String] = []
    if let age { data.append("'age'=\(age)s;\(warningAge);\(criticalAge);0") }
    data.append("'checked'=\(sum(.integritySelfCheck, "blocks"));;;0")
    let damaged =
      (number(.integrityDamage, "blocks") ?? 0) &+ sum(.integritySelfCheck, "failed")
    data.append("'damaged'=\(damaged);;0;0")
    data.append("'overdue'=\(sum(.retentionOverdue, "count"));;0;0")
    data.append("'missed'=\(missed);0;1;0")
    return data.joined(separator: " ")
  }
}
