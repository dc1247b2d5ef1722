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
  public static func decode(_ text: String) -> [UInt8]? { decode([UInt8](text.utf8).span) }

  /// Reads canonical base64; nil for other characters, wrong padding, or bits that would be lost.
  public static func decode(_ text: Span<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    guard text.count > 0 else { return [] }
    let last = text.count - 4
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var wrong: UInt32 = 0
    for i in stride(from: 0, to: last, by: 4) {
      let group = group(text, i)
      wrong |= group
      bytes.append(UInt8(truncatingIfNeeded: group >> 16))
      bytes.append(UInt8(truncatingIfNeeded: group >> 8))
      bytes.append(UInt8(truncatingIfNeeded: group))
    }
    guard wrong < 1 << 24 else { return nil }
    let padding = text[last + 3] != 0x3d ? 0 : text[last + 2] != 0x3d ? 1 : 2
    var group: UInt32 = 0
    for k in 0..<4 {
      let value = k < 4 - padding ? UInt32(values[Int(text[last + k])]) : 0
      guard value < 64 else { return nil }
      group = group << 6 | value
    }
    let lost: UInt32 = padding == 0 ? 0 : padding == 1 ? 0xff : 0xffff
    guard group & lost == 0 else { return nil }
    bytes.append(UInt8(truncatingIfNeeded: group >> 16))
    if padding < 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
    if padding < 1 { bytes.append(UInt8(truncatingIfNeeded: group)) }
    return bytes
  }

  /// The 24 bits of four characters; more than 24 if one of them is none of base64.
  @inline(__always)
  private static func group(_ text: Span<UInt8>, _ i: Int) -> UInt32 {
    let high = UInt32(values[Int(text[i])]) << 18 | UInt32(values[Int(text[i + 1])]) << 12
    let low = UInt32(values[Int(text[i + 2])]) << 6 | UInt32(values[Int(text[i + 3])])
    let wrong =
      (values[Int(text[i])] | values[Int(text[i + 1])] | values[Int(text[i + 2])]
        | values[Int(text[i + 3])]) & 0x80
    return high | low | UInt32(wrong) << 24
  }

  /// What each character stands for; 0x80 for those that are none.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0x80, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()
}
