import BackupSystem

/// Texts of people, which are read from files or standard input: arguments stand in the list of
/// processes.
enum PersonalText {
  /// The text of a file, or of standard input for `-`, without white space at its ends.
  static func read(_ path: String) throws -> String {
    let bytes: [UInt8]
    do {
      bytes =
        path == "-"
        ? try BackupSystem.Terminal.readInput(limitByteCount: 1 << 20)
        : try SecureFile.readWhole([UInt8](path.utf8), limitByteCount: 1 << 20)
    } catch {
      throw Failure(
        .usage, "\(path == "-" ? "standard input" : path) can't be read: \(error)")
    }
    return String(decoding: bytes, as: UTF8.self).trimmed
  }

  /// Its lines that hold something.
  static func lines(of text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map { String($0).trimmed }.filter { !$0.isEmpty }
  }
}

extension String {
  /// Without white space at its ends.
  var trimmed: String {
    var rest = self[...]
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    return String(rest)
  }
}
