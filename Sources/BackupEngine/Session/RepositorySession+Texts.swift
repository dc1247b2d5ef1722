import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupStorage

extension RepositorySession {
  /// Seals a text to whoever opens a data set, and stores it.
  ///
  /// - Parameter path: The path of an object of this digest.
  /// - Returns: What the statement about it is to name.
  func store(
    text: [UInt8], kind: SealedText.Kind, of secret: SetSecret, at path: (Digest) -> ObjectPath
  ) throws(EngineError) -> Subject {
    try store(text: text, kind: kind, set: secret.set, xWing: secret.publicKey, at: path)
  }

  /// Seals a text to the public key of a data set, and stores it.
  func store(
    text: [UInt8], kind: SealedText.Kind, set: SetID, xWing: [UInt8],
    at path: (Digest) -> ObjectPath
  ) throws(EngineError) -> Subject {
    try EngineError.telling {
      let sealed = try SealedText.seal(
        text, kind: kind, set: set, recipients: [SealedText.Recipient(set: set, xWing: xWing)],
        repository: id)
      guard let digest = Digest(SHA256.hash(sealed)) else { throw EngineError.unavailable }
      _ = try storage.put(try StorageKey.of(path(digest).text), sealed.span)
      try storage.barrier()
      return Subject(path: path(digest), digest: digest)
    }
  }
}
