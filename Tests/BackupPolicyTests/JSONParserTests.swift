import Testing

@testable import BackupPolicy

@Suite struct JSONParserTests {
  private func fault(_ bytes: [UInt8]) -> (JSONFault, TextPosition)? {
    var parser = JSONParser(bytes)
    do throws(JSONParser.Failure) {
      _ = try parser.parse()
      return nil
    } catch {
      return (error.fault, error.position)
    }
  }

  private func fault(_ text: String) -> JSONFault? { fault(Array(text.utf8))?.0 }

  @Test(arguments: [
    "{}", "[]", "null", " true ", "-0", "0", "12", "-12", "1.5", "1e9", "1E+9", "1.0e-3",
    #""""#, #""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude97""#, #"{"a": [1, {"b": null}], "c": ""}"#,
    "[1,\r\n\t2]", "\"\u{7f}é🚗\"",
  ])
  func readsWhatIsJSON(_ text: String) { #expect(fault(text) == nil) }

  @Test(arguments: [
    ("", JSONFault.endOfText), ("[1", .endOfText), ("{\"a\"", .endOfText), ("\"a", .endOfText),
    ("tru", .expected(.value)), ("TRUE", .expected(.value)), ("'a'", .expected(.value)),
    ("[1 2]", .expected(.commaOrBracket)), ("{\"a\":1 \"b\":2}", .expected(.commaOrBrace)),
    ("{\"a\" 1}", .expected(.colon)), ("{a:1}", .expected(.key)), ("{1:1}", .expected(.key)),
    ("[1,]", .trailingComma), ("{\"a\":1,}", .trailingComma), ("[,1]", .expected(.value)),
    ("1 2", .expected(.end)), ("// x\n1", .comment), ("[1, # x\n2]", .comment),
    ("01", .malformedNumber), ("-", .malformedNumber), ("1.", .malformedNumber),
    ("1e", .malformedNumber), ("-01", .malformedNumber), (".5", .expected(.value)),
    ("+1", .expected(.value)), ("\"\\x\"", .unknownEscape), ("\"\\u12g4\"", .unknownEscape),
    ("\"\\ud800\"", .unknownEscape), ("\"\\udc00\"", .unknownEscape),
    ("\"\\ud800\\u0041\"", .unknownEscape), ("\"a\nb\"", .controlCharacter),
    ("\u{feff}1", .byteOrderMark), ("NaN", .expected(.value)),
  ])
  func refusesWhatIsNot(_ text: String, _ expected: JSONFault) {
    #expect(fault(text) == expected)
  }

  @Test func countsCharactersAndLines() {
    let found = fault(Array("{\n  \"é🚗\": tru\n}".utf8))
    #expect(found?.1 == TextPosition(line: 2, column: 9))
    #expect(fault(Array("{\r\n\t\"a\" 1}".utf8))?.1 == TextPosition(line: 2, column: 6))
    #expect(fault([0x22, 0xff, 0x22])?.0 == .notUTF8)
    #expect(fault([0x22, 0xff, 0x22])?.1 == TextPosition(line: 1, column: 1))
  }

  @Test func bindsDepthAndLength() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(fault(nested(32)) == nil)
    #expect(fault(nested(33)) == .tooDeep)
    #expect(fault(String(repeating: "[", count: 1_000_000)) == .tooDeep)
    let space = String(repeating: " ", count: JSONParser.byteCountMax - 2)
    #expect(fault(space + "{}") == nil)
    #expect(fault(space + " {}") == .tooLarge)
  }

  @Test func refusesEveryPrefix() {
    let text = Array(#"{"a": [true, "é\u00e9", -1.5e3], "b": {"c": null}}"#.utf8)
    for count in text.indices { #expect(fault(Array(text[..<count])) != nil) }
    for bit in 0..<(text.count * 8) {
      var flipped = text
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      _ = fault(flipped)
    }
  }

  @Test func findsDuplicateKeys() throws {
    var parser = JSONParser(
      Array("{\"a\": 1, \"b\": [{\"c\": 1,\n\"c\": 2}], \"\\u0061\": 3}".utf8))
    _ = try parser.parse()
    #expect(parser.duplicates.map(\.path) == ["b[0].c", "a"])
    #expect(parser.duplicates.first?.position == TextPosition(line: 2, column: 1))
  }

  @Test func writesWhatItReads() throws {
    let texts = ["", "a\"\\/\n\r\t\u{1}\u{7f}é🚗", String(repeating: "x", count: 300)]
    var parser = JSONParser(JSONOutput.object([("a", .texts(texts)), ("b", .object([]))]).pretty())
    guard case .object(let members) = try parser.parse().value,
      case .list(let nodes) = members[0].node.value
    else {
      Issue.record("not the same shape")
      return
    }
    for (node, text) in zip(nodes, texts) {
      guard case .text(let read) = node.value else {
        Issue.record("not a text")
        return
      }
      #expect(read == text)
    }
  }

  @Test(arguments: [
    ("dayly", "daily", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 1),
    ("same", "same", 0), ("floor", "flor", 1),
  ])
  func countsEdits(_ left: String, _ right: String, _ count: Int) {
    #expect(EditDistance.distance(left, right) == count)
    #expect(EditDistance.distance(right, left) == count)
  }

  @Test func suggestsOnlyWhatIsNear() {
    #expect(EditDistance.nearest(to: "dayly", among: ["weekly", "daily"]) == "daily")
    #expect(EditDistance.nearest(to: "MaximumAge", among: ["maximumAgeDays"]) == nil)
    #expect(
      EditDistance.nearest(to: "maximumagedays", among: ["maximumAgeDays"]) == "maximumAgeDays")
    #expect(EditDistance.nearest(to: "banana", among: ["daily", "floor"]) == nil)
    #expect(EditDistance.nearest(to: String(repeating: "a", count: 65), among: ["a"]) == nil)
  }
}
