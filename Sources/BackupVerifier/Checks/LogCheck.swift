internal import BackupFormat
internal import BackupLog

/// Turns what the log says about itself into findings, one for each cause.
enum LogCheck {
  /// Findings about the entries, and about the head that this verifier remembers.
  ///
  /// - Parameters:
  ///   - vouchedSize: The largest size at which a checkpoint agrees with the log.
  static func findings(
    _ log: [LogFinding], state: LogState, remembered: LogHead?, vouchedSize: Int
  ) -> [Finding] {
    var findings = voids(log.filter(\.isVoid), state: state, vouchedSize: vouchedSize)
    let altered = findings.first { $0.kind == .logAltered }?.number ?? .max
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
    // That the root is another from the altered entry on is said already.
    guard let remembered, remembered.size <= altered else { return findings }
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
        restored.detail = .heads(expected: expected, found: state.head)
        findings.append(restored)
      default: continue
      }
    }
    return findings
  }

  static func rolledBack(_ expected: LogHead, _ found: LogHead) -> Finding {
    var finding = Finding(.logRolledBack)
    finding.number = expected.size
    finding.detail = .heads(expected: expected, found: found)
    return finding
  }

  /// Adds what checkpoints say to what the log says, one finding for each cause.
  static func join(_ seen: CheckpointCheck.Outcome, to known: [Finding]) -> [Finding] {
    var findings = known + seen.findings
    let isBroken = known.contains(where: \.breaksLog)
    if !isBroken, let last = seen.beyond.last { findings.append(last) }
    let altered = known.first { $0.kind == .logAltered }?.number ?? .max
    let forks = seen.forks.filter { ($0.number ?? 0) <= altered }
    // An old root that a witness signed stays in all later ones: the first says where it parts.
    guard var fork = forks.first,
      case .fork(let expected, let found, let vouchedSize, _) = fork.detail
    else { return findings }
    // A void entry that the witness saw otherwise is what was altered.
    let cause = findings.firstIndex { finding in
      guard finding.kind == .voidEntry || finding.kind == .roleless,
        let number = finding.number
      else { return false }
      return (vouchedSize..<expected.size).contains(number)
    }
    if let cause, let number = findings[cause].number {
      var altered = Finding(.logAltered, object: .log(number))
      altered.number = number
      altered.detail = findings[cause].detail
      findings[cause] = altered
      return findings
    }
    fork.detail = .fork(
      expected: expected, found: found, vouchedSize: vouchedSize, moreCount: forks.count - 1)
    return findings + [fork]
  }

  /// Void entries and statements.
  ///
  /// Whoever appends names the root of all entries before his; so one altered entry makes all
  /// later ones void, up to the end, or their signers unknown. That is one finding, about the
  /// altered entry.
  private static func voids(
    _ voids: [LogFinding], state: LogState, vouchedSize: Int
  ) -> [Finding] {
    let size = state.size
    var first = size
    for finding in voids.reversed() {
      guard case .voidEntry(let number, let reason) = finding, number == first - 1,
        reason == .wrongLog
          || reason == .notEntitled && vouchedSize < number && seesAnotherLog(number, state)
      else { break }
      first = number
    }
    // One stranger's entry at the end is his own.
    if case .voidEntry(let number, .notEntitled)? = voids.last, first == number { first = size }
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
    } else if vouchedSize < first, seesAnotherLog(first, state) {
      // Who signed this entry saw another one before it, and no witness says that it is as it was.
      number = first - 1
    }
    var altered = Finding(.logAltered, object: .log(number))
    altered.number = number
    altered.detail = .void(reason, laterCount: size - 1 - number)
    return findings + [altered]
  }

  /// Whether an entry names another root of the entries before it, and no signature of a known key
  /// says that it was altered itself.
  private static func seesAnotherLog(_ number: Int, _ state: LogState) -> Bool {
    guard let bytes = state.entry(number), let entry = try? Entry(parsing: bytes) else {
      return false  // what can't be read was signed by nobody
    }
    return entry.envelopes.allSatisfy { envelope in
      guard let statement = try? Statement(payload: envelope.payload, in: state.repository),
        statement.seen.size == number, statement.seen.root != state.tree.root(atSize: number)
      else { return false }  // likewise
      return state.keys[envelope.keyID].map {
        envelope.verifies(ed25519: $0.publicKey.ed25519)
      } ?? true
    }
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

  /// Findings about time stamps.
  ///
  /// They break no log: what is wrong is the word of who handed such a stamp in.
  static func stamps(_ state: LogState) -> [Finding] {
    state.stamps.compactMap { said in
      guard let fault = state.fault(of: said.what) else { return nil }
      var finding = Finding(.stampMismatch, object: .log(said.number))
      finding.number = said.number
      finding.detail = .stamp(fault)
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
