/// What is wrong with the text before its meaning is looked at (RFC 8259).
public enum JSONFault: Hashable, Sendable {
  /// The text is longer than 1 MiB.
  case tooLarge
  /// Values are nested deeper than 32.
  case tooDeep
  /// The text ends too early.
  case endOfText
  /// A byte order mark stands first.
  case byteOrderMark
  /// Here something else must stand.
  case expected(JSONExpectation)
  /// The bytes are not UTF-8.
  case notUTF8
  /// A control character stands in a string without being escaped.
  case controlCharacter
  /// A `\` in a string is followed by what is no escape, or by half a surrogate pair.
  case unknownEscape
  /// A number has a leading zero, or no digits where some must be.
  case malformedNumber
  /// A comma stands after the last element.
  case trailingComma
  /// A comment, which JSON does not have.
  case comment
}

/// What must stand at a place of a JSON text.
public enum JSONExpectation: String, Hashable, Sendable, CaseIterable {
  /// Any value.
  case value = "a value"
  /// A string that names a member.
  case key = "a key in double quotes"
  /// The sign between key and value.
  case colon = "\":\""
  /// The next element or the end of a list.
  case commaOrBracket = "\",\" or \"]\""
  /// The next member or the end of an object.
  case commaOrBrace = "\",\" or \"}\""
  /// Nothing more.
  case end = "the end of the file"
}

/// Reads one JSON text, strictly and within bounds, and keeps the place of everything.
struct JSONParser {
  /// The longest text: 1 MiB, a policy of thousands of patterns.
  static let byteCountMax = 1 << 20
  /// The deepest nesting; the policy needs five.
  static let depthMax = 32

  /// Why and where parsing stopped.
  struct Failure: Error {
    var fault: JSONFault
    var position: TextPosition
  }

  /// A key that stands twice in one object.
  struct Duplicate {
    var path: String
    var position: TextPosition
  }

  private let bytes: [UInt8]
  private var offset = 0
  /// The places of keys that were there before in the same object.
  private(set) var duplicates: [Duplicate] = []
  /// The start of the line that `offset` is in, and its number.
  private var lineStart = 0
  private var line = 1
  /// The continuation bytes of UTF-8 between `lineStart` and `counted`.
  private var continuationCount = 0
  private var counted = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads the whole text.
  mutating func parse() throws(Failure) -> JSONNode {
    guard bytes.count <= JSONParser.byteCountMax else { throw failure(.tooLarge) }
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { throw failure(.byteOrderMark) }
    skipSpace()
    let node = try value(depth: 1, path: "")
    skipSpace()
    guard offset == bytes.count else { throw unexpected(.end) }
    return node
  }

  private mutating func value(depth: Int, path: String) throws(Failure) -> JSONNode {
    guard depth <= JSONParser.depthMax else { throw failure(.tooDeep) }
    let position = self.position
    guard offset < bytes.count else { throw failure(.endOfText) }
    switch bytes[offset] {
    case 0x7b: return JSONNode(value: try object(depth: depth, path: path), position: position)
    case 0x5b: return JSONNode(value: try list(depth: depth, path: path), position: position)
    case 0x22: return JSONNode(value: .text(try string()), position: position)
    case 0x2d, 0x30...0x39: return JSONNode(value: try number(), position: position)
    default:
      for (word, value) in [
        ("true", JSONValue.flag(true)), ("false", .flag(false)), ("null", .null),
      ] where bytes[offset...].starts(with: word.utf8) {
        offset += word.utf8.count
        return JSONNode(value: value, position: position)
      }
      throw unexpected(.value)
    }
  }

  private mutating func object(depth: Int, path: String) throws(Failure) -> JSONValue {
    var members: [JSONMember] = []
    var keys: Set<String> = []
    offset += 1
    skipSpace()
    if take(0x7d) { return .object([]) }
    while true {
      let position = self.position
      guard offset < bytes.count else { throw failure(.endOfText) }
      guard bytes[offset] == 0x22 else {
        throw bytes[offset] == 0x7d ? failure(.trailingComma) : unexpected(.key)
      }
      let key = try string()
      let keyPath = path.isEmpty ? key : "\(path).\(key)"
      skipSpace()
      guard take(0x3a) else { throw unexpected(.colon) }
      skipSpace()
      let node = try value(depth: depth + 1, path: keyPath)
      if keys.insert(key).inserted {
        members.append(JSONMember(key: key, position: position, node: node))
      } else {
        duplicates.append(Duplicate(path: keyPath, position: position))
      }
      skipSpace()
      if take(0x7d) { return .object(members) }
      guard take(0x2c) else { throw unexpected(.commaOrBrace) }
      skipSpace()
    }
  }

  private mutating func list(depth: Int, path: String) throws(Failure) -> JSONValue {
    var nodes: [JSONNode] = []
    offset += 1
    skipSpace()
    if take(0x5d) { return .list([]) }
    while true {
      nodes.append(try value(depth: depth + 1, path: "\(path)[\(nodes.count)]"))
      skipSpace()
      if take(0x5d) { return .list(nodes) }
      guard take(0x2c) else { throw unexpected(.commaOrBracket) }
      skipSpace()
      if offset < bytes.count, bytes[offset] == 0x5d { throw failure(.trailingComma) }
    }
  }

  private mutating func number() throws(Failure) -> JSONValue {
    let start = offset
    var isWhole = true
    _ = take(0x2d)
    let first = offset
    try digits()
    if bytes[first] == 0x30, offset > first + 1 { throw failure(.malformedNumber, at: start) }
    if take(0x2e) {
      isWhole = false
      try digits()
    }
    if take(0x65) || take(0x45) {
      isWhole = false
      if !take(0x2b) { _ = take(0x2d) }
      try digits()
    }
    guard isWhole, let value = Int(String(decoding: bytes[start..<offset], as: UTF8.self)) else {
      return .otherNumber
    }
    return .integer(value)
  }

  private mutating func digits() throws(Failure) {
    let start = offset
    while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) { offset += 1 }
    if offset == start { throw failure(.malformedNumber) }
  }

  private mutating func string() throws(Failure) -> String {
    let start = offset
    offset += 1
    var text: [UInt8] = []
    while true {
      guard offset < bytes.count else { throw failure(.endOfText) }
      let byte = bytes[offset]
      switch byte {
      case 0x22:
        offset += 1
        guard let string = String(validating: text, as: UTF8.self) else {
          throw failure(.notUTF8, at: start)
        }
        return string
      case 0x5c:
        text += try escape()
      case 0..<0x20:
        throw failure(.controlCharacter)
      default:
        text.append(byte)
        offset += 1
      }
    }
  }

  /// Reads `\` and what belongs to it.
  private mutating func escape() throws(Failure) -> [UInt8] {
    let start = offset
    guard offset + 1 < bytes.count else { throw failure(.endOfText, at: bytes.count) }
    let byte = bytes[offset + 1]
    offset += 2
    switch byte {
    case 0x22, 0x5c, 0x2f: return [byte]
    case 0x62: return [0x08]
    case 0x66: return [0x0c]
    case 0x6e: return [0x0a]
    case 0x72: return [0x0d]
    case 0x74: return [0x09]
    case 0x75: break
    default: throw failure(.unknownEscape, at: start)
    }
    guard var code = hexDigits() else { throw failure(.unknownEscape, at: start) }
    if (0xd800...0xdbff).contains(code), take(0x5c), take(0x75), let low = hexDigits(),
      (0xdc00...0xdfff).contains(low)
    {
      code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw failure(.unknownEscape, at: start) }
    return Array(Character(scalar).utf8)
  }

  private mutating func hexDigits() -> UInt32? {
    guard bytes.count - offset >= 4 else { return nil }
    var value: UInt32 = 0
    for byte in bytes[offset..<(offset + 4)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        return nil
      }
      value = value << 4 | UInt32(digit)
    }
    offset += 4
    return value
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset += 1
    return true
  }

  /// Line ends stand only between tokens, since a string holds none that is not escaped.
  private mutating func skipSpace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x0a:
        line += 1
        lineStart = offset + 1
        counted = lineStart
        continuationCount = 0
      case 0x20, 0x09, 0x0d: break
      default: return
      }
      offset += 1
    }
  }

  /// Where the next byte stands.
  ///
  /// It only moves forward, so a line is counted once.
  private var position: TextPosition {
    mutating get {
      while counted < offset {
        if bytes[counted] & 0xc0 == 0x80 { continuationCount += 1 }
        counted += 1
      }
      return TextPosition(line: line, column: offset - lineStart - continuationCount + 1)
    }
  }

  private func failure(_ fault: JSONFault, at place: Int? = nil) -> Failure {
    let place = min(place ?? offset, bytes.count)
    let before = bytes[min(lineStart, place)..<place]
    let column = before.count { $0 & 0xc0 != 0x80 } + 1
    return Failure(fault: fault, position: TextPosition(line: line, column: column))
  }

  private func unexpected(_ expectation: JSONExpectation) -> Failure {
    guard offset < bytes.count else { return failure(.endOfText) }
    let isComment = bytes[offset] == 0x23 || bytes[offset...].starts(with: [0x2f])
    return failure(isComment ? .comment : .expected(expectation))
  }
}
