/// Why a pattern can never match anything.
public enum PathPatternFault: String, Hashable, Sendable, CaseIterable {
  /// A `[` without its `]`.
  case unclosedClass
  /// A `[:name:]` that names no class of characters.
  case unknownClassName
  /// A `\` with nothing after it.
  case trailingBackslash
  /// Nothing but slashes, or two slashes side by side.
  case emptyName
}

/// One step of a compiled pattern.
///
/// A pattern is a row of names; ``slash`` stands between two of them. ``anyNames`` stands for any
/// number of whole names, none included, and ``everythingBelow`` for at least one.
enum PatternToken: Hashable, Sendable {
  case byte(UInt8)
  case anyByte
  case anyBytes
  /// One byte of a set, by its number in the pool.
  case set(Int)
  case slash
  /// `**/`
  case anyNames
  /// A `/**` at the end, and the slash before it is a ``slash``.
  case everythingBelow
}

/// A set of bytes.
struct ByteSet: Hashable, Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  init() {}

  func contains(_ byte: UInt8) -> Bool {
    let word =
      switch byte >> 6 {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
    return word >> UInt64(byte & 63) & 1 == 1
  }

  mutating func insert(_ byte: UInt8) {
    let bit = UInt64(1) << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: words.0 |= bit
    case 1: words.1 |= bit
    case 2: words.2 |= bit
    default: words.3 |= bit
    }
  }

  mutating func invert() { words = (~words.0, ~words.1, ~words.2, ~words.3) }

  mutating func remove(_ byte: UInt8) {
    guard contains(byte) else { return }
    invert()
    insert(byte)
    invert()
  }

  static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

  func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}

/// One line of gitignore syntax, taken apart (gitignore(5), "PATTERN FORMAT").
struct PathPattern {
  /// Whether it begins with `!`.
  var isNegated = false
  /// Whether it ends with `/`.
  var isDirectoryOnly = false
  /// Whether it holds a `/` elsewhere, and so names a whole path from the root.
  var isAnchored = false
  var tokens: [PatternToken] = []
  var sets: [ByteSet] = []
  var fault: PathPatternFault?

  /// Takes one line apart, or gives `nil` for a blank line or comment.
  init?(line: [UInt8]) {
    var text = PathPattern.withoutTrailingSpaces(line)
    guard let first = text.first, first != 0x23 else { return nil }
    if first == 0x21 {
      isNegated = true
      text.removeFirst()
    }
    if text.last == 0x2f {
      isDirectoryOnly = true
      text.removeLast()
    }
    isAnchored = text.contains(0x2f)
    if text.first == 0x2f { text.removeFirst() }
    do throws(PatternFailure) {
      try compile(text)
    } catch {
      fault = error.fault
    }
  }

  /// Spaces at the end do not count unless a backslash stands before them; tabs always count.
  private static func withoutTrailingSpaces(_ line: [UInt8]) -> ArraySlice<UInt8> {
    var end = 0
    var index = 0
    while index < line.count {
      let isEscape = line[index] == 0x5c
      let next = min(index + (isEscape ? 2 : 1), line.count)
      if isEscape || line[index] != 0x20 { end = next }
      index = next
    }
    return line[..<end]
  }

  private struct PatternFailure: Error { var fault: PathPatternFault }

  private mutating func compile(_ text: ArraySlice<UInt8>) throws(PatternFailure) {
    var index = text.startIndex
    var nameStart = true
    while index < text.endIndex {
      let byte = text[index]
      index += 1
      switch byte {
      case 0x2f:
        guard !nameStart else { throw PatternFailure(fault: .emptyName) }
        tokens.append(.slash)
        nameStart = true
        continue
      case 0x2a:
        let isDouble = index < text.endIndex && text[index] == 0x2a
        while index < text.endIndex, text[index] == 0x2a { index += 1 }
        let isWholeName = nameStart && (index == text.endIndex || text[index] == 0x2f)
        guard isDouble, isWholeName, isAnchored else {
          // Two stars beside anything but slashes are one.
          if tokens.last != .anyBytes { tokens.append(.anyBytes) }
          break
        }
        guard index == text.endIndex else {
          index += 1
          // One `**/` says what two say.
          if tokens.last != .anyNames { tokens.append(.anyNames) }
          nameStart = true
          if index == text.endIndex { throw PatternFailure(fault: .emptyName) }
          continue
        }
        tokens.append(.everythingBelow)
      case 0x3f: tokens.append(.anyByte)
      case 0x5b:
        tokens.append(.set(sets.count))
        try sets.append(PathPattern.set(in: text, from: &index))
      case 0x5c:
        guard index < text.endIndex else { throw PatternFailure(fault: .trailingBackslash) }
        tokens.append(text[index] == 0x2f ? .slash : .byte(text[index]))
        index += 1
      default: tokens.append(.byte(byte))
      }
      nameStart = false
    }
    guard !tokens.isEmpty, !nameStart else { throw PatternFailure(fault: .emptyName) }
  }

  /// Reads a bracket expression whose `[` has been taken, as git's wildmatch does.
  private static func set(
    in text: ArraySlice<UInt8>, from index: inout Int
  ) throws(PatternFailure) -> ByteSet {
    func next() throws(PatternFailure) -> UInt8 {
      guard index < text.endIndex else { throw PatternFailure(fault: .unclosedClass) }
      defer { index += 1 }
      return text[index]
    }
    var set = ByteSet()
    var byte = try next()
    let isInverted = byte == 0x21 || byte == 0x5e
    if isInverted { byte = try next() }
    // The byte that a `-` after it would begin a range with.
    var previous: UInt8?
    repeat {
      let following = index < text.endIndex ? text[index] : nil
      if byte == 0x5c {
        byte = try next()
        set.insert(byte)
        previous = byte
      } else if byte == 0x2d, let low = previous, let following, following != 0x5d {
        var high = try next()
        if high == 0x5c { high = try next() }
        if low <= high { for member in low...high { set.insert(member) } }
        previous = nil
      } else if byte == 0x5b, following == 0x3a, let name = className(in: text, from: &index) {
        guard insertClass(name, into: &set) else {
          throw PatternFailure(fault: .unknownClassName)
        }
        previous = nil
      } else {
        set.insert(byte)
        previous = byte
      }
      byte = try next()
    } while byte != 0x5d
    if isInverted { set.invert() }
    // No name holds a slash, and a class never steps over one.
    set.remove(0x2f)
    return set
  }

  /// The name in `[:name:]` if that is how it ends; `index` stands on the first colon.
  private static func className(
    in text: ArraySlice<UInt8>, from index: inout Int
  ) -> ArraySlice<UInt8>? {
    let start = index + 1
    guard start < text.endIndex, let end = text[start...].firstIndex(of: 0x5d),
      end - 1 >= start, text[end - 1] == 0x3a
    else { return nil }
    index = end + 1
    return text[start..<(end - 1)]
  }

  /// Adds a POSIX class as the C locale has it.
  private static func insertClass(_ name: ArraySlice<UInt8>, into set: inout ByteSet) -> Bool {
    let ranges: [ClosedRange<UInt8>]
    let digits: ClosedRange<UInt8> = 0x30...0x39
    let upper: ClosedRange<UInt8> = 0x41...0x5a
    let lower: ClosedRange<UInt8> = 0x61...0x7a
    switch String(decoding: name, as: UTF8.self) {
    case "alnum": ranges = [digits, upper, lower]
    case "alpha": ranges = [upper, lower]
    case "blank": ranges = [0x09...0x09, 0x20...0x20]
    case "cntrl": ranges = [0x00...0x1f, 0x7f...0x7f]
    case "digit": ranges = [digits]
    case "graph": ranges = [0x21...0x7e]
    case "lower": ranges = [lower]
    case "print": ranges = [0x20...0x7e]
    case "punct": ranges = [0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e]
    case "space": ranges = [0x09...0x0d, 0x20...0x20]
    case "upper": ranges = [upper]
    case "xdigit": ranges = [digits, 0x41...0x46, 0x61...0x66]
    default: return false
    }
    for range in ranges { for byte in range { set.insert(byte) } }
    return true
  }
}
