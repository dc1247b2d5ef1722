internal import COpenSSL

/// The algorithms of libcrypto that this program uses, looked up once.
///
/// `EVP_MD_fetch` costs about as much as hashing a kilobyte, so no call does it for itself. The
/// fetched objects are immutable and counted atomically, hence shared by all threads
/// (`EVP_MD_fetch(3)`, `openssl-threads(7)`); they live as long as the process.
public enum CryptoLibrary {
  nonisolated(unsafe) static let sha256 = unsafe EVP_MD_fetch(nil, "SHA256", nil)
  nonisolated(unsafe) static let aes256GCM = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
  nonisolated(unsafe) static let aes256ECB = unsafe EVP_CIPHER_fetch(nil, "AES-256-ECB", nil)

  /// Checks that libcrypto offers what the other types of this module take for granted.
  ///
  /// A program calls this once before any work, because hashing does not throw: without SHA-256
  /// (say, under an `openssl.cnf` that switches the default provider off) it traps.
  ///
  /// - Throws: ``CryptoError/openSSL(call:)`` if an algorithm is missing.
  public static func prepare() throws(CryptoError) {
    guard unsafe sha256 != nil else { throw .openSSL(call: "EVP_MD_fetch") }
    guard unsafe aes256GCM != nil, unsafe aes256ECB != nil else {
      throw .openSSL(call: "EVP_CIPHER_fetch")
    }
  }

  /// Turns a libcrypto return code, where 1 is success, into an error that names the function.
  static func check(_ status: Int32, _ call: StaticString) throws(CryptoError) {
    guard status == 1 else { throw .openSSL(call: call.description) }
  }
}
