internal import ArgumentParser
internal import BackupFormat
internal import BackupSystem

/// A path as it was given; it need not be text.
struct PathArgument: ExpressibleByArgument, CustomStringConvertible {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  init(argument: String) { bytes = RawArguments.bytes(argument) }

  /// The path for people: what is not text, or would move the cursor, as `\x` and two digits.
  var description: String {
    let text = String(validating: bytes, as: UTF8.self)
    if let text, !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
      return text
    }
    var escaped = ""
    for byte in bytes {
      if (0x20..<0x7f).contains(byte), byte != 0x5c {
        escaped.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        escaped += "\\x" + Hex.encode([byte])
      }
    }
    return escaped
  }
}
