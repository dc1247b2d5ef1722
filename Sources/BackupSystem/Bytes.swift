internal import Glibc

/// Moves and compares bytes.
public enum Bytes {
  /// Copies `source` to `target`, which has the same length.
  public static func copy(_ source: Span<UInt8>, to target: inout MutableSpan<UInt8>) {
    precondition(source.count == target.count, "source and target have the same length")
    guard source.count > 0 else { return }
    unsafe target.withUnsafeMutableBytes { target in
      unsafe source.withUnsafeBytes { source in
        unsafe target.copyMemory(from: source)
      }
    }
  }

  /// Whether two buffers hold the same bytes.
  public static func areEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    guard a.count > 0 else { return true }
    return unsafe a.withUnsafeBytes { a in
      unsafe b.withUnsafeBytes { b in
        guard let x = a.baseAddress, let y = b.baseAddress else { return false }
        return unsafe memcmp(x, y, a.count) == 0
      }
    }
  }

  /// Moves `count` bytes within `bytes` from `start` to the front.
  public static func moveToFront(_ bytes: inout [UInt8], from start: Int, count: Int) {
    precondition(start >= 0 && count >= 0 && start + count <= bytes.count, "inside the buffer")
    guard start > 0, count > 0 else { return }
    unsafe bytes.withUnsafeMutableBytes { bytes in
      let source = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
      unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[0..<count]).copyMemory(from: source)
    }
  }
}
