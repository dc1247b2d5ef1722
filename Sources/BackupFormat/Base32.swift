/// Crockford's base32, for what people type: five bytes are eight characters.
public enum Base32 {
  private static let alphabet = [UInt8]("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// Writes five bytes as eight characters, most significant bits first.
  public static func encode(group: [UInt8]) -> String {
    precondition(group.count == 5, "a group has five bytes")
    let value = group.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let text = (0..<8).map { alphabet[Int(value >> (35 - 5 * UInt64($0))) & 31] }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads characters, without spaces and hyphens; nil for a character that is not in the alphabet.
  public static func digits(_ text: String) -> [UInt8]? {
    var digits: [UInt8] = []
    for character in text.utf8 {
      switch character {
      case 0x20, 0x2d, 0x0a, 0x0d, 0x09: continue
      case 0x4f, 0x6f: digits.append(0)
      case 0x49, 0x69, 0x4c, 0x6c: digits.append(1)
      default:
        let upper = 0x61...0x7a ~= character ? character - 0x20 : character
        guard let value = alphabet.firstIndex(of: upper) else { return nil }
        digits.append(UInt8(value))
      }
    }
    return digits
  }

  /// Five bytes from eight digits below 32.
  public static func decode(digits: ArraySlice<UInt8>) -> [UInt8] {
    precondition(digits.count == 8, "a group has eight digits")
    let value = digits.reduce(UInt64(0)) { $0 << 5 | UInt64($1) }
    return (0..<5).map { UInt8(truncatingIfNeeded: value >> (32 - 8 * UInt64($0))) }
  }
}
