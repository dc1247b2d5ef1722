import BackupFormat
import BackupTestSupport
import Testing

@Suite("Canonical JSON")
struct CanonicalJSONTests {
  @Test func sortsKeysAndEscapes() throws {
    let value = CanonicalJSON.object([
      "b": .integer(-1), "a": .array([.string("\u{1}\n\"\\é"), .object([:])]),
    ])
    let bytes = value.encode()
    #expect(String(decoding: bytes, as: UTF8.self) == #"{"a":["\u0001\n\"\\é",{}],"b":-1}"#)
    #expect(try CanonicalJSON(decoding: bytes) == value)
  }

  @Test(arguments: [
    "", " 1", "1 ", "01", "-0", "1.0", "1e3", "true", "null", "9007199254740992", "\"\\/\"",
    "\"\\u0041\"", "{\"b\":1,\"a\":1}", "{\"a\":1,\"a\":1}", "[1,]", "[1 ,2]", "{\"a\":1}\n",
    "\"\u{7}\"", "[", "{\"a\"", "\"", "-",
  ])
  func refuses(_ text: String) {
    #expect(throws: FormatError.self) { try CanonicalJSON(decoding: [UInt8](text.utf8)) }
  }

  @Test func refusesDepth() {
    let deep = [UInt8](repeating: 0x5b, count: 100) + [UInt8](repeating: 0x5d, count: 100)
    #expect(throws: FormatError.limitExceeded(.depth)) { try CanonicalJSON(decoding: deep) }
  }

  @Test("Canonical JSON follows its vectors", arguments: FormatVector.load("canonical-json"))
  func vector(_ vector: FormatVector) throws {
    let bytes = vector.bytes("hex")
    if vector.isAccepted {
      #expect(try CanonicalJSON(decoding: bytes).encode() == bytes)
    } else if ["depth 17", "very deep"].contains(vector.why) {
      #expect(throws: FormatError.limitExceeded(.depth)) { try CanonicalJSON(decoding: bytes) }
    } else {
      #expect(throws: FormatError.self) { try CanonicalJSON(decoding: bytes) }
    }
  }

  @Test("Sixteen lists and objects may stand in one another, and hold something")
  func depth() throws {
    let innermost = #"[[[[[[[[[[[[[[["x",{"a":1}]]]]]]]]]]]]]]]"#
    #expect(throws: Never.self) { try CanonicalJSON(decoding: [UInt8](innermost.utf8)) }
    #expect(throws: FormatError.limitExceeded(.depth)) {
      try CanonicalJSON(decoding: [UInt8]("[\(innermost)]".utf8))
    }
  }

  @Test("Names that Unicode calls equivalent are refused in one object")
  func equivalentNames() {
    let text = "{\"e\u{301}\":1,\"\u{e9}\":2}"
    #expect(throws: FormatError.notCanonical(at: 9)) {
      try CanonicalJSON(decoding: [UInt8](text.utf8))
    }
  }

  @Test("What stands in a document is read where it stands")
  func document() throws {
    let text = #"{"":[],"a":{"a":-7,"b":0},"aa":"x\n\u0001\"\\é","ab":["y",12,[3]],"é":"é"}"#
    let root = try CanonicalDocument([UInt8](text.utf8)).root
    #expect(root.kind == .object)
    #expect(root.memberCount == 5)
    #expect(root.member("")?.place == 0)
    #expect(root.member("é")?.place == 4)
    #expect(root.member("e\u{301}") == nil)
    #expect(root.member("b") == nil)
    let inner = try #require(root.member("a")?.value)
    #expect(inner.member("a")?.value.integer == -7)
    #expect(inner.member("b")?.value.integer == 0)
    #expect(inner.member("aa") == nil)
    let escaped = try #require(root.member("aa")?.value)
    #expect(escaped.string == "x\n\u{1}\"\\é")
    #expect(escaped.withText { $0.count } == 7)
    #expect(escaped.isString("x\n\u{1}\"\\é"))
    #expect(!escaped.isString(#"x\n\u0001\"\\é"#))
    var elements: [CanonicalValue] = []
    root.member("ab")?.value.forEachElement { elements.append($0) }
    #expect(elements.map(\.kind) == [.string, .integer, .array])
    #expect(elements.map(\.string) == ["y", nil, nil])
    #expect(elements.map(\.integer) == [nil, 12, nil])
    var names: [String?] = []
    root.forEachMember { name, _ in names.append(name.string) }
    #expect(names == ["", "a", "aa", "ab", "é"])
    escaped.forEachElement { _ in Issue.record("a string has no elements") }
    escaped.forEachMember { _, _ in Issue.record("a string has no members") }
    #expect(escaped.member("x") == nil)
  }

  @Test("Names that need UTF-16 to be put in order")
  func namesInOrder() throws {
    // U+FB33 stands before U+1F600 in UTF-8, and behind it in UTF-16.
    let right = "{\"\\n\":1,\"\u{1F600}\":2,\"\u{FB33}\":3}"
    let wrong = "{\"\u{FB33}\":3,\"\u{1F600}\":2}"
    #expect(try CanonicalDocument([UInt8](right.utf8)).root.memberCount == 3)
    #expect(throws: FormatError.self) { try CanonicalDocument([UInt8](wrong.utf8)) }
    #expect(throws: FormatError.self) { try CanonicalDocument([UInt8](#"{"a":1,"\n":2}"#.utf8)) }
  }

  @Test("Random values come back")
  func roundTrips() throws {
    var samples = Samples(seed: 160)
    func value(_ depth: Int) -> CanonicalJSON {
      switch samples.number(0...(depth > 4 ? 1 : 3)) {
      case 0:
        return .integer(Int64(samples.wide(bitCountMax: 53)) * (samples.once(in: 2) ? 1 : -1))
      case 1:
        return .string(
          String(decoding: samples.generator.bytes(samples.number(0...6)), as: UTF8.self))
      case 2: return .array((0..<samples.number(0...3)).map { _ in value(depth + 1) })
      default:
        var object: [String: CanonicalJSON] = [:]
        for _ in 0..<samples.number(0...4) {
          object["k\(samples.number(0...99))é"] = value(depth + 1)
        }
        return .object(object)
      }
    }
    for _ in 0..<400 {
      let value = value(0)
      #expect(try CanonicalJSON(decoding: value.encode()) == value)
    }
  }
}
