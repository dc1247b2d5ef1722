import BackupStorage
import Testing

@Suite("Storage keys")
struct StorageKeyTests {
  @Test(arguments: ["FORMAT", "a", "log/0000000000000042", "a/b/c/d", "x-._9", "a..b", "-rf"])
  func acceptsLegalKeys(_ text: String) {
    #expect(StorageKey(text)?.description == text)
    #expect(StorageKey(bytes: Array(text.utf8))?.bytes == Array(text.utf8))
  }

  @Test(
    arguments: [
      "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", ".hidden", "a/.b", "a b", "a\u{0}",
      "a\n", "é", "e\u{301}", "a\\b", "a/b/c/d/e", "a:b", "a%2e", "~", "a*",
    ])
  func refusesIllegalKeys(_ text: String) {
    #expect(StorageKey(text) == nil)
    #expect(StorageKey(bytes: Array(text.utf8)) == nil)
  }

  @Test func refusesBytesThatAreNoText() {
    for byte in UInt8(0x80)...0xFF { #expect(StorageKey(bytes: [0x61, byte]) == nil) }
  }

  @Test func limitsLengths() {
    let component = String(repeating: "a", count: 100)
    #expect(StorageKey(component) != nil)
    #expect(StorageKey(component + "a") == nil)
    let rest = String(repeating: "b", count: 53)
    #expect(StorageKey("\(component)/\(component)/\(rest)")?.bytes.count == 255)
    #expect(StorageKey("\(component)/\(component)/\(rest)b") == nil)
  }

  @Test func takesKeysApart() throws {
    let key = StorageKey(literal: "packs/0a/7")
    #expect(key.components == ["packs", "0a", "7"] && key.name == "7")
    #expect(key.parent == StorageKey(literal: "packs/0a"))
    #expect(StorageKey(literal: "a").parent == nil)
    #expect(key.appending("x") == StorageKey(literal: "packs/0a/7/x"))
    #expect(key.appending("x/y") == nil && key.appending("..") == nil && key.appending("") == nil)
    #expect(key.isBelow("packs") && key.isBelow("packs/0a") && key.isBelow(""))
    #expect(!key.isBelow("pack") && !key.isBelow("packs/0a/7"))
  }

  @Test func ordersByBytes() {
    let texts = ["-", "0", "9", "A", "Z", "_", "a", "a-", "a.b", "a/b", "a0", "z"]
    let keys = texts.compactMap { StorageKey($0) }
    #expect(keys.sorted().map(\.description) == texts)
  }
}
