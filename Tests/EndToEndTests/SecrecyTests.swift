import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog
@testable import BackupObjects
import BackupRecord
import BackupSystem
import BackupTestSupport
import Foundation
import Testing

/// What whoever takes the nightly host's disk and the repository can and cannot learn of what was
/// stored before (`Docs/threat-model.md`).
@Suite("The writer cannot read")
struct SecrecyTests {
  /// Names and contents that were stored; none of them stands anywhere else.
  private static let names = [
    "wanda-dismissal-letter.txt", "Zebra offers 2026", "unusual-photo.raw",
  ]
  private static let content = "the patient was told on a rainy Thursday"
  private static let guess = "income of J. Jansen: 41,250 euro\n"

  /// A night in which secret things were stored, and what the host still holds of it a day later.
  private func stolen(unchangedFilesOnly: Bool = false) throws -> Sandbox {
    let box = try Sandbox()
    let quoted = Self.names.map { "'\($0)'" }
    try Sandbox.tool(
      "sh", "-c",
      """
      cd "$1" && mkdir \(quoted[1]) && yes '\(Self.content)' | head -n 900 > \(quoted[0])
      head -c 4000 /dev/urandom > \(quoted[1])/\(quoted[2])
      """, "sh", box.source)
    try box.write("source/form.txt", Self.guess)
    try box.begin()
    if unchangedFilesOnly {
      try box.editPolicy("\"deduplicate\": \"normal\"", "\"deduplicate\": \"unchanged-files-only\"")
      guard try box.owner("policy", "approve").code == 0 else {
        throw Sandbox.Unexpected("the policy was not approved")
      }
    }
    let night = try box.host("nightly")
    guard night.code == 0 else { throw Sandbox.Unexpected(night) }
    // Last night's catalogue in clear is what the host does know.
    try Sandbox.tool("find", box.path("host/state"), "-name", "catalogue", "-delete")
    return box
  }

  private func files(_ box: Sandbox, _ folder: String) throws -> [(name: String, bytes: [UInt8])] {
    try Sandbox.tool("find", box.path(folder), "-type", "f").split(separator: "\n").map { line in
      let name = String(line.dropFirst(box.root.count + 1))
      return (name, try box.bytes(name))
    }
  }

  private func key(_ box: Sandbox, _ name: String) throws -> KeyPair {
    try KeyFile(parsing: box.bytes(name)).open(passphrase: nil)
  }

  /// Everything that is sealed in a repository of one set, with what opens it if the key fits.
  private struct Sealed {
    let repository: RepositoryID
    var heads: [RunHead] = []
    var snapshots: [SnapshotObject] = []
    var blocks: [(address: BlockAddress, bytes: [UInt8])] = []

    init(_ box: Sandbox, _ files: [(name: String, bytes: [UInt8])]) throws {
      repository = try #require(RepositoryID(hex: box.id))
      for file in files where file.name.hasPrefix("repository/snapshots/") {
        snapshots.append(try SnapshotObject(decoding: file.bytes))
      }
      for file in files where file.name.hasPrefix("repository/index/") {
        let index = try IndexObject(decoding: file.bytes)
        heads += index.heads
        for pack in index.packs { try add(pack, index.heads, box) }
      }
    }

    private mutating func add(
      _ pack: IndexObject.Pack, _ heads: [RunHead], _ box: Sandbox
    ) throws {
      let bytes = try box.bytes("repository/\(pack.name.path)")
      var offset = PackEnd.packMarkByteCount
      var place = 0
      for segment in pack.segments.segments {
        for number in segment.first..<segment.first + segment.count {
          let end = offset + Int(pack.segments.byteCounts[place])
          blocks.append(
            (
              BlockAddress(run: heads[segment.headIndex].run, number: number),
              [UInt8](bytes[offset..<end])
            ))
          offset = end
          place += 1
        }
      }
    }

    /// How many of the sealed things a content key opens.
    func openedCount(with key: SecretKey) throws -> Int {
      var count = 0
      let set = try #require(heads.first).set
      var opener = try BlockOpener(repository: repository, set: set)
      var raw: [UInt8] = []
      for block in blocks {
        for kind in [ObjectKind.dataBlock, .cataloguePage] {
          let opened = try? opener.open(
            block.bytes.span, key: key, kind: kind, address: block.address, into: &raw)
          if opened != nil { count += 1 }
        }
      }
      for snapshot in snapshots
      where
        (try? SealedObjects.openRoot(
          of: snapshot, key: RunKey(head: snapshot.head, contentKey: key))) != nil
      { count += 1 }
      return count
    }
  }

  @Test func holdsNoNameAndNoContentInClear() throws {
    let box = try stolen()
    var all = try files(box, "repository") + files(box, "host")
    let needles = Self.names + [Self.content, String(Self.guess.prefix(20))]
    func found() -> [String] {
      all.flatMap { file in
        needles.flatMap { needle -> [String] in
          let bytes = Array(needle.utf8)
          let forms = [bytes, Array(Hex.encode(bytes).utf8), Array(bytes.reversed())]
          return forms.contains { Self.contains(file.bytes, $0) } ? ["\(file.name): \(needle)"] : []
        }
      }
    }
    #expect(found().isEmpty)
    // Nor is any of it the name of a file.
    for needle in needles { #expect(!all.contains { $0.name.contains(needle) }) }
    // The search finds what is there.
    all.append(("canary", [1, 2] + Array("x\(Self.names[2])y".utf8) + [3]))
    #expect(found() == ["canary: \(Self.names[2])"])
  }

  @Test func holdsNoKeyThatOpensAnything() throws {
    let box = try stolen()
    let hostFiles = try files(box, "host")
    let repositoryFiles = try files(box, "repository")
    let sealed = try Sealed(box, repositoryFiles)
    #expect(sealed.blocks.count >= 2 && sealed.snapshots.count == 1)
    let host = try key(box, "host/host.key")

    // Its own key opens no run, no set key of another, and no record.
    for head in sealed.heads + sealed.snapshots.map(\.head) {
      #expect(throws: ObjectError.self) {
        _ = try RunKey.open(head, with: host.privateKey, repository: sealed.repository)
      }
    }
    var secret: SetSecret?
    let set = try #require(sealed.heads.first).set
    let owner = try key(box, "vault/owner.key")
    let setKeys = try self.setKeys(box, owner, set)
    for file in repositoryFiles where file.name.hasPrefix("repository/keys/") {
      let keyID = try #require(KeyID(hex: String(file.name.suffix(32))))
      let opened = try? SealedSetKeys.open(
        file.bytes, with: host.privateKey, keyID: keyID, set: set,
        setPublicKey: setKeys.secret.publicKey, repository: sealed.repository)
      guard let opened else { continue }
      #expect(keyID == host.keyID)
      guard case .writer(let writers) = opened else {
        Issue.record("the writer's object holds a restorer's key")
        continue
      }
      secret = writers
    }
    let records = repositoryFiles.filter { $0.name.hasPrefix("repository/records/") }
    #expect(records.count == 3)
    for record in records where record.bytes.first != 0x7b {
      #expect(throws: SealedTextError.notARecipient) {
        _ = try SealedText.open(
          record.bytes, with: host, kind: .record, repository: sealed.repository)
      }
    }

    // Nothing that it holds or derives is a content key: each is tried on each sealed thing.
    let known = try #require(secret)
    var candidates = [
      host.seed, known.secret, known.chunkIDKey, known.pageIDKey, known.chunkListKey,
      try host.seed.derive(info: "nightsafe ed25519 v1"),
      try host.seed.derive(info: "nightsafe x-wing v1"),
      try known.secret.derive(info: "nightsafe run v1"),
      try known.secret.derive(info: "nightsafe commit"),
    ]
    for head in sealed.heads {
      candidates.append(try SecretKey(copying: head.commitment.bytes.span))
      candidates.append(try known.secret.derive(info: head.run.hex))
    }
    // Any 32 bytes that were left lying about in what it keeps.
    for file in hostFiles where file.name.contains("/state/") {
      #expect(file.bytes.count < 64_000)
      for start in 0..<max(file.bytes.count - 31, 0) {
        candidates.append(try SecretKey(copying: file.bytes[start..<start + 32].span))
      }
    }
    #expect(candidates.count > 100)
    for candidate in candidates { #expect(try sealed.openedCount(with: candidate) == 0) }

    // The right key does open it all: the trial can fail.
    let right = try RunKey.open(
      try #require(sealed.heads.first), with: setKeys.privateKey, repository: sealed.repository)
    #expect(
      try sealed.openedCount(with: right.contentKey) == sealed.blocks.count + 1)
  }

  @Test func canTestAGuessOfAWholeContent() throws {
    let box = try stolen()
    let known = try hostSecret(box)
    // For a short form with one unknown field, all values of the field can be tried.
    let stored = try knownChunks(box, known)
    let found = (41_000..<41_500).filter { euros in
      let text = "income of J. Jansen: \(euros / 1000),\(Self.three(euros % 1000)) euro\n"
      return stored.contains(
        HMACSHA256.authenticate([UInt8](text.utf8).span, key: known.chunkIDKey))
    }
    #expect(found == [41_250])
    // What he can't write down byte for byte he can't ask for: a part says nothing.
    let part = HMACSHA256.authenticate(
      [UInt8](Self.guess.utf8.dropLast()).span, key: known.chunkIDKey)
    #expect(!stored.contains(part))
    // And without the set's secret there is no asking.
    let other = try SecretKey.random()
    #expect(!stored.contains(HMACSHA256.authenticate([UInt8](Self.guess.utf8).span, key: other)))
  }

  @Test func canTestNoGuessWhereOnlyUnchangedFilesAreKnown() throws {
    let box = try stolen(unchangedFilesOnly: true)
    let known = try hostSecret(box)
    let stored = try knownChunks(box, known)
    let asked = HMACSHA256.authenticate([UInt8](Self.guess.utf8).span, key: known.chunkIDKey)
    let isKnown = stored.contains(asked)
    #expect(!isKnown)
  }

  private static func three(_ number: Int) -> String {
    String(repeating: "0", count: 3 - "\(number)".count) + "\(number)"
  }

  /// Every chunk id that the host can get at: from chunk lists, and from its state.
  private func knownChunks(_ box: Sandbox, _ secret: SetSecret) throws -> Set<[UInt8]> {
    let repository = try #require(RepositoryID(hex: box.id))
    var ids: Set<[UInt8]> = []
    for file in try files(box, "repository/chunks") {
      let list = try SealedObjects.openChunkList(file.bytes, secret: secret, repository: repository)
      for block in list.blocks {
        for i in 0..<block.byteCounts.count { ids.insert([UInt8](block.ids[i * 32..<i * 32 + 32])) }
      }
    }
    for file in try files(box, "host/state") {
      for start in 0..<max(file.bytes.count - 31, 0) {
        ids.insert([UInt8](file.bytes[start..<start + 32]))
      }
    }
    return ids
  }

  private func hostSecret(_ box: Sandbox) throws -> SetSecret {
    let file = try #require(try files(box, "repository/index").first)
    let set = try IndexObject(decoding: file.bytes).set
    return try opened(box, try key(box, "host/host.key"), set).secret
  }

  private func setKeys(_ box: Sandbox, _ owner: KeyPair, _ set: SetID) throws -> SetOpeningKeys {
    guard case .restorer(let keys) = try opened(box, owner, set) else {
      throw Sandbox.Unexpected("the owner opens no set")
    }
    return keys
  }

  private func opened(
    _ box: Sandbox, _ key: KeyPair, _ set: SetID
  ) throws -> SealedSetKeys.Opened {
    let repository = try #require(RepositoryID(hex: box.id))
    let log = try files(box, "repository/log").sorted { $0.name < $1.name }
    for line in log.dropFirst() {
      for envelope in try Entry(parsing: line.bytes).envelopes {
        let statement = try Statement(payload: envelope.payload, in: repository)
        guard case .dataSet(let made) = statement.predicate, made.set == set else { continue }
        return try SealedSetKeys.open(
          box.bytes("repository/keys/\(set.hex)/\(key.keyID.hex)"), with: key.privateKey,
          keyID: key.keyID, set: set, setPublicKey: made.xWing, repository: repository)
      }
    }
    throw Sandbox.Unexpected("the log names no such set")
  }

  private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    Data(bytes).range(of: Data(part)) != nil
  }
}
