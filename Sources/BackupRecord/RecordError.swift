public import BackupFormat
public import BackupKeys

/// Why an edition was refused or could not be made.
public enum RecordError: Error, Hashable, Sendable {
  /// The bytes are not canonical, end early, or have a count beyond its limit.
  case format(FormatError)
  /// The edition lacks a part, has one too many, or one of the wrong kind.
  case illFormedEdition
  /// The edition is of a schema that this version doesn't know.
  case unknownSchema
  /// The edition reveals a field that its reader may not see, hides one that he may, or lists
  /// fields in another order; counted from 0.
  case wrongField(index: Int)
  /// The text exceeds ``Limits/sealedTextByteCount``.
  case tooLong(byteCount: Int)
  /// A text could not be sealed.
  case sealedText(SealedTextError)
}
