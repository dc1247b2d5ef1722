import Testing

@testable import BackupCrypto

@Suite("AES-256-GCM")
struct AESGCMTests {
  struct Group: Decodable {
    struct Case: Decodable {
      let tcId: Int
      let key, iv, aad, msg, ct, tag: Hex
      let result: String
    }
    let ivSize, keySize, tagSize: Int
    let tests: [Case]
  }

  /// The groups with the one size of key, nonce and tag that this code has.
  @Test func agreesWithWycheproof() throws {
    let file = try Wycheproof<Group>.load("aes_gcm_test")
    let context = try AESGCMContext()
    var count = 0
    for group in file.testGroups
    where group.keySize == 256 && group.ivSize == 96 && group.tagSize == 128 {
      for test in group.tests {
        count += 1
        let (message, tagged) = (test.msg.bytes, test.ct.bytes + test.tag.bytes)
        var sealed = [UInt8](repeating: 0, count: message.count + 16)
        var sealedSpan = sealed.mutableSpan
        try context.seal(
          message.span, key: test.key.bytes.span, nonce: test.iv.bytes.span,
          binding: test.aad.bytes.span, into: &sealedSpan)
        #expect((sealed == tagged) == (test.result == "valid"), "test \(test.tcId)")

        var opened = [UInt8](repeating: 0xee, count: tagged.count - 16)
        do {
          var openedSpan = opened.mutableSpan
          try context.open(
            tagged.span, key: test.key.bytes.span, nonce: test.iv.bytes.span,
            binding: test.aad.bytes.span, into: &openedSpan)
          #expect(opened == message && test.result == "valid", "test \(test.tcId)")
        } catch {
          #expect(error == .authenticationFailed && test.result == "invalid", "test \(test.tcId)")
          #expect(opened.allSatisfy { $0 == 0 })
        }
      }
    }
    #expect(count == 66)
  }
}
