import BackupFormat
import BackupLog
import BackupPolicy
import Foundation
import Testing

@testable import BackupRecord

@Suite struct EditionTests {
  private func text(_ edition: Edition) -> String { String(decoding: edition.bytes, as: UTF8.self) }

  @Test func `the vector of the compliance paper holds`() {
    let digest = FieldCommitment.commit(
      id: "night", value: .string("2026-11-21"), salt: [UInt8](0...15))
    #expect(digest.hex == "70228ec6a548bda35702ff2f0a956161ea984a96f22d58f9352909df376e4b93")
  }

  @Test func `the vectors of the format hold`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Vectors/format/record.json")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    let cases = try #require(json?["cases"] as? [[String: Any]])
    var commitments: [Digest] = []
    for vector in cases {
      if let id = vector["id"] as? String {
        let value = try JSONSerialization.data(
          withJSONObject: try #require(vector["value"]), options: [.fragmentsAllowed, .sortedKeys])
        let salt = try #require((vector["salt"] as? String).flatMap(Hex.decode))
        let digest = FieldCommitment.commit(
          id: id, value: try CanonicalJSON(decoding: [UInt8](value)), salt: salt)
        #expect(digest.hex == vector["commitment"] as? String)
        commitments.append(digest)
      } else {
        #expect(FieldCommitment.combine(commitments).hex == vector["record"] as? String)
      }
    }
    #expect(commitments.count == 4)
  }

  @Test(arguments: Reader.allCases)
  func `an edition reveals what its reader may see, and nothing more`(_ reader: Reader) throws {
    let record = try Stage().committed
    let edition = record.edition(reader)
    let parsed = try Edition.parse(edition.bytes)
    #expect(parsed == edition)
    #expect(parsed.commitment == record.commitment)
    #expect(parsed.fields.count == FieldID.allCases.count)
    for id in FieldID.allCases {
      #expect((parsed[id] != nil) == (id.definition.reader <= reader))
      if let field = parsed[id] { #expect(field == record.record[id]) }
    }
  }

  @Test(arguments: stagings.indices)
  func `secrets stand in the confidential edition alone`(_ index: Int) throws {
    let record = try Stage(stagings[index].staging).committed
    let open = text(record.edition(.public)) + text(record.edition(.administrator))
    for secret in Secrets.all { #expect(!open.contains(secret), "\(secret)") }
    let all = text(record.edition(.confidential))
    for secret in Secrets.all where secret != Secrets.location { #expect(all.contains(secret)) }
  }

  @Test(arguments: stagings.indices)
  func `the public edition tells no time of day, size or duration`(_ index: Int) throws {
    let edition = try Stage(stagings[index].staging).committed.edition(.public)
    for field in edition.revealed {
      for name in names(field.json) {
        for end in ["At", "Seconds", "Bytes", "bytes", "at", "files"] {
          #expect(!name.hasSuffix(end), "\(field.id) \(name)")
        }
      }
    }
    #expect(edition[.nightsPromise]?["on"] == nil || stagings[index].staging.publishesCounts)
  }

  private func names(_ json: CanonicalJSON) -> [String] {
    switch json {
    case .string, .integer: []
    case .array(let elements): elements.flatMap(names)
    case .object(let parts): parts.flatMap { [$0.key] + names($0.value) }
    }
  }

  // MARK: Tampering

  private func changed(
    _ edition: Edition, _ change: (inout [String: CanonicalJSON]) -> Void
  ) throws -> [UInt8] {
    var object = try #require(try CanonicalJSON(decoding: edition.bytes).object)
    change(&object)
    return CanonicalJSON.object(object).encode()
  }

  private func changed(
    _ edition: Edition, _ id: FieldID, _ change: (inout [String: CanonicalJSON]) -> Void
  ) throws -> [UInt8] {
    let index = try #require(FieldID.allCases.firstIndex(of: id))
    return try changed(edition) { object in
      guard var list = object["fields"]?.array, var field = list[index].object else { return }
      change(&field)
      list[index] = .object(field)
      object["fields"] = .array(list)
    }
  }

  @Test func `a changed value is another record`() throws {
    let record = try Stage(Staging(protection: "none")).committed
    let edition = record.edition(.administrator)
    let forged = try changed(edition, .accessProtection) { field in
      guard var value = field["value"]?.object else { return }
      value["state"] = .string("met")
      field["value"] = .object(value)
    }
    let parsed = try Edition.parse(forged)
    #expect(parsed[.accessProtection]?.state == .met)
    #expect(parsed.commitment != record.commitment)
    let resalted = try changed(edition, .accessProtection) {
      $0["salt"] = .string(String(repeating: "0", count: 32))
    }
    #expect(try Edition.parse(resalted).commitment != record.commitment)
    let hidden = try changed(edition, .coverageRoots) {
      $0["commitment"] = .string(String(repeating: "0", count: 64))
    }
    #expect(try Edition.parse(hidden).commitment != record.commitment)
  }

  @Test func `an edition that reveals too much, too little or out of order is refused`() throws {
    let record = try Stage().committed
    let edition = record.edition(.public)
    let index = { (id: FieldID) in FieldID.allCases.firstIndex(of: id) ?? -1 }
    #expect(throws: RecordError.wrongField(index: index(.headerContact))) {
      let bytes = try changed(edition, .headerContact) {
        $0 = ["commitment": .string(String(repeating: "0", count: 64))]
      }
      _ = try Edition.parse(bytes)
    }
    #expect(throws: RecordError.wrongField(index: 0)) {
      // The administrator's fields under the public name.
      let bytes = try changed(record.edition(.administrator)) { $0["edition"] = .string("public") }
      _ = try Edition.parse(bytes)
    }
    #expect(throws: RecordError.wrongField(index: index(.headerContact))) {
      _ = try Edition.parse(
        try changed(edition, .headerContact) { $0["id"] = .string("header.controller") })
    }
    #expect(throws: RecordError.wrongField(index: index(.locationsInEea))) {
      // What was declared can't be met.
      let bytes = try changed(edition, .locationsInEea) { field in
        guard var value = field["value"]?.object else { return }
        value["state"] = .string("met")
        field["value"] = .object(value)
      }
      _ = try Edition.parse(bytes)
    }
    #expect(throws: RecordError.illFormedEdition) {
      _ = try Edition.parse(
        try changed(edition) { $0["fields"] = .array(($0["fields"]?.array ?? []).dropLast()) })
    }
    #expect(throws: RecordError.illFormedEdition) {
      _ = try Edition.parse(try changed(edition) { $0["night"] = .string("2026-11-20") })
    }
    #expect(throws: RecordError.illFormedEdition) {
      _ = try Edition.parse(try changed(edition) { $0["more"] = .string("") })
    }
    #expect(throws: RecordError.unknownSchema) {
      _ = try Edition.parse(
        try changed(edition) { $0["schema"] = .string("nightsafe/record/v2") })
    }
    #expect(throws: RecordError.self) { _ = try Edition.parse(edition.bytes + [0x0a]) }
    #expect(throws: RecordError.self) { _ = try Edition.parse([]) }
  }

  @Test func `any changed byte of an edition is refused or is another record`() throws {
    let record = try Stage().committed
    let bytes = record.edition(.public).bytes
    for i in stride(from: 0, to: bytes.count, by: 37) {
      var changed = bytes
      changed[i] ^= 1
      guard let parsed = try? Edition.parse(changed) else { continue }
      #expect(parsed.commitment != record.commitment, "byte \(i)")
    }
  }

  @Test func `random salts hide equal values`() throws {
    let record = try Stage().record
    let one = try record.committed()
    let other = try record.committed()
    #expect(Set(one.salts).count == FieldID.allCases.count)
    #expect(one.commitment != other.commitment)
  }
}
