internal import COpenSSL

/// Comparison whose duration does not depend on the contents.
public enum ConstantTime {
  /// Says whether two byte strings are equal; only their lengths show in the time it takes.
  public static func areEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    return unsafe a.withUnsafeBytes { a in
      unsafe b.withUnsafeBytes { b in unsafe CRYPTO_memcmp(a.baseAddress, b.baseAddress, a.count) }
    } == 0
  }
}

/// Overwrites `bytes` with zeros in a way that the optimiser does not remove.
///
/// The array should be the only owner of its storage: if it is shared, a copy is wiped and the
/// other owner keeps the contents.
public func wipe(_ bytes: inout [UInt8]) {
  var span = bytes.mutableSpan
  wipe(&span)
}

/// Overwrites `bytes` with zeros in a way that the optimiser does not remove.
public func wipe(_ bytes: inout MutableSpan<UInt8>) {
  unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
}

/// Overwrites a key that stands on the stack.
func wipe(_ key: inout InlineArray<32, UInt8>) {
  var span = key.mutableSpan
  wipe(&span)
}
