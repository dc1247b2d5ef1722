public import BackupFormat
public import BackupLog
internal import BackupStorage

/// The open edition of a night's record: what everyone may read (`Docs/format.md`, section 11).
public struct OpenRecord: Hashable, Sendable {
  /// The statement that commits to it.
  public let said: Said<Predicate.RecordKept>
  /// Where it lies.
  public let path: ObjectPath
  /// The edition: {`edition`, `fields`, `night`, `schema`}.
  public let json: CanonicalJSON
}

extension Verifier {
  /// Reads the open edition of the newest record, and checks it against the log.
  ///
  /// - Throws: ``VerifierError/noOpenRecord``; ``VerifierError/badRecord(_:)`` if an edition is
  ///   missing, altered, of another night, or lists other fields than the log commits to.
  public func newestOpenRecord() throws(VerifierError) -> OpenRecord {
    guard let said = try readLog().state.records.last else { throw .noOpenRecord }
    var damaged: ObjectPath?
    for subject in said.subjects {
      let bytes: [UInt8]?
      do {
        bytes = try objects.bytes(of: subject.path, digest: subject.digest)
      } catch { throw .storage(error) }
      guard let bytes else {
        damaged = subject.path
        continue
      }
      // A sealed edition begins with its mark and is no JSON.
      guard bytes.first == 0x7b else { continue }
      guard let json = try? CanonicalJSON(decoding: bytes),  // why it is none is no matter
        json.object?["night"]?.string == said.what.night.description,
        Self.commitment(of: json) == said.what.commitment
      else { throw .badRecord(subject.path) }
      return OpenRecord(said: said, path: subject.path, json: json)
    }
    if let damaged { throw .badRecord(damaged) }
    throw .noOpenRecord
  }

  /// What an edition's fields, revealed or not, add up to; nil if one is ill-formed.
  static func commitment(of edition: CanonicalJSON) -> Digest? {
    guard let fields = edition.object?["fields"]?.array else { return nil }
    var message = [UInt8]("cr-record-v1\n".utf8)
    for field in fields {
      guard let digest = fieldCommitment(field) else { return nil }
      message.append(contentsOf: digest.bytes)
    }
    return Digest(hashing: message)
  }

  private static func fieldCommitment(_ field: CanonicalJSON) -> Digest? {
    if let text = field.object?["commitment"]?.string { return Digest(hex: text) }
    guard let id = field.object?["id"], let value = field.object?["value"],
      let salt = field.object?["salt"]?.string.flatMap({ Hex.decode($0) }), salt.count == 16
    else { return nil }
    let pair = CanonicalJSON.array([id, value]).encode()
    return Digest(hashing: [UInt8]("cr-field-v1\n".utf8) + salt + pair)
  }
}
