public import BackupCrypto
public import BackupFormat

/// Why an edition or a sealed text was refused or could not be made.
public enum RecordError: Error, Hashable, Sendable {
  /// The bytes are not canonical, end early, or have a count beyond its limit.
  case format(FormatError)
  /// A cryptographic operation failed; `authenticationFailed` says that something was changed.
  case crypto(CryptoError)
  /// The edition lacks a part, has one too many, or one of the wrong kind.
  case illFormedEdition
  /// The edition is of a schema that this version doesn't know.
  case unknownSchema
  /// The edition reveals a field that its reader may not see, hides one that he may, or lists
  /// fields in another order; counted from 0.
  case wrongField(index: Int)
  /// The sealed text is of another kind, repository or data set.
  case misplaced
  /// The sealed text is not sealed to this key.
  case notARecipient
  /// The text key is not the one that the text is bound to.
  case commitmentFailed
  /// There is no recipient, or there are more than ``Limits/recipientCount``, or one repeats.
  case wrongRecipients
  /// The text or the object exceeds ``Limits/sealedTextByteCount``.
  case tooLong(byteCount: Int)
}
