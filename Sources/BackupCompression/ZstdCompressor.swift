internal import CZstd

/// Compresses byte strings to single zstd frames (RFC 8878), reusing one state.
///
/// A frame says how long its content is and carries no checksum: what is stored here is
/// authenticated anyway. One object belongs to one thread at a time.
@safe
public final class ZstdCompressor {
  /// The levels accepted: those that zstd's command line takes without `--ultra`.
  public static let levels = 1...19
  /// The most bytes one call takes: 1 GiB.
  public static let inputByteCountMax = 1 << 30

  private let context: OpaquePointer

  /// Makes a compressor for one level.
  ///
  /// - Throws: ``CompressionError/levelOutOfRange(level:accepted:)``;
  ///   ``CompressionError/outOfMemory``.
  public init(level: Int) throws(CompressionError) {
    guard Self.levels.contains(level) else {
      throw .levelOutOfRange(level: level, accepted: Self.levels)
    }
    guard let context = unsafe ZSTD_createCCtx() else { throw .outOfMemory }
    unsafe self.context = context
    let status = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
    guard ZSTD_isError(status) == 0 else { throw .outOfMemory }
  }

  deinit { unsafe ZSTD_freeCCtx(context) }

  /// The most bytes that `byteCount` bytes can become.
  public static func compressBound(byteCount: Int) -> Int {
    precondition((0...inputByteCountMax).contains(byteCount), "a length that one call takes")
    return ZSTD_compressBound(byteCount)
  }

  /// Compresses all of `input` into the beginning of `output`.
  ///
  /// - Returns: The length of the frame, or nil if it does not fit. A caller who wants to store
  ///   the result only if it is smaller passes an output that is smaller than the input. After
  ///   nil, `output` holds nothing of use.
  /// - Throws: ``CompressionError/inputTooLong(byteCountMax:actual:)``;
  ///   ``CompressionError/outOfMemory``.
  public func compress(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(CompressionError) -> Int? {
    guard input.count <= Self.inputByteCountMax else {
      throw .inputTooLong(byteCountMax: Self.inputByteCountMax, actual: input.count)
    }
    let result = unsafe output.withUnsafeMutableBytes { output in
      unsafe input.withUnsafeBytes { input in
        unsafe ZSTD_compress2(
          context, output.baseAddress, output.count, input.baseAddress, input.count)
      }
    }
    guard ZSTD_isError(result) != 0 else { return result }
    guard ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall else { throw .outOfMemory }
    return nil
  }
}

@available(*, unavailable)
extension ZstdCompressor: Sendable {}
