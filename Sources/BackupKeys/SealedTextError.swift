public import BackupCrypto
public import BackupFormat

/// Why a sealed text was refused or could not be made.
public enum SealedTextError: Error, Hashable, Sendable {
  /// The bytes end early, or have a count beyond its limit.
  case format(FormatError)
  /// A cryptographic operation failed; `authenticationFailed` says that something was changed.
  case crypto(CryptoError)
  /// The text is of another kind, repository or data set.
  case misplaced
  /// The text is not sealed to this key.
  case notARecipient
  /// The text key is not the one that the text is bound to.
  case commitmentFailed
  /// There is no recipient, or there are more than ``Limits/recipientCount``, or one repeats.
  case wrongRecipients
  /// The text or the object exceeds ``Limits/sealedTextByteCount``.
  case tooLong(byteCount: Int)
}
