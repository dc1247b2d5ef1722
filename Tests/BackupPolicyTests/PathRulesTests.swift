import Foundation
import Testing

@testable import BackupPolicy

@Suite struct PathRulesTests {
  private func rules(include: [String] = [], exclude: [String] = []) -> PathRules {
    PathRules(include: include.map { Array($0.utf8) }, exclude: exclude.map { Array($0.utf8) })
  }

  private func decide(_ rules: PathRules, _ path: String, directory: Bool = false) -> PathDecision {
    rules.decision(for: Array(path.utf8).span, isDirectory: directory)
  }

  private func isExcluded(_ pattern: String, _ path: String, directory: Bool = false) -> Bool {
    decide(rules(exclude: [pattern]), path, directory: directory) == .skip
  }

  /// gitignore(5), "PATTERN FORMAT" and "EXAMPLES".
  @Test(arguments: [
    ("hello.*", "hello.txt", true), ("hello.*", "a/hello.java", true),
    ("/hello.*", "hello.c", true), ("/hello.*", "a/hello.java", false),
    ("doc/frotz", "doc/frotz", true), ("/doc/frotz", "doc/frotz", true),
    ("doc/frotz", "a/doc/frotz", false), ("frotz", "a/doc/frotz", true),
    ("foo/*", "foo/test.json", true), ("foo/*", "foo/bar/hello.c", true),
    ("**/foo", "foo", true), ("**/foo", "a/b/foo", true), ("**/foo/bar", "x/foo/bar", true),
    ("**/foo/bar", "x/foo/y/bar", false), ("abc/**", "abc/x/y", true), ("abc/**", "abc", false),
    ("a/**/b", "a/b", true), ("a/**/b", "a/x/b", true), ("a/**/b", "a/x/y/b", true),
    ("a/**/b", "ab", false), ("a/**/b/**/c", "a/x/b/c", true), ("a/**/b/**/c", "a/c/b", false),
    ("foo**bar", "fooxbar", true), ("a/foo**bar", "a/foo/bar", false),
    ("?at", "cat", true), ("?at", "at", false), ("a?c/d", "a/c/d", false),
    ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("[^a-c]x", "dx", true),
    ("[]-]x", "]x", true), ("[]-]x", "-x", true), ("[a-]x", "-x", true),
    ("[[:digit:]]x", "7x", true), ("[[:digit:]]x", "ax", false), ("[![:space:]]", "a", true),
    ("[\\]]x", "]x", true), ("[\\a-c]x", "bx", true), ("a[/]b", "a/b", false),
    ("\\#x", "#x", true), ("\\!x", "!x", true), ("x\\ ", "x ", true), ("x ", "x", true),
    ("x\\\\ ", "x\\", true), ("x\\*", "x*", true), ("x\\*", "xy", false), ("x\t", "x\t", true),
    ("*.o", "a/b.o", true), ("*.o", ".o", true), ("lib*", "a/libx", true), ("*", "a", true),
    ("**", "a/b", true), ("/**", "a/b", true), ("/*", "a", true), ("a*b*c", "aXbYbZc", true),
    ("a*b*c", "aXbYcZ", false), ("\\a\\b", "ab", true), ("Foo", "foo", false),
  ])
  func followsTheManual(_ pattern: String, _ path: String, _ isMatch: Bool) {
    #expect(isExcluded(pattern, path) == isMatch)
  }

  @Test func matchesDirectoriesOnlyWhereASlashSaysSo() {
    #expect(isExcluded("foo/", "foo", directory: true))
    #expect(!isExcluded("foo/", "foo"))
    #expect(isExcluded("foo/", "a/foo", directory: true))
    #expect(isExcluded("foo/", "foo/x"))
    #expect(isExcluded("a/**/", "a/x", directory: true))
    #expect(!isExcluded("a/**/", "a/x"))
  }

  @Test func lastMatchWins() {
    let set = rules(exclude: ["*.log", "!keep.log", "*p.log"])
    #expect(decide(set, "a.log") == .skip)
    #expect(decide(set, "keep.log") == .skip)
    #expect(decide(rules(exclude: ["*.log", "!keep.log"]), "x/keep.log") == .keep)
  }

  @Test func neverComesBackBelowAnExcludedDirectory() {
    let set = rules(exclude: ["build/", "!build/keep"])
    #expect(decide(set, "build/keep") == .skip)
    #expect(decide(set, "build/deep/keep") == .skip)
    #expect(decide(rules(exclude: ["build/*", "!build/keep"]), "build/keep") == .keep)
  }

  @Test func keepsOnlyWhatIsIncluded() {
    let set = rules(include: ["/docs/", "*.pdf", "!/docs/private/"], exclude: ["*.tmp"])
    #expect(set.rootDecision == .walk)
    #expect(decide(set, "docs", directory: true) == .keep)
    #expect(decide(set, "docs/a/b.txt") == .keep)
    #expect(decide(set, "docs/a.tmp") == .skip)
    #expect(decide(set, "docs/private/x") == .skip)
    #expect(decide(set, "docs/private", directory: true) == .walk)
    #expect(decide(set, "docs/private/x.pdf") == .keep)
    #expect(decide(set, "other/x.pdf") == .keep)
    #expect(decide(set, "other/x.txt") == .skip)
    #expect(decide(set, "other", directory: true) == .walk)
  }

  @Test func walksOnlyTowardsWhatCanBeIncluded() {
    let set = rules(include: ["/a/b/c", "/d/*/e", "/f/**/g"])
    for path in ["a", "a/b", "d", "d/x", "f", "f/x", "f/x/y/z"] {
      #expect(decide(set, path, directory: true) == .walk)
    }
    for path in ["b", "a/x", "a/b/x", "ab", "d/x/y", "g"] {
      #expect(decide(set, path, directory: true) == .skip)
    }
    #expect(decide(set, "a/b/c/anything") == .keep)
    #expect(decide(set, "d/x/e", directory: true) == .keep)
    #expect(decide(set, "a/b") == .skip)
  }

  /// What is kept is reached: every directory above a kept path is walked or kept.
  @Test func neverLosesAWayToWhatIsKept() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<2_000 {
      let set = rules(
        include: (0..<2).map { _ in Self.pattern(&generator) },
        exclude: (0..<2).map { _ in Self.pattern(&generator) })
      let path = Self.path(&generator)
      let names = path.split(separator: "/")
      // The path itself judged as if it were reached, all of whose parents are passed through.
      var parent = set.rootDecision
      for count in 1...names.count {
        let part = Array(names[..<count].joined(separator: "/").utf8)
        let passing = parent
        parent = set.decision(for: part.span, isDirectory: count < names.count, parent: passing)
        if parent == .skip, count < names.count {
          // Nothing below could have been included, or an exclude rule stopped it.
          let whole = set.decision(
            for: Array(path.utf8).span, isDirectory: false, parent: passing)
          let isExcludedHere = set.explain(part, isDirectory: true).rule?.origin == .exclude
          if passing == .walk, !isExcludedHere { #expect(whole == .skip, "\(set.rules) \(path)") }
          break
        }
      }
    }
  }

  @Test func takesNamesThatAreNotUTF8() {
    let set = PathRules(exclude: [[0x2a, 0xff], [0x5b, 0x80, 0x2d, 0x90, 0x5d]])
    #expect(set.decision(for: [0x61, 0xff].span, isDirectory: false) == .skip)
    #expect(set.decision(for: [0x85].span, isDirectory: false) == .skip)
    #expect(set.decision(for: [0x91].span, isDirectory: false) == .keep)
    #expect(isExcluded("?", "é") == false)  // bytes, as in git
    #expect(isExcluded("??", "é"))
  }

  @Test func readsAFileLikeGit() {
    let file = "\u{feff}# comment\r\n\n*.o\r\n  \n!x.o \n\\#y\nlast"
    let set = PathRules(excludeFile: Array(file.utf8))
    #expect(
      set.rules.map { String(decoding: $0.text, as: UTF8.self) } == [
        "*.o", "!x.o ", "\\#y", "last",
      ])
    #expect(set.rules.map(\.index) == [2, 4, 5, 6])
    #expect(decide(set, "x.o") == .keep && decide(set, "y.o") == .skip)
  }

  @Test(arguments: [
    ("[abc", PathPatternFault.unclosedClass), ("[", .unclosedClass), ("[]", .unclosedClass),
    ("[!", .unclosedClass), ("[a\\", .unclosedClass), ("[[:digit:]", .unclosedClass),
    ("[[:foo:]]", .unknownClassName), ("a\\", .trailingBackslash), ("a\\/", .trailingBackslash),
    ("a//b", .emptyName), ("/", .emptyName), ("//", .emptyName), ("!", .emptyName),
    ("!/", .emptyName), ("a//", .emptyName), ("a/**//", .emptyName),
  ])
  func saysWhyAPatternNeverMatches(_ pattern: String, _ fault: PathPatternFault) {
    #expect(rules(exclude: [pattern]).rules.first?.fault == fault)
    for path in ["a", "abc", "a/b", "[", "a\\", "["] { #expect(!isExcluded(pattern, path)) }
  }

  @Test func explainsByTheRuleThatDecided() {
    let set = rules(include: ["/a/"], exclude: ["*.tmp", "!x.tmp"])
    let excluded = set.explain(Array("a/b/y.tmp".utf8), isDirectory: false)
    #expect(excluded.decision == .skip && excluded.rule?.origin == .exclude)
    #expect(excluded.rule?.index == 0 && excluded.matchedPath == Array("a/b/y.tmp".utf8))
    let included = set.explain(Array("a/b/c".utf8), isDirectory: false)
    #expect(included.decision == .keep && included.rule?.origin == .include)
    #expect(included.matchedPath == Array("a".utf8))
    let neither = set.explain(Array("z/b".utf8), isDirectory: false)
    #expect(neither.decision == .skip && neither.rule == nil)
  }

  /// SipHash paper, appendix A: key 00..0f, message 00..0e.
  @Test func hashesAsThePaperSays() throws {
    let key = try #require(RuleIDKey(Array(0..<16)))
    #expect(SipHash.digest(Array(0..<15), key: key) == 0xa129_ca61_49be_45e5)
    #expect(SipHash.digest([], key: key) == 0x726f_db47_dd0e_0e31)
    #expect(SipHash.digest(Array(0..<8), key: key) == 0x93f5_f579_9a93_2462)
    #expect(RuleIDKey(Array(0..<15)) == nil)
  }

  @Test func givesRulesIdsThatStay() throws {
    let key = try #require(RuleIDKey(Array(1...16)))
    func ids(_ exclude: [String], _ key: RuleIDKey) -> [String] {
      PathRules(exclude: exclude.map { Array($0.utf8) }, ruleIDKey: key).rules.map(\.id)
    }
    let before = ids(["a", "b", "c"], key)
    let after = ids(["new", "c", "a"], key)
    #expect(after[1] == before[2] && after[2] == before[0])
    #expect(Set(ids(["a", "a", "a"], key)).count == 3)
    #expect(ids(["a"], key) != ids(["a"], .open))
    #expect(rules(include: ["a"]).rules[0].id != rules(exclude: ["a"]).rules[0].id)
    #expect(before.allSatisfy { $0.utf8.count == 16 })
  }

  @Test func staysQuickOnHostilePatterns() {
    let star = String(repeating: "*a", count: 200) + "b"
    let stars = String(repeating: "**/a/", count: 200) + "b"
    let set = rules(exclude: [star, "/" + stars])
    let path = Array(
      (String(repeating: "a", count: 200) + String(repeating: "/a", count: 1_000)).utf8)
    #expect(set.decision(for: path.span, isDirectory: false, parent: .keep) == .keep)
  }

  static func pattern(_ generator: inout SeededGenerator) -> String {
    let pieces = [
      "a", "b", "ab", "*", "?", "[ab]", "[!a]", "\\a", "b*", "*b", "a*b", "**", "[a-b]", "x.y",
      "*.y",
    ]
    var text = Bool.random(using: &generator) ? "" : "/"
    for index in 0..<Int.random(in: 1...4, using: &generator) {
      if index > 0 { text += "/" }
      text += pieces.randomElement(using: &generator) ?? "a"
    }
    if Int.random(in: 0..<4, using: &generator) == 0 { text += "/" }
    return Int.random(in: 0..<4, using: &generator) == 0 ? "!" + text : text
  }

  static func path(_ generator: inout SeededGenerator) -> String {
    let names = ["a", "b", "ab", "ba", "x.y", "aab", "c"]
    return (0..<Int.random(in: 1...4, using: &generator))
      .map { _ in names.randomElement(using: &generator) ?? "a" }.joined(separator: "/")
  }
}
