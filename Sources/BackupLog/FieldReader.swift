internal import BackupFormat

/// Something that the log writes as an object of named fields.
protocol FieldCoded {
  /// Reads its fields, and no others' (the caller checks that none is left).
  init(fields: inout FieldReader) throws(FormatError)
  /// The fields as they are written.
  var fields: [String: CanonicalJSON] { get }
}

/// Takes named fields out of a JSON object; what is missing, ill-formed or left over is refused.
///
/// Each method throws ``FormatError/outOfRange(_:)`` of ``FormatError/Field/predicate``.
struct FieldReader {
  private let object: CanonicalValue
  /// The places of the fields that were taken: the first 64, and those after them.
  private var taken: UInt64 = 0
  private var takenLater: Set<Int> = []
  private var leftCount: Int

  init(_ value: CanonicalValue) throws(FormatError) {
    guard value.kind == .object else { throw .outOfRange(.predicate) }
    object = value
    leftCount = value.memberCount
  }

  /// Throws unless every field was taken.
  func expectEnd() throws(FormatError) {
    guard leftCount == 0 else { throw .outOfRange(.predicate) }
  }

  /// Whether a field is there that has not been taken: the first of a bracket (`Docs/format.md`, 9.2).
  func has(_ name: String) -> Bool { object.member(name).map { !isTaken($0.place) } ?? false }

  private func isTaken(_ place: Int) -> Bool {
    place < 64 ? taken & 1 << UInt64(place) != 0 : takenLater.contains(place)
  }

  mutating func value(_ name: String) throws(FormatError) -> CanonicalValue {
    guard let (place, value) = object.member(name), !isTaken(place) else {
      throw .outOfRange(.predicate)
    }
    if place < 64 { taken |= 1 << UInt64(place) } else { takenLater.insert(place) }
    leftCount -= 1
    return value
  }

  mutating func string(_ name: String) throws(FormatError) -> String {
    guard let text = try value(name).string else { throw .outOfRange(.predicate) }
    return text
  }

  mutating func integer(_ name: String) throws(FormatError) -> Int64 {
    guard let number = try value(name).integer else { throw .outOfRange(.predicate) }
    return number
  }

  /// A number that is not negative.
  mutating func count(_ name: String) throws(FormatError) -> Int {
    let number = try integer(name)
    guard number >= 0 else { throw .outOfRange(.predicate) }
    return Int(number)
  }

  /// Seconds since 1970, or a number of seconds; not negative.
  mutating func seconds(_ name: String) throws(FormatError) -> Int64 {
    let number = try integer(name)
    guard number >= 0 else { throw .outOfRange(.predicate) }
    return number
  }

  mutating func id<ID: Identifier>(_ name: String) throws(FormatError) -> ID {
    try Self.id(try value(name))
  }

  mutating func choice<Choice: RawRepresentable<String>>(
    _ name: String
  ) throws(FormatError) -> Choice {
    guard let choice = Choice(rawValue: try string(name)) else { throw .outOfRange(.predicate) }
    return choice
  }

  /// `yes` or `no`; canonical JSON of this format has no booleans.
  mutating func flag(_ name: String) throws(FormatError) -> Bool {
    switch try string(name) {
    case "yes": return true
    case "no": return false
    default: throw .outOfRange(.predicate)
    }
  }

  mutating func bytes(_ name: String, byteCount: Int) throws(FormatError) -> [UInt8] {
    guard let bytes = try value(name).withText({ Base64.decode($0) }) ?? nil,
      bytes.count == byteCount
    else { throw .outOfRange(.predicate) }
    return bytes
  }

  /// Hands on each element of a list.
  mutating func forEach(
    _ name: String, _ body: (CanonicalValue) throws(FormatError) -> Void
  ) throws(FormatError) {
    let list = try value(name)
    guard list.kind == .array else { throw .outOfRange(.predicate) }
    try list.forEachElement(body)
  }

  private mutating func list<Element>(
    _ name: String, _ element: (CanonicalValue) throws(FormatError) -> Element
  ) throws(FormatError) -> [Element] {
    var elements: [Element] = []
    try forEach(name) { value throws(FormatError) in elements.append(try element(value)) }
    return elements
  }

  static func id<ID: Identifier>(_ value: CanonicalValue) throws(FormatError) -> ID {
    guard let id = value.withText({ ID(hex: $0) }) ?? nil else { throw .outOfRange(.predicate) }
    return id
  }

  mutating func ids<ID: Identifier>(_ name: String) throws(FormatError) -> [ID] {
    try list(name, Self.id)
  }

  mutating func sortedIDs<ID: Identifier>(_ name: String) throws(FormatError) -> [ID] {
    try Self.checkSorted(try ids(name))
  }

  mutating func sortedChoices<Choice: RawRepresentable<String> & Comparable>(
    _ name: String
  ) throws(FormatError) -> [Choice] {
    let choices = try list(name) { value throws(FormatError) -> Choice in
      guard let choice = value.string.flatMap({ Choice(rawValue: $0) }) else {
        throw .outOfRange(.predicate)
      }
      return choice
    }
    return try Self.checkSorted(choices)
  }

  mutating func counts(_ name: String) throws(FormatError) -> [Int] {
    try list(name) { value throws(FormatError) in
      guard let number = value.integer, number >= 0 else { throw .outOfRange(.predicate) }
      return Int(number)
    }
  }

  mutating func paths(_ name: String) throws(FormatError) -> [ObjectPath] {
    try list(name, Self.path)
  }

  static func path(_ value: CanonicalValue) throws(FormatError) -> ObjectPath {
    guard let path = value.string.flatMap({ ObjectPath($0) }) else {
      throw .outOfRange(.predicate)
    }
    return path
  }

  mutating func night(_ name: String) throws(FormatError) -> Night {
    guard let night = Night(try string(name)) else { throw .outOfRange(.predicate) }
    return night
  }

  mutating func parts<Part: FieldCoded>(_ name: String) throws(FormatError) -> [Part] {
    var parts: [Part] = []
    try forEach(name) { value throws(FormatError) in
      var reader = try FieldReader(value)
      parts.append(try Part(fields: &reader))
      try reader.expectEnd()
    }
    return parts
  }

  mutating func part<Part: FieldCoded>(_ name: String) throws(FormatError) -> Part {
    var reader = try FieldReader(try value(name))
    let part = try Part(fields: &reader)
    try reader.expectEnd()
    return part
  }

  /// Ascending without repeats, or it is refused.
  static func checkSorted<Element: Comparable>(
    _ elements: [Element]
  ) throws(FormatError) -> [Element] {
    for i in elements.indices.dropFirst() {
      guard elements[i - 1] < elements[i] else { throw .wrongOrder(.predicate) }
    }
    return elements
  }
}

extension CanonicalJSON {
  static func id(_ id: some Identifier) -> CanonicalJSON { .string(id.hex) }
  static func count(_ count: Int) -> CanonicalJSON { .integer(Int64(count)) }
  static func flag(_ flag: Bool) -> CanonicalJSON { .string(flag ? "yes" : "no") }
  static func base64(_ bytes: [UInt8]) -> CanonicalJSON { .string(Base64.encode(bytes)) }
  static func choice(_ choice: some RawRepresentable<String>) -> CanonicalJSON {
    .string(choice.rawValue)
  }
  static func part(_ part: some FieldCoded) -> CanonicalJSON { .object(part.fields) }
  static func list<Element>(
    _ elements: [Element], _ json: (Element) -> CanonicalJSON
  ) -> CanonicalJSON {
    .array(elements.map(json))
  }
}
