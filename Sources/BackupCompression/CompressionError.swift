/// Why bytes were not compressed or decompressed.
public enum CompressionError: Error, Hashable, Sendable {
  /// The level is outside the codec's bounds.
  case levelOutOfRange(level: Int, accepted: ClosedRange<Int>)
  /// The input is longer than one call takes.
  case inputTooLong(byteCountMax: Int, actual: Int)
  /// The compressed bytes break off before their end.
  case truncated
  /// The compressed bytes are followed by others.
  case trailingBytes
  /// The compressed bytes would give more than the output holds.
  case exceedsOutput(byteCountMax: Int)
  /// The bytes are no stream of this codec, or a checksum in them does not fit, or they need a
  /// dictionary.
  case malformed
  /// The library has no memory for its state.
  case outOfMemory
}
