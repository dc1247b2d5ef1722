import BackupCrypto
import BackupFormat
import Testing

@testable import BackupLog

struct CheckpointTests {
  /// Leaves `{"seq":0}` to `{"seq":2}`; log seed 32 × 0x01, witness seed 32 × 0x02, time
  /// 1795323600; made with an independent program.
  static let note = """
    backup.example.nl/compliance-log
    3
    PbZ2Ze6owm3jQWaMHTGZ9h3kt4CoKFaaiYzkjCjZMfM=

    — backup.example.nl/compliance-log FoNeIZfDhNHOytRxEmL3PKzVFaW9dxjHtOlYv5xbeYPbC0R1ai6tUf1OYPdzvkltEWT7yyz2mjBK28O4Ra+/+1bAaQs=
    — beheer.example.nl/witness eceBQwAAAABrAnbQITRq695OS6nI9eRb8L8uNjkEJ4FMlTcDHC+r9Q1BmJFnLWqHiYIwL0jj7874QzFOzFtp0aXfAPoNy9EDat+5AA==

    """
  static let logName = "backup.example.nl/compliance-log"
  static let witnessName = "beheer.example.nl/witness"

  @Test func makesTheNoteOfTheVector() throws {
    var tree = MerkleTree()
    for i in 0..<3 { tree.append(entry: [UInt8](#"{"seq":\#(i)}"#.utf8)) }
    var checkpoint = try #require(Checkpoint(origin: Self.logName, head: tree.head))
    try checkpoint.sign(name: Self.logName, with: Person(1).signer.key)
    try checkpoint.cosign(
      name: Self.witnessName, with: Person(2).signer.key, unixTime: 1_795_323_600)
    #expect(String(decoding: checkpoint.bytes, as: UTF8.self) == Self.note)
  }

  @Test func verifiesTheNoteOfTheVector() throws {
    let checkpoint = try Checkpoint(parsing: [UInt8](Self.note.utf8))
    let log = Person(1).publicKey.ed25519
    let witness = Person(2).publicKey.ed25519
    #expect(checkpoint.head.size == 3)
    #expect(checkpoint.verify(name: Self.logName, ed25519: log) == .signed(time: nil))
    #expect(
      checkpoint.verifyCosignature(name: Self.witnessName, ed25519: witness)
        == .signed(time: 1_795_323_600))
    #expect(checkpoint.verify(name: Self.logName, ed25519: witness) == .absent)
    #expect(checkpoint.verify(name: Self.witnessName, ed25519: witness) == .absent)
    #expect(checkpoint.verifyCosignature(name: Self.logName, ed25519: log) == .absent)
  }

  @Test func aKnownKeyWithABadSignatureIsInvalid() throws {
    var checkpoint = try Checkpoint(parsing: [UInt8](Self.note.utf8))
    for (i, line) in checkpoint.signatures.enumerated() {
      var signature = line.signature
      signature[signature.count - 1] ^= 1
      checkpoint.signatures[i] = NoteSignature(
        name: line.name, keyHash: line.keyHash, signature: signature)
    }
    #expect(
      checkpoint.verify(name: Self.logName, ed25519: Person(1).publicKey.ed25519) == .invalid)
    #expect(
      checkpoint.verifyCosignature(
        name: Self.witnessName, ed25519: Person(2).publicKey.ed25519) == .invalid)
  }

  @Test func refusesNotesThatAreNotCanonical() {
    let lines = Self.note.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    func note(_ change: (inout [String]) -> Void) -> [UInt8] {
      var copy = lines
      change(&copy)
      return [UInt8](copy.joined(separator: "\n").utf8)
    }
    #expect((try? Checkpoint(parsing: note { _ in })) != nil)
    let bad = [
      note { $0[0] = "" }, note { $0[1] = "03" }, note { $0[1] = "-3" }, note { $0[1] = "+3" },
      note { $0[2] = "AA==" }, note { $0.insert("extra", at: 3) }, note { $0[3] = " " },
      note { $0.removeSubrange(4...5) }, note { $0[4] += "=" }, note { $0[4] = "- a AAAAAAAA" },
      note { $0[0] += "\u{7}" }, note { $0.removeLast() }, note { $0[5] += "\r" }, [],
      [UInt8](repeating: 0x0a, count: 70_000), [0xff, 0x0a],
    ]
    for bytes in bad { #expect(throws: FormatError.self) { _ = try Checkpoint(parsing: bytes) } }
  }

  @Test func aRepositorysCheckpointNamesRepositoryAndKey() throws {
    let person = Person(1)
    let repository = RepositoryID(Digest.of(1))
    let head = MerkleTests.tree(5).head
    let signed = try Checkpoint.signed(head, of: repository, by: person.signer)
    let read = try Checkpoint(parsing: signed.bytes)
    #expect(read.head == head)
    #expect(read.isSigned(by: person.publicKey, of: repository))
    #expect(!read.isSigned(by: Person(2).publicKey, of: repository))
    #expect(!read.isSigned(by: person.publicKey, of: RepositoryID(Digest.of(2))))
  }
}
