internal import COpenSSL

/// The part of XAES-256-GCM that depends on the key alone, and the key of each message.
///
/// With AES-256 under the key K: L = E(0^128), K1 = L·x in GF(2^128) (the doubling of CMAC, NIST
/// SP 800-38B, section 6.1). A message's key is E(M1 ⊕ K1) ‖ E(M2 ⊕ K1), where Mi is
/// 00 i 58 00 ‖ nonce[0..<12] (c2sp.org/XAES-256-GCM).
@safe
final class XAESKeySchedule {
  private static let blockByteCount = 16

  private let context: OpaquePointer
  private var k1 = InlineArray<16, UInt8>(repeating: 0)
  /// The key that `k1` and the context hold, kept so that its identity cannot be reused.
  private var key: SecretKey?

  init() throws(CryptoError) {
    guard let context = unsafe EVP_CIPHER_CTX_new() else {
      throw .openSSL(call: "EVP_CIPHER_CTX_new")
    }
    unsafe self.context = context
    try CryptoLibrary.check(
      unsafe EVP_EncryptInit_ex2(context, CryptoLibrary.aes256ECB, nil, nil, nil),
      "EVP_EncryptInit_ex2")
    // Always answers 1 (EVP_EncryptInit(3)).
    unsafe EVP_CIPHER_CTX_set_padding(context, 0)
  }

  deinit {
    var span = k1.mutableSpan
    wipe(&span)
    unsafe EVP_CIPHER_CTX_free(context)
  }

  /// Writes the key of the message whose nonce begins with `noncePrefix`, 12 bytes, to `derived`.
  func derive(
    key: SecretKey, noncePrefix: Span<UInt8>, into derived: inout InlineArray<32, UInt8>
  ) throws(CryptoError) {
    precondition(noncePrefix.count == 12)
    if self.key !== key { try start(key: key) }
    for half in 0..<2 {
      let offset = half * Self.blockByteCount
      derived[offset] = k1[0]
      derived[offset + 1] = UInt8(half + 1) ^ k1[1]
      derived[offset + 2] = 0x58 ^ k1[2]
      derived[offset + 3] = k1[3]
      for i in 0..<12 { derived[offset + 4 + i] = noncePrefix[i] ^ k1[4 + i] }
    }
    var span = derived.mutableSpan
    try encryptInPlace(&span)
  }

  private func start(key: SecretKey) throws(CryptoError) {
    self.key = nil
    let status = key.withExposedBytes { key in
      unsafe key.withUnsafeBufferPointer {
        unsafe EVP_EncryptInit_ex2(context, nil, $0.baseAddress, nil, nil)
      }
    }
    try CryptoLibrary.check(status, "EVP_EncryptInit_ex2")
    var block = InlineArray<16, UInt8>(repeating: 0)
    var span = block.mutableSpan
    defer { wipe(&span) }
    try encryptInPlace(&span)
    for i in 0..<15 { k1[i] = span[i] << 1 | span[i + 1] >> 7 }
    // x^128 = x^7 + x^2 + x + 1; by multiplication, so that time does not tell the bit.
    k1[15] = span[15] << 1 ^ (span[0] >> 7) &* 0x87
    self.key = key
  }

  private func encryptInPlace(_ blocks: inout MutableSpan<UInt8>) throws(CryptoError) {
    var byteCount: Int32 = 0
    let status = unsafe blocks.withUnsafeMutableBufferPointer {
      unsafe EVP_EncryptUpdate(
        context, $0.baseAddress, &byteCount, $0.baseAddress, Int32($0.count))
    }
    try CryptoLibrary.check(status, "EVP_EncryptUpdate")
    guard Int(byteCount) == blocks.count else { throw .openSSL(call: "EVP_EncryptUpdate") }
  }
}
