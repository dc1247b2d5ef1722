import COpenSSL
import Testing

import BackupCrypto

@Suite("XAES-256-GCM")
struct XAES256GCMTests {
  struct Vector: Sendable {
    let keyByte: UInt8
    let data: String
    let sealed: Hex
  }

  /// c2sp.org/XAES-256-GCM, test vectors: the first has the top bit of L set, the second not.
  @Test(arguments: [
    Vector(
      keyByte: 1, data: "",
      sealed: "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
    Vector(
      keyByte: 3, data: "c2sp.org/XAES-256-GCM",
      sealed: "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
  ])
  func agreesWithTheSpecification(vector: Vector) throws {
    let key = try SecretKey(copying: [UInt8](repeating: vector.keyByte, count: 32).span)
    let nonce = Array("ABCDEFGHIJKLMNOPQRSTUVWX".utf8)
    let sealed = try seal(
      Array("XAES-256-GCM".utf8), key: key, nonce: nonce, data: Array(vector.data.utf8))
    #expect(sealed == vector.sealed.bytes)
    let opened = try XAES256GCM.open(nonce + sealed, key: key, binding: Array(vector.data.utf8))
    #expect(opened == Array("XAES-256-GCM".utf8))
  }

  /// c2sp.org/XAES-256-GCM, accumulated vectors: inputs read from SHAKE-128 of nothing, outputs
  /// hashed by SHAKE-128.
  @Test func agreesWithTheAccumulatedVectors() throws {
    let testCount = 10_000
    // At most 32 + 24 + 1 + 255 + 1 + 255 bytes a test.
    var stream = SHAKE128().digest(byteCount: testCount * 568)[...]
    func read(_ byteCount: Int) -> [UInt8] {
      defer { stream = stream.dropFirst(byteCount) }
      return Array(stream.prefix(byteCount))
    }
    let context = try XAESContext()
    let sum = SHAKE128()
    for _ in 0..<testCount {
      let key = try SecretKey(copying: read(32).span)
      let nonce = read(24)
      let plaintext = read(Int(read(1)[0]))
      let data = read(Int(read(1)[0]))
      let sealed = try seal(plaintext, key: key, nonce: nonce, data: data, in: context)
      sum.update(sealed)
      var opened = [UInt8](repeating: 0, count: plaintext.count)
      var span = opened.mutableSpan
      try context.open(sealed.span, key: key, nonce: nonce.span, binding: data.span, into: &span)
      #expect(opened == plaintext)
    }
    #expect(
      sum.digest(byteCount: 32).hex
        == "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939")
  }

  @Test func refusesEveryChangedBit() throws {
    let key = try SecretKey.random()
    let (plaintext, data): ([UInt8], [UInt8]) = ([UInt8](1...20), [7, 8])
    let sealed = try XAES256GCM.seal(plaintext, key: key, binding: data)
    #expect(sealed.count == plaintext.count + XAES256GCM.overheadByteCount)
    #expect(try XAES256GCM.open(sealed, key: key, binding: data) == plaintext)
    for bit in 0..<sealed.count * 8 {
      #expect(throws: CryptoError.authenticationFailed) {
        try XAES256GCM.open(sealed.flippingBit(bit), key: key, binding: data)
      }
    }
    for bit in 0..<16 {
      #expect(throws: CryptoError.authenticationFailed) {
        try XAES256GCM.open(sealed, key: key, binding: data.flippingBit(bit))
      }
    }
    for bit in 0..<256 {
      let other = try SecretKey(copying: key.exposedBytes().flippingBit(bit).span)
      #expect(throws: CryptoError.authenticationFailed) {
        try XAES256GCM.open(sealed, key: other, binding: data)
      }
    }
  }

  @Test func refusesEveryPrefixAndATrailingByte() throws {
    let key = try SecretKey.random()
    let sealed = try XAES256GCM.seal([1, 2, 3], key: key, binding: [])
    for byteCount in 0..<sealed.count {
      let expected: CryptoError =
        byteCount < 40 ? .tooShort(byteCountMin: 40, actual: byteCount) : .authenticationFailed
      #expect(throws: expected) {
        try XAES256GCM.open(Array(sealed.prefix(byteCount)), key: key, binding: [])
      }
    }
    #expect(throws: CryptoError.authenticationFailed) {
      try XAES256GCM.open(sealed + [0], key: key, binding: [])
    }
  }

  @Test func refusesImpossibleLengths() throws {
    let key = try SecretKey.random()
    let context = try XAESContext()
    for byteCount in [0, 12, 23, 25] {
      let nonce = [UInt8](repeating: 0, count: byteCount)
      #expect(throws: CryptoError.wrongLength(expected: 24, actual: byteCount)) {
        try seal([1, 2, 3], key: key, nonce: nonce, data: [], in: context)
      }
      #expect(throws: CryptoError.wrongLength(expected: 24, actual: byteCount)) {
        try open([UInt8](repeating: 0, count: 19), key: key, nonce: nonce, in: context, room: 3)
      }
    }
    let nonce = [UInt8](repeating: 0, count: 24)
    for room in [0, 3, 18, 20] {
      #expect(throws: CryptoError.wrongLength(expected: 19, actual: room)) {
        try seal([1, 2, 3], key: key, nonce: nonce, data: [], in: context, room: room)
      }
    }
    for room in [0, 2, 4, 19] {
      #expect(throws: CryptoError.wrongLength(expected: 3, actual: room)) {
        try open([UInt8](repeating: 0, count: 19), key: key, nonce: nonce, in: context, room: room)
      }
    }
    #expect(throws: CryptoError.tooShort(byteCountMin: 16, actual: 15)) {
      try open([UInt8](repeating: 0, count: 15), key: key, nonce: nonce, in: context, room: 0)
    }
  }

  @Test func leavesNoPlaintextAfterAFailure() throws {
    let key = try SecretKey.random()
    let nonce = try RandomBytes.make(count: 24)
    let context = try XAESContext()
    let plaintext = [UInt8](repeating: 0x55, count: 5000)
    let sealed = try seal(plaintext, key: key, nonce: nonce, data: [], in: context)
    var output = [UInt8](repeating: 0xee, count: 5000)
    var span = output.mutableSpan
    #expect(throws: CryptoError.authenticationFailed) {
      try context.open(
        sealed.flippingBit(5015 * 8).span, key: key, nonce: nonce.span, binding: Span(),
        into: &span)
    }
    #expect(output == [UInt8](repeating: 0, count: 5000))
    // The context is as good as before.
    span = output.mutableSpan
    try context.open(sealed.span, key: key, nonce: nonce.span, binding: Span(), into: &span)
    #expect(output == plaintext)
  }

  /// The part of the derivation that is kept between messages belongs to the right key.
  @Test func oneContextServesAlternatingKeys() throws {
    let keys = try (0..<3).map { _ in try SecretKey.random() }
    let shared = try XAESContext()
    for i in 0..<60 {
      let key = keys[(i / 2 * 7 + i) % 3]
      let nonce = try RandomBytes.make(count: 24)
      let plaintext = try RandomBytes.make(count: i * 37)
      let data = try RandomBytes.make(count: i % 5)
      #expect(
        try seal(plaintext, key: key, nonce: nonce, data: data, in: shared)
          == seal(plaintext, key: key, nonce: nonce, data: data))
    }
  }

  @Test func drawsANonceForEachMessage() throws {
    let key = try SecretKey.random()
    let sealings = try (0..<100).map { _ in
      try XAES256GCM.seal([1], key: key, binding: []).prefix(24)
    }
    #expect(Set(sealings).count == sealings.count)
  }

  @discardableResult
  private func seal(
    _ plaintext: [UInt8], key: SecretKey, nonce: [UInt8], data: [UInt8],
    in context: XAESContext? = nil, room: Int? = nil
  ) throws(CryptoError) -> [UInt8] {
    let context = if let context { context } else { try XAESContext() }
    var sealed = [UInt8](repeating: 0, count: room ?? plaintext.count + 16)
    var span = sealed.mutableSpan
    try context.seal(plaintext.span, key: key, nonce: nonce.span, binding: data.span, into: &span)
    return sealed
  }

  private func open(
    _ sealed: [UInt8], key: SecretKey, nonce: [UInt8], in context: XAESContext, room: Int
  ) throws(CryptoError) {
    var output = [UInt8](repeating: 0, count: room)
    var span = output.mutableSpan
    try context.open(sealed.span, key: key, nonce: nonce.span, binding: Span(), into: &span)
  }
}

/// SHAKE-128 (FIPS 202), for the accumulated vectors only.
private final class SHAKE128 {
  private let state = EVP_MD_CTX_new()

  init() { EVP_DigestInit_ex(state, EVP_shake128(), nil) }

  deinit { EVP_MD_CTX_free(state) }

  func update(_ bytes: [UInt8]) { EVP_DigestUpdate(state, bytes, bytes.count) }

  func digest(byteCount: Int) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: byteCount)
    EVP_DigestFinalXOF(state, &output, byteCount)
    return output
  }
}
