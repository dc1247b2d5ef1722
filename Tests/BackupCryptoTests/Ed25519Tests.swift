import Testing

@testable import BackupCrypto

@Suite("Ed25519")
struct Ed25519Tests {
  struct Vector: Sendable {
    let seed, publicKey, message, signature: String
  }

  /// RFC 8032, section 7.1, tests 1 to 3.
  @Test(arguments: [
    Vector(
      seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      message: "",
      signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    Vector(
      seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      message: "72",
      signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    Vector(
      seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      message: "af82",
      signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
  ])
  func signsLikeTheStandard(vector: Vector) throws {
    let key = try Ed25519SigningKey(seed: SecretKey(copying: Hex(vector.seed).bytes.span))
    #expect(key.publicKeyBytes.hex == vector.publicKey)
    let message = Hex(vector.message).bytes
    let signature = try key.sign(message.span)
    #expect(signature.hex == vector.signature)
    #expect(accepts(key.publicKey, signature, message))
  }

  struct Group: Decodable {
    struct PublicKey: Decodable { let pk: Hex }
    struct Case: Decodable {
      let tcId: Int
      let msg, sig: Hex
      let result: String
    }
    let publicKey: PublicKey
    let tests: [Case]
  }

  @Test func agreesWithWycheproof() throws {
    let file = try Wycheproof<Group>.load("ed25519_test")
    var count = 0
    for group in file.testGroups {
      let key = try Ed25519PublicKey(group.publicKey.pk.bytes)
      for test in group.tests {
        count += 1
        #expect(
          accepts(key, test.sig.bytes, test.msg.bytes) == (test.result == "valid"),
          "test \(test.tcId)")
      }
    }
    #expect(count == file.numberOfTests)
  }

  @Test func aChangedBitMakesASignatureInvalid() throws {
    let key = try Ed25519SigningKey(seed: SecretKey.random())
    let message: [UInt8] = [1, 2, 3, 4]
    let signature = try key.sign(message.span)
    for bit in 0..<512 {
      #expect(!accepts(key.publicKey, signature.flippingBit(bit), message))
    }
    for bit in 0..<32 {
      #expect(!accepts(key.publicKey, signature, message.flippingBit(bit)))
    }
    for byteCount in [0, 63] {
      #expect(!accepts(key.publicKey, Array(signature.prefix(byteCount)), message))
    }
    #expect(!accepts(key.publicKey, signature + [0], message))
  }

  @Test(arguments: [0, 31, 33, 64])
  func refusesAPublicKeyOfAnotherLength(byteCount: Int) {
    #expect(throws: CryptoError.wrongLength(expected: 32, actual: byteCount)) {
      try Ed25519PublicKey([UInt8](repeating: 9, count: byteCount))
    }
  }

  /// The eight points of small order with either sign of x, and the encodings of y at and above p
  /// (RFC 8032, section 5.1.3: decoding fails if y >= p).
  @Test(arguments: [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ])
  func refusesPointsThatNoKeyHas(encoding: String) {
    var bytes = Hex(encoding).bytes
    #expect(throws: CryptoError.invalidKey) { try Ed25519PublicKey(bytes) }
    bytes[31] |= 0x80
    #expect(throws: CryptoError.invalidKey) { try Ed25519PublicKey(bytes) }
  }

  /// y = p − 2 is canonical; whether a point of the curve has it shows only in verification.
  @Test func takesTheLargestCanonicalCoordinate() throws {
    let bytes = [0xeb] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
    #expect(try Ed25519PublicKey(bytes).bytes == bytes)
  }

  /// Spans cannot stand inside `#expect`.
  private func accepts(
    _ key: Ed25519PublicKey, _ signature: [UInt8], _ message: [UInt8]
  ) -> Bool {
    key.verify(signature: signature.span, message: message.span)
  }
}
