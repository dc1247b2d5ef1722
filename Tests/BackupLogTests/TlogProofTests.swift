import BackupFormat
import Testing

@testable import BackupLog

struct TlogProofTests {
  private static let vkeys = [
    "backup.example.nl/compliance-log+16835e21+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c",
    "beheer.example.nl/witness+79c78143+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU",
  ]

  /// The leaves `{"seq":0}` to `{"seq":2}` of the checkpoint's vector, and the proof of one of them.
  private func proof(of index: Int) throws -> (proof: TlogProof, entry: [UInt8]) {
    let entries = (0..<3).map { [UInt8](#"{"seq":\#($0)}"#.utf8) }
    var tree = MerkleTree()
    for entry in entries { tree.append(entry: entry) }
    let checkpoint = try Checkpoint(parsing: [UInt8](CheckpointTests.note.utf8))
    let hashes = try #require(tree.inclusionProof(of: index, atSize: 3))
    return (
      TlogProof(index: index, entry: entries[index], hashes: hashes, checkpoint: checkpoint),
      entries[index]
    )
  }

  @Test func `a proof has the form of the specification and is read back`() throws {
    let (proof, entry) = try proof(of: 1)
    let text = String(decoding: proof.bytes, as: UTF8.self)
    #expect(text.hasPrefix("c2sp.org/tlog-proof@v1\nextra eyJzZXEiOjF9\nindex 1\n"))
    #expect(text.hasSuffix("\n\n" + CheckpointTests.note))
    #expect(try TlogProof(parsing: proof.bytes) == proof)
    #expect(proof.includes(entry))
    let bare = TlogProof(
      index: 1, entry: nil, hashes: proof.hashes, checkpoint: proof.checkpoint)
    #expect(try TlogProof(parsing: bare.bytes) == bare)
  }

  @Test func `each entry is proven at its own place and no other`() throws {
    for index in 0..<3 {
      let (proof, entry) = try proof(of: index)
      #expect(proof.includes(entry))
      for other in 0..<3 where other != index {
        #expect(!proof.includes([UInt8](#"{"seq":\#(other)}"#.utf8)))
        let moved = TlogProof(
          index: other, entry: entry, hashes: proof.hashes, checkpoint: proof.checkpoint)
        #expect(!moved.includes(entry))
      }
    }
  }

  @Test func `a proof with any byte changed proves nothing or is refused`() throws {
    let (proof, entry) = try proof(of: 2)
    let keys = try Self.vkeys.map { try #require(NoteKey(parsing: $0)) }
    for place in proof.bytes.indices {
      var bytes = proof.bytes
      bytes[place] ^= 1
      guard let read = try? TlogProof(parsing: bytes) else { continue }
      // What is extra proves nothing by itself; the entry that is asked about is the true one.
      let isSigned = keys.allSatisfy {
        if case .signed = read.checkpoint.verify($0) { true } else { false }
      }
      let isSame = read.entry == entry
      #expect(!isSigned || !read.includes(entry) || !isSame, "byte \(place)")
    }
  }

  @Test func `keys of logs and witnesses are read as others write them`() throws {
    let checkpoint = try Checkpoint(parsing: [UInt8](CheckpointTests.note.utf8))
    for text in Self.vkeys {
      let key = try #require(NoteKey(parsing: text))
      #expect(key.text == text)
      guard case .signed = checkpoint.verify(key) else {
        Issue.record("not signed by \(text)")
        continue
      }
      #expect(NoteKey(parsing: text.replacing("+1", with: "+2").replacing("+7", with: "+8")) == nil)
      #expect(NoteKey(parsing: text + "A") == nil)
    }
    #expect(NoteKey(parsing: "a b+16835e21+AYqI") == nil)
    #expect(NoteKey(Person(1).publicKey).kind == .signature)
  }

  @Test func `signatures over the same head are joined and others are not`() throws {
    let repository = RepositoryID(Digest.of(1))
    let head = MerkleTests.tree(5).head
    let one = try Checkpoint.signed(head, of: repository, by: Person(1).signer)
    let two = try Checkpoint.signed(head, of: repository, by: Person(2).signer)
    let both = try #require(one.merged(with: two))
    #expect(both.signatures.count == 2)
    #expect(both.merged(with: two)?.signatures.count == 2)
    for person in [Person(1), Person(2)] {
      #expect(both.verify(NoteKey(person.publicKey)) == .signed(time: nil))
    }
    let other = try Checkpoint.signed(
      MerkleTests.tree(6).head, of: repository, by: Person(1).signer)
    #expect(one.merged(with: other) == nil)
  }
}
