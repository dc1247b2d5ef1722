/// A word of a text as the lint sees it, in lower case.
struct Word {
  /// With the marks around it.
  let raw: String
  /// Without them.
  let core: String
  private let bytes: [UInt8]

  init(_ text: some StringProtocol) {
    raw = String(text)
    var core = Substring(raw)
    while let first = core.first, Self.isMark(first) { core.removeFirst() }
    while let last = core.last, Self.isMark(last) { core.removeLast() }
    self.core = String(core)
    bytes = Array(core.utf8)
  }

  private static func isMark(_ character: Character) -> Bool {
    ".,;:!?()[]\"'’“”„‘".contains(character)
  }

  static let sizeUnits: Set<String> = [
    "b", "kb", "mb", "gb", "tb", "pb", "kib", "mib", "gib", "tib", "pib", "byte", "bytes",
    "kilobyte", "megabyte", "gigabyte", "terabyte", "megabytes", "gigabytes", "terabytes",
  ]
  static let monthUnits: Set<String> = ["maand", "maanden", "month", "months"]
  static let months = Set(
    (DutchPhrases.months + EnglishPhrases.months).map { $0.lowercased() })

  static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
  static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || 0x61...0x66 ~= byte }
  private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7a ~= byte || byte >= 0x80 }

  var hasDigit: Bool { bytes.contains(where: Self.isDigit) }

  /// A slash that separates two single words of prose is no path, but there is none in ours.
  var isPath: Bool { raw.contains("/") || raw.contains("\\") || raw.hasPrefix("~") }

  private func parts(_ separator: UInt8) -> [[UInt8]] {
    bytes.split(separator: separator, omittingEmptySubsequences: false).map { Array($0) }
  }

  private func isNumber(_ part: [UInt8], _ lengths: ClosedRange<Int>) -> Bool {
    lengths.contains(part.count) && part.allSatisfy(Self.isDigit)
  }

  var isIPAddress: Bool {
    let dotted = parts(0x2e)
    if dotted.count == 4, dotted.allSatisfy({ isNumber($0, 1...3) }) { return true }
    let colons = parts(0x3a)
    return colons.count >= 3
      && colons.allSatisfy { $0.count <= 4 && $0.allSatisfy(Self.isHexDigit) }
  }

  var isClockTime: Bool {
    for separator: UInt8 in [0x3a, 0x2e, 0x68] {
      let pair = parts(separator)
      if pair.count >= 2, isNumber(pair[0], 1...2), isNumber(pair[1], 2...2),
        separator != 0x2e || Int(core.prefix { $0 != "." }) ?? 99 < 24
      {
        return true
      }
    }
    return false
  }

  var isHourWord: Bool { ["uur", "o'clock", "o’clock", "a.m", "p.m"].contains(core) }

  var isHost: Bool {
    if core.contains("@") { return true }
    let labels = parts(0x2e)
    guard labels.count >= 2, let last = labels.last, last.count >= 2,
      labels.allSatisfy({ !$0.isEmpty })
    else { return false }
    return last.allSatisfy(Self.isLetter)
  }

  var isVersion: Bool {
    let plain = bytes.first == 0x76 ? Array(bytes.dropFirst()) : bytes
    let numbers = plain.split(separator: 0x2e, omittingEmptySubsequences: false)
    let isNumbers = numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy(Self.isDigit) }
    return isNumbers && (numbers.count >= 2 || plain.count < bytes.count)
  }

  var isSize: Bool {
    let digits = bytes.prefix { Self.isDigit($0) || $0 == 0x2e || $0 == 0x2c }
    guard !digits.isEmpty, digits.count < bytes.count else { return false }
    return Self.sizeUnits.contains(String(decoding: bytes.dropFirst(digits.count), as: UTF8.self))
  }
}
