internal import COpenSSL

/// A key that makes Ed25519 signatures (RFC 8032).
///
/// Only the seed is kept, in its locked page; libcrypto's form of the key is made for each
/// signature, which costs about as much as the signature itself.
public struct Ed25519SigningKey: Sendable {
  /// The key that checks what this one signs.
  public let publicKey: Ed25519PublicKey
  private let seed: SecretKey

  /// Takes the 32-byte seed that RFC 8032 calls the private key.
  ///
  /// - Throws: ``CryptoError/openSSL(call:)`` if libcrypto lacks Ed25519 or memory.
  public init(seed: SecretKey) throws(CryptoError) {
    let key = try unsafe Self.makeKey(seed)
    defer { unsafe EVP_PKEY_free(key) }
    var bytes = [UInt8](repeating: 0, count: Ed25519PublicKey.byteCount)
    var byteCount = bytes.count
    let status = unsafe bytes.withUnsafeMutableBufferPointer {
      unsafe EVP_PKEY_get_raw_public_key(key, $0.baseAddress, &byteCount)
    }
    try CryptoLibrary.check(status, "EVP_PKEY_get_raw_public_key")
    self.publicKey = try Ed25519PublicKey(bytes)
    self.seed = seed
  }

  /// The 32 bytes of ``publicKey``.
  public var publicKeyBytes: [UInt8] { publicKey.bytes }

  /// Signs `message`; the same message always gets the same 64 bytes.
  ///
  /// - Throws: ``CryptoError/openSSL(call:)`` if memory is short.
  public func sign(_ message: Span<UInt8>) throws(CryptoError) -> [UInt8] {
    let key = try unsafe Self.makeKey(seed)
    defer { unsafe EVP_PKEY_free(key) }
    guard let context = unsafe EVP_MD_CTX_new() else { throw .openSSL(call: "EVP_MD_CTX_new") }
    defer { unsafe EVP_MD_CTX_free(context) }
    try CryptoLibrary.check(
      unsafe EVP_DigestSignInit(context, nil, nil, nil, key), "EVP_DigestSignInit")
    var signature = [UInt8](repeating: 0, count: Ed25519PublicKey.signatureByteCount)
    var byteCount = signature.count
    let status = unsafe signature.withUnsafeMutableBufferPointer { signature in
      unsafe message.withUnsafeBufferPointer { message in
        unsafe EVP_DigestSign(
          context, signature.baseAddress, &byteCount, message.baseAddress, message.count)
      }
    }
    try CryptoLibrary.check(status, "EVP_DigestSign")
    return signature
  }

  private static func makeKey(_ seed: SecretKey) throws(CryptoError) -> OpaquePointer {
    let key = unsafe seed.withExposedBytes { seed in
      unsafe seed.withUnsafeBufferPointer {
        unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, $0.baseAddress, $0.count)
      }
    }
    guard let key = unsafe key else { throw .openSSL(call: "EVP_PKEY_new_raw_private_key") }
    return unsafe key
  }
}
