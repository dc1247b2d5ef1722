/// Paths as people see them.
public enum PathText {
  /// A path as text; where it is not UTF-8, or holds what would move the cursor, each such byte
  /// stands as `\x` and two hexadecimal digits.
  public static func shown(_ path: [UInt8]) -> String {
    let text = String(validating: path, as: UTF8.self)
    if let text, !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
      return text
    }
    var escaped = ""
    for byte in path {
      if (0x20..<0x7f).contains(byte), byte != 0x5c {
        escaped.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        escaped += "\\x" + Hex.encode([byte])
      }
    }
    return escaped
  }
}
