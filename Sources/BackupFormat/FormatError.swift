/// Why bytes were refused by a decoder of this module.
public enum FormatError: Error, Hashable, Sendable {
  /// The bytes end before a field does.
  case truncated(at: Int, needed: Int)
  /// Bytes are left after the last field.
  case trailingBytes(at: Int)
  /// The object does not begin with the mark of its kind.
  case wrongMark
  /// A number is not in its shortest form, or exceeds 63 bits.
  case nonCanonicalNumber(at: Int)
  /// A count or length exceeds its limit (`Docs/format.md`, section 12).
  case limitExceeded(Field)
  /// A value is outside its range.
  case outOfRange(Field)
  /// Elements are not in the order that the format asks for, or repeat.
  case wrongOrder(Field)
  /// Two fields that must agree do not.
  case inconsistent(Field)
  /// A text is not canonical JSON, hex or base64; the offset is where it stops being so.
  case notCanonical(at: Int)
  /// A path or a name of a file is not allowed.
  case badPath

  /// What a decoder was reading.
  public enum Field: String, Hashable, Sendable {
    case attribute, block, chunk, codec, counter, depth, entry, extent, file, flags, head,
      identifier,
      key,
      mode, name, need, number, owner, pack, page, path, policy, predicate, range, recipient, run,
      section, segment, sheet, size, source, statement, subject, text, time, type, version
  }
}
