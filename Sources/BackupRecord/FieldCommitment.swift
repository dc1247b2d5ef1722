public import BackupCrypto
public import BackupFormat
internal import BackupLog

/// The salted hashes by which a record binds itself to its fields (`Docs/format.md`, section 11).
public enum FieldCommitment {
  /// How many bytes a salt has.
  public static let saltByteCount = 16

  /// SHA-256("cr-field-v1\n" ‖ salt ‖ canonical JSON of [id, value]).
  public static func commit(id: String, value: CanonicalJSON, salt: [UInt8]) -> Digest {
    precondition(salt.count == saltByteCount, "a salt has 16 bytes")
    let pair = CanonicalJSON.array([.string(id), value]).encode()
    return Digest(hashing: [UInt8]("cr-field-v1\n".utf8) + salt + pair)
  }

  /// SHA-256("cr-record-v1\n" ‖ the commitments in the order of the field ids).
  public static func combine(_ commitments: [Digest]) -> Digest {
    Digest(hashing: [UInt8]("cr-record-v1\n".utf8) + commitments.flatMap(\.bytes))
  }

  /// Draws a salt for each field.
  public static func randomSalts() throws(CryptoError) -> [[UInt8]] {
    let bytes = try RandomBytes.make(count: saltByteCount * FieldID.allCases.count)
    return stride(from: 0, to: bytes.count, by: saltByteCount).map {
      [UInt8](bytes[$0..<$0 + saltByteCount])
    }
  }
}
