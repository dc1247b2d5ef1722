internal import CZlib

/// Compresses byte strings to zlib streams (RFC 1950), reusing one state.
///
/// One object belongs to one thread at a time.
@safe
public final class ZlibCompressor {
  /// The levels accepted, from fastest to smallest.
  public static let levels = 1...9
  /// The most bytes one call takes: 1 GiB, which zlib's 32-bit counts can express.
  public static let inputByteCountMax = 1 << 30

  /// zlib refuses a state that has moved in memory, so it stands alone on the heap.
  private let stream: UnsafeMutablePointer<z_stream>

  /// Makes a compressor for one level.
  ///
  /// - Throws: ``CompressionError/levelOutOfRange(level:accepted:)``;
  ///   ``CompressionError/outOfMemory``.
  public init(level: Int) throws(CompressionError) {
    guard Self.levels.contains(level) else {
      throw .levelOutOfRange(level: level, accepted: Self.levels)
    }
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe shim_deflate_init(stream, Int32(level)) == Z_OK else { throw .outOfMemory }
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// The most bytes that `byteCount` bytes can become.
  public static func compressBound(byteCount: Int) -> Int {
    precondition((0...inputByteCountMax).contains(byteCount), "a length that one call takes")
    return Int(CZlib.compressBound(UInt(byteCount)))
  }

  /// Compresses all of `input` into the beginning of `output`.
  ///
  /// - Returns: The length of the stream, or nil if it does not fit. A caller who wants to store
  ///   the result only if it is smaller passes an output that is smaller than the input. After
  ///   nil, `output` holds nothing of use.
  /// - Throws: ``CompressionError/inputTooLong(byteCountMax:actual:)``.
  public func compress(
    _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(CompressionError) -> Int? {
    guard input.count <= Self.inputByteCountMax else {
      throw .inputTooLong(byteCountMax: Self.inputByteCountMax, actual: input.count)
    }
    // No stream is shorter than its header and checksum, and zlib refuses a null output.
    guard !output.isEmpty else { return nil }
    let (status, writtenByteCount) = unsafe withStream(stream, input, &output) { stream in
      unsafe deflateReset(stream) == Z_OK ? unsafe deflate(stream, Z_FINISH) : Z_STREAM_ERROR
    }
    switch status {
    case Z_STREAM_END: return writtenByteCount
    // The output is full (zlib.h, deflate: "If deflate returns with Z_OK or Z_BUF_ERROR").
    case Z_OK, Z_BUF_ERROR: return nil
    default: preconditionFailure("the state is one that deflateInit made")
    }
  }
}

@available(*, unavailable)
extension ZlibCompressor: Sendable {}

/// Points `stream` at all of `input` and the beginning of `output` while `body` works.
///
/// - Returns: What `body` returned, and how many bytes stand in `output`.
func withStream(
  _ stream: UnsafeMutablePointer<z_stream>, _ input: Span<UInt8>,
  _ output: inout MutableSpan<UInt8>, _ body: (UnsafeMutablePointer<z_stream>) -> Int32
) -> (status: Int32, writtenByteCount: Int) {
  let capacity = min(output.count, Int(UInt32.max))
  return unsafe output.withUnsafeMutableBufferPointer { output in
    unsafe input.withUnsafeBufferPointer { input in
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      unsafe stream.pointee.avail_in = UInt32(input.count)
      unsafe stream.pointee.next_out = output.baseAddress
      unsafe stream.pointee.avail_out = UInt32(capacity)
      let status = unsafe body(stream)
      let writtenByteCount = unsafe capacity - Int(stream.pointee.avail_out)
      unsafe stream.pointee.next_in = nil
      unsafe stream.pointee.next_out = nil
      return (status, writtenByteCount)
    }
  }
}
