import BackupCrypto
import BackupFormat
@testable import BackupObjects
import BackupTestSupport
import Testing

@Suite("Keys of sets and runs, chunk lists and roots follow their vectors")
struct KeyVectorTests {
  private static let set = FormatVector.load("set-keys")

  @Test("Subkeys of a set", arguments: set)
  func subkeys(_ vector: FormatVector) throws {
    let privateKey = try XWingPrivateKey(seed: SecretKey.of(vector.bytes("seed")))
    #expect(privateKey.publicKeyBytes == vector.bytes("xwing"))
    let id: SetID = try vector.id("setId")
    #expect(try SetID.ofPublicKey(privateKey.publicKeyBytes) == id)
    let secret = try SetSecret(
      set: id, publicKey: privateKey.publicKeyBytes, name: "documents",
      secret: SecretKey.of(vector.bytes("secret")))
    #expect(secret.chunkIDKey.exposedBytes() == vector.bytes("chunkIdKey"))
    #expect(secret.pageIDKey.exposedBytes() == vector.bytes("pageIdKey"))
    #expect(secret.chunkListKey.exposedBytes() == vector.bytes("chunkListKey"))
    var gear = ByteWriter()
    for word in secret.gearTable { gear.u64(word) }
    #expect(gear.bytes == vector.bytes("gear"))
    #expect(String(secret.gearTable[0]) == vector.text("gearFirst"))
    let data = vector.bytes("data")
    #expect(
      HMACSHA256.authenticate(data.span, key: secret.chunkIDKey) == vector.bytes("chunkId"))
    #expect(HMACSHA256.authenticate(data.span, key: secret.pageIDKey) == vector.bytes("pageId"))
    let commit = [UInt8]("nightsafe commit".utf8)
    #expect(
      HMACSHA256.authenticate(commit.span, key: try SecretKey.of(vector.bytes("contentKey")))
        == vector.bytes("commitment"))
  }

  @Test("Envelopes", arguments: FormatVector.load("hpke"))
  func envelope(_ vector: FormatVector) throws {
    if vector.text("what") == "set key" { try setKey(vector) } else { try runHead(vector) }
  }

  private func setKey(_ vector: FormatVector) throws {
    let seed = try SecretKey.of(vector.bytes("seed"))
    let key = try XWingPrivateKey(seed: seed.derive(info: "nightsafe x-wing v1"))
    func open() throws -> SealedSetKeys.Opened {
      try SealedSetKeys.open(
        vector.bytes("hex"), with: key, keyID: vector.id("keyId"), set: vector.id("set"),
        setPublicKey: Self.set[0].bytes("xwing"), repository: vector.id("repository"))
    }
    let refusals: [String: ObjectError] = [
      "access 3": .malformed(.outOfRange(.type)),
      "the set id does not follow from the seed": .identifierMismatch,
      "an empty name": .malformed(.outOfRange(.name)),
      "a name that is not UTF-8": .malformed(.outOfRange(.name)),
      "another repository": .wrongKey, "another set in the info": .wrongKey,
    ]
    guard vector.isAccepted else {
      let error = #expect(throws: ObjectError.self) { try open() }
      if let expected = refusals[vector.why] {
        #expect(error == expected)
      }
      return
    }
    let opened = try open()
    #expect(opened.secret.secret.exposedBytes() == vector.bytes("secret"))
    #expect(opened.secret.name == vector.text("name"))
    switch opened {
    case .writer: #expect(vector.number("access") == 1)
    case .restorer(let keys):
      #expect(vector.number("access") == 2)
      #expect(
        keys.privateKey.publicKeyBytes
          == (try XWingPrivateKey(seed: SecretKey.of(vector.bytes("setSeed"))).publicKeyBytes))
    }
  }

  private func runHead(_ vector: FormatVector) throws {
    let key = try XWingPrivateKey(seed: SecretKey.of(vector.bytes("setSeed")))
    func open() throws -> RunKey {
      var reader = ByteReader(vector.bytes("hex"))
      let head = try RunHead(from: &reader)
      try reader.expectEnd()
      var writer = ByteWriter()
      head.encode(to: &writer)
      #expect(writer.bytes == vector.bytes("hex"))
      return try RunKey.open(head, with: key, repository: vector.id("repository"))
    }
    switch vector.why {
    case "":
      let opened = try open()
      #expect(opened.contentKey.exposedBytes() == vector.bytes("contentKey"))
      #expect(opened.head.run.hex == vector.text("run"))
      #expect(opened.head.set.hex == vector.text("set"))
    case "the commitment differs":
      #expect(throws: ObjectError.authenticationFailed) { try open() }
    case "the head is a byte short": #expect(throws: FormatError.self) { try open() }
    default: #expect(throws: ObjectError.wrongKey) { try open() }
    }
  }

  @Test("Chunk lists", arguments: FormatVector.load("chunk-list"))
  func chunkList(_ vector: FormatVector) throws {
    let secret = try SetSecret(
      set: vector.id("set"), publicKey: Self.set[0].bytes("xwing"), name: "documents",
      secret: SecretKey.of(vector.bytes("secret")))
    func open() throws -> ChunkList {
      try SealedObjects.openChunkList(
        vector.bytes("hex"), secret: secret, repository: vector.id("repository"))
    }
    let refusals: [String: ObjectError] = [
      "the sequence was changed": .authenticationFailed,
      "a byte was changed": .authenticationFailed, "another magic": .malformed(.wrongMark),
      "blocks are not sorted": .malformed(.wrongOrder(.block)),
      "a block stands twice": .malformed(.wrongOrder(.block)),
      "a run index is out of range": .malformed(.outOfRange(.run)),
      "kind 3": .malformed(.outOfRange(.type)),
      "a page of two chunks": .malformed(.outOfRange(.chunk)),
      "a block of no chunks": .malformed(.limitExceeded(.block)),
      "a chunk of length 0": .malformed(.outOfRange(.chunk)),
    ]
    guard vector.isAccepted else {
      let error = #expect(throws: ObjectError.self) { try open() }
      if let expected = refusals[vector.why] {
        #expect(error == expected)
      }
      return
    }
    let list = try open()
    #expect(list.encode() == vector.bytes("plain"))
    var reader = ByteReader(vector.bytes("hex"))
    let front = try ChunkList.Front(from: &reader)
    #expect(front.run.hex == vector.text("run"))
    #expect(front.sequence == UInt64(vector.number("sequence")))
  }

  @Test("Snapshot objects", arguments: FormatVector.load("snapshot"))
  func snapshot(_ vector: FormatVector) throws {
    let bytes = vector.bytes("hex")
    func open() throws -> CatalogueRoot {
      let snapshot = try SnapshotObject(decoding: bytes)
      guard snapshot.repository.hex == vector.text("repository") else {
        throw ObjectError.identifierMismatch
      }
      let key = RunKey(
        head: snapshot.head, contentKey: try SecretKey.of(vector.bytes("contentKey")))
      return try SealedObjects.openRoot(of: snapshot, key: key)
    }
    switch vector.why {
    case "":
      let root = try open()
      let plain = try CatalogueRoot(decoding: vector.bytes("root"))
      #expect(root == plain && root.setName == "documents" && root.pages.count == 1)
      #expect(Digest(SHA256.hash(bytes))?.hex == vector.text("name"))
    case "the root was changed", "the root is sealed as a page":
      #expect(throws: ObjectError.authenticationFailed) { try open() }
    case "another repository": #expect(throws: ObjectError.identifierMismatch) { try open() }
    default: #expect(throws: FormatError.self) { try open() }
    }
  }
}
