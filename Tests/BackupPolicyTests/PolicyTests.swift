import Foundation
import Testing

@testable import BackupPolicy

@Suite struct PolicyTests {
  static let id = String(repeating: "a", count: 64)

  /// A policy with what must be there, and what a test adds.
  static func text(
    retention: String = #""daily": 30, "maximumAgeDays": 60"#, set: String = "",
    sources: String = #"["/srv/data"]"#, location: String = "/srv/backup", more: String = ""
  ) -> String {
    """
    {
      "version": 1,
      "repository": { "location": "\(location)", "id": "\(id)" },
      "controller": { "name": "Autobedrijf", "contact": "privacy@voorbeeld.example" },
      "protection": "none",
      \(more)
      "dataSets": [
        { "name": "business", "sources": \(sources), \(set)
          "retention": { \(retention) } }
      ]
    }
    """
  }

  @Test func readsAMinimalPolicyWithDefaults() throws {
    let policy = try Policy.decode(Array(Self.text().utf8))
    #expect(policy.repository.isFolder)
    #expect(policy.keys.host == "host.key")
    #expect(policy.night == Policy.NightHours())
    #expect(policy.night.from.description == "20:00")
    #expect(policy.compression == Policy.Compression(codec: .zstd, level: 3))
    #expect(policy.rotatesNightly)
    let set = try #require(policy.dataSet(named: "business"))
    #expect(set.retention == Retention(daily: 30, maximumAgeDays: 60))
    #expect(set.retention.outerLimitDays == 150)
    #expect(set.deduplication == .normal && set.excludesCaches)
  }

  @Test func readsTheExample() throws {
    let bytes = try fileBytes(packageFolder.appending(path: "policy.example.json").path)
    let policy = try Policy.decode(bytes)
    #expect(policy.dataSets.map(\.name) == ["business", "fiscal"])
    #expect(policy.dataSets[0].maximumFileByteCount == 200_000_000_000)
    #expect(policy.dataSets[1].deduplication == .unchangedFilesOnly)
    #expect(policy.night.closures.first?.nights.upperBound == night("2026-12-26"))
    #expect(policy.notify?.arguments.count == 2)
    #expect(policy.notify?.mail?.to == "beheer@voorbeeld.example")
    #expect(policy.notify?.mail?.language == .dutch)
    #expect(try Policy.decode(policy.encode()) == policy)
  }

  /// Each key is in the example and in the document for people.
  @Test func documentsEveryKey() throws {
    let bytes = try fileBytes(packageFolder.appending(path: "policy.example.json").path)
    let document = String(
      decoding: try fileBytes(packageFolder.appending(path: "Docs/policy.md").path), as: UTF8.self)
    var policy = try Policy.decode(bytes)
    policy.keys.passphraseCommand = ["/bin/true"]
    var keys: Set<String> = []
    func collect(_ node: JSONNode) {
      switch node.value {
      case .object(let members):
        for member in members {
          keys.insert(member.key)
          collect(member.node)
        }
      case .list(let nodes): nodes.forEach(collect)
      default: break
      }
    }
    var example = JSONParser(bytes)
    var written = JSONParser(policy.encode())
    collect(try example.parse())
    let inExample = keys
    collect(try written.parse())
    // One of two keys of which only one may be there.
    #expect(keys.subtracting(inExample) == ["passphraseCommand"])
    for key in keys { #expect(document.contains("`\(key)`"), "\(key)") }
  }

  @Test func writesWhatItReads() throws {
    let hour = try #require(TimeOfDay(parsing: "22:30"))
    var policy = Policy(
      repository: Policy.Repository(location: "sftp://u@h:22/p", id: Self.id, knownHostsFile: "k"),
      controller: Policy.Controller(name: "A \"b\" \\ é", contact: "c"),
      night: Policy.NightHours(from: hour),
      dataSets: [
        Policy.DataSet(
          name: "a", sources: ["/"], include: ["*.x"], exclude: ["\\#a", "b\\ "],
          maximumFileByteCount: 1_234_567_891_234_567,
          retention: Retention(last: 1, maximumAgeDays: 9))
      ])
    #expect(try Policy.decode(policy.encode()) == policy)
    policy.keys.passphraseCommand = ["/bin/pass", "a b"]
    policy.review = Policy.Review(last: night("2026-01-01"))
    policy.dataSets[0].maximumFileByteCount = 5 << 30
    #expect(try Policy.decode(policy.encode()) == policy)
    let text = String(decoding: policy.encode(), as: UTF8.self)
    #expect(text.contains("\"maximumFileSize\": \"5 GiB\""))
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 150 })
    #expect(text.hasSuffix("}\n"))
  }

  @Test func findsPlaces() {
    let bytes = Array(Self.text().utf8)
    #expect(
      Policy.position(of: "dataSets[0].retention.maximumAgeDays", in: bytes)
        == TextPosition(line: 9, column: 35))
    #expect(Policy.position(of: "dataSets[0]", in: bytes) == TextPosition(line: 8, column: 5))
    #expect(Policy.position(of: "dataSets[1]", in: bytes) == nil)
    #expect(Policy.position(of: "nothing", in: bytes) == nil)
    #expect(Policy.position(of: "version", in: [0x7b]) == nil)
  }

  @Test(arguments: [
    ("500 MB", 500_000_000), ("2GiB", 2 << 30), ("1 B", 1), ("10 KiB", 10_240),
    ("3 TB", 3_000_000_000_000),
  ])
  func readsNumbersOfBytes(_ text: String, _ count: Int) {
    #expect(ByteCountText.value(of: text) == count)
  }

  @Test(arguments: [
    "", "5", "GB", "-1 GB", "1.5 GB", "5 gb", "0 B", "5  GB", "9999999999 TiB", "999999999 TiB",
  ])
  func refusesNumbersOfBytesThatAreNone(_ text: String) {
    #expect(ByteCountText.value(of: text) == nil)
  }
}
