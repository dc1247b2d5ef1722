/// Paths as a policy names them.
enum PolicyPath {
  /// The longest path: Linux's PATH_MAX.
  static let byteCountMax = 4_096

  /// Whether a text can be a path or argument at all: no NUL, no control character, not too long.
  static func isPlain(_ text: String) -> Bool {
    text.utf8.count <= byteCountMax && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
  }

  /// An absolute path without a slash at its end, or `nil` for one with `.`, `..` or `//`.
  static func normalised(_ text: String) -> String? {
    guard isPlain(text), text.utf8.first == 0x2f else { return nil }
    if text == "/" { return text }
    var body = text.utf8.dropFirst()
    if body.last == 0x2f { body = body.dropLast() }
    for name in body.split(separator: 0x2f, omittingEmptySubsequences: false) {
      if name.isEmpty || name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) {
        return nil
      }
    }
    return "/" + String(Substring(body))
  }

  /// Whether a normalised path is another one or lies below it.
  static func contains(_ folder: String, _ path: String) -> Bool {
    relative(path, to: folder) != nil
  }

  /// What a normalised path is below a folder: empty for the folder itself, `nil` outside it.
  static func relative(_ path: String, to folder: String) -> [UInt8]? {
    let path = Array(path.utf8)
    let folder = folder == "/" ? [] : Array(folder.utf8)
    guard path.starts(with: folder) else { return nil }
    let rest = path.dropFirst(folder.count)
    if rest.isEmpty { return [] }
    return rest.first == 0x2f ? Array(rest.dropFirst()) : nil
  }

  /// Whether a text is a folder, SFTP account or S3 bucket, and carries no password.
  static func location(_ text: String) -> String? {
    if text.utf8.first == 0x2f { return normalised(text) }
    guard isPlain(text), !text.contains(" ") else { return nil }
    for scheme in ["sftp://", "s3://"] where text.hasPrefix(scheme) {
      let rest = text.dropFirst(scheme.count)
      let authority = rest.prefix { $0 != "/" }
      guard !authority.isEmpty else { return nil }
      if let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") { return nil }
      return text
    }
    return nil
  }

  /// Whether a text can be the name of a zone, and cannot lead out of the zones' folder.
  static func zoneName(_ text: String) -> String? {
    let isName =
      (1...64).contains(text.utf8.count)
      && text.utf8.split(separator: 0x2f, omittingEmptySubsequences: false).allSatisfy { part in
        guard let first = part.first, first != 0x2e, first != 0x2d else { return false }
        return part.allSatisfy { byte in
          isLetterOrDigit(byte) || [0x2b, 0x2d, 0x5f].contains(byte)
        }
      }
    return isName ? text : nil
  }

  /// Whether a text can name a user: as `useradd` takes it.
  static func userName(_ text: String) -> String? {
    guard (1...32).contains(text.utf8.count), let first = text.utf8.first,
      isLetterOrDigit(first) || first == 0x5f,
      text.utf8.allSatisfy({ isLetterOrDigit($0) || [0x2d, 0x2e, 0x5f].contains($0) })
    else { return nil }
    return text
  }

  static func dataSetName(_ text: String) -> String? {
    guard (1...64).contains(text.utf8.count), let first = text.utf8.first, isLetterOrDigit(first),
      text.utf8.allSatisfy({ isLetterOrDigit($0) || [0x2d, 0x2e, 0x5f].contains($0) })
    else { return nil }
    return text
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: false
    }
  }
}

/// Numbers of bytes as people write them.
enum ByteCountText {
  private static let units: [(name: String, byteCount: Int)] = [
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000),
    ("kB", 1_000), ("B", 1),
  ]

  /// The number a text such as `500 MB` or `2GiB` stands for; at least 1.
  static func value(of text: String) -> Int? {
    guard let unit = units.first(where: { text.hasSuffix($0.name) }) else { return nil }
    var digits = Array(text.utf8.dropLast(unit.name.utf8.count))
    if digits.last == 0x20 { digits.removeLast() }
    guard let count = decimal(digits[...]), count > 0 else { return nil }
    let (value, overflow) = count.multipliedReportingOverflow(by: unit.byteCount)
    return overflow ? nil : value
  }

  /// The shortest exact text, or `nil` where only the number itself is exact.
  static func text(of byteCount: Int) -> String? {
    units.filter { $0.byteCount > 1 && byteCount % $0.byteCount == 0 }
      .filter { byteCount / $0.byteCount < 1_000_000_000 }
      .max { $0.byteCount < $1.byteCount }
      .map { "\(byteCount / $0.byteCount) \($0.name)" }
  }
}
