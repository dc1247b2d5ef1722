internal import CZlib

/// Decompresses zlib streams (RFC 1950), reusing one state.
///
/// Nothing is written beyond the output that the caller gives. One object belongs to one thread
/// at a time.
@safe
public final class ZlibDecompressor {
  /// The most bytes one call takes: 2 GiB, which zlib's 32-bit counts can express.
  public static let inputByteCountMax = 1 << 31

  /// zlib refuses a state that has moved in memory, so it stands alone on the heap.
  private let stream: UnsafeMutablePointer<z_stream>

  /// Makes a decompressor.
  ///
  /// - Throws: ``CompressionError/outOfMemory``.
  public init() throws(CompressionError) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe shim_inflate_init(stream) == Z_OK else { throw .outOfMemory }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Decompresses `input`, exactly one stream, into the beginning of `output`.
  ///
  /// - Returns: The length of the content; a caller who knows it compares.
  /// - Throws: ``CompressionError/exceedsOutput(byteCountMax:)``,
  ///   ``CompressionError/truncated``, ``CompressionError/trailingBytes`` or
  ///   ``CompressionError/malformed``; then `output` holds nothing of use.
  public func decompress(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(CompressionError) -> Int {
    guard input.count <= Self.inputByteCountMax else {
      throw .inputTooLong(byteCountMax: Self.inputByteCountMax, actual: input.count)
    }
    guard !output.isEmpty else { return try decompressEmpty(input) }
    return try inflateAll(input, into: &output, byteCountMax: output.count)
  }

  /// zlib refuses a null output, so a stream of nothing is given one byte that it must not use.
  private func decompressEmpty(_ input: Span<UInt8>) throws(CompressionError) -> Int {
    var room: InlineArray<1, UInt8> = [0]
    var output = room.mutableSpan
    let byteCount = try inflateAll(input, into: &output, byteCountMax: 0)
    guard byteCount == 0 else { throw .exceedsOutput(byteCountMax: 0) }
    return 0
  }

  private func inflateAll(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>, byteCountMax: Int
  ) throws(CompressionError) -> Int {
    guard !input.isEmpty else { throw .truncated }
    let (status, writtenByteCount) = unsafe withStream(stream, input, &output) { stream in
      unsafe inflateReset(stream) == Z_OK ? unsafe inflate(stream, Z_FINISH) : Z_STREAM_ERROR
    }
    let unreadByteCount = unsafe Int(stream.pointee.avail_in)
    switch status {
    case Z_STREAM_END:
      guard unreadByteCount == 0 else { throw .trailingBytes }
      return writtenByteCount
    case Z_OK, Z_BUF_ERROR:
      // No progress is possible: either the input has ended or the output is full.
      guard unreadByteCount > 0 || writtenByteCount == output.count else { throw .truncated }
      throw .exceedsOutput(byteCountMax: byteCountMax)
    case Z_MEM_ERROR: throw .outOfMemory
    // Z_DATA_ERROR; or Z_NEED_DICT, and no stream of ours has a dictionary.
    default: throw .malformed
    }
  }
}

@available(*, unavailable)
extension ZlibDecompressor: Sendable {}
