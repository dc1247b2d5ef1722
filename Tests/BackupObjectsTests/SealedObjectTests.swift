import BackupCrypto
import BackupFormat
import BackupObjects
import BackupTestSupport
import Testing

@Suite("Sealed roots and chunk lists")
struct SealedObjectTests {
  private static func list(_ run: RunID, chunkCount: Int = 40) -> ChunkList {
    var generator = SeededGenerator(seed: UInt64(chunkCount))
    return ChunkList(
      blocks: (0..<3).map { number in
        ChunkList.Block(
          address: BlockAddress(run: run, number: number), kind: .dataBlock,
          ids: generator.bytes(32 * chunkCount),
          byteCounts: (0..<chunkCount).map { UInt32($0 + 1) })
      })
  }

  private static func front(_ fixture: Fixture, sequence: UInt64 = 3) -> ChunkList.Front {
    ChunkList.Front(
      repository: fixture.repository, set: fixture.set, run: fixture.run, sequence: sequence)
  }

  @Test("A chunk list opens for writers of its set")
  func chunkList() throws {
    let fixture = try Fixture()
    let list = Self.list(fixture.run)
    for list in [list, ChunkList(blocks: [])] {
      let sealed = try SealedObjects.seal(
        list, front: Self.front(fixture), secret: fixture.secret)
      #expect(sealed.count == ChunkList.Front.byteCount + 40 + list.encode().count)
      let opened = try SealedObjects.openChunkList(
        sealed, secret: fixture.secret, repository: fixture.repository)
      #expect(opened == list)
    }
  }

  @Test("A chunk list of another set, another repository or with a changed front is refused")
  func otherChunkList() throws {
    let fixture = try Fixture()
    let other = try Fixture(100)
    let sealed = try SealedObjects.seal(
      Self.list(fixture.run), front: Self.front(fixture), secret: fixture.secret)
    func open(_ bytes: [UInt8], _ secret: SetSecret, _ repository: RepositoryID) throws {
      _ = try SealedObjects.openChunkList(bytes, secret: secret, repository: repository)
    }
    #expect(throws: ObjectError.identifierMismatch) {
      try open(sealed, other.secret, fixture.repository)
    }
    #expect(throws: ObjectError.identifierMismatch) {
      try open(sealed, fixture.secret, other.repository)
    }
    // The same set, and another secret.
    let stranger = try SetSecret(
      set: fixture.set, publicKey: fixture.secret.publicKey, name: "documents",
      secret: SecretKey.repeating(9))
    #expect(throws: ObjectError.authenticationFailed) {
      try open(sealed, stranger, fixture.repository)
    }
    // Written for the other set, and its front changed to name this one.
    var forged = try SealedObjects.seal(
      Self.list(fixture.run), front: Self.front(other), secret: other.secret)
    forged.replaceSubrange(
      0..<ChunkList.Front.byteCount, with: sealed[0..<ChunkList.Front.byteCount])
    #expect(throws: ObjectError.authenticationFailed) {
      try open(forged, fixture.secret, fixture.repository)
    }
    for byte in [56, 71, 72, 79, 80, sealed.count - 1] {
      var changed = sealed
      changed[byte] ^= 1
      #expect(throws: ObjectError.authenticationFailed) {
        try open(changed, fixture.secret, fixture.repository)
      }
    }
    for count in [0, 7, 8, 79, 80, 119, 120, 125, sealed.count - 1] {
      #expect(throws: ObjectError.self) {
        try open([UInt8](sealed[0..<count]), fixture.secret, fixture.repository)
      }
    }
  }

  @Test("A chunk list that no reader would take is not written")
  func largeChunkList() throws {
    let fixture = try Fixture()
    let block = ChunkList.Block(
      address: BlockAddress(run: fixture.run, number: 0), kind: .dataBlock,
      ids: [UInt8](repeating: 1, count: 32 << 20),
      byteCounts: [UInt32](repeating: 1, count: 1 << 20))
    #expect(throws: ObjectError.malformed(.limitExceeded(.size))) {
      try SealedObjects.seal(
        ChunkList(blocks: [block]), front: Self.front(fixture), secret: fixture.secret)
    }
    #expect(throws: ObjectError.malformed(.limitExceeded(.size))) {
      try SealedObjects.openChunkList(
        [UInt8](repeating: 0, count: Limits.indexByteCount + 1), secret: fixture.secret,
        repository: fixture.repository)
    }
  }

  private static func root(_ run: RunID, pageCount: Int) -> CatalogueRoot {
    var counters = SnapshotCounters()
    counters.fileCount = 12
    return CatalogueRoot(
      setName: "documents", readStart: 1, readEnd: 2, sources: [[0x2f, 0x61]],
      policyText: [UInt8](#"{"a":1}"#.utf8), counters: counters,
      pages: (0..<pageCount).map { i in
        CatalogueRoot.Page(
          folder: [UInt8](String(100_000 + i).utf8), name: [0x61],
          address: BlockAddress(run: run, number: UInt32(i)), entryCount: 1)
      })
  }

  @Test("A root opens with the key of its run", arguments: BlockTests.choices)
  func root(_ choice: CompressionChoice) throws {
    let fixture = try Fixture()
    let key = try fixture.runKey()
    for pageCount in [0, 1, 3_000] {
      let root = Self.root(fixture.run, pageCount: pageCount)
      let sealed = try SealedObjects.seal(
        root: root, key: key, repository: fixture.repository, compression: choice)
      if pageCount == 3_000 { #expect(sealed.count < root.encode().count / 2) }
      var snapshot = SnapshotObject(
        repository: fixture.repository, head: key.head, need: SnapshotNeeds(runs: []),
        sealedRoot: sealed)
      snapshot = try SnapshotObject(decoding: snapshot.encode())
      let opened = try RunKey.open(
        snapshot.head, with: fixture.privateKey, repository: fixture.repository)
      #expect(try SealedObjects.openRoot(of: snapshot, key: opened) == root)
    }
  }

  @Test("A root in another place, or with a changed bit, is refused")
  func otherRoot() throws {
    let fixture = try Fixture()
    let other = try Fixture(100)
    let key = try fixture.runKey()
    let sealed = try SealedObjects.seal(
      root: Self.root(fixture.run, pageCount: 5), key: key, repository: fixture.repository,
      compression: .zstd(level: 3))
    func open(_ sealed: [UInt8], _ key: RunKey, _ repository: RepositoryID) throws {
      _ = try SealedObjects.openRoot(
        of: SnapshotObject(
          repository: repository, head: key.head, need: SnapshotNeeds(runs: []),
          sealedRoot: sealed),
        key: key)
    }
    #expect(throws: Never.self) { try open(sealed, key, fixture.repository) }
    let refused = ObjectError.authenticationFailed
    #expect(throws: refused) { try open(sealed, try fixture.runKey(), fixture.repository) }
    #expect(throws: refused) { try open(sealed, key, other.repository) }
    for bit in stride(from: 0, to: sealed.count * 8, by: 53) {
      var flipped = sealed
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: refused) { try open(flipped, key, fixture.repository) }
    }
    for count in [0, 39, 44, 45] {
      #expect(throws: ObjectError.self) {
        try open([UInt8](sealed[0..<count]), key, fixture.repository)
      }
    }
  }

  @Test("What opens and is no root is refused")
  func noRoot() throws {
    let fixture = try Fixture()
    let key = try fixture.runKey()
    let data = AssociatedData(
      .catalogueRoot, repository: fixture.repository, set: fixture.set, run: fixture.run, number: 0)
    let sealed = try XAES256GCM.seal(
      [0, 1, 0, 0, 0, 9], key: key.contentKey, binding: data.bytes)
    #expect(throws: ObjectError.malformed(.outOfRange(.version))) {
      try SealedObjects.openRoot(
        of: SnapshotObject(
          repository: fixture.repository, head: key.head, need: SnapshotNeeds(runs: []),
          sealedRoot: sealed),
        key: key)
    }
  }
}
