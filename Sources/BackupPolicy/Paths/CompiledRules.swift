/// What all rules of a list ask about one path, computed once.
struct PathSubject {
  let isDirectory: Bool
  /// Where the last name begins.
  let nameOffset: Int
  let nameHash: UInt32

  init(_ path: Span<UInt8>, isDirectory: Bool) {
    self.isDirectory = isDirectory
    var offset = path.count
    var hash: UInt32 = PathSubject.hashStart
    while offset > 0 {
      let byte = path[offset - 1]
      if byte == 0x2f { break }
      hash = PathSubject.mix(hash, byte)
      offset -= 1
    }
    nameOffset = offset
    nameHash = hash
  }

  /// FNV-1a, from the last byte to the first; it only saves comparisons.
  static let hashStart: UInt32 = 2_166_136_261
  static func mix(_ hash: UInt32, _ byte: UInt8) -> UInt32 { (hash ^ UInt32(byte)) &* 16_777_619 }
}

/// A list of patterns, ready to match without allocating.
///
/// All tokens of all rules lie in one array; a rule is a range of it and a way to compare.
struct CompiledRules: Sendable {
  private enum Form: Sendable {
    case never
    /// The last name is these bytes.
    case name(hash: UInt32)
    /// The last name ends with these bytes.
    case suffix
    /// The last name begins with these bytes.
    case prefix
    /// The last name matches a glob.
    case nameGlob
    /// The whole path is these bytes.
    case path
    /// The whole path matches a glob.
    case pathGlob
  }

  private struct Rule: Sendable {
    var form: Form
    var isNegated: Bool
    var isDirectoryOnly: Bool
    var isAnchored: Bool
    /// Where its bytes or tokens lie.
    var start: Int
    var end: Int
  }

  private var rules: [Rule] = []
  private var bytes: [UInt8] = []
  private var tokens: [PatternToken] = []
  private var sets: [ByteSet] = []

  var isEmpty: Bool { rules.isEmpty }

  func isNegated(_ rule: Int) -> Bool { rules[rule].isNegated }

  mutating func append(_ pattern: PathPattern) {
    var form = Form.never
    var start = tokens.count
    var end = start
    if pattern.fault == nil {
      let literal = CompiledRules.literal(pattern)
      form = literal?.form ?? (pattern.isAnchored ? .pathGlob : .nameGlob)
      if let literal {
        start = bytes.count
        bytes += literal.bytes
        end = bytes.count
      } else {
        for token in pattern.tokens {
          if case .set(let index) = token {
            tokens.append(.set(sets.count + index))
          } else {
            tokens.append(token)
          }
        }
        sets += pattern.sets
        end = tokens.count
      }
    }
    rules.append(
      Rule(
        form: form, isNegated: pattern.isNegated, isDirectoryOnly: pattern.isDirectoryOnly,
        isAnchored: pattern.isAnchored, start: start, end: end))
  }

  /// The quick way to compare, for a pattern that needs no more.
  private static func literal(_ pattern: PathPattern) -> (form: Form, bytes: [UInt8])? {
    func literal(_ tokens: ArraySlice<PatternToken>) -> [UInt8]? {
      var bytes: [UInt8] = []
      for token in tokens {
        switch token {
        case .byte(let byte): bytes.append(byte)
        case .slash: bytes.append(0x2f)
        default: return nil
        }
      }
      return bytes
    }
    let all = pattern.tokens[...]
    if let bytes = literal(all) {
      if pattern.isAnchored { return (.path, bytes) }
      return (.name(hash: bytes.reversed().reduce(PathSubject.hashStart, PathSubject.mix)), bytes)
    }
    guard !pattern.isAnchored else { return nil }
    if all.first == .anyBytes, let bytes = literal(all.dropFirst()) { return (.suffix, bytes) }
    if all.last == .anyBytes, let bytes = literal(all.dropLast()) { return (.prefix, bytes) }
    return nil
  }

  /// The number of the last rule that matches the path itself, not one of its directories.
  func lastMatch(_ path: Span<UInt8>, _ subject: PathSubject) -> Int? {
    let nameCount = path.count - subject.nameOffset
    var number = rules.count
    while number > 0 {
      number -= 1
      let rule = rules[number]
      if rule.isDirectoryOnly, !subject.isDirectory { continue }
      let byteCount = rule.end - rule.start
      let isMatch: Bool
      switch rule.form {
      case .never: isMatch = false
      case .name(let hash):
        isMatch =
          hash == subject.nameHash && byteCount == nameCount
          && equals(rule.start..<rule.end, path, from: subject.nameOffset)
      case .suffix:
        isMatch =
          byteCount <= nameCount
          && equals(rule.start..<rule.end, path, from: path.count - byteCount)
      case .prefix:
        isMatch =
          byteCount <= nameCount && equals(rule.start..<rule.end, path, from: subject.nameOffset)
      case .path:
        isMatch = byteCount == path.count && equals(rule.start..<rule.end, path, from: 0)
      case .nameGlob:
        isMatch = matches(rule, path, from: subject.nameOffset)
      case .pathGlob:
        isMatch = matches(rule, path, from: 0)
      }
      if isMatch { return number }
    }
    return nil
  }

  /// Whether a rule could match something below a directory that no rule matches.
  func canMatchBelow(_ directory: Span<UInt8>) -> Bool {
    for rule in rules where !rule.isNegated {
      switch rule.form {
      case .never: continue
      case .name, .suffix, .prefix, .nameGlob: return true
      case .path:
        let end = rule.start + directory.count
        if end < rule.end, bytes[end] == 0x2f, equals(rule.start..<end, directory, from: 0) {
          return true
        }
      case .pathGlob:
        if reachesBelow(rule, directory) { return true }
      }
    }
    return false
  }

  private func equals(_ literal: Range<Int>, _ path: Span<UInt8>, from offset: Int) -> Bool {
    var offset = offset
    for index in literal {
      if bytes[index] != path[offset] { return false }
      offset += 1
    }
    return true
  }

  /// Whether the directory's names match the first names of a rule that has more names.
  private func reachesBelow(_ rule: Rule, _ directory: Span<UInt8>) -> Bool {
    var token = rule.start
    var offset = 0
    while true {
      if tokens[token] == .anyNames || tokens[token] == .everythingBelow { return true }
      var tokenEnd = token
      while tokenEnd < rule.end, tokens[tokenEnd] != .slash { tokenEnd += 1 }
      var nameEnd = offset
      while nameEnd < directory.count, directory[nameEnd] != 0x2f { nameEnd += 1 }
      // The rule's last name is a match or none; it has nothing left for what lies below.
      guard tokenEnd < rule.end, matchesName(token..<tokenEnd, directory, offset..<nameEnd)
      else { return false }
      guard nameEnd < directory.count else { return true }
      token = tokenEnd + 1
      offset = nameEnd + 1
    }
  }

  /// Matches names one by one; each `**/` is taken as short as possible and lengthened on failure.
  ///
  /// Only the last `**/` need ever be lengthened, as with `*` in a name, so the time is bounded by
  /// the product of both lengths.
  private func matches(_ rule: Rule, _ path: Span<UInt8>, from start: Int) -> Bool {
    var token = rule.start
    var offset = start
    var retryToken: Int?
    var retryOffset = start
    while true {
      if tokens[token] == .everythingBelow { return offset < path.count }
      if tokens[token] == .anyNames {
        token += 1
        retryToken = token
        retryOffset = offset
        continue
      }
      var tokenEnd = token
      while tokenEnd < rule.end, tokens[tokenEnd] != .slash { tokenEnd += 1 }
      var nameEnd = offset
      while nameEnd < path.count, path[nameEnd] != 0x2f { nameEnd += 1 }
      if matchesName(token..<tokenEnd, path, offset..<nameEnd) {
        if tokenEnd == rule.end, nameEnd == path.count { return true }
        if tokenEnd < rule.end, nameEnd < path.count {
          token = tokenEnd + 1
          offset = nameEnd + 1
          continue
        }
      }
      guard let again = retryToken else { return false }
      while retryOffset < path.count, path[retryOffset] != 0x2f { retryOffset += 1 }
      guard retryOffset < path.count else { return false }
      retryOffset += 1
      token = again
      offset = retryOffset
    }
  }

  /// Matches one name; on failure only the last `*` need be lengthened.
  private func matchesName(
    _ pattern: Range<Int>, _ path: Span<UInt8>, _ name: Range<Int>
  ) -> Bool {
    var token = pattern.lowerBound
    var offset = name.lowerBound
    var retryToken: Int?
    var retryOffset = offset
    while offset < name.upperBound || token < pattern.upperBound {
      if token < pattern.upperBound {
        if tokens[token] == .anyBytes {
          token += 1
          retryToken = token
          retryOffset = offset
          continue
        }
        if offset < name.upperBound, matchesByte(tokens[token], path[offset]) {
          token += 1
          offset += 1
          continue
        }
      }
      guard let again = retryToken, retryOffset < name.upperBound else { return false }
      retryOffset += 1
      token = again
      offset = retryOffset
    }
    return true
  }

  private func matchesByte(_ token: PatternToken, _ byte: UInt8) -> Bool {
    switch token {
    case .byte(let expected): expected == byte
    case .anyByte: true
    case .set(let index): sets[index].contains(byte)
    case .anyBytes, .slash, .anyNames, .everythingBelow: false
    }
  }
}
