import Testing

import BackupCrypto

@Suite("scrypt")
struct ScryptTests {
  struct Vector: Sendable {
    let passphrase, salt: [UInt8]
    let log2N, r, p: Int
    let key: String
  }

  /// RFC 7914, section 12, first halves of the 64 bytes there; the last one, with the costs that
  /// key files have, by Python's `hashlib.scrypt`.
  @Test(arguments: [
    Vector(
      passphrase: [], salt: [], log2N: 4, r: 1, p: 1,
      key: "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"),
    Vector(
      passphrase: Array("password".utf8), salt: Array("NaCl".utf8), log2N: 10, r: 8, p: 16,
      key: "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"),
    Vector(
      passphrase: Array("pleaseletmein".utf8), salt: Array("SodiumChloride".utf8), log2N: 14, r: 8,
      p: 1, key: "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"),
    Vector(
      passphrase: Array("correct horse".utf8), salt: Array(0..<32), log2N: 16, r: 8, p: 2,
      key: "0921983abfd63734136921b4c1d741f1dda30253dcbbea62b30a2987eb797c7a"),
  ])
  func agreesWithTheVectors(vector: Vector) throws {
    let key = try Scrypt.derive(
      passphrase: vector.passphrase.span, salt: vector.salt.span, log2N: vector.log2N,
      r: vector.r, p: vector.p)
    #expect(key.exposedBytes().hex == vector.key)
  }

  @Test(arguments: [
    (0, 8, 1), (-1, 8, 1), (21, 8, 1), (Int.max, 8, 1), (16, 0, 1), (16, -8, 1), (16, 33, 1),
    (16, Int.max, 1), (16, 8, 0), (16, 8, 17), (16, 8, Int.max), (20, 9, 1), (16, 1, 1),
  ])
  func refusesCostsOutOfBounds(log2N: Int, r: Int, p: Int) {
    #expect(throws: CryptoError.unacceptableCost(log2N: log2N, r: r, p: p)) {
      try Scrypt.derive(passphrase: [1].span, salt: [2].span, log2N: log2N, r: r, p: p)
    }
  }

  @Test func refusesAPassphraseBeyondTheLimit() {
    let long = [UInt8](repeating: 1, count: Scrypt.inputByteCountMax + 1)
    #expect(throws: CryptoError.tooLong(byteCountMax: 65_536, actual: 65_537)) {
      try Scrypt.derive(passphrase: long.span, salt: [2].span, log2N: 4, r: 1, p: 1)
    }
    #expect(throws: CryptoError.tooLong(byteCountMax: 65_536, actual: 65_537)) {
      try Scrypt.derive(passphrase: [2].span, salt: long.span, log2N: 4, r: 1, p: 1)
    }
  }
}
