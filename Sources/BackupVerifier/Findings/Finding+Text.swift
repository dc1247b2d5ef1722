internal import BackupFormat
public import BackupLog

extension Finding: CustomStringConvertible {
  /// One line of English: what, where, and what it touches.
  public var description: String {
    var text = subject
    if let explained { text += ": \(explained)" }
    if !blocks.isEmpty && place == nil {
      let count = blocks.reduce(0) { $0 + $1.range.count }
      text += "; \(count) needed block\(count == 1 ? "" : "s") cannot be read back"
    }
    if !snapshots.isEmpty {
      let shown = snapshots.prefix(5).map { "\($0.number) (night \($0.night))" }
      let more = snapshots.count - shown.count
      let plural = snapshots.count == 1 ? "" : "s"
      text += "; touches snapshot\(plural) \(shown.joined(separator: ", "))"
      if more > 0 { text += " and \(more) more" }
    }
    return text
  }

  private var subject: String {
    let location = object?.text ?? name?.printable ?? ""
    switch kind {
    case .missingObject: return "\(location) is missing"
    case .wrongSize: return "\(location) has the wrong size"
    case .wrongDigest: return "\(location) is not as it was signed"
    case .badObject: return "\(location) was signed, and is not of the format"
    case .unreadable: return "\(location) cannot be read"
    case .badFormatFile: return "FORMAT is not that of a repository of version 1"
    case .voidEntry: return "entry \(numberText) of the log is void"
    case .voidStatement: return "a statement of entry \(numberText) of the log is void"
    case .roleless: return "entry \(numberText) of the log was signed without the role"
    case .logGap: return "entry \(numberText) of the log is missing"
    case .logRolledBack: return "the log is not the one that was seen before"
    case .logAltered: return "the log was altered at entry \(numberText)"
    case .fork: return "\(location) was signed over another log"
    case .badCheckpoint: return "\(location) is not a valid checkpoint"
    case .unknownObject: return "\(location) is not explained by the log"
    case .damagedBlock: return "\(location) holds a damaged block"
    case .lostBlocks: return "needed blocks lie in no known pack"
    case .unvouchedBlocks:
      return "no index object of their writer vouches for needed blocks"
    case .packEndMismatch: return "\(location) has a damaged end"
    case .conflictingIndexes: return "\(location) contradicts another index object"
    case .unjudgeable: return "not everything could be judged"
    case .rotationNotByPolicy: return "the rotation in entry \(numberText) broke the policy"
    case .destroyedKeyStored:
      return "\(location) is still stored though the data set is destroyed"
    case .stampMismatch:
      return "the time stamp in entry \(numberText) is not one on a head of this log"
    case .clockAhead: return "the log's time is ahead of this clock"
    }
  }

  private static func text(_ expected: LogHead, _ found: LogHead) -> String {
    "size \(expected.size) with root \(expected.root) was seen, "
      + "size \(found.size) with root \(found.root) is there"
  }

  private var numberText: String { number.map { String($0) } ?? "?" }

  private var explained: String? {
    if let place {
      var text =
        "block \(place.address.number) of run \(place.address.run), "
        + "\(place.byteCount) bytes at \(place.offset)"
      if case .storage(let failure) = detail { text += " (\(failure.text))" }
      return text
    }
    switch detail {
    case .none: return nil
    case .void(let reason, let laterCount):
      let text = reason.text
      if laterCount == 0 { return text }
      return "\(text); \(laterCount) later entries name another log"
    case .byteCounts(let expected, let found): return "\(found) bytes where \(expected) must be"
    case .storage(let failure): return failure.text
    case .heads(let expected, let found): return Self.text(expected, found)
    case .fork(let expected, let found, let vouchedSize, let moreCount):
      let text =
        Self.text(expected, found) + "; one of the entries \(vouchedSize) to "
        + "\(expected.size - 1) is not the one that was signed"
      return moreCount == 0 ? text : "\(text); \(moreCount) more checkpoints differ"
    case .objects(let count):
      return "\(count) object\(count == 1 ? " is" : "s are") not there, "
        + "which entries that are lost may have deleted"
    case .nextEntry(let next): return "entry \(next) exists"
    case .standing(let standing):
      switch standing {
      case .deleted: return "it was deleted, and its removal is to be finished"
      case .orphan: return "a run that ended left it behind"
      case .unexplained: return "no entry names it"
      case .required, .published, .condemned, .ofOpenRun: return nil
      }
    case .contradicts(let other): return "\(other) says something else"
    case .rotation(let rule): return rule.text
    case .format(let refusal):
      switch refusal {
      case .notARepository: return "its first lines are others"
      case .version(let version): return "version \(version.printable) is not known here"
      case .feature(let feature): return "feature \(feature.printable) is not known here"
      }
    case .otherText: return "its text for people is another than this version writes"
    case .stamp(let fault): return fault.text
    case .ahead(let seconds): return "by \(seconds) seconds"
    case .nothingNeedsIt: return "no live snapshot needs it"
    }
  }
}

extension Finding.StorageFailure {
  fileprivate var text: String {
    switch self {
    case .inputOutput: "the medium failed"
    case .permissionDenied: "permission denied"
    case .notAnObject: "it is not a regular file"
    case .truncated: "it ends early"
    case .tooLarge: "it is too large"
    case .notFound: "it is missing"
    }
  }
}

extension Finding.BrokenRule {
  fileprivate var text: String {
    switch self {
    case .hold: "a legal hold keeps the snapshot"
    case .floor: "the snapshot is one of the checked nights that must stay"
    case .frozen: "the data set is frozen"
    case .clock: "the time is not believed"
    case .keepRule: "a rule keeps the snapshot"
    case .limit(let removed, let allowed): "\(removed) were removed where \(allowed) may be"
    }
  }
}

extension StampFault {
  /// The reason in words.
  public var text: String {
    switch self {
    case .otherRoot: "the log had another root at that size"
    case .notSigned: "no key that signs heads signed the head that was stamped"
    case .notAToken: "what stands for the authority's word is no time stamp"
    case .otherImprint: "the authority stamped something else"
    case .otherWords: "the authority's time, policy or number is another than the statement says"
    }
  }
}

extension String {
  /// At most 100 printable ASCII characters: what a strange file says must not reach a terminal.
  fileprivate var printable: String {
    let scalars = unicodeScalars.prefix(100).filter { (32..<127).contains($0.value) }
    return String(String.UnicodeScalarView(scalars))
  }
}

extension VoidReason {
  /// The reason in words.
  public var text: String {
    switch self {
    case .entryTooLarge: "it is larger than 65,536 bytes"
    case .notCanonical: "it is not in canonical form"
    case .illFormed: "a field is ill-formed"
    case .unknownKind: "its kind is unknown"
    case .otherRepository: "it is about another repository"
    case .signersDiffer: "it names two signers"
    case .notEntitled: "the key holds no role that the kind needs"
    case .badSignature: "the signature does not verify"
    case .repeatedID: "its id was used before"
    case .wrongLog: "it names a log that its signer cannot have seen"
    case .overtaken: "a later statement changed the same thing"
    case .distrusted: "the key is distrusted"
    case .selfDefeating: "it would make itself void"
    case .wrongKeyID: "the id of a key does not follow from the key"
    case .noOwnerLeft: "no owner would be left"
    case .wrongPurpose: "the signer's role does not allow runs of that purpose"
    case .wrongSuccessors: "the successors are not those that the statement publishes"
    case .wrongDataSet: "the data set is not that of its key"
    case .setDestroyed: "the data set is destroyed"
    case .wrongDestruction: "no such destruction can be said or withdrawn"
    case .runUsed: "the run id was used before"
    case .wrongContinuation: "it continues a run that is not open"
    case .runNotOpen: "the run is not open"
    case .runOfAnother: "another key started the run"
    case .setMismatch: "the data sets differ"
    case .otherRunOpen: "another run of the set is open"
    case .runNotSilent: "the run was heard of within 7 days"
    case .notPresent: "a block that it needs is not present"
    case .secondSnapshot: "the entry holds another snapshot of the set"
    case .notLive: "a snapshot does not live"
    case .notRotated: "a snapshot was not rotated"
    case .wrongPolicy: "the policy is not the one in force, or the reason not its own"
    case .needed: "an object is needed"
    case .packOfOpenRun: "a pack of an open run is named"
    case .notCondemned: "an object was not condemned before"
    }
  }
}
