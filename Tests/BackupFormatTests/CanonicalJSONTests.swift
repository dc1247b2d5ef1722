import BackupFormat
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
}
