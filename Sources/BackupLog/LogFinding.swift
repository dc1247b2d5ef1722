public import BackupFormat

/// Why an entry or a statement says nothing (`Docs/format.md`, section 9.3).
public enum VoidReason: Error, Hashable, Sendable {
  // An entry as a whole.

  /// The entry has more than 65,536 bytes.
  case entryTooLarge
  /// The entry holds no line, or one that is not canonical.
  case notCanonical
  /// A predicate or a subject is ill-formed.
  case illFormed
  /// A kind is unknown.
  case unknownKind
  /// The first subject is another repository.
  case otherRepository
  /// `keyid` and `signer` differ.
  case signersDiffer
  /// The signer holds no role that the kind needs.
  case notEntitled
  /// A signature does not verify.
  case badSignature
  /// A statement with the same id was seen before.
  case repeatedID
  /// The named log is not one that the signer could have seen.
  case wrongLog
  /// Since the log that the signer saw, another statement changed the same thing.
  case overtaken

  // A statement alone.

  /// The signer's key is distrusted from here or before.
  case distrusted
  /// A `distrusted` that would make itself void.
  case selfDefeating
  /// The id of a key does not follow from the key.
  case wrongKeyID
  /// No owner would be left.
  case noOwnerLeft
  /// The set is unknown or not that of its public key, or a subject is not one of its keys.
  case wrongDataSet
  /// The destruction of the set is in force: nothing of it is added or brought back.
  case setDestroyed
  /// The destruction of the set is said already, or is none that can be withdrawn.
  case wrongDestruction
  /// The run id was used before, or a renewal differs from what it renews.
  case runUsed
  /// A run in `continues` is not open or is of another set.
  case wrongContinuation
  /// The signer's role does not allow runs of that purpose.
  case wrongPurpose
  /// The run is not open.
  case runNotOpen
  /// The run was started by another key.
  case runOfAnother
  /// The run, or an object of the statement, is of another repository, set or run.
  case setMismatch
  /// The successors are not those that the statement publishes, or one is named twice.
  case wrongSuccessors
  /// Another run of the set is open.
  case otherRunOpen
  /// An operator abandons a run that was heard of within 7 days.
  case runNotSilent
  /// A needed block or snapshot object is not present.
  case notPresent
  /// An entry holds another snapshot of the set.
  case secondSnapshot
  /// A number is not that of a live snapshot of the set.
  case notLive
  /// A number is not that of a rotated snapshot of the set.
  case notRotated
  /// The set has no policy, or the named one is not in force; or the reason is not that of what is named.
  case wrongPolicy
  /// A named object is needed.
  case needed
  /// A pack of an open run is named.
  case packOfOpenRun
  /// A named object is not condemned, or no night lies between.
  case notCondemned
}

/// Something that a reader of the log reports.
public enum LogFinding: Hashable, Sendable {
  /// An entry says nothing.
  case voidEntry(number: Int, VoidReason)
  /// A statement of an entry says nothing; `index` counts its lines from 0.
  case voidStatement(number: Int, index: Int, id: StatementID, VoidReason)
  /// An object that the entry names is missing or damaged, so the statement could not be judged.
  case unreadObject(ObjectPath, number: Int)
  /// A key was distrusted looking back, and the log was judged again.
  case judgedAgain(key: KeyID, from: Int)
  /// An entry is missing although a later one exists.
  case gap(missing: Int, next: Int)
  /// The log has fewer entries than were seen before.
  case shorterThanRemembered(LogHead, found: LogHead)
  /// The log had another root at the size that was seen before.
  case differsFromRemembered(LogHead, found: LogHead)
  /// The owner acknowledged that the log was restored from a copy, so it differs rightly.
  case restoredFromCopy(LogHead, size: Int)
  /// A name under `log/` is not that of an entry.
  case strayName(String)

  /// The number of the entry that the finding is about.
  public var number: Int? {
    switch self {
    case .voidEntry(let number, _), .voidStatement(let number, _, _, _),
      .unreadObject(_, let number):
      number
    case .judgedAgain, .gap, .shorterThanRemembered, .differsFromRemembered, .restoredFromCopy,
      .strayName:
      nil
    }
  }
}
