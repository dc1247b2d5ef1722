import Foundation

@testable import BackupPolicy

/// A small generator with a seed, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}

/// The package's folder.
let packageFolder = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

func fileBytes(_ path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(filePath: path)))
}

/// Gives a fresh folder and removes it afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "policy-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// The rule of Amsterdam since 1996, so that tests need no files of the machine.
func amsterdam() throws -> TimeZoneData {
  try TimeZoneData(posixRule: "CET-1CEST,M3.5.0,M10.5.0/3")
}

func night(_ text: String) -> Night { Night(parsing: text) ?? Night.first }

/// An instant from `2026-11-21 20:00` in UTC.
func utc(_ text: String) -> Int64 {
  let parts = text.split(separator: " ")
  let date = night(String(parts[0]))
  let time = TimeOfDay(parsing: String(parts[1])) ?? .minutes(0)
  return Int64(date.dayNumber) * 86_400 + Int64(time.minuteOfDay) * 60
}

/// The problems of a policy, as lines.
func problems(of text: String) -> [String] {
  do throws(PolicyError) {
    _ = try Policy.decode(Array(text.utf8))
    return []
  } catch {
    return error.problems.map(\.description)
  }
}
