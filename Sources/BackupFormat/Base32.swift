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

  /// Stands among the digits for a character that is not in the alphabet.
  public static let noDigit: UInt8 = 0xff

  /// Reads characters, without spaces and hyphens, as digits below 32 or ``noDigit``.
  public static func digits(_ text: String) -> [UInt8] {
    var digits: [UInt8] = []
    digits.reserveCapacity(text.utf8.count)
    for character in text.unicodeScalars {
      switch character {
      case " ", "-", "\n", "\r", "\t": continue
      case "O", "o": digits.append(0)
      case "I", "i", "L", "l": digits.append(1)
      default:
        let byte = character.isASCII ? UInt8(character.value) : 0
        let upper = 0x61...0x7a ~= byte ? byte - 0x20 : byte
        digits.append(alphabet.firstIndex(of: upper).map { UInt8($0) } ?? noDigit)
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
