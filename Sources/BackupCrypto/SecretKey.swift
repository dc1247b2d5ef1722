internal import COpenSSL
internal import Glibc

/// A 256-bit secret.
///
/// It cannot be printed, hashed or indexed. Its bytes stand alone on a page of their own, so that
/// locking, hiding and unlocking it touches no other key: the page is kept out of swap where the
/// limit on locked memory allows (`mlock(2)`; a refusal is not an error), kept out of core dumps
/// (`MADV_DONTDUMP`, `madvise(2)`), and overwritten when the last owner goes away.
@safe
// @unchecked: the bytes are written before `init` returns and only read until `deinit`.
public final class SecretKey: @unchecked Sendable {
  /// The length of a key, in bytes.
  public static let byteCount = 32

  private let storage: UnsafeMutableRawPointer

  /// Makes a key of whatever `fill` writes; zeros where it writes nothing.
  init(
    filledBy fill: (inout MutableSpan<UInt8>) throws(CryptoError) -> Void
  ) throws(CryptoError) {
    let page = unsafe mmap(
      nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let page = unsafe page, unsafe page != MAP_FAILED else { throw .outOfMemory }
    unsafe storage = page
    unsafe mlock(page, Self.byteCount)
    unsafe madvise(page, Self.byteCount, MADV_DONTDUMP)
    var bytes = unsafe MutableSpan<UInt8>(
      _unsafeStart: page.assumingMemoryBound(to: UInt8.self), count: Self.byteCount)
    try fill(&bytes)
  }

  /// Copies 32 bytes into a new key; the original stays the caller's to wipe.
  ///
  /// - Throws: ``CryptoError/wrongLength(expected:actual:)`` unless there are 32 bytes.
  public convenience init(copying bytes: Span<UInt8>) throws(CryptoError) {
    guard bytes.count == Self.byteCount else {
      throw .wrongLength(expected: Self.byteCount, actual: bytes.count)
    }
    try self.init { (storage) throws(CryptoError) in
      for i in 0..<Self.byteCount { storage[i] = bytes[i] }
    }
  }

  deinit {
    unsafe OPENSSL_cleanse(storage, Self.byteCount)
    unsafe munmap(storage, Self.byteCount)
  }

  /// Draws a key from libcrypto's generator for private values (`RAND_priv_bytes(3)`).
  public static func random() throws(CryptoError) -> SecretKey {
    try SecretKey { (storage) throws(CryptoError) in
      let status = unsafe storage.withUnsafeMutableBufferPointer {
        unsafe RAND_priv_bytes($0.baseAddress, Int32($0.count))
      }
      try CryptoLibrary.check(status, "RAND_priv_bytes")
    }
  }

  /// Derives another key: HKDF-SHA-256 of this key, no salt, and `info` as UTF-8 (RFC 5869).
  ///
  /// Keys derived under different `info` say nothing about one another or about this key.
  public func derive(info: String) throws(CryptoError) -> SecretKey {
    let info = Array(info.utf8)
    return try SecretKey { (storage) throws(CryptoError) in
      try withExposedBytes { (key) throws(CryptoError) in
        try HKDFSHA256.derive(inputKey: key, salt: Span(), info: info.span, into: &storage)
      }
    }
  }

  /// Copies the key into an ordinary array, which the caller should ``wipe(_:)``.
  public func exposedBytes() -> [UInt8] {
    withExposedBytes { key in
      [UInt8](capacity: Self.byteCount) { output in
        for i in key.indices { output.append(key[i]) }
      }
    }
  }

  /// Lends the 32 bytes to `body` without a copy.
  public func withExposedBytes<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Without this the last owner might go, and the page with it, while `body` still reads.
    defer { extendLifetime(self) }
    let bytes = unsafe Span<UInt8>(
      _unsafeStart: storage.assumingMemoryBound(to: UInt8.self), count: Self.byteCount)
    return try body(bytes)
  }

  /// Says in constant time whether both keys have the same bytes.
  public func matches(_ other: SecretKey) -> Bool {
    withExposedBytes { mine in other.withExposedBytes { ConstantTime.areEqual(mine, $0) } }
  }
}
