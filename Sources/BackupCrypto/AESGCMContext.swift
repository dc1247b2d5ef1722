internal import COpenSSL

/// AES-256-GCM with a 96-bit nonce and a 128-bit tag (NIST SP 800-38D), in a reusable context.
///
/// Internal because its nonces must not be drawn at random for many messages: ``XAESContext`` is
/// what callers use.
@safe
final class AESGCMContext {
  static let nonceByteCount = 12
  static let tagByteCount = 16

  private let context: OpaquePointer

  init() throws(CryptoError) {
    guard let context = unsafe EVP_CIPHER_CTX_new() else {
      throw .openSSL(call: "EVP_CIPHER_CTX_new")
    }
    unsafe self.context = context
    // The algorithm is set here once: a key alone is then set 80 ns faster.
    try CryptoLibrary.check(
      unsafe EVP_CipherInit_ex2(context, CryptoLibrary.aes256GCM, nil, nil, 1, nil),
      "EVP_CipherInit_ex2")
  }

  deinit { unsafe EVP_CIPHER_CTX_free(context) }

  /// Encrypts `plaintext` into `sealed` as ciphertext and tag: `plaintext.count + 16` bytes.
  ///
  /// The caller has checked every length.
  func seal(
    _ plaintext: Span<UInt8>, key: Span<UInt8>, nonce: Span<UInt8>, binding data: Span<UInt8>,
    into sealed: inout MutableSpan<UInt8>
  ) throws(CryptoError) {
    precondition(sealed.count == plaintext.count + Self.tagByteCount)
    try start(key: key, nonce: nonce, encrypting: true)
    try bind(data)
    try transform(plaintext, into: &sealed)
    let status = unsafe sealed.withUnsafeMutableBufferPointer { sealed in
      var byteCount: Int32 = 0
      guard let tag = unsafe sealed.baseAddress.map({ unsafe $0 + plaintext.count }),
        unsafe EVP_CipherFinal_ex(context, tag, &byteCount) == 1
      else { return 0 as Int32 }
      return unsafe EVP_CIPHER_CTX_ctrl(
        context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagByteCount), tag)
    }
    try CryptoLibrary.check(status, "EVP_CipherFinal_ex")
  }

  /// Decrypts ciphertext and tag into `plaintext`, of `sealed.count - 16` bytes.
  ///
  /// The caller has checked every length. Unless the tag fits, `plaintext` is left wiped and
  /// ``CryptoError/authenticationFailed`` is thrown.
  func open(
    _ sealed: Span<UInt8>, key: Span<UInt8>, nonce: Span<UInt8>, binding data: Span<UInt8>,
    into plaintext: inout MutableSpan<UInt8>
  ) throws(CryptoError) {
    precondition(sealed.count == plaintext.count + Self.tagByteCount)
    do throws(CryptoError) {
      try start(key: key, nonce: nonce, encrypting: false)
      try bind(data)
      try transform(sealed.extracting(0..<plaintext.count), into: &plaintext)
      try compareTag(sealed.extracting(plaintext.count..<sealed.count))
    } catch {
      wipe(&plaintext)
      throw error
    }
  }

  private func start(
    key: Span<UInt8>, nonce: Span<UInt8>, encrypting: Bool
  ) throws(CryptoError) {
    precondition(key.count == SecretKey.byteCount && nonce.count == Self.nonceByteCount)
    let status = unsafe key.withUnsafeBufferPointer { key in
      unsafe nonce.withUnsafeBufferPointer { nonce in
        unsafe EVP_CipherInit_ex2(
          context, nil, key.baseAddress, nonce.baseAddress, encrypting ? 1 : 0, nil)
      }
    }
    try CryptoLibrary.check(status, "EVP_CipherInit_ex2")
  }

  /// Feeds associated data, which is authenticated and not encrypted.
  private func bind(_ data: Span<UInt8>) throws(CryptoError) {
    guard !data.isEmpty else { return }
    var byteCount: Int32 = 0
    let status = unsafe data.withUnsafeBufferPointer {
      unsafe EVP_CipherUpdate(context, nil, &byteCount, $0.baseAddress, Int32($0.count))
    }
    try CryptoLibrary.check(status, "EVP_CipherUpdate")
  }

  /// Encrypts or decrypts all of `input` into the beginning of `output`.
  private func transform(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(CryptoError) {
    guard !input.isEmpty else { return }
    precondition(input.count <= output.count)
    var byteCount: Int32 = 0
    let status = unsafe output.withUnsafeMutableBufferPointer { output in
      unsafe input.withUnsafeBufferPointer { input in
        unsafe EVP_CipherUpdate(
          context, output.baseAddress, &byteCount, input.baseAddress, Int32(input.count))
      }
    }
    try CryptoLibrary.check(status, "EVP_CipherUpdate")
    guard Int(byteCount) == input.count else { throw .openSSL(call: "EVP_CipherUpdate") }
  }

  private func compareTag(_ tag: Span<UInt8>) throws(CryptoError) {
    let status = unsafe tag.withUnsafeBytes {
      // The control takes a mutable pointer and only reads through it (EVP_EncryptInit(3)).
      unsafe EVP_CIPHER_CTX_ctrl(
        context, EVP_CTRL_AEAD_SET_TAG, Int32($0.count),
        UnsafeMutableRawPointer(mutating: $0.baseAddress))
    }
    try CryptoLibrary.check(status, "EVP_CIPHER_CTX_ctrl")
    var byteCount: Int32 = 0
    var unused: UInt8 = 0
    guard unsafe EVP_CipherFinal_ex(context, &unused, &byteCount) == 1 else {
      throw .authenticationFailed
    }
  }
}
