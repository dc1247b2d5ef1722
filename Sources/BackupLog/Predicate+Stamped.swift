public import BackupCrypto
internal import BackupFormat

extension Predicate {
  /// An authority stamped a head of the log (`Docs/format.md`, section 11.5).
  public struct Stamped: Hashable, Sendable, FieldCoded {
    /// The head, and whose checkpoint over it was stamped.
    public var head: SignedHead
    /// When, by the authority's clock, in seconds since 1970.
    public var at: Int64
    /// Under which policy of the authority: an object identifier in dotted decimals.
    public var policy: String
    /// The authority's number of the stamp, most significant byte first.
    public var serial: [UInt8]
    /// The token as the authority signed it.
    public var token: [UInt8]

    /// Makes the predicate of its fields.
    public init(head: SignedHead, at: Int64, policy: String, serial: [UInt8], token: [UInt8]) {
      self.head = head
      self.at = at
      self.policy = policy
      self.serial = serial
      self.token = token
    }

    /// Makes the predicate of a token's words; whether it is one for this head is another question.
    public init(head: SignedHead, token: TimestampToken) {
      self.init(
        head: head, at: token.time, policy: token.policy, serial: token.serial, token: token.bytes)
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      let log = LogHead(size: try f.count("size"), root: try f.id("root"))
      let key: KeyID = try f.id("key")
      let signature = try f.bytes("signature", byteCount: SignedHead.signatureByteCount)
      guard log.size > 0, let head = SignedHead(head: log, key: key, signature: signature) else {
        throw .outOfRange(.predicate)
      }
      self.head = head
      at = try f.seconds("at")
      policy = try f.string("policy")
      guard Self.isPolicy(policy) else { throw .outOfRange(.predicate) }
      guard let serial = Hex.decode(try f.string("serial")),
        1...TimestampToken.serialByteCountMax ~= serial.count
      else { throw .outOfRange(.predicate) }
      self.serial = serial
      guard let token = Base64.decode(try f.string("token")),
        1...TimestampToken.byteCountMax ~= token.count
      else { throw .outOfRange(.predicate) }
      self.token = token
    }

    var fields: [String: CanonicalJSON] {
      [
        "size": .count(head.head.size),
        "root": .id(head.head.root),
        "key": .id(head.key),
        "signature": .base64(head.signature),
        "at": .integer(at),
        "policy": .string(policy),
        "serial": .string(Hex.encode(serial)),
        "token": .base64(token),
      ]
    }

    /// Whether a text is an object identifier: at least two numbers without zeros before them.
    private static func isPolicy(_ text: String) -> Bool {
      let arcs = text.utf8.split(separator: 0x2e, omittingEmptySubsequences: false)
      return text.utf8.count <= TimestampToken.policyByteCountMax && arcs.count >= 2
        && arcs.allSatisfy { arc in
          !arc.isEmpty && arc.allSatisfy { 0x30...0x39 ~= $0 }
            && (arc.count == 1 || arc.first != 0x30)
        }
    }
  }
}
