/// A value of RFC 8785 JSON, restricted to objects, arrays, strings and integers.
public enum CanonicalJSON: Hashable, Sendable {
  /// A string.
  case string(String)
  /// An integer between -(2^53 - 1) and 2^53 - 1.
  case integer(Int64)
  /// A list.
  case array([CanonicalJSON])
  /// Named values; the order is made when it is encoded.
  case object([String: CanonicalJSON])

  /// How many lists and objects may stand in one another.
  public static let depthMax = 16
  /// The largest magnitude of an integer: 2^53 - 1.
  public static let integerMax: Int64 = (1 << 53) - 1

  /// The string, if it is one.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The integer, if it is one.
  public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  /// The list, if it is one.
  public var array: [CanonicalJSON]? { if case .array(let value) = self { value } else { nil } }
  /// The named values, if it is an object.
  public var object: [String: CanonicalJSON]? {
    if case .object(let value) = self { value } else { nil }
  }

  // MARK: Encode

  /// The canonical bytes: keys sorted by UTF-16, no white space, shortest escapes.
  public func encode() -> [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return bytes
  }

  private func append(to bytes: inout [UInt8]) {
    switch self {
    case .string(let value): Self.append(value, to: &bytes)
    case .integer(let value):
      precondition(value.magnitude <= Self.integerMax.magnitude, "integers have 53 bits")
      bytes.append(contentsOf: String(value).utf8)
    case .array(let values):
      bytes.append(0x5b)
      for (i, value) in values.enumerated() {
        if i > 0 { bytes.append(0x2c) }
        value.append(to: &bytes)
      }
      bytes.append(0x5d)
    case .object(let values):
      bytes.append(0x7b)
      let sorted = values.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
      for (i, (key, value)) in sorted.enumerated() {
        if i > 0 { bytes.append(0x2c) }
        Self.append(key, to: &bytes)
        bytes.append(0x3a)
        value.append(to: &bytes)
      }
      bytes.append(0x7d)
    }
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22: bytes.append(contentsOf: [0x5c, 0x22])
      case 0x5c: bytes.append(contentsOf: [0x5c, 0x5c])
      case 0x08: bytes.append(contentsOf: [0x5c, 0x62])
      case 0x09: bytes.append(contentsOf: [0x5c, 0x74])
      case 0x0a: bytes.append(contentsOf: [0x5c, 0x6e])
      case 0x0c: bytes.append(contentsOf: [0x5c, 0x66])
      case 0x0d: bytes.append(contentsOf: [0x5c, 0x72])
      case 0..<0x20: bytes.append(contentsOf: "\\u00\(Hex.encode([byte]))".utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(0x22)
  }

  // MARK: Decode

  /// Reads canonical bytes, all of them.
  ///
  /// - Throws: ``FormatError/notCanonical(at:)`` for anything but what ``encode()`` writes.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    self.init(try CanonicalDocument(bytes).root)
    // The grammar of the document is the canonical form; this is the rule itself.
    assert(encode() == bytes, "what is read is written as the same bytes")
  }

  private init(_ value: CanonicalValue) {
    switch value.kind {
    case .string: self = .string(value.string ?? "")
    case .integer: self = .integer(value.integer ?? 0)
    case .array:
      var values: [CanonicalJSON] = []
      value.forEachElement { values.append(CanonicalJSON($0)) }
      self = .array(values)
    case .object:
      var values: [String: CanonicalJSON] = [:]
      value.forEachMember { values[$0.string ?? ""] = CanonicalJSON($1) }
      self = .object(values)
    }
  }
}
