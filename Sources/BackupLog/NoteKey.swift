internal import BackupCrypto
internal import BackupFormat

/// The public key of a log or a witness as others write it: `<name>+<hash>+<base64(type ‖ key)>`
/// (`c2sp.org/signed-note`).
public struct NoteKey: Hashable, Sendable {
  /// What the key signs.
  public enum Kind: UInt8, Hashable, Sendable {
    /// The body of a note.
    case signature = 0x01
    /// The body with a time.
    case cosignature = 0x04
  }

  /// The most bytes of such a text.
  public static let byteCountMax = 512

  /// Under which name it signs.
  public let name: String
  /// What it signs.
  public let kind: Kind
  /// The Ed25519 key.
  public let ed25519: [UInt8]

  /// A key; nil if the name has a space or a plus sign, or the key not 32 bytes.
  public init?(name: String, kind: Kind, ed25519: [UInt8]) {
    guard NoteSignature.isName(name), ed25519.count == 32 else { return nil }
    self.name = name
    self.kind = kind
    self.ed25519 = ed25519
  }

  /// Reads the text of a key; nil if it is none, or its hash is that of another.
  public init?(parsing text: String) {
    guard text.utf8.count <= Self.byteCountMax else { return nil }
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let bytes = Base64.decode(String(parts[2])), bytes.count == 33,
      let kind = Kind(rawValue: bytes[0]),
      let key = NoteKey(name: String(parts[0]), kind: kind, ed25519: [UInt8](bytes[1...])),
      key.text == text
    else { return nil }
    self = key
  }

  /// The text of the key.
  public var text: String {
    let hash = NoteSignature.keyHash(name: name, type: kind.rawValue, ed25519: ed25519)
    return "\(name)+\(Hex.encode(hash))+\(Base64.encode([kind.rawValue] + ed25519))"
  }

  /// The key of a repository as its checkpoints are signed with it.
  public init(_ key: PublicKey) {
    name = Checkpoint.keyName(of: key.keyID)
    kind = .signature
    ed25519 = key.ed25519
  }
}

extension Checkpoint {
  /// Looks for a signature of a key.
  public func verify(_ key: NoteKey) -> NoteVerdict {
    switch key.kind {
    case .signature: verify(name: key.name, ed25519: key.ed25519)
    case .cosignature: verifyCosignature(name: key.name, ed25519: key.ed25519)
    }
  }

  /// The same head with the signatures of both; nil if the heads or origins differ.
  public func merged(with other: Checkpoint) -> Checkpoint? {
    guard origin == other.origin, head == other.head else { return nil }
    var both = self
    both.signatures += other.signatures.filter { !signatures.contains($0) }
    return both
  }
}
