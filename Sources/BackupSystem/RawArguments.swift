/// The command line in bytes.
///
/// Under a preloaded library Swift's own list may be empty. The parser takes text, and names of files need not be text. So each byte of an argument that is not
/// UTF-8 goes through the parser as a character of its own, and is looked up again here.
public enum RawArguments {
  private static let raw: [[UInt8]]? = {
    // Without /proc there is only the text.
    try? Environment.arguments()
  }()

  /// What the parser is given; nil for what it finds for itself.
  public static let texts: [String]? = raw.map { $0.dropFirst().map(text) }

  private static let known: [String: [UInt8]] = {
    var known: [String: [UInt8]] = [:]
    for argument in (raw ?? []) where String(validating: argument, as: UTF8.self) == nil {
      known[text(argument)] = argument
      guard let equals = argument.firstIndex(of: 0x3d) else { continue }
      let value = [UInt8](argument[(equals + 1)...])
      known[text(value)] = value
    }
    return known
  }()

  private static func text(_ argument: [UInt8]) -> String {
    if let text = String(validating: argument, as: UTF8.self) { return text }
    var text = String.UnicodeScalarView()
    for byte in argument {
      guard byte >= 0x80, let stand = Unicode.Scalar(0x10_ff00 + UInt32(byte)) else {
        text.append(Unicode.Scalar(byte))
        continue
      }
      text.append(stand)
    }
    return String(text)
  }

  /// The bytes of an argument, or of what stands behind its first "=", as they were given.
  public static func bytes(_ text: String) -> [UInt8] { known[text] ?? [UInt8](text.utf8) }
}
