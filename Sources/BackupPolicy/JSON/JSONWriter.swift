/// A JSON value to be written; members keep their order.
enum JSONOutput {
  case flag(Bool)
  case integer(Int)
  case text(String)
  case list([JSONOutput])
  case object([(key: String, value: JSONOutput)])

  /// A list of texts.
  static func texts(_ texts: [String]) -> JSONOutput { .list(texts.map { .text($0) }) }

  /// The value as an indented text with a line end; what fits on one line stands on one.
  func pretty() -> [UInt8] { Array((written(indent: 0, column: 0) + "\n").utf8) }

  private static let columnMax = 96

  private func written(indent: Int, column: Int) -> String {
    let flat = onOneLine()
    if let flat, column + flat.count <= JSONOutput.columnMax { return flat }
    let inner = String(repeating: " ", count: indent + 2)
    let outer = String(repeating: " ", count: indent)
    switch self {
    case .list(let values):
      let lines = values.map { inner + $0.written(indent: indent + 2, column: indent + 2) }
      return "[\n" + lines.joined(separator: ",\n") + "\n" + outer + "]"
    case .object(let members):
      let lines = members.map { member in
        let key = "\(inner)\(JSONOutput.quoted(member.key)): "
        return key + member.value.written(indent: indent + 2, column: key.count)
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + outer + "}"
    case .flag, .integer, .text:
      return flat ?? ""
    }
  }

  /// The value without line ends, or `nil` where an object holds objects or lists of objects.
  private func onOneLine() -> String? {
    switch self {
    case .flag(let value): return value ? "true" : "false"
    case .integer(let value): return String(value)
    case .text(let value): return JSONOutput.quoted(value)
    case .list(let values):
      var parts: [String] = []
      for value in values {
        if case .object = value { return nil }
        guard let part = value.onOneLine() else { return nil }
        parts.append(part)
      }
      return "[" + parts.joined(separator: ", ") + "]"
    case .object(let members):
      var parts: [String] = []
      for member in members {
        if case .object = member.value { return nil }
        guard let part = member.value.onOneLine() else { return nil }
        parts.append("\(JSONOutput.quoted(member.key)): \(part)")
      }
      return parts.isEmpty ? "{}" : "{ " + parts.joined(separator: ", ") + " }"
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7f {
          let digits = String(scalar.value, radix: 16)
          quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          quoted.unicodeScalars.append(scalar)
        }
      }
    }
    return quoted + "\""
  }
}
