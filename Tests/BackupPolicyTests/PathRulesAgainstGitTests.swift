import Foundation
import Testing

@testable import BackupPolicy

@Suite struct PathRulesAgainstGitTests {
  static let gitPath = "/usr/bin/git"

  /// Runs git and gives what it prints.
  private func git(_ arguments: [String], in folder: URL, input: String = "") throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(filePath: Self.gitPath)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = [
      "HOME": folder.path, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": folder.path,
    ]
    // A file as input: two pipes of a long list would wait for each other.
    let inputFile = folder.appending(path: ".git-input")
    try Data(input.utf8).write(to: inputFile)
    let output = Pipe()
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = Array(output.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    return bytes
  }

  /// `git check-ignore` prints the paths that it ignores; `-n -v` would name rules even for `!`.
  private func ignored(_ paths: [String], rules: [String], in folder: URL) throws -> Set<String> {
    try Data((rules.joined(separator: "\n") + "\n").utf8)
      .write(to: folder.appending(path: ".gitignore"))
    let answer = try git(
      ["check-ignore", "--no-index", "-z", "--stdin"], in: folder,
      input: paths.joined(separator: "\0") + "\0")
    return Set(answer.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: PathRulesAgainstGitTests.gitPath)))
  func agreesWithGit() throws {
    try withTemporaryFolder { folder in
      _ = try git(["init", "-q", "."], in: folder)
      var generator = SeededGenerator(seed: 2026)
      // Real files and folders, since git looks which of the two a path is.
      var directories: Set<String> = []
      var files: Set<String> = []
      for _ in 0..<160 {
        let names = PathRulesTests.path(&generator).split(separator: "/").map(String.init)
        let parents = (1..<names.count).map { names[..<$0].joined(separator: "/") }
        let path = names.joined(separator: "/")
        guard !directories.contains(path), parents.allSatisfy({ !files.contains($0) }) else {
          continue
        }
        directories.formUnion(parents)
        files.insert(path)
      }
      for path in directories {
        try FileManager.default.createDirectory(
          at: folder.appending(path: path), withIntermediateDirectories: true)
      }
      for path in files { try Data().write(to: folder.appending(path: path)) }
      let paths = directories.union(files).sorted()

      var ignoredCount = 0
      for round in 0..<250 {
        var lines = (0..<Int.random(in: 1...5, using: &generator))
          .map { _ in PathRulesTests.pattern(&generator) }
        if round < Self.handWritten.count { lines = Self.handWritten[round] }
        let rules = PathRules(excludeFile: Array(lines.joined(separator: "\n").utf8))
        let theirs = try ignored(paths, rules: lines, in: folder)
        let ours = Set(
          paths.filter {
            rules.decision(for: Array($0.utf8).span, isDirectory: directories.contains($0))
              == .skip
          })
        #expect(ours == theirs, "\(lines)")
        ignoredCount += theirs.count
      }
      #expect(ignoredCount > 1_000)
    }
  }

  /// Not among them: `b**/a`, which git 2.39 takes for `b` and then any folders, against its manual.
  static let handWritten: [[String]] = [
    ["*", "!*/", "!*.y"], ["a/", "!a/b"], ["/*", "!/a"], ["**/a/**"], ["a/**", "!a/**/"],
    ["[[:alpha:]]b"], ["[^[:digit:]]"], ["a[a-]b"], ["\\ab", "x.y\\ "], ["x.y   "], ["# a", "a"],
    ["\\#a", "!"], ["/"], ["a//b"], ["[a"], ["a\\"], ["**/"], ["**/b"], ["/**/b/"], ["a?b"],
    ["**a"], ["a**"], ["*/*"], ["*/*/*", "!*/*/b"], ["[]a]"], ["[!]a]b"], ["aa[b]"],
    ["[[]b", "ab"],
    ["[b-a]b"], ["a*b*"], ["[[:foo:]]"], ["[[:alpha]b"], ["a/b/", "!a/b"], ["*.*", "!x.*"],
  ]
}
