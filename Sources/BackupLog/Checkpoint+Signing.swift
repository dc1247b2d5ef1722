public import BackupCrypto
public import BackupFormat

/// What a checkpoint says of a key.
public enum NoteVerdict: Hashable, Sendable {
  /// A signature of the key is there and valid; the time is a cosignature's.
  case signed(time: UInt64?)
  /// There is no signature of the key.
  case absent
  /// There is a signature line of the key, and it is not valid: the note is void.
  case invalid
}

extension Checkpoint {
  private static let typeEd25519: UInt8 = 0x01
  private static let typeCosignature: UInt8 = 0x04

  /// Adds a signature of type 0x01, Ed25519.
  ///
  /// The name has no space and no plus sign.
  public mutating func sign(name: String, with key: Ed25519SigningKey) throws(CryptoError) {
    precondition(NoteSignature.isName(name), "a key name has no space and no plus sign")
    signatures.append(
      NoteSignature(
        name: name,
        keyHash: NoteSignature.keyHash(
          name: name, type: Self.typeEd25519, ed25519: key.publicKeyBytes),
        signature: try key.sign(body.span)))
  }

  /// Adds a signature of type 0x04, a timestamped cosignature (`c2sp.org/tlog-cosignature`, v1).
  public mutating func cosign(
    name: String, with key: Ed25519SigningKey, unixTime: UInt64
  ) throws(CryptoError) {
    precondition(NoteSignature.isName(name), "a key name has no space and no plus sign")
    let signature = try key.sign(cosignedMessage(unixTime).span)
    let time = (0..<8).map { UInt8(truncatingIfNeeded: unixTime >> UInt64(56 - 8 * $0)) }
    signatures.append(
      NoteSignature(
        name: name,
        keyHash: NoteSignature.keyHash(
          name: name, type: Self.typeCosignature, ed25519: key.publicKeyBytes),
        signature: time + signature))
  }

  /// Looks for a signature of type 0x01 by a key.
  public func verify(name: String, ed25519: [UInt8]) -> NoteVerdict {
    verdict(name: name, ed25519: ed25519, type: Self.typeEd25519) { blob, key in
      key.verify(signature: blob.span, message: body.span) ? .signed(time: nil) : .invalid
    }
  }

  /// Looks for a cosignature of type 0x04 by a key.
  public func verifyCosignature(name: String, ed25519: [UInt8]) -> NoteVerdict {
    verdict(name: name, ed25519: ed25519, type: Self.typeCosignature) { blob, key in
      guard blob.count == 8 + Ed25519PublicKey.signatureByteCount else { return .invalid }
      let time = blob[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
      let signature = [UInt8](blob[8...])
      return key.verify(signature: signature.span, message: cosignedMessage(time).span)
        ? .signed(time: time) : .invalid
    }
  }

  private func cosignedMessage(_ unixTime: UInt64) -> [UInt8] {
    [UInt8]("cosignature/v1\ntime \(unixTime)\n".utf8) + body
  }

  private func verdict(
    name: String, ed25519: [UInt8], type: UInt8,
    _ check: ([UInt8], Ed25519PublicKey) -> NoteVerdict
  ) -> NoteVerdict {
    let hash = NoteSignature.keyHash(name: name, type: type, ed25519: ed25519)
    guard let key = try? Ed25519PublicKey(ed25519) else { return .invalid }
    var verdict = NoteVerdict.absent
    for line in signatures where line.name == name && line.keyHash == hash {
      let found = check(line.signature, key)
      guard found != .invalid else { return .invalid }
      verdict = found
    }
    return verdict
  }

  /// Signs a repository's head, as `checkpoints/` holds it (`Docs/format.md`, section 9.5).
  public static func signed(
    _ head: LogHead, of repository: RepositoryID, by signer: Signer
  ) throws(CryptoError) -> Checkpoint {
    guard var checkpoint = Checkpoint(origin: origin(of: repository), head: head) else {
      preconditionFailure("a repository's origin is plain text")
    }
    try checkpoint.sign(name: keyName(of: signer.keyID), with: signer.key)
    return checkpoint
  }

  /// Whether this is a checkpoint of `repository` with one valid signature, by `key`.
  public func isSigned(by key: PublicKey, of repository: RepositoryID) -> Bool {
    origin == Self.origin(of: repository) && signatures.count == 1
      && verify(name: Self.keyName(of: key.keyID), ed25519: key.ed25519) == .signed(time: nil)
  }
}
