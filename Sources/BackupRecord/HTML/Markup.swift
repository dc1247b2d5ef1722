/// A piece of HTML: what stands in the literal is markup, what is put into it is text and escaped.
struct Markup: ExpressibleByStringInterpolation, Sendable {
  /// The HTML.
  private(set) var html: String

  init(stringLiteral value: String) { html = value }
  init(stringInterpolation: StringInterpolation) { html = stringInterpolation.html }
  init(_ pieces: [Markup], separator: String = "\n") {
    html = pieces.map(\.html).joined(separator: separator)
  }

  static func += (a: inout Markup, b: Markup) { a.html += b.html }

  /// Text that can mean nothing but itself, in content and in attributes.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default:
        let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
        // Marks that turn the direction of what follows could make a text look like another.
        let turns =
          (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        escaped.unicodeScalars.append(isControl ? " " : turns ? "\u{fffd}" : scalar)
      }
    }
    return escaped
  }

  /// How a literal with values in it becomes HTML.
  struct StringInterpolation: StringInterpolationProtocol {
    var html = ""

    init(literalCapacity: Int, interpolationCount: Int) { html.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { html += literal }
    mutating func appendInterpolation(_ text: String) { html += Markup.escape(text) }
    mutating func appendInterpolation(_ piece: Markup) { html += piece.html }
    mutating func appendInterpolation(_ number: some BinaryInteger) { html += "\(number)" }
    mutating func appendInterpolation(_ pieces: [Markup]) { html += Markup(pieces).html }
  }
}
