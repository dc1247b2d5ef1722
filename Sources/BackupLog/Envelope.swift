public import BackupCrypto
public import BackupFormat

/// A DSSE envelope with one signature: a line of an entry (`Docs/format.md`, section 9.1).
public struct Envelope: Hashable, Sendable {
  /// The payload type of in-toto.
  public static let payloadType = "application/vnd.in-toto+json"

  /// The signed bytes.
  public let payload: [UInt8]
  /// The key that is said to have signed; only a hint.
  public let keyID: KeyID
  /// The signature: 64 bytes.
  public let signature: [UInt8]

  /// DSSE's pre-authentication encoding: `DSSEv1`, and type and body, each after its length.
  public static func preAuthenticationEncoding(type: String, body: [UInt8]) -> [UInt8] {
    var bytes = [UInt8]("DSSEv1 \(type.utf8.count) \(type) \(body.count) ".utf8)
    bytes.append(contentsOf: body)
    return bytes
  }

  /// Signs a payload.
  public init(signing payload: [UInt8], keyID: KeyID, key: Ed25519SigningKey) throws(CryptoError) {
    let message = Self.preAuthenticationEncoding(type: Self.payloadType, body: payload)
    self.payload = payload
    self.keyID = keyID
    self.signature = try key.sign(message.span)
  }

  /// Reads the canonical JSON of an envelope, without its line end.
  ///
  /// - Throws: ``FormatError`` for anything but what ``line`` writes.
  public init(parsing json: [UInt8]) throws(FormatError) {
    var fields = try FieldReader(try CanonicalJSON(decoding: json))
    guard try fields.string("payloadType") == Self.payloadType,
      let payload = Base64.decode(try fields.string("payload"))
    else { throw .outOfRange(.statement) }
    let signatures = try fields.array("signatures")
    try fields.expectEnd()
    guard signatures.count == 1 else { throw .outOfRange(.statement) }
    var signature = try FieldReader(signatures[0])
    self.payload = payload
    self.keyID = try signature.id("keyid")
    self.signature = try signature.bytes(
      "sig", byteCount: Ed25519PublicKey.signatureByteCount)
    try signature.expectEnd()
  }

  /// The envelope as a line: canonical JSON and U+000A.
  public var line: [UInt8] {
    let json = CanonicalJSON.object([
      "payload": .base64(payload),
      "payloadType": .string(Self.payloadType),
      "signatures": .array([.object(["keyid": .id(keyID), "sig": .base64(signature)])]),
    ])
    return json.encode() + [0x0a]
  }

  /// Whether the signature over the payload is one of `ed25519`, 32 bytes.
  public func verifies(ed25519: [UInt8]) -> Bool {
    guard let key = try? Ed25519PublicKey(ed25519) else { return false }
    let message = Self.preAuthenticationEncoding(type: Self.payloadType, body: payload)
    return key.verify(signature: signature.span, message: message.span)
  }
}
