import BackupSystem
import BackupTestSupport
import Foundation
import Testing

/// Runs the functions that `Scripts/fuzz` runs, over what it kept, over the vectors, and over each of these inputs
/// with bytes cut off and changed.
@Suite("Parsers that are given anything")
struct ReplayTests {
  /// The folder of this suite, in which inputs are kept by target.
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

  /// A small set of inputs, a line of base64 each.
  private static func corpus(_ target: FuzzTarget) throws -> [[UInt8]] {
    let text = try String(
      contentsOf: folder.appending(path: "Corpus/\(target).base64"), encoding: .utf8)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .compactMap { Data(base64Encoded: String($0)).map { [UInt8]($0) } }
  }

  /// What a target once failed on.
  private static func crashers(_ target: FuzzTarget) throws -> [[UInt8]] {
    let folder = folder.appending(path: "Crashers/\(target)")
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .map { [UInt8](try Data(contentsOf: folder.appending(path: $0))) }
  }

  @Test(arguments: FuzzTarget.all)
  func takesEveryInputThatWasKept(_ target: FuzzTarget) throws {
    for input in try Self.corpus(target) + Self.crashers(target) {
      #expect(target.failure(of: input) == nil, "\(input.hex)")
    }
  }

  /// A target without inputs that it takes looks at nothing behind its first check.
  @Test(arguments: FuzzTarget.all)
  func hasInputsThatAreTaken(_ target: FuzzTarget) throws {
    let inputs = try Self.corpus(target)
    #expect(inputs.contains(where: target.takes))
    #expect(inputs.reduce(0) { $0 + $1.count } <= 1 << 16)
  }

  @Test(arguments: FuzzTarget.all)
  func survivesChangesOfWhatWasKept(_ target: FuzzTarget) throws {
    var generator = SeededGenerator(seed: 17)
    for input in try Self.corpus(target).sorted(by: { $0.count < $1.count }).prefix(40) {
      for _ in 0..<20 {
        var changed = input
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !changed.isEmpty {
          let place = Int.random(in: changed.indices, using: &generator)
          switch Int.random(in: 0..<4, using: &generator) {
          case 0: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
          case 1: changed[place] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
          case 2: changed.removeLast(changed.count - place)
          default: changed.insert(contentsOf: changed[place...].prefix(8), at: place)
          }
        }
        #expect(target.failure(of: changed) == nil, "\(changed.hex)")
      }
    }
  }

  /// A target that is broken on purpose: the functions above would tell.
  @Test func tellsOfABrokenParser() {
    let loses = FuzzTarget.canonical("loses") { [UInt8]($0.dropLast()) }
    #expect(loses.failure(of: [1]) != nil)
    let lies = FuzzTarget.stable(
      "lies", read: { $0.count }, write: { [UInt8](repeating: 0, count: $0 + 1) })
    #expect(lies.failure(of: [1]) != nil)
  }
}
