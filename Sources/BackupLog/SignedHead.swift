internal import BackupCrypto
public import BackupFormat

/// A head of the log as one key signed it and `checkpoints/` holds it (`Docs/format.md`, 9.5).
///
/// The parts say every byte of the checkpoint, so that its hash can be computed where the object is
/// no longer at hand.
public struct SignedHead: Hashable, Sendable {
  /// The length of a signature with the hash of its key before it, in bytes.
  public static let signatureByteCount = 68

  /// The size and the root.
  public let head: LogHead
  /// Who signed.
  public let key: KeyID
  /// The first four bytes of the key's hash ‖ the signature.
  public let signature: [UInt8]

  /// Makes it of its parts; nil unless the signature has its length.
  public init?(head: LogHead, key: KeyID, signature: [UInt8]) {
    guard signature.count == Self.signatureByteCount else { return nil }
    self.head = head
    self.key = key
    self.signature = signature
  }

  /// Takes the parts of a checkpoint of a repository; nil if they don't say every byte of it.
  public init?(_ checkpoint: Checkpoint, by key: KeyID, of repository: RepositoryID) {
    guard let line = checkpoint.signatures.first else { return nil }
    self.init(head: checkpoint.head, key: key, signature: line.keyHash + line.signature)
    guard self.checkpoint(of: repository) == checkpoint else { return nil }
  }

  /// The checkpoint.
  public func checkpoint(of repository: RepositoryID) -> Checkpoint {
    guard var checkpoint = Checkpoint(origin: Checkpoint.origin(of: repository), head: head)
    else { preconditionFailure("a repository's origin is plain text") }
    checkpoint.signatures = [
      NoteSignature(
        name: Checkpoint.keyName(of: key), keyHash: [UInt8](signature[0..<4]),
        signature: [UInt8](signature[4...]))
    ]
    return checkpoint
  }

  /// What a time stamp on the checkpoint is about: the SHA-256 of its bytes.
  public func imprint(of repository: RepositoryID) -> Digest {
    Digest(hashing: checkpoint(of: repository).bytes)
  }
}
