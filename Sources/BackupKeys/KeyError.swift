/// Why a key can't be used.
public enum KeyError: Error, Hashable, Sendable {
  /// The text holds no key of the kind that was asked for.
  case notAKeyFile
  /// The key is kept under a passphrase, and none was given.
  case needsPassphrase
  /// The passphrase does not open the key.
  case wrongPassphrase
  /// Id and seed do not belong together.
  case inconsistent
  /// A group of the recovery sheet is wrong; groups are counted from 1, 9 checks the whole.
  case wrongGroup(Int)
  /// The sheet does not hold nine groups of eight characters.
  case notASheet
  /// A library refused to work.
  case unavailable
}
