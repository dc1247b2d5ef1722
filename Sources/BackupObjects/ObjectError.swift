public import BackupFormat

/// Why an object could not be sealed or opened.
public enum ObjectError: Error, Hashable, Sendable {
  /// The key is not one of those that the object was sealed to.
  case wrongKey
  /// The object was changed, or belongs to another place.
  case authenticationFailed
  /// The bytes of the object are not of the format.
  case malformed(FormatError)
  /// The compressed content is damaged, or longer than it says.
  case badCompression
  /// The content does not match the identifier that it is known by.
  case identifierMismatch
  /// A library refused to work, for want of memory or of an algorithm.
  case unavailable
}
