public import BackupLog

/// How a finding is treated in the compliance record (`compliance.md`, section 4.2).
public enum Treatment: Hashable, Sendable {
  /// It needs none.
  case none
  /// It is an exception: written down, with a due date.
  case exception(Predicate.IncidentKind)
  /// It is an incident: a person evaluates it.
  case incident(Predicate.IncidentKind)

  /// The class; nil if there is nothing to treat.
  public var kind: Predicate.IncidentKind? {
    switch self {
    case .none: nil
    case .exception(let kind), .incident(let kind): kind
    }
  }
}

extension Finding {
  /// How the finding is treated.
  ///
  /// One object that rots is an exception, since the tool must not decide that it was an attack;
  /// a broken log, and what vanished outside the policy, is an incident.
  public var treatment: Treatment {
    if severity == .information { return .none }
    let sort: Predicate.IncidentKind
    switch kind {
    case .missingObject:
      if case .checkpoint? = object { return .incident(.witnessBroken) }
      // What rots is still there; what is gone was taken, by the medium or by someone.
      return severity < .damage ? .exception(.objectDamaged) : .incident(.objectDamaged)
    case .wrongSize, .wrongDigest, .badObject, .unreadable, .badFormatFile, .damagedBlock,
      .lostBlocks, .packEndMismatch:
      sort = .objectDamaged
    case .voidEntry, .voidStatement, .roleless, .logAltered, .logRolledBack, .unknownObject,
      .conflictingIndexes, .rotationNotByPolicy, .unjudgeable, .clockAhead, .unvouchedBlocks:
      sort = .logBroken
    case .destroyedKeyStored: sort = .retentionOverdue
    case .logGap, .fork, .badCheckpoint, .stampMismatch: sort = .witnessBroken
    }
    return severity == .incident ? .incident(sort) : .exception(sort)
  }
}

extension Finding.Kind {
  /// The severity that findings of this kind have unless something is known that says otherwise.
  var severity: Finding.Severity {
    switch self {
    case .missingObject, .wrongSize, .wrongDigest, .badObject, .unreadable, .badFormatFile,
      .damagedBlock, .lostBlocks, .packEndMismatch, .badCheckpoint:
      .damage
    case .voidEntry, .roleless, .logGap, .logRolledBack, .logAltered, .fork,
      .conflictingIndexes, .rotationNotByPolicy, .stampMismatch, .unvouchedBlocks:
      .incident
    case .voidStatement, .unknownObject, .unjudgeable, .clockAhead, .destroyedKeyStored:
      .warning
    }
  }
}
