public import BackupCrypto
public import BackupStorage

/// Why the log could not be read or appended to.
public enum LogError: Error, Hashable, Sendable {
  /// There is no entry 0: no repository is here.
  case noRepository
  /// Entry 0 is not that of the repository which was asked for.
  case otherRepository
  /// Entry 0 is not one valid `created`.
  case badFirstEntry
  /// The entry would have more than 65,536 bytes.
  case entryTooLarge(byteCount: Int)
  /// There is nothing to say.
  case nothingToSay
  /// A statement would be void, so nothing was appended.
  case wouldBeVoid([LogFinding])
  /// A text that a statement would name was deleted: it has to be made and stored anew.
  case objectDeleted(ObjectPath)
  /// The bytes handed in are not one line.
  case notALine
  /// The race for the next number was lost this many times.
  case lostRaces(count: Int)
  /// The storage failed; whether the entry was written is known to be false or not knowable.
  case storage(StorageError)
  /// Signing failed.
  case crypto(CryptoError)
}
