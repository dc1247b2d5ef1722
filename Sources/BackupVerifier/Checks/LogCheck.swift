internal import BackupFormat
internal import BackupLog

/// Turns what the log says about itself into findings, one for each cause.
enum LogCheck {
  /// Findings about the entries, and about the head that this verifier remembers.
  static func findings(
    _ log: [LogFinding], state: LogState, remembered: LogHead?
  ) -> [Finding] {
    var findings = voids(log.filter(\.isVoid), size: state.size)
    var isGap = false
    for finding in log {
      switch finding {
      case .gap(let missing, let next):
        isGap = true
        var gap = Finding(.logGap, object: .log(missing))
        gap.number = missing
        gap.detail = .nextEntry(next)
        findings.append(gap)
      case .strayName(let name):
        var stray = Finding(.unknownObject)
        stray.name = name
        findings.append(stray)
      case .judgedAgain(let key, let from):
        // The owner's own decision; its consequences are void statements.
        var again = Finding(.voidStatement, severity: .information)
        again.number = from
        again.name = key.hex
        again.detail = .void(.distrusted, laterCount: 0)
        findings.append(again)
      case .voidEntry, .voidStatement, .unreadObject, .shorterThanRemembered,
        .differsFromRemembered, .restoredFromCopy:
        continue
      }
    }
    guard let remembered else { return findings }
    for finding in state.compare(with: remembered) {
      switch finding {
      case .shorterThanRemembered(let expected, let found):
        // Behind a gap the log goes on; the gap is reported.
        if !isGap { findings.append(rolledBack(expected, found)) }
      case .differsFromRemembered(let expected, let found):
        findings.append(rolledBack(expected, found))
      case .restoredFromCopy(let expected, let size):
        var restored = Finding(.logRolledBack, severity: .information)
        restored.number = size
        restored.detail = .heads(expected: expected, found: state.head, moreCount: 0)
        findings.append(restored)
      default: continue
      }
    }
    return findings
  }

  static func rolledBack(_ expected: LogHead, _ found: LogHead) -> Finding {
    var finding = Finding(.logRolledBack)
    finding.number = expected.size
    finding.detail = .heads(expected: expected, found: found, moreCount: 0)
    return finding
  }

  /// Void entries and statements.
  ///
  /// Whoever appends names the root of all entries before his; so one altered entry makes all
  /// later ones void, up to the end. That is one finding, about the first of them.
  private static func voids(_ voids: [LogFinding], size: Int) -> [Finding] {
    var first = size
    for finding in voids.reversed() {
      guard case .voidEntry(let number, .wrongLog) = finding, number == first - 1 else { break }
      first = number
    }
    var findings: [Finding] = []
    for finding in voids {
      switch finding {
      case .voidEntry(let number, let reason):
        if number >= first { continue }
        let kind: Finding.Kind = reason == .notEntitled ? .roleless : .voidEntry
        findings.append(voided(kind, number, reason))
      case .voidStatement(let number, _, _, let reason):
        let severity: Finding.Severity? = reason == .notPresent ? .damage : nil
        findings.append(voided(.voidStatement, severity: severity, number, reason))
      default: continue
      }
    }
    guard first < size else { return findings }
    // The altered entry itself is the one before, which often is void for a reason of its own.
    var reason = VoidReason.wrongLog
    var number = first
    if let last = findings.last, last.number == first - 1, case .void(let own, _) = last.detail {
      reason = own
      number = first - 1
      findings.removeLast()
    }
    var altered = Finding(.logAltered, object: .log(number))
    altered.number = number
    altered.detail = .void(reason, laterCount: size - 1 - number)
    return findings + [altered]
  }

  private static func voided(
    _ kind: Finding.Kind, severity: Finding.Severity? = nil, _ number: Int, _ reason: VoidReason
  ) -> Finding {
    var finding = Finding(kind, severity: severity, object: .log(number))
    finding.number = number
    finding.detail = .void(reason, laterCount: 0)
    return finding
  }

  /// Findings about rotations.
  static func findings(_ rotations: [RotationJudge.Broken]) -> [Finding] {
    rotations.map { broken in
      var finding = Finding(.rotationNotByPolicy, object: .log(broken.number))
      finding.number = broken.number
      finding.snapshots = broken.snapshot.map { [$0] } ?? []
      finding.detail = .rotation(broken.rule)
      return finding
    }
  }

  /// A finding if the log is ahead of the verifier's clock.
  static func clock(_ state: LogState, now: LogTime) -> Finding? {
    let ahead = state.newestBelievedTime - now.unix
    guard ahead > VerifierLimits.clockToleranceSeconds else { return nil }
    var finding = Finding(.clockAhead)
    finding.detail = .ahead(seconds: ahead)
    return finding
  }
}
