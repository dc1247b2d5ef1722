import Foundation
import Testing

import BackupCrypto

@Suite("HPKE with X-Wing")
struct HPKEXWingTests {
  struct Vector: Decodable {
    let seed, publicKey, info, plaintext, sealed: Hex
  }

  /// `Tests/Vectors/hpke-xwing/ORIGIN.md`: sealed by another implementation.
  @Test func opensWhatAnotherImplementationSealed() throws {
    let vectors = try Vectors.decode([Vector].self, from: "hpke-xwing/sealed.json")
    #expect(vectors.count == 3)
    for vector in vectors {
      let key = try XWingPrivateKey(seed: SecretKey(copying: vector.seed.bytes.span))
      #expect(key.publicKeyBytes == vector.publicKey.bytes)
      #expect(
        try HPKEXWing.open(vector.sealed.bytes, with: key, info: vector.info.bytes)
          == vector.plaintext.bytes)
    }
  }

  @Test(.enabled(if: Interoperation.isPossible, "python3 lacks cryptography 48 or newer"))
  func agreesWithPythonBothWays() throws {
    let seed = try SecretKey.random()
    let key = try XWingPrivateKey(seed: seed)
    let (seedHex, info) = (seed.exposedBytes().hex, Array("nightsafe interop".utf8))
    let plaintext = try RandomBytes.make(count: 77)

    #expect(try Interoperation.run("public-key", seedHex) == key.publicKeyBytes.hex)
    let mine = try HPKEXWing.seal(plaintext, to: key.publicKeyBytes, info: info)
    #expect(try Interoperation.run("open", seedHex, info.hex, mine.hex) == plaintext.hex)
    #expect(try Interoperation.run("open", seedHex, info.hex, mine.flippingBit(9000).hex) == nil)

    let theirs = try Interoperation.run("seal", seedHex, info.hex, plaintext.hex)
    let sealed = Hex(try #require(theirs)).bytes
    #expect(try HPKEXWing.open(sealed, with: key, info: info) == plaintext)
  }

  @Test(arguments: [0, 1, 32, 5000])
  func opensWhatItSealed(byteCount: Int) throws {
    let key = try XWingPrivateKey(seed: SecretKey.random())
    let plaintext = try RandomBytes.make(count: byteCount)
    let sealed = try HPKEXWing.seal(plaintext, to: key.publicKeyBytes, info: [1])
    #expect(sealed.count == byteCount + HPKEXWing.overheadByteCount)
    #expect(try HPKEXWing.open(sealed, with: key, info: [1]) == plaintext)
    #expect(try HPKEXWing.seal(plaintext, to: key.publicKeyBytes, info: [1]) != sealed)
  }

  @Test func refusesOtherKeysContextsAndBytes() throws {
    let key = try XWingPrivateKey(seed: SecretKey.random())
    let sealed = try HPKEXWing.seal([1, 2, 3], to: key.publicKeyBytes, info: [1, 2])
    let other = try XWingPrivateKey(seed: SecretKey.random())
    #expect(throws: CryptoError.authenticationFailed) {
      try HPKEXWing.open(sealed, with: other, info: [1, 2])
    }
    for info in [[], [1], [1, 2, 3], [2, 1]] as [[UInt8]] {
      #expect(throws: CryptoError.authenticationFailed) {
        try HPKEXWing.open(sealed, with: key, info: info)
      }
    }
    // All bits of ciphertext and tag, and one of every 16 bytes of the encapsulated key.
    let bits = Array(stride(from: 3, to: 1120 * 8, by: 128)) + Array(1120 * 8..<sealed.count * 8)
    for bit in bits {
      #expect(throws: CryptoError.authenticationFailed) {
        try HPKEXWing.open(sealed.flippingBit(bit), with: key, info: [1, 2])
      }
    }
    #expect(throws: CryptoError.authenticationFailed) {
      try HPKEXWing.open(sealed + [0], with: key, info: [1, 2])
    }
    for byteCount in [0, 1119, 1120, 1135] {
      #expect(throws: CryptoError.tooShort(byteCountMin: 1136, actual: byteCount)) {
        try HPKEXWing.open(Array(sealed.prefix(byteCount)), with: key, info: [1, 2])
      }
    }
  }

  @Test(arguments: [0, 32, 1215, 1217])
  func refusesAPublicKeyOfAnotherLength(byteCount: Int) {
    #expect(throws: CryptoError.wrongLength(expected: 1216, actual: byteCount)) {
      try HPKEXWing.seal([1], to: [UInt8](repeating: 1, count: byteCount), info: [])
    }
  }

  /// FIPS 203, section 7.2: the encapsulation key check refuses coefficients of q and above.
  @Test func refusesAPublicKeyThatIsNotReduced() {
    #expect(throws: CryptoError.invalidKey) {
      try HPKEXWing.seal([1], to: [UInt8](repeating: 0xff, count: 1216), info: [])
    }
  }

  @Test func refusesTooLongAMessage() throws {
    let key = try XWingPrivateKey(seed: SecretKey.random())
    let (limit, long) = (1 << 20, [UInt8](repeating: 0, count: 1 << 20 + 1))
    #expect(throws: CryptoError.tooLong(byteCountMax: limit, actual: limit + 1)) {
      try HPKEXWing.seal(long, to: key.publicKeyBytes, info: [])
    }
    #expect(throws: CryptoError.tooLong(byteCountMax: limit + 1136, actual: limit + 1137)) {
      try HPKEXWing.open([UInt8](repeating: 0, count: limit + 1137), with: key, info: [])
    }
  }
}

/// Calls `Scripts/hpke-interop.py`.
private enum Interoperation {
  static let isPossible = (try? run("check")) != nil

  /// Returns the first line that the script prints, or nil if it fails.
  static func run(_ arguments: String...) throws -> String? {
    let process = Process()
    let script = Vectors.packageRoot.appending(path: "Scripts/hpke-interop.py").path
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", script] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
  }
}
