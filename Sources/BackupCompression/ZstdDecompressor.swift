internal import CZstd

/// Decompresses single zstd frames (RFC 8878), reusing one state.
///
/// Nothing is written or allocated beyond the output that the caller gives, whatever the frame
/// claims. One object belongs to one thread at a time.
@safe
public final class ZstdDecompressor {
  /// The four bytes that each frame begins with, so that skippable frames are refused.
  private static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]

  private let context: OpaquePointer

  /// Makes a decompressor.
  ///
  /// - Throws: ``CompressionError/outOfMemory``.
  public init() throws(CompressionError) {
    guard let context = unsafe ZSTD_createDCtx() else { throw .outOfMemory }
    unsafe self.context = context
  }

  deinit { unsafe ZSTD_freeDCtx(context) }

  /// Decompresses `input`, exactly one frame, into the beginning of `output`.
  ///
  /// - Returns: The length of the content; a caller who knows it compares.
  /// - Throws: ``CompressionError/exceedsOutput(byteCountMax:)``,
  ///   ``CompressionError/truncated``, ``CompressionError/trailingBytes`` or
  ///   ``CompressionError/malformed``; then `output` holds nothing of use.
  public func decompress(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(CompressionError) -> Int {
    try checkFrame(input, capacity: output.count)
    let result = unsafe output.withUnsafeMutableBytes { output in
      unsafe input.withUnsafeBytes { input in
        unsafe ZSTD_decompressDCtx(
          context, output.baseAddress, output.count, input.baseAddress, input.count)
      }
    }
    guard ZSTD_isError(result) != 0 else { return result }
    throw Self.error(result, capacity: output.count)
  }

  /// Refuses what `ZSTD_decompressDCtx` would take: several frames in a row, skippable frames, an
  /// empty input; and early, a declared length beyond `capacity`.
  private func checkFrame(_ input: Span<UInt8>, capacity: Int) throws(CompressionError) {
    for i in 0..<Self.magic.count {
      guard i < input.count else { throw .truncated }
      guard input[i] == Self.magic[i] else { throw .malformed }
    }
    let (frameByteCount, contentByteCount) = unsafe input.withUnsafeBytes {
      unsafe (
        ZSTD_findFrameCompressedSize($0.baseAddress, $0.count),
        ZSTD_getFrameContentSize($0.baseAddress, $0.count)
      )
    }
    guard ZSTD_isError(frameByteCount) == 0 else {
      throw Self.error(frameByteCount, capacity: capacity)
    }
    guard frameByteCount == input.count else { throw .trailingBytes }
    // 2^64 − 1 is "not declared" and 2^64 − 2 an error (ZSTD_CONTENTSIZE_UNKNOWN and _ERROR).
    guard contentByteCount < UInt64.max - 1 else {
      if contentByteCount == UInt64.max { return }
      throw .malformed
    }
    guard contentByteCount <= UInt64(capacity) else {
      throw .exceedsOutput(byteCountMax: capacity)
    }
  }

  private static func error(_ result: Int, capacity: Int) -> CompressionError {
    switch ZSTD_getErrorCode(result) {
    case ZSTD_error_dstSize_tooSmall: .exceedsOutput(byteCountMax: capacity)
    case ZSTD_error_srcSize_wrong: .truncated
    case ZSTD_error_memory_allocation: .outOfMemory
    // Among them dictionary_wrong: no frame of ours has a dictionary.
    default: .malformed
    }
  }
}

@available(*, unavailable)
extension ZstdDecompressor: Sendable {}
