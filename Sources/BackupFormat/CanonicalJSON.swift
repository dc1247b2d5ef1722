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
    var parser = CanonicalJSONParser(bytes: bytes)
    self = try parser.value(depth: 0)
    guard parser.offset == bytes.count else { throw .notCanonical(at: parser.offset) }
    // The grammar below is the canonical form; this is the rule itself.
    assert(encode() == bytes, "what is read is written as the same bytes")
  }
}

/// The grammar of the canonical form: a value has one spelling, so that nothing need be written
/// again to compare.
private struct CanonicalJSONParser {
  let bytes: [UInt8]
  var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func take(_ byte: UInt8) throws(FormatError) {
    guard next == byte else { throw .notCanonical(at: offset) }
    offset += 1
  }

  /// Reads a value that stands in `depth` lists and objects.
  mutating func value(depth: Int) throws(FormatError) -> CanonicalJSON {
    guard let first = next else { throw .notCanonical(at: offset) }
    switch first {
    case 0x22: return .string(try string().text)
    case 0x5b, 0x7b:
      guard depth < CanonicalJSON.depthMax else { throw .limitExceeded(.depth) }
      offset += 1
      return first == 0x5b ? .array(try array(depth)) : .object(try object(depth))
    case 0x2d, 0x30...0x39: return .integer(try integer())
    default: throw .notCanonical(at: offset)
    }
  }

  private mutating func array(_ depth: Int) throws(FormatError) -> [CanonicalJSON] {
    var values: [CanonicalJSON] = []
    if next == 0x5d {
      offset += 1
      return values
    }
    while true {
      values.append(try value(depth: depth + 1))
      if next == 0x2c {
        offset += 1
        continue
      }
      try take(0x5d)
      return values
    }
  }

  private mutating func object(_ depth: Int) throws(FormatError) -> [String: CanonicalJSON] {
    var values: [String: CanonicalJSON] = [:]
    if next == 0x7d {
      offset += 1
      return values
    }
    var last: Text?
    while true {
      let start = offset
      let key = try string()
      if let last, !last.precedes(key) { throw .notCanonical(at: start) }
      try take(0x3a)
      // Names that Unicode calls equivalent are one key here, and refused.
      guard values.updateValue(try value(depth: depth + 1), forKey: key.text) == nil else {
        throw .notCanonical(at: start)
      }
      last = key
      if next == 0x2c {
        offset += 1
        continue
      }
      try take(0x7d)
      return values
    }
  }

  mutating func integer() throws(FormatError) -> Int64 {
    let start = offset
    let isNegative = next == 0x2d
    if isNegative { offset += 1 }
    let digits = offset
    var magnitude: Int64 = 0
    while let byte = next, 0x30...0x39 ~= byte {
      // 16 digits, the most that 53 bits need, fit.
      guard offset - digits < 16 else { throw .notCanonical(at: start) }
      magnitude = magnitude * 10 + Int64(byte - 0x30)
      offset += 1
    }
    guard offset > digits, magnitude <= CanonicalJSON.integerMax,
      bytes[digits] != 0x30 || offset - digits == 1 && !isNegative
    else { throw .notCanonical(at: start) }
    return isNegative ? -magnitude : magnitude
  }

  /// A string, and whether all of it is ASCII.
  struct Text {
    let text: String
    let isASCII: Bool

    /// Whether this name stands before `other`: by UTF-16, which is the bytes' order in ASCII.
    func precedes(_ other: Text) -> Bool {
      isASCII && other.isASCII
        ? text < other.text : text.utf16.lexicographicallyPrecedes(other.text.utf16)
    }
  }

  mutating func string() throws(FormatError) -> Text {
    try take(0x22)
    let start = offset
    var bits: UInt8 = 0
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      switch byte {
      case 0x22: return try text(bytes[start..<(offset - 1)], isASCII: bits < 0x80)
      case 0x5c:
        return try stringWithEscapes([UInt8](bytes[start..<(offset - 1)]), bits)
      case 0..<0x20: throw .notCanonical(at: offset - 1)
      default: bits |= byte
      }
    }
    throw .notCanonical(at: offset)
  }

  /// Reads on after the first backslash.
  private mutating func stringWithEscapes(
    _ before: [UInt8], _ bitsBefore: UInt8
  ) throws(FormatError) -> Text {
    var content = before
    var bits = bitsBefore
    content.append(try escape())
    while let byte = next {
      offset += 1
      switch byte {
      case 0x22: return try text(content[...], isASCII: bits < 0x80)
      case 0x5c: content.append(try escape())
      case 0..<0x20: throw .notCanonical(at: offset - 1)
      default:
        content.append(byte)
        bits |= byte
      }
    }
    throw .notCanonical(at: offset)
  }

  /// Reads what follows a backslash: the shortest escape of the byte, or none.
  private mutating func escape() throws(FormatError) -> UInt8 {
    guard let escape = next else { throw .notCanonical(at: offset) }
    offset += 1
    switch escape {
    case 0x22, 0x5c: return escape
    case 0x62: return 0x08
    case 0x74: return 0x09
    case 0x6e: return 0x0a
    case 0x66: return 0x0c
    case 0x72: return 0x0d
    case 0x75:
      guard offset + 4 <= bytes.count, bytes[offset] == 0x30, bytes[offset + 1] == 0x30,
        let code = Hex.decode(
          String(decoding: bytes[offset + 2..<offset + 4], as: UTF8.self))?.first,
        code < 0x20
      else { throw .notCanonical(at: offset) }
      switch code {
      case 0x08, 0x09, 0x0a, 0x0c, 0x0d: throw .notCanonical(at: offset)
      default: break
      }
      offset += 4
      return code
    default: throw .notCanonical(at: offset)
    }
  }

  private func text(_ bytes: ArraySlice<UInt8>, isASCII: Bool) throws(FormatError) -> Text {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .notCanonical(at: offset)
    }
    return Text(text: text, isASCII: isASCII)
  }
}
