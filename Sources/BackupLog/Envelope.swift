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
  public init(parsing json: [UInt8]) throws(FormatError) { try self.init(parsing: json.span) }

  /// The same of a part of an entry.
  ///
  /// Of an envelope only the payload's length varies, and no character of it is escaped: what stands
  /// around payload, key and signature is compared as it is.
  init(parsing json: Span<UInt8>) throws(FormatError) {
    let payloadEnd = json.count - Self.tailByteCount
    guard payloadEnd >= Self.front.count, Self.stands(Self.front, in: json, at: 0),
      Self.stands(Self.beforeKey, in: json, at: payloadEnd)
    else { throw .outOfRange(.statement) }
    let key = payloadEnd + Self.beforeKey.count
    let signature = key + Self.keyDigitCount + Self.beforeSignature.count
    let end = signature + Self.signatureDigitCount
    guard Self.stands(Self.beforeSignature, in: json, at: key + Self.keyDigitCount),
      Self.stands(Self.back, in: json, at: end),
      let payload = Base64.decode(json.extracting(Self.front.count..<payloadEnd)),
      let keyID = KeyID(hex: json.extracting(key..<(key + Self.keyDigitCount))),
      let signed = Base64.decode(json.extracting(signature..<end)),
      signed.count == Ed25519PublicKey.signatureByteCount
    else { throw .outOfRange(.statement) }
    self.payload = payload
    self.keyID = keyID
    self.signature = signed
  }

  private static let front = [UInt8](#"{"payload":""#.utf8)
  private static let beforeKey = [UInt8](
    #"","payloadType":"\#(payloadType)","signatures":[{"keyid":""#.utf8)
  private static let beforeSignature = [UInt8](#"","sig":""#.utf8)
  private static let back = [UInt8](#""}]}"#.utf8)
  private static let keyDigitCount = 2 * KeyID.byteCount
  /// 64 bytes in base64.
  private static let signatureDigitCount = 88
  private static let tailByteCount =
    beforeKey.count + keyDigitCount + beforeSignature.count + signatureDigitCount + back.count

  private static func stands(_ text: [UInt8], in json: Span<UInt8>, at start: Int) -> Bool {
    guard start >= 0, start + text.count <= json.count else { return false }
    for i in text.indices where json[start + i] != text[i] { return false }
    return true
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
