/// Canonical JSON that was read once, and whose values stay where they stand.
///
/// A log has thousands of statements, of which a reader asks few things: a tree of strings and
/// dictionaries for each would cost more than all that is done with it.
public struct CanonicalDocument: Sendable {
  fileprivate let bytes: [UInt8]
  /// The values in the order in which they begin; each name of an object stands before its value.
  fileprivate let nodes: [Node]

  fileprivate struct Node {
    let kind: CanonicalValue.Kind
    /// Whether a string holds escapes, so that its bytes are not its text.
    var hasEscapes = false
    /// Where its text begins and ends; that of a string without the quotation marks.
    let start: Int32
    var end: Int32 = 0
    /// The first node that is not part of it.
    var next: Int32 = 0
  }

  /// Reads canonical bytes, all of them.
  ///
  /// - Throws: ``FormatError/notCanonical(at:)`` for anything but what ``CanonicalJSON/encode()``
  ///   writes, ``FormatError/limitExceeded(_:)`` where more than ``CanonicalJSON/depthMax`` lists and
  ///   objects stand in one another, or for 2 GiB and more.
  public init(_ bytes: [UInt8]) throws(FormatError) {
    guard bytes.count < Int32.max else { throw .limitExceeded(.size) }
    var parser = Parser(bytes: bytes)
    try parser.value(depth: 0)
    guard parser.offset == bytes.count else { throw .notCanonical(at: parser.offset) }
    self.bytes = bytes
    nodes = parser.nodes
  }

  fileprivate init(bytes: [UInt8], nodes: [Node]) {
    self.bytes = bytes
    self.nodes = nodes
  }

  /// The value that the bytes are.
  public var root: CanonicalValue { CanonicalValue(document: self, index: 0) }
}

/// A value in a ``CanonicalDocument``.
public struct CanonicalValue: Sendable {
  fileprivate let document: CanonicalDocument
  fileprivate let index: Int

  /// What a value can be.
  public enum Kind: Sendable {
    /// A string.
    case string
    /// An integer between -(2^53 - 1) and 2^53 - 1.
    case integer
    /// A list.
    case array
    /// Named values.
    case object
  }

  private var node: CanonicalDocument.Node { document.nodes[index] }

  /// What it is.
  public var kind: Kind { node.kind }

  /// The string, if it is one.
  public var string: String? {
    let node = node
    guard node.kind == .string else { return nil }
    let written = Int(node.start)..<Int(node.end)
    return node.hasEscapes
      ? String(decoding: Self.text(document.bytes.span.extracting(written)), as: UTF8.self)
      : String(decoding: document.bytes[written], as: UTF8.self)
  }

  /// Hands on the bytes of the string, in UTF-8; nil if it is none.
  public func withText<Result>(_ body: (Span<UInt8>) -> Result) -> Result? {
    let node = node
    guard node.kind == .string else { return nil }
    let written = document.bytes.span.extracting(Int(node.start)..<Int(node.end))
    guard node.hasEscapes else { return body(written) }
    let text = Self.text(written)
    return body(text.span)
  }

  /// Whether it is this string, byte for byte.
  public func isString(_ text: String) -> Bool {
    withText { bytes in
      let text = text.utf8
      guard bytes.count == text.count else { return false }
      var i = 0
      for byte in text {
        if bytes[i] != byte { return false }
        i += 1
      }
      return true
    } ?? false
  }

  /// The integer, if it is one.
  public var integer: Int64? {
    let node = node
    guard node.kind == .integer else { return nil }
    let bytes = document.bytes
    let isNegative = bytes[Int(node.start)] == 0x2d
    var magnitude: Int64 = 0
    for i in (Int(node.start) + (isNegative ? 1 : 0))..<Int(node.end) {
      magnitude = magnitude * 10 + Int64(bytes[i] - 0x30)
    }
    return isNegative ? -magnitude : magnitude
  }

  /// Hands on each element, in order, if it is a list.
  public func forEachElement<Failure: Error>(
    _ body: (CanonicalValue) throws(Failure) -> Void
  ) throws(Failure) {
    let node = node
    guard node.kind == .array else { return }
    var i = index + 1
    while i < Int(node.next) {
      try body(CanonicalValue(document: document, index: i))
      i = Int(document.nodes[i].next)
    }
  }

  /// Hands on each name and value, in the order of the names, if it is an object.
  public func forEachMember<Failure: Error>(
    _ body: (_ name: CanonicalValue, _ value: CanonicalValue) throws(Failure) -> Void
  ) throws(Failure) {
    let node = node
    guard node.kind == .object else { return }
    var i = index + 1
    while i < Int(node.next) {
      try body(
        CanonicalValue(document: document, index: i),
        CanonicalValue(document: document, index: i + 1))
      i = Int(document.nodes[i + 1].next)
    }
  }

  /// How many named values it has; 0 if it is no object.
  public var memberCount: Int {
    var count = 0
    forEachMember { _, _ in count += 1 }
    return count
  }

  /// The named value, and its place among the others; nil if there is none, or it is no object.
  ///
  /// The name is compared byte for byte.
  public func member(_ name: String) -> (place: Int, value: CanonicalValue)? {
    let node = node
    guard node.kind == .object else { return nil }
    var i = index + 1
    var place = 0
    while i < Int(node.next) {
      if CanonicalValue(document: document, index: i).isString(name) {
        return (place, CanonicalValue(document: document, index: i + 1))
      }
      i = Int(document.nodes[i + 1].next)
      place += 1
    }
    return nil
  }

  /// The text of a string whose escapes were found to be right.
  private static func text(_ written: Span<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    var i = 0
    while i < written.count {
      guard written[i] == 0x5c else {
        text.append(written[i])
        i += 1
        continue
      }
      let escape = written[i + 1]
      i += 2
      switch escape {
      case 0x62: text.append(0x08)
      case 0x74: text.append(0x09)
      case 0x6e: text.append(0x0a)
      case 0x66: text.append(0x0c)
      case 0x72: text.append(0x0d)
      case 0x75:
        text.append(Hex.decode(written.extracting((i + 2)..<(i + 4)))?.first ?? 0)
        i += 4
      default: text.append(escape)
      }
    }
    return text
  }
}

/// The grammar of the canonical form: a value has one spelling, so that nothing need be written
/// again to compare.
private struct Parser {
  let bytes: [UInt8]
  var offset = 0
  var nodes: [CanonicalDocument.Node] = []

  init(bytes: [UInt8]) {
    self.bytes = bytes
    nodes.reserveCapacity(bytes.count / 16)
  }

  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func take(_ byte: UInt8) throws(FormatError) {
    guard next == byte else { throw .notCanonical(at: offset) }
    offset += 1
  }

  /// Begins a value at the next byte; returns its place.
  private mutating func begin(_ kind: CanonicalValue.Kind) -> Int {
    nodes.append(CanonicalDocument.Node(kind: kind, start: Int32(offset)))
    return nodes.count - 1
  }

  private mutating func end(_ index: Int, at offset: Int) {
    nodes[index].end = Int32(offset)
    nodes[index].next = Int32(nodes.count)
  }

  /// Reads a value that stands in `depth` lists and objects.
  mutating func value(depth: Int) throws(FormatError) {
    guard let first = next else { throw .notCanonical(at: offset) }
    switch first {
    case 0x22: _ = try string()
    case 0x5b, 0x7b:
      guard depth < CanonicalJSON.depthMax else { throw .limitExceeded(.depth) }
      let index = begin(first == 0x5b ? .array : .object)
      offset += 1
      if first == 0x5b { try array(depth) } else { try object(depth, index) }
      end(index, at: offset)
    case 0x2d, 0x30...0x39: try integer()
    default: throw .notCanonical(at: offset)
    }
  }

  private mutating func array(_ depth: Int) throws(FormatError) {
    if next == 0x5d {
      offset += 1
      return
    }
    while true {
      try value(depth: depth + 1)
      if next == 0x2c {
        offset += 1
        continue
      }
      try take(0x5d)
      return
    }
  }

  private mutating func object(_ depth: Int, _ index: Int) throws(FormatError) {
    if next == 0x7d {
      offset += 1
      return
    }
    var last: Name?
    var isASCII = true
    while true {
      let start = offset
      let name = try string()
      if let last, !precedes(last, name) { throw .notCanonical(at: start) }
      isASCII = isASCII && name.isASCII
      try take(0x3a)
      try value(depth: depth + 1)
      last = name
      if next == 0x2c {
        offset += 1
        continue
      }
      try take(0x7d)
      if !isASCII { try refuseEquivalents(index) }
      return
    }
  }

  /// Names that Unicode calls equivalent are one key where strings are compared, and refused.
  private func refuseEquivalents(_ index: Int) throws(FormatError) {
    var seen: Set<String> = []
    var i = index + 1
    while i < nodes.count {
      guard seen.insert(text(i)).inserted else {
        throw .notCanonical(at: Int(nodes[i].start) - 1)
      }
      i = Int(nodes[i + 1].next)
    }
  }

  /// The text of a string that was read.
  private func text(_ index: Int) -> String {
    let document = CanonicalDocument(bytes: bytes, nodes: nodes)
    return CanonicalValue(document: document, index: index).string ?? ""
  }

  private mutating func integer() throws(FormatError) {
    let start = offset
    let index = begin(.integer)
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
    end(index, at: offset)
  }

  /// A name, and whether all of it is ASCII and written as it is.
  private struct Name {
    let index: Int
    let isASCII: Bool
    let isPlain: Bool
  }

  /// Whether a name stands before another: by UTF-16, which is the bytes' order in ASCII.
  private func precedes(_ a: Name, _ b: Name) -> Bool {
    guard a.isPlain, b.isPlain else {
      return text(a.index).utf16.lexicographicallyPrecedes(text(b.index).utf16)
    }
    let (aEnd, bEnd) = (Int(nodes[a.index].end), Int(nodes[b.index].end))
    var (i, k) = (Int(nodes[a.index].start), Int(nodes[b.index].start))
    while i < aEnd, k < bEnd {
      if bytes[i] != bytes[k] { return bytes[i] < bytes[k] }
      i += 1
      k += 1
    }
    return i == aEnd && k < bEnd
  }

  private mutating func string() throws(FormatError) -> Name {
    try take(0x22)
    let index = begin(.string)
    var bits: UInt8 = 0
    while offset < bytes.count {
      let byte = bytes[offset]
      switch byte {
      case 0x22:
        if bits >= 0x80 {
          let written = bytes[Int(nodes[index].start)..<offset]
          guard String(validating: written, as: UTF8.self) != nil else {
            throw .notCanonical(at: offset)
          }
        }
        end(index, at: offset)
        offset += 1
        let isPlain = bits < 0x80 && !nodes[index].hasEscapes
        return Name(index: index, isASCII: bits < 0x80, isPlain: isPlain)
      case 0x5c:
        offset += 1
        nodes[index].hasEscapes = true
        try escape()
      case 0..<0x20: throw .notCanonical(at: offset)
      default:
        bits |= byte
        offset += 1
      }
    }
    throw .notCanonical(at: offset)
  }

  /// Reads what follows a backslash: the shortest escape of a byte, or none.
  private mutating func escape() throws(FormatError) {
    guard let escape = next else { throw .notCanonical(at: offset) }
    offset += 1
    switch escape {
    case 0x22, 0x5c, 0x62, 0x74, 0x6e, 0x66, 0x72: return
    case 0x75:
      guard offset + 4 <= bytes.count, bytes[offset] == 0x30, bytes[offset + 1] == 0x30,
        let code = Hex.decode(bytes.span.extracting((offset + 2)..<(offset + 4)))?.first,
        code < 0x20
      else { throw .notCanonical(at: offset) }
      switch code {
      case 0x08, 0x09, 0x0a, 0x0c, 0x0d: throw .notCanonical(at: offset)
      default: break
      }
      offset += 4
    default: throw .notCanonical(at: offset)
    }
  }
}
