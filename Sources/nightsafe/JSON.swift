/// JSON for scripts: objects keep the order in which they are written.
indirect enum JSON {
  case text(String)
  case number(Int64)
  case flag(Bool)
  case list([JSON])
  case object([(String, JSON)])
  case nothing

  /// A count, which always fits.
  static func count(_ value: UInt64) -> JSON { .number(Int64(clamping: value)) }

  /// Prints an object on standard output.
  static func print(_ members: [(String, JSON)]) { Terminal.print(JSON.object(members).encoded) }

  var encoded: String {
    switch self {
    case .text(let text): Self.quote(text)
    case .number(let value): "\(value)"
    case .flag(let value): value ? "true" : "false"
    case .nothing: "null"
    case .list(let values): "[" + values.map(\.encoded).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { Self.quote($0.0) + ":" + $0.1.encoded }.joined(separator: ",") + "}"
    }
  }

  private static func quote(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      default:
        if scalar.value < 0x20 {
          let hex = String(scalar.value, radix: 16)
          quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        } else {
          quoted.unicodeScalars.append(scalar)
        }
      }
    }
    return quoted + "\""
  }
}
