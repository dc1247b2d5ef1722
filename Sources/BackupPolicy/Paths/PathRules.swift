/// What the rules say of a path.
public enum PathDecision: String, Hashable, Sendable, CaseIterable {
  /// It is backed up.
  case keep
  /// A directory that is passed through, since something below it may be kept.
  case walk
  /// It is left out, with all below it.
  case skip
}

/// One rule, as a report can name it.
public struct PathRule: Hashable, Sendable {
  /// Which list a rule stands in.
  public enum Origin: String, Hashable, Sendable, CaseIterable {
    /// `include` of the policy.
    case include
    /// `exclude` of the policy.
    case exclude
    /// A line of the exclude file.
    case excludeFile
  }

  /// The list it stands in.
  public let origin: Origin
  /// Its place in the list, from 0; for the exclude file, the line from 0.
  public let index: Int
  /// Its text, which can be personal.
  public let text: [UInt8]
  /// Its id: 16 hexadecimal digits, the same wherever the rule stands in its list.
  public let id: String
  /// Why it can never match, if so.
  public let fault: PathPatternFault?
}

/// Which paths of a source are backed up, by rules in gitignore syntax over raw bytes.
///
/// Paths are relative to the source's root, without a slash at either end. Of each list the last
/// rule that matches a path wins. `exclude` and then the exclude file are read as one list: what
/// lies below an excluded directory stays excluded. If `include` has rules, only what one of them
/// matches is kept, and what lies below it, unless a rule with `!` takes it out; exclusion wins
/// over inclusion.
///
/// Matching allocates nothing. A literal name costs one comparison of lengths and hashes.
public struct PathRules: Sendable {
  /// The most rules: more would make each night slow without a word about why.
  public static let ruleCountMax = 10_000
  /// The longest exclude file accepted by ``init(include:exclude:excludeFile:ruleIDKey:)``: 1 MiB.
  public static let excludeFileByteCountMax = 1 << 20

  /// All rules, include first, each list in its order; comments and blank lines are no rules.
  public let rules: [PathRule]
  private let include: CompiledRules
  private let exclude: CompiledRules
  /// Where in ``rules`` the exclude rules begin.
  private let excludeStart: Int

  /// Compiles rules.
  ///
  /// Rules beyond ``ruleCountMax`` and bytes beyond ``excludeFileByteCountMax`` are a breach of the
  /// caller's duty: check ``fits(include:exclude:excludeFile:)`` first.
  public init(
    include: [[UInt8]] = [], exclude: [[UInt8]] = [], excludeFile: [UInt8] = [],
    ruleIDKey: RuleIDKey = .open
  ) {
    precondition(
      PathRules.fits(include: include, exclude: exclude, excludeFile: excludeFile),
      "rules within their bounds")
    var rules: [PathRule] = []
    var occurrences: [String: Int] = [:]
    func compile(_ lines: [[UInt8]], _ origin: PathRule.Origin, into list: inout CompiledRules) {
      for (index, line) in lines.enumerated() {
        guard let pattern = PathPattern(line: line) else { continue }
        list.append(pattern)
        let plain = PathRules.id(of: line, in: origin, occurrence: 0, key: ruleIDKey)
        let occurrence = occurrences[plain, default: 0]
        occurrences[plain] = occurrence + 1
        rules.append(
          PathRule(
            origin: origin, index: index, text: line,
            id: occurrence == 0
              ? plain : PathRules.id(of: line, in: origin, occurrence: occurrence, key: ruleIDKey),
            fault: pattern.fault))
      }
    }
    var included = CompiledRules()
    var excluded = CompiledRules()
    compile(include, .include, into: &included)
    excludeStart = rules.count
    compile(exclude, .exclude, into: &excluded)
    compile(PathRules.lines(of: excludeFile), .excludeFile, into: &excluded)
    self.include = included
    self.exclude = excluded
    self.rules = rules
  }

  /// Whether rules are within the bounds of ``init(include:exclude:excludeFile:ruleIDKey:)``.
  public static func fits(
    include: [[UInt8]], exclude: [[UInt8]], excludeFile: [UInt8]
  ) -> Bool {
    excludeFile.count <= excludeFileByteCountMax
      && include.count + exclude.count + lines(of: excludeFile).count <= ruleCountMax
  }

  /// What holds for the source's root itself, to be handed on as the first `parent`.
  public var rootDecision: PathDecision { include.isEmpty ? .keep : .walk }

  /// What the rules say of a path, given what they said of its parent directory.
  ///
  /// For a walk from the top down. Nothing below a directory that is skipped is asked for.
  public func decision(
    for path: Span<UInt8>, isDirectory: Bool, parent: PathDecision
  ) -> PathDecision {
    judge(path, isDirectory: isDirectory, parent: parent).decision
  }

  /// What the rules say of a path, from its first directory down.
  public func decision(for path: Span<UInt8>, isDirectory: Bool) -> PathDecision {
    var parent = rootDecision
    for offset in 0..<path.count where path[offset] == 0x2f {
      parent = decision(for: path.extracting(0..<offset), isDirectory: true, parent: parent)
      if parent == .skip { return .skip }
    }
    return decision(for: path, isDirectory: isDirectory, parent: parent)
  }

  /// What the rules say of a path and which rule decided, with the path that the rule matched.
  ///
  /// The rule is `nil` where none matched: then the path is kept because nothing excludes it, or
  /// left out because nothing includes it.
  public func explain(_ path: [UInt8], isDirectory: Bool) -> PathExplanation {
    var parent = rootDecision
    var explanation = PathExplanation(decision: parent, rule: nil, matchedPath: [])
    let ends = path.indices.filter { path[$0] == 0x2f } + [path.count]
    for end in ends {
      let judged = judge(
        path.span.extracting(0..<end), isDirectory: isDirectory || end < path.count, parent: parent)
      parent = judged.decision
      if let rule = judged.rule {
        explanation = PathExplanation(
          decision: parent, rule: rules[rule], matchedPath: Array(path[..<end]))
      } else if explanation.decision != parent {
        explanation = PathExplanation(decision: parent, rule: nil, matchedPath: [])
      }
      if parent == .skip { break }
    }
    return explanation
  }

  /// What ``decision(for:isDirectory:parent:)`` says, and the rule that decided, by its place in
  /// ``rules``; `nil` where none matched.
  public func judge(
    _ path: Span<UInt8>, isDirectory: Bool, parent: PathDecision
  ) -> (decision: PathDecision, rule: Int?) {
    guard parent != .skip else { return (.skip, nil) }
    let subject = PathSubject(path, isDirectory: isDirectory)
    let excluding = exclude.lastMatch(path, subject)
    if let excluding, !exclude.isNegated(excluding) { return (.skip, excludeStart + excluding) }
    guard !include.isEmpty else { return (.keep, excluding.map { excludeStart + $0 }) }
    let including = include.lastMatch(path, subject)
    if including.map({ !include.isNegated($0) }) ?? (parent == .keep) { return (.keep, including) }
    return (isDirectory && include.canMatchBelow(path) ? .walk : .skip, including)
  }

  /// The lines of a file as git reads one: a byte order mark and carriage returns do not count.
  static func lines(of file: [UInt8]) -> [[UInt8]] {
    var rest = file[...]
    if rest.starts(with: [0xef, 0xbb, 0xbf]) { rest = rest.dropFirst(3) }
    return rest.split(separator: 0x0a, omittingEmptySubsequences: false).map { line in
      Array(line.last == 0x0d ? line.dropLast() : line)
    }
  }

  private static func id(
    of line: [UInt8], in origin: PathRule.Origin, occurrence: Int, key: RuleIDKey
  ) -> String {
    var text = Array(origin.rawValue.utf8)
    text.append(0)
    text += line
    if occurrence > 0 {
      text.append(0)
      text += Array(String(occurrence).utf8)
    }
    let digits = String(SipHash.digest(text, key: key), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// Why a path is kept or left out.
public struct PathExplanation: Hashable, Sendable {
  /// What the rules say.
  public let decision: PathDecision
  /// The rule that decided, or `nil` if none matched.
  public let rule: PathRule?
  /// The path that the rule matched: the path asked for, or a directory above it.
  public let matchedPath: [UInt8]
}
