internal import BackupFormat
public import BackupPolicy

/// What is not met, as something that a person has to bring to an end by a date.
extension RecordMaker {
  /// Every field that is not met is an open exception, whatever people wrote down; what they wrote of
  /// it says who, by when, and how it stands.
  mutating func fillExceptions() {
    let written = input.accounts.exceptions?.filter { $0.status != .closed }
    guard log != nil || written != nil else { return }
    var open = FieldUrgency.shortcomings(FieldID.allCases.compactMap { fields[$0] }).map {
      exception(for: $0.id)
    }
    for one in written ?? [] {
      if let place = open.firstIndex(where: { $0.rule == one.rule }) {
        open[place].severity = one.severity
        open[place].since = min(open[place].since, one.since)
        open[place].due = one.due ?? open[place].due
        open[place].owner = one.owner ?? open[place].owner
        open[place].status = one.status
      } else {
        open.append(one)
      }
    }
    judge(
      .exceptionsOpen, open.allSatisfy { $0.status == .deviationApproved },
      list(open.prefix(1_000)) { exception in
        var value: [String: CanonicalJSON] = [
          "rule": .word(exception.rule), "severity": .word(exception.severity),
          "since": .date(exception.since), "status": .string(exception.status.rawValue),
        ]
        value["due"] = exception.due.map { .date($0) }
        value["owner"] = exception.owner.map { .word($0) }
        return value
      }, at: now)
  }

  private func exception(for id: FieldID) -> PeoplesAccounts.Exception {
    let severity = FieldUrgency.severity(id)
    let since = min(input.openSince[id] ?? input.night, input.night)
    return PeoplesAccounts.Exception(
      rule: FieldUrgency.rule(id), severity: severity.rawValue, since: since,
      due: since.advanced(by: severity.dayCount), owner: FieldUrgency.owner(id).rawValue)
  }
}

extension Record {
  /// Since when each field has not been met, which the next record is to be told
  /// (``RecordInput/openSince``).
  public func openSince(_ before: [FieldID: BackupPolicy.Night]) -> [FieldID: BackupPolicy.Night] {
    var since: [FieldID: BackupPolicy.Night] = [:]
    for field in FieldUrgency.shortcomings(fields) {
      since[field.id] = min(before[field.id] ?? night, night)
    }
    return since
  }
}
