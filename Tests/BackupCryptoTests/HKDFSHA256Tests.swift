import Testing

import BackupCrypto

@Suite("HKDF-SHA-256")
struct HKDFSHA256Tests {
  struct Group: Decodable {
    struct Case: Decodable {
      let tcId: Int
      let ikm, salt, info, okm: Hex
      let size: Int
      let result: String
    }
    let tests: [Case]
  }

  @Test func agreesWithWycheproof() throws {
    let file = try Wycheproof<Group>.load("hkdf_sha256_test")
    var count = 0
    for test in file.testGroups.flatMap(\.tests) {
      count += 1
      func derive() throws(CryptoError) -> [UInt8] {
        try HKDFSHA256.derive(
          inputKey: test.ikm.bytes.span, salt: test.salt.bytes.span, info: test.info.bytes.span,
          byteCount: test.size)
      }
      if test.result == "valid" {
        #expect(try derive() == test.okm.bytes, "test \(test.tcId)")
      } else {
        #expect(throws: CryptoError.tooLong(byteCountMax: 8160, actual: test.size)) {
          try derive()
        }
      }
    }
    #expect(count == file.numberOfTests)
  }

  @Test func derivesAKeyWithSalt() throws {
    let input = try SecretKey.random()
    let (salt, info) = ([UInt8](1...40), [UInt8](repeating: 9, count: 2000))
    let key = try HKDFSHA256.deriveKey(inputKey: input, salt: salt.span, info: info.span)
    #expect(
      key.exposedBytes()
        == (try HKDFSHA256.derive(
          inputKey: input.exposedBytes().span, salt: salt.span, info: info.span, byteCount: 32)))
  }
}
