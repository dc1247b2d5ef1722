/// Moves bytes between buffers.
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
