import Testing

import BackupCrypto

@Suite("HMAC-SHA-256")
struct HMACSHA256Tests {
  struct Group: Decodable {
    struct Case: Decodable {
      let tcId: Int
      let key, msg, tag: Hex
      let result: String
    }
    let tagSize: Int
    let tests: [Case]
  }

  @Test func agreesWithWycheproof() throws {
    let file = try Wycheproof<Group>.load("hmac_sha256_test")
    var count = 0
    for group in file.testGroups {
      for test in group.tests {
        count += 1
        let code = HMACSHA256.authenticate(test.msg.bytes.span, key: test.key.bytes.span)
        let isEqual = Array(code.prefix(group.tagSize / 8)) == test.tag.bytes
        #expect(isEqual == (test.result == "valid"), "test \(test.tcId)")
        guard test.key.bytes.count == 32 else { continue }
        let key = try SecretKey(copying: test.key.bytes.span)
        #expect(HMACSHA256.authenticate(test.msg.bytes.span, key: key) == code)
        #expect(
          HMACSHA256.isValid(test.tag.bytes.span, for: test.msg.bytes.span, key: key)
            == (test.result == "valid" && group.tagSize == 256), "test \(test.tcId)")
      }
    }
    #expect(count == file.numberOfTests)
  }

  /// RFC 4231, test cases 6 and 7: keys longer than a block of the hash.
  @Test(arguments: [
    (
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      "This is a test using a larger than block-size key and a larger than block-size data. "
        + "The key needs to be hashed before being used by the HMAC algorithm.",
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    ),
  ])
  func hashesALongKey(message: String, code: String) {
    let key = [UInt8](repeating: 0xaa, count: 131)
    #expect(HMACSHA256.authenticate(Array(message.utf8).span, key: key.span).hex == code)
  }

  /// Values by Python's `hmac`: a key as long as a block is taken as it is, a longer one hashed.
  @Test(arguments: [
    (64, "7f395f33a6b531f3b7b8f0417d4f7dbeb7dd4112e3c79daf7e46a31d39729f8b"),
    (65, "ca248f1f0b01f59a74de06d0d80ca2976a2d25f59cf193f8690ee977058cc236"),
  ])
  func hashesOnlyAKeyLongerThanABlock(byteCount: Int, code: String) {
    let key = [UInt8](repeating: 0xaa, count: byteCount)
    #expect(HMACSHA256.authenticate(Array("a block long".utf8).span, key: key.span).hex == code)
  }

  @Test func oneHasherServesManyMessages() throws {
    let key = try SecretKey.random()
    let hasher = HMACHasher(key: key)
    for byteCount in [0, 1, 32, 55, 56, 63, 64, 65, 1000, 70_000] {
      let message = try RandomBytes.make(count: byteCount)
      let expected = HMACSHA256.authenticate(message.span, key: key.exposedBytes().span)
      var code = [UInt8](repeating: 0, count: 32)
      var span = code.mutableSpan
      hasher.authenticate(message.span, into: &span)
      #expect(code == expected)
      hasher.update(message.span.extracting(0..<byteCount / 3))
      hasher.update(message.span.extracting(byteCount / 3..<byteCount))
      #expect(hasher.finish() == expected)
    }
  }

  @Test func aCodeOfAnotherLengthIsNotValid() throws {
    let key = try SecretKey.random()
    let code = HMACSHA256.authenticate([1, 2, 3].span, key: key)
    #expect(isValid(code, key))
    #expect(!isValid(Array(code.prefix(31)), key))
    #expect(!isValid(code + [0], key))
    #expect(!isValid([], key))
    for bit in 0..<256 { #expect(!isValid(code.flippingBit(bit), key)) }
  }

  /// Spans cannot stand inside `#expect`.
  private func isValid(_ code: [UInt8], _ key: SecretKey) -> Bool {
    HMACSHA256.isValid(code.span, for: [1, 2, 3].span, key: key)
  }
}
