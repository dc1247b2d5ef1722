/// Collects what is wrong, so that one reading of a file finds everything.
final class ProblemList {
  private(set) var problems: [PolicyProblem] = []

  func add(_ path: String, _ position: TextPosition, _ reason: PolicyReason) {
    guard problems.count < PolicyError.problemCountMax else { return }
    problems.append(PolicyProblem(path: path, position: position, reason: reason))
  }
}

/// A value, its path and its place, with the readings that a policy needs.
///
/// A reading that fails leaves a problem behind and gives `nil`.
struct PolicyNode {
  let node: JSONNode
  let path: String
  let problems: ProblemList

  var position: TextPosition { node.position }

  func refuse(_ reason: PolicyReason) { problems.add(path, position, reason) }

  private func refuse<Value>(_ expectation: PolicyExpectation) -> Value? {
    refuse(.expected(expectation, found: node.value.kind))
    return nil
  }

  func flag() -> Bool? {
    guard case .flag(let value) = node.value else { return refuse(.flag) }
    return value
  }

  func integer(in range: ClosedRange<Int>) -> Int? {
    guard case .integer(let value) = node.value, range.contains(value) else {
      return refuse(.wholeNumber(range))
    }
    return value
  }

  /// A text that a reading understands.
  func parsed<Value>(_ expectation: PolicyExpectation, _ read: (String) -> Value?) -> Value? {
    guard case .text(let text) = node.value, let value = read(text) else {
      return refuse(expectation)
    }
    return value
  }

  /// A text for people, without placeholders.
  func prose(characterCountMax: Int = 200) -> String? {
    let text = parsed(.text(characterCountMax: characterCountMax)) { text in
      let isClean = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
      let isBlank = text.allSatisfy(\.isWhitespace)
      return isClean && !isBlank && text.count <= characterCountMax ? text : nil
    }
    if let text, let open = text.firstIndex(of: "<"), text[open...].contains(">") {
      refuse(.placeholder)
      return nil
    }
    return text
  }

  func word<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> Word?
  where Word.RawValue == String {
    let words = type.allCases.map(\.rawValue)
    guard case .text(let text) = node.value else { return refuse(.oneOf(words)) }
    guard let word = Word(rawValue: text) else {
      refuse(
        .unknownWord(.oneOf(words), nearest: EditDistance.nearest(to: text, among: words)))
      return nil
    }
    return word
  }

  func elements(filled: Bool = false) -> [PolicyNode]? {
    guard case .list(let nodes) = node.value, !filled || !nodes.isEmpty else {
      return refuse(filled ? .filledList : .list)
    }
    return nodes.enumerated().map { index, node in
      PolicyNode(node: node, path: "\(path)[\(index)]", problems: problems)
    }
  }

  func object() -> PolicyObject? {
    guard case .object(let members) = node.value else { return refuse(.object) }
    return PolicyObject(members: members, node: self)
  }

  func date() -> Night? { parsed(.date) { Night(parsing: $0) } }
  func time() -> TimeOfDay? { parsed(.timeOfDay) { TimeOfDay(parsing: $0) } }

  /// An absolute path without a slash at its end.
  func absolutePath() -> String? { parsed(.absolutePath, PolicyPath.normalised) }

  func filePath() -> String? {
    parsed(.path) { PolicyPath.isPlain($0) && !$0.isEmpty ? $0 : nil }
  }

  /// The program and its arguments; none if the list is empty and may be.
  func command(mayBeEmpty: Bool = false) -> [String]? {
    guard case .list(let nodes) = node.value else { return refuse(.command) }
    var arguments: [String] = []
    for node in nodes {
      guard case .text(let text) = node.value, PolicyPath.isPlain(text) else {
        return refuse(.command)
      }
      arguments.append(text)
    }
    guard let program = arguments.first else { return mayBeEmpty ? [] : refuse(.command) }
    // Cron's PATH is not the shell's: a program named without its folder is found by day only.
    return PolicyPath.normalised(program) == nil ? refuse(.command) : arguments
  }

  func byteCount(mayBeZero: Bool = false) -> Int? {
    switch node.value {
    case .integer(0) where mayBeZero: return 0
    case .integer(let value) where value > 0: return value
    case .text(let text): return ByteCountText.value(of: text) ?? refuse(.byteCount)
    default: return refuse(.byteCount)
    }
  }
}

/// An object whose keys are asked for one by one; what was not asked for is unknown.
final class PolicyObject {
  private let members: [String: JSONMember]
  private let order: [JSONMember]
  private let node: PolicyNode
  private var known: [String] = []

  init(members: [JSONMember], node: PolicyNode) {
    order = members
    self.members = Dictionary(members.map { ($0.key, $0) }) { first, _ in first }
    self.node = node
  }

  func path(of key: String) -> String { node.path.isEmpty ? key : "\(node.path).\(key)" }

  /// The place of a key, or of the object where it is missing.
  func position(of key: String) -> TextPosition { members[key]?.position ?? node.position }

  func refuse(_ key: String, _ reason: PolicyReason) {
    node.problems.add(path(of: key), position(of: key), reason)
  }

  /// The value of a key that may be missing.
  func optional(_ key: String) -> PolicyNode? {
    known.append(key)
    guard let member = members[key] else { return nil }
    return PolicyNode(node: member.node, path: path(of: key), problems: node.problems)
  }

  /// The value of a key that must be there.
  func required(_ key: String, _ expectation: PolicyExpectation) -> PolicyNode? {
    guard let value = optional(key) else {
      refuse(key, .missingKey(expectation))
      return nil
    }
    return value
  }

  func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int) -> Int {
    optional(key)?.integer(in: range) ?? fallback
  }

  func flag(_ key: String, default fallback: Bool) -> Bool { optional(key)?.flag() ?? fallback }

  /// Reads an object under a key that may be missing.
  func object<Value>(_ key: String, default fallback: Value, _ read: (PolicyObject) -> Value)
    -> Value
  {
    guard let object = optional(key)?.object() else { return fallback }
    let value = read(object)
    object.finish()
    return value
  }

  /// Reads the objects of a list.
  func objects<Value>(_ key: String, filled: Bool = false, _ read: (PolicyObject) -> Value?)
    -> [Value]
  {
    let value = filled ? required(key, .filledList) : optional(key)
    return (value?.elements(filled: filled) ?? []).compactMap { element in
      guard let object = element.object() else { return nil }
      let value = read(object)
      object.finish()
      return value
    }
  }

  /// Refuses what was never asked for.
  func finish() {
    for member in order where !known.contains(member.key) {
      let free = known.filter { members[$0] == nil }
      // A key that is not there yet is the likelier meaning.
      let nearest =
        EditDistance.nearest(to: member.key, among: free)
        ?? EditDistance.nearest(to: member.key, among: known)
      node.problems.add(
        path(of: member.key), member.position, .unknownKey(nearest: nearest))
    }
  }
}
