internal import BackupFormat
internal import BackupLog

extension VerificationReport {
  /// Something that can be said of a repository.
  public enum Claim: String, Hashable, Sendable, CaseIterable {
    /// The log is the one that this verifier or a witness saw before.
    case unbroken
    /// What the log requires is there, with the right sizes (L0).
    case complete
    /// Every byte that a live snapshot needs is as it was signed (L1).
    case intact
    /// What a sample read is as it was signed (L1, a part).
    case sampled
    /// What is stored opens, and each chunk matches its id (L2).
    case opened
    /// Each rotation removed only what the policy in force let go.
    case rotatedByPolicy
    /// The store keeps a thief of the host from deleting.
    case protected
  }

  /// How a claim stands.
  public enum Verdict: String, Hashable, Sendable {
    /// It was measured, and holds.
    case met
    /// It was measured, and does not hold.
    case notMet
    /// It was not measured, or could not be.
    case notMeasured
    /// The owner says so; nobody has measured it.
    case declaredOnly
  }

  /// How each claim stands.
  ///
  /// Nothing is met that was not measured, and what is declared is never shown as met. Who holds
  /// public keys only can't measure that anything opens.
  public var verdicts: [Claim: Verdict] {
    var verdicts: [Claim: Verdict] = [:]
    for claim in Claim.allCases { verdicts[claim] = .notMeasured }
    guard isComplete else { return verdicts }
    verdicts[.unbroken] = isLogBroken ? .notMet : isVouched ? .met : .notMeasured
    verdicts[.complete] = isAnything(.complete) || isLogBroken ? .notMet : .met
    if let reading {
      let isWhole = reading.damagedCount == 0 && !isAnything(.intact)
      if reading.sample != nil { verdicts[.sampled] = isWhole ? .met : .notMet }
      // A sample proves damage, and never that there is none.
      if !isWhole {
        verdicts[.intact] = .notMet
      } else if reading.method == .full {
        verdicts[.intact] = .met
      }
    }
    if summary.sets.contains(where: \.hasPolicy), !isLogBroken {
      verdicts[.rotatedByPolicy] = isAnything(.rotatedByPolicy) ? .notMet : .met
    }
    let protections = summary.sets.compactMap(\.protection)
    if protections.contains(.none) {
      verdicts[.protected] = .notMet
    } else if !protections.isEmpty, protections.count == summary.sets.count {
      verdicts[.protected] = .declaredOnly
    }
    return verdicts
  }

  /// Whether a finding that is more than a warning speaks against a claim.
  private func isAnything(_ claim: Claim) -> Bool {
    findings.contains { finding in
      guard finding.severity >= .damage else { return false }
      return switch finding.kind {
      case .missingObject, .wrongSize, .badObject, .unreadable, .lostBlocks, .badFormatFile,
        .logGap:
        claim == .complete
      case .wrongDigest: claim == .complete || claim == .intact
      case .damagedBlock, .packEndMismatch, .conflictingIndexes, .unvouchedBlocks:
        claim == .intact
      case .rotationNotByPolicy: claim == .rotatedByPolicy
      case .voidEntry, .voidStatement, .roleless, .logRolledBack, .logAltered, .fork,
        .badCheckpoint, .unknownObject, .unjudgeable, .clockAhead, .destroyedKeyStored,
        .stampMismatch:
        false
      }
    }
  }
}
