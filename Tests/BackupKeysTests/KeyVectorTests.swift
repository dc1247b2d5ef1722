import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog
import BackupTestSupport
import Testing

@Suite("Keys, key files, sheets, trees and checkpoints follow their vectors")
struct KeyVectorTests {
  @Test("Both halves of a key", arguments: FormatVector.load("keys"))
  func keys(_ vector: FormatVector) throws {
    let seed = try SecretKey(copying: vector.bytes("seed").span)
    #expect(
      try seed.derive(info: "nightsafe ed25519 v1").exposedBytes()
        == vector.bytes("ed25519Private"))
    #expect(
      try seed.derive(info: "nightsafe x-wing v1").exposedBytes() == vector.bytes("xwingSeed"))
    let pair = try KeyPair(seed: seed)
    #expect(pair.publicKey.ed25519 == vector.bytes("ed25519"))
    #expect(pair.publicKey.xWing == vector.bytes("xwing"))
    #expect(pair.keyID.hex == vector.text("keyId"))
    #expect(pair.signer.keyID == pair.keyID)
    #expect(pair.privateKey.publicKeyBytes == pair.publicKey.xWing)
    let text = vector.text("publicKeyFile")
    #expect(PublicKeyFile.encode(pair.publicKey, comment: []) == text)
    #expect(try PublicKeyFile.parse([UInt8](text.utf8)) == pair.publicKey)
  }

  @Test("Key files", arguments: FormatVector.load("key-file"))
  func keyFile(_ vector: FormatVector) throws {
    let text = [UInt8](vector.text("text").utf8)
    func open() throws -> KeyPair {
      try KeyFile(parsing: text).open(
        passphrase: vector.has("passphrase") ? vector.bytes("passphrase") : nil)
    }
    if vector.isAccepted {
      let pair = try open()
      #expect(pair.seed.exposedBytes() == vector.bytes("seed"))
      #expect(pair.keyID.hex == vector.text("keyId"))
      let file = try KeyFile(parsing: text)
      #expect(file.isProtected == vector.has("passphrase"))
      let again = Armour.encode(file.body.encode(), label: .key, comment: [])
      // Line ends and empty lines after the end are the reader's to forgive.
      var plain = vector.text("text").replacing("\r\n", with: "\n")
      while plain.hasSuffix("\n") { plain.removeLast() }
      #expect((plain + "\n").hasSuffix(again))
      return
    }
    let expected: KeyError =
      switch vector.why {
      case "another passphrase", "the key id is another (and associated data)",
        "the sealed seed was changed":
        .wrongPassphrase
      case "the key id does not follow from the seed": .inconsistent
      default: .notAKeyFile
      }
    #expect(throws: expected) { try open() }
  }

  @Test("Recovery sheets", arguments: FormatVector.load("recovery-sheet"))
  func sheet(_ vector: FormatVector) throws {
    let text = vector.text("text")
    guard vector.isAccepted else {
      let expected: KeyError =
        vector.has("group") ? .wrongGroup(vector.number("group") + 1) : .notASheet
      #expect(throws: expected) { try RecoverySheet.seed(from: text) }
      return
    }
    let seed = try RecoverySheet.seed(from: text)
    #expect(seed.exposedBytes() == vector.bytes("seed"))
    if vector.has("groups") { #expect(RecoverySheet.groups(of: seed) == vector.texts("groups")) }
  }

  @Test("Merkle trees", arguments: FormatVector.load("merkle"))
  func merkle(_ vector: FormatVector) {
    var tree = MerkleTree()
    let entries = vector.texts("entries").map { FormatVector.bytes(hex: $0) }
    for entry in entries { tree.append(entry: entry) }
    #expect(tree.head.size == entries.count)
    #expect(tree.head.root.hex == vector.text("root"))
    #expect(tree.root(atSize: 0)?.hex == FormatVector.load("merkle")[0].text("root"))
  }

  @Test("Checkpoints", arguments: FormatVector.load("checkpoint"))
  func checkpoint(_ vector: FormatVector) throws {
    let text = [UInt8](vector.text("text").utf8)
    let repository = try #require(RepositoryID(vector.bytes("repository")))
    let ed25519 = vector.bytes("ed25519")
    let keyID = try #require(KeyID(vector.bytes("keyId")))
    func isSigned() throws -> Bool {
      let checkpoint = try Checkpoint(parsing: text)
      #expect(checkpoint.bytes == text)
      return checkpoint.origin == Checkpoint.origin(of: repository)
        && checkpoint.signatures.count == 1
        && checkpoint.verify(name: Checkpoint.keyName(of: keyID), ed25519: ed25519)
          == .signed(time: nil)
    }
    guard vector.isAccepted else {
      // What is not canonical is refused; of the rest, the name or the signature does not fit.
      guard let checkpoint = try? Checkpoint(parsing: text) else { return }
      let path = ObjectPath.checkpoint(size: checkpoint.head.size, key: keyID).text
      #expect(try !isSigned() || path != vector.text("path"))
      return
    }
    #expect(try isSigned())
    let checkpoint = try Checkpoint(parsing: text)
    #expect(checkpoint.head.size == vector.number("size"))
    #expect(checkpoint.head.root.hex == vector.text("root"))
    let path = ObjectPath.checkpoint(size: checkpoint.head.size, key: keyID)
    #expect(path.text == vector.text("path"))
  }
}
