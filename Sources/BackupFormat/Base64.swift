/// Base64 with padding (RFC 4648, section 4), canonical only.
public enum Base64 {
  private static let alphabet = [UInt8](
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Writes four characters for each three bytes, padded with `=`.
  public static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var i = 0
    while i < bytes.count {
      let count = min(3, bytes.count - i)
      var group = UInt32(bytes[i]) << 16
      if count > 1 { group |= UInt32(bytes[i + 1]) << 8 }
      if count > 2 { group |= UInt32(bytes[i + 2]) }
      for k in 0..<4 {
        text.append(k <= count ? alphabet[Int(group >> (18 - 6 * UInt32(k))) & 63] : 0x3d)
      }
      i += 3
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads canonical base64; nil for other characters, wrong padding, or bits that would be lost.
  public static func decode(_ text: String) -> [UInt8]? {
    let utf8 = [UInt8](text.utf8)
    guard utf8.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8.count / 4 * 3)
    for i in stride(from: 0, to: utf8.count, by: 4) {
      var group: UInt32 = 0
      var padding = 0
      for k in 0..<4 {
        let character = utf8[i + k]
        if character == 0x3d {
          guard i + 4 == utf8.count, k >= 2 else { return nil }
          padding += 1
          group <<= 6
          continue
        }
        guard padding == 0, let value = value(character) else { return nil }
        group = group << 6 | UInt32(value)
      }
      let lost: UInt32 = padding == 0 ? 0 : padding == 1 ? 0xff : 0xffff
      guard group & lost == 0 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: group >> 16))
      if padding < 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
      if padding < 1 { bytes.append(UInt8(truncatingIfNeeded: group)) }
    }
    return bytes
  }

  private static func value(_ character: UInt8) -> UInt8? {
    switch character {
    case 0x41...0x5a: character - 0x41
    case 0x61...0x7a: character - 0x61 + 26
    case 0x30...0x39: character - 0x30 + 52
    case 0x2b: 62
    case 0x2f: 63
    default: nil
    }
  }
}
