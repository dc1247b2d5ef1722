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
  private var object: [String: CanonicalJSON]

  init(_ json: CanonicalJSON) throws(FormatError) {
    guard let object = json.object else { throw .outOfRange(.predicate) }
    self.object = object
  }

  /// Throws unless every field was taken.
  func expectEnd() throws(FormatError) {
    guard object.isEmpty else { throw .outOfRange(.predicate) }
  }

  /// Whether a field is there that has not been taken: the first of a bracket (`Docs/format.md`, 9.2).
  func has(_ name: String) -> Bool { object[name] != nil }

  mutating func value(_ name: String) throws(FormatError) -> CanonicalJSON {
    guard let value = object.removeValue(forKey: name) else { throw .outOfRange(.predicate) }
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
    guard let id = ID(hex: try string(name)) else { throw .outOfRange(.predicate) }
    return id
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
    guard let bytes = Base64.decode(try string(name)), bytes.count == byteCount else {
      throw .outOfRange(.predicate)
    }
    return bytes
  }

  mutating func array(_ name: String) throws(FormatError) -> [CanonicalJSON] {
    guard let array = try value(name).array else { throw .outOfRange(.predicate) }
    return array
  }

  mutating func ids<ID: Identifier>(_ name: String) throws(FormatError) -> [ID] {
    var ids: [ID] = []
    for json in try array(name) {
      guard let text = json.string, let id = ID(hex: text) else { throw .outOfRange(.predicate) }
      ids.append(id)
    }
    return ids
  }

  mutating func sortedIDs<ID: Identifier>(_ name: String) throws(FormatError) -> [ID] {
    try Self.checkSorted(try ids(name))
  }

  mutating func sortedChoices<Choice: RawRepresentable<String> & Comparable>(
    _ name: String
  ) throws(FormatError) -> [Choice] {
    var choices: [Choice] = []
    for json in try array(name) {
      guard let text = json.string, let choice = Choice(rawValue: text) else {
        throw .outOfRange(.predicate)
      }
      choices.append(choice)
    }
    return try Self.checkSorted(choices)
  }

  mutating func counts(_ name: String) throws(FormatError) -> [Int] {
    var counts: [Int] = []
    for json in try array(name) {
      guard let number = json.integer, number >= 0 else { throw .outOfRange(.predicate) }
      counts.append(Int(number))
    }
    return counts
  }

  mutating func paths(_ name: String) throws(FormatError) -> [ObjectPath] {
    var paths: [ObjectPath] = []
    for json in try array(name) {
      guard let text = json.string, let path = ObjectPath(text) else {
        throw .outOfRange(.predicate)
      }
      paths.append(path)
    }
    return paths
  }

  mutating func night(_ name: String) throws(FormatError) -> Night {
    guard let night = Night(try string(name)) else { throw .outOfRange(.predicate) }
    return night
  }

  mutating func part<Part: FieldCoded>(_ name: String) throws(FormatError) -> Part {
    try Self.part(try value(name))
  }

  mutating func parts<Part: FieldCoded>(_ name: String) throws(FormatError) -> [Part] {
    var parts: [Part] = []
    for json in try array(name) { parts.append(try Self.part(json)) }
    return parts
  }

  private static func part<Part: FieldCoded>(_ json: CanonicalJSON) throws(FormatError) -> Part {
    var reader = try FieldReader(json)
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
