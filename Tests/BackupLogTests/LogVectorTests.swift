import BackupFormat
import BackupLog
import BackupStorage
import Foundation
import Testing

/// Cases of `Tests/Vectors/format/log.json`: whole repositories that the second implementation, written
/// from `Docs/format.md` alone, has judged.
struct LogVector: Sendable, CustomTestStringConvertible {
  let why: String
  let entries: [[UInt8]]
  let objects: [String: [UInt8]]
  let repository: RepositoryID
  let void: [[Int]]
  let live: [String: [Int]]

  var testDescription: String { why }

  static let all: [LogVector] = {
    do { return try load() } catch { return [] }
  }()

  private static func load() throws -> [LogVector] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Vectors/format/log.json")
    let whole = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    let cases = whole?["cases"] as? [[String: Any]] ?? []
    guard let first = cases.first, let base = first["entries"] as? [String],
      let objects = first["objects"] as? [String: String],
      let id = (first["repository"] as? String).flatMap({ RepositoryID(hex: $0) })
    else { return [] }
    return cases.map { item in
      var present = objects
      for (path, hex) in item["extraObjects"] as? [String: String] ?? [:] { present[path] = hex }
      return LogVector(
        why: item["why"] as? String ?? item["name"] as? String ?? "the base",
        entries: (base + (item["extra"] as? [String] ?? [])).map { [UInt8]($0.utf8) },
        objects: present.filter { !$0.value.isEmpty }.compactMapValues { Hex.decode($0) },
        repository: id, void: item["void"] as? [[Int]] ?? [],
        live: item["live"] as? [String: [Int]] ?? [:])
    }
  }
}

@Suite("Logs that the second implementation has judged")
struct LogVectorTests {
  @Test func casesAreThere() { #expect(LogVector.all.count > 200) }

  @Test(arguments: LogVector.all)
  func isJudgedAlike(_ vector: LogVector) throws {
    let storage = MemoryStorage()
    for (path, bytes) in vector.objects {
      guard let key = StorageKey(path) else { continue }
      _ = try storage.put(key, bytes.span)
    }
    let source = StoredObjectSource(storage: storage, repository: vector.repository)
    var state = try LogState(repository: vector.repository, firstEntry: vector.entries[0])
    for entry in vector.entries.dropFirst() { _ = try state.take(entry, objects: source) }
    let void = state.voids.compactMap { finding -> [Int]? in
      switch finding {
      case .voidEntry(let number, _): [number]
      case .voidStatement(let number, let index, _, _): [number, index]
      default: nil
      }
    }
    #expect(void.sorted { $0.lexicographicallyPrecedes($1) } == vector.void, "\(state.voids)")
    var live: [String: [Int]] = [:]
    for set in state.snapshots.keys {
      let numbers = state.liveSnapshots(of: set).map(\.number)
      if !numbers.isEmpty { live[set.hex] = numbers }
    }
    #expect(live == vector.live.filter { !$0.value.isEmpty })
  }
}
