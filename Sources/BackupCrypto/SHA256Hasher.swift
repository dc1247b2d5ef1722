internal import COpenSSL

/// SHA-256 of a message that arrives in pieces; ready for the next message after each finish.
///
/// One object belongs to one thread at a time.
@safe
public final class SHA256Hasher {
  private let state: OpaquePointer

  /// Makes a hasher that has seen no byte.
  public init() {
    unsafe state = DigestState.make()
    unsafe DigestState.start(state)
  }

  deinit { unsafe EVP_MD_CTX_free(state) }

  /// Appends `bytes` to the message.
  public func update(_ bytes: Span<UInt8>) {
    unsafe DigestState.update(state, bytes)
  }

  /// Writes the message's digest into `digest`, which has 32 bytes, and starts a new message.
  public func finish(into digest: inout MutableSpan<UInt8>) {
    unsafe DigestState.finish(state, into: &digest)
    unsafe DigestState.start(state)
  }

  /// Returns the message's digest and starts a new message.
  public func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: SHA256.digestByteCount)
    var span = digest.mutableSpan
    finish(into: &span)
    return digest
  }
}

@available(*, unavailable)
extension SHA256Hasher: Sendable {}

/// The calls on an `EVP_MD_CTX` that both hashers make.
///
/// They fail only for lack of memory or of the algorithm, see ``SHA256``.
enum DigestState {
  private static let invariant = "libcrypto offers SHA-256 and has memory for its state"

  static func make() -> OpaquePointer {
    guard let state = unsafe EVP_MD_CTX_new() else { preconditionFailure(invariant) }
    return unsafe state
  }

  static func start(_ state: OpaquePointer) {
    let status = unsafe EVP_DigestInit_ex2(state, CryptoLibrary.sha256, nil)
    precondition(status == 1, invariant)
  }

  static func copy(_ source: OpaquePointer, to state: OpaquePointer) {
    let status = unsafe EVP_MD_CTX_copy_ex(state, source)
    precondition(status == 1, invariant)
  }

  static func update(_ state: OpaquePointer, _ bytes: Span<UInt8>) {
    let status = unsafe bytes.withUnsafeBytes {
      unsafe EVP_DigestUpdate(state, $0.baseAddress, $0.count)
    }
    precondition(status == 1, invariant)
  }

  static func finish(_ state: OpaquePointer, into digest: inout MutableSpan<UInt8>) {
    precondition(digest.count == SHA256.digestByteCount, "a SHA-256 digest has 32 bytes")
    let status = unsafe digest.withUnsafeMutableBufferPointer {
      unsafe EVP_DigestFinal_ex(state, $0.baseAddress, nil)
    }
    precondition(status == 1, invariant)
  }
}
