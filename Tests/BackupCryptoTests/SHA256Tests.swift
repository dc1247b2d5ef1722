import Testing

import BackupCrypto

@Suite("SHA-256")
struct SHA256Tests {
  static let messages: [(message: String, digest: Hex)] = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ]

  /// FIPS 180-2, appendix B, and the empty message.
  @Test(arguments: messages)
  func agreesWithTheStandard(message: String, digest: Hex) {
    #expect(SHA256.hash(Array(message.utf8)) == digest.bytes)
    let hasher = SHA256Hasher()
    for byte in message.utf8 { hasher.update([byte].span) }
    #expect(hasher.finish() == digest.bytes)
  }

  /// FIPS 180-2, appendix B.3: a million times "a".
  @Test func hashesAMillionBytesInPieces() {
    let hasher = SHA256Hasher()
    let piece = [UInt8](repeating: 0x61, count: 999)
    for _ in 0..<1001 { hasher.update(piece.span) }
    hasher.update([0x61].span)
    #expect(
      hasher.finish().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func startsAnewAfterFinishing() {
    let hasher = SHA256Hasher()
    for _ in 0..<3 {
      for (message, digest) in Self.messages {
        hasher.update(Array(message.utf8).span)
        var output = [UInt8](repeating: 0, count: 32)
        var span = output.mutableSpan
        hasher.finish(into: &span)
        #expect(output == digest.bytes)
      }
    }
  }

  @Test func theLibraryOffersAllThatIsUsed() throws {
    try CryptoLibrary.prepare()
  }
}
