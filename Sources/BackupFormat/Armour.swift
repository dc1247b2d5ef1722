/// Text that carries a few bytes between two marked lines (`Docs/format.md`, section 2.1).
public enum Armour {
  /// The most lines for people before the begin line.
  public static let commentLineCountMax = 40
  /// What the lines are marked with.
  public enum Label: String, Sendable {
    /// A key file.
    case key = "NIGHTSAFE KEY"
    /// The public half of a key.
    case publicKey = "NIGHTSAFE PUBLIC KEY"
  }

  /// Writes the comment lines, then the body in lines of 76 characters.
  public static func encode(_ body: [UInt8], label: Label, comment: [String]) -> String {
    var lines = comment
    lines.append("-----BEGIN \(label.rawValue)-----")
    var rest = Substring(Base64.encode(body))
    while !rest.isEmpty {
      lines.append(String(rest.prefix(76)))
      rest = rest.dropFirst(76)
    }
    lines.append("-----END \(label.rawValue)-----")
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads the body; nil if the text holds no such armour or more than one.
  public static func decode(_ text: [UInt8], label: Label) -> [UInt8]? {
    guard text.count <= Limits.smallTextByteCount else { return nil }
    // Compared as bytes: strings are equal when Unicode calls their characters equivalent.
    let lines = text.split(separator: 0x0a, omittingEmptySubsequences: false).map { line in
      [UInt8](line.last == 0x0d ? line.dropLast() : line)
    }
    guard let begin = lines.firstIndex(of: [UInt8]("-----BEGIN \(label.rawValue)-----".utf8)),
      begin <= commentLineCountMax,
      let end = lines[begin...].firstIndex(of: [UInt8]("-----END \(label.rawValue)-----".utf8)),
      lines[(end + 1)...].allSatisfy({ $0.isEmpty })
    else { return nil }
    var base64: [UInt8] = []
    for line in lines[(begin + 1)..<end] {
      guard 1...76 ~= line.count else { return nil }
      base64 += line
    }
    return Base64.decode(String(decoding: base64, as: UTF8.self))
  }
}
