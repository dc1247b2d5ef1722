import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupStorage
import EngineTestSupport
import Testing

/// A snapshot by a writer who means harm: sealed and signed as it must be, whatever it holds.
struct HostileSnapshot {
  /// What is sealed as a block.
  struct Plaintext {
    let codec: UInt8
    let rawByteCount: Int
    let payload: [UInt8]

    /// Bytes as they are.
    static func stored(_ bytes: [UInt8]) -> Plaintext {
      Plaintext(codec: 0, rawByteCount: bytes.count, payload: bytes)
    }

    /// 1 GiB of zeros in a zstd frame of 32 KiB, which says that it holds 1 MiB: runs of 128 KiB of one byte.
    static let bomb = Plaintext(
      codec: 2, rawByteCount: 1 << 20,
      payload: [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]
        + (0..<8192).flatMap { i in
          let front = UInt32(128 << 10) << 3 | 1 << 1 | (i == 8191 ? 1 : 0)
          return [UInt8(front & 0xff), UInt8(front >> 8 & 0xff), UInt8(front >> 16 & 0xff), 0]
        })

    var bytes: [UInt8] {
      [codec] + (0..<4).map { UInt8(truncatingIfNeeded: rawByteCount >> (8 * $0)) } + payload
    }
  }

  /// A page, and what the root says of it.
  struct Page {
    var plaintext: Plaintext
    var folder: [UInt8]
    var name: [UInt8]
    var entryCount: Int
  }

  /// An entry in its folder.
  typealias Place = (folder: String, entry: CatalogueEntry)

  private let stage: RepositoryStage
  private let key: RunKey
  /// The data blocks, from number 0.
  private let data: [Plaintext]
  var pages: [Page] = []
  /// In the place of the root, if set.
  var rootPlaintext: Plaintext?

  init(_ stage: RepositoryStage, data: [Plaintext] = []) throws {
    self.stage = stage
    self.data = data
    let run = try #require(RunID(try RandomBytes.make(count: 16)))
    key = try RunKey.draw(
      repository: stage.id, set: stage.set, setPublicKey: stage.plan.secret.publicKey, run: run)
  }

  /// An entry with nothing remarkable but its name and what it is.
  static func entry(_ name: [UInt8], _ content: CatalogueEntry.Content) -> CatalogueEntry {
    CatalogueEntry(
      name: name, mode: 0o755, userID: 0, groupID: 0, modificationSeconds: 1_700_000_000,
      modificationNanoseconds: 0, content: content)
  }

  static func entry(_ name: String, _ content: CatalogueEntry.Content) -> CatalogueEntry {
    entry([UInt8](name.utf8), content)
  }

  /// A file that is the whole of a data block.
  func file(_ name: String, block: Int, byteCount: Int) -> CatalogueEntry {
    let address = BlockAddress(run: key.head.run, number: UInt32(block))
    return Self.entry(
      name,
      .file(
        byteCount: UInt64(byteCount),
        extents: [Extent(address, offset: 0, byteCount: UInt32(byteCount))]))
  }

  /// Adds a page of entries as they are; the root says of it what is true.
  mutating func add(_ places: [Place]) {
    var builder = CataloguePageBuilder()
    for place in places { builder.append(place.entry, in: [UInt8](place.folder.utf8)) }
    let first = builder.first
    pages.append(
      Page(
        plaintext: .stored(builder.finish { _, _ in nil }), folder: first.folder, name: first.name,
        entryCount: places.count))
  }

  /// Stores it all, and says it in the log.
  func publish() throws {
    let session = try stage.session()
    let run = key.head.run
    try session.append(
      [Draft(.started(.init(run: run, set: stage.set, purpose: .backup, continues: [])))],
      by: stage.host.signer)
    var pack = [UInt8](PackEnd.packMark.description.utf8)
    var segments = Segments()
    let blocks =
      data.map { (ObjectKind.dataBlock, $0) }
      + pages.map { (ObjectKind.cataloguePage, $0.plaintext) }
    for (number, (kind, plaintext)) in blocks.enumerated() {
      let sealed = try seal(plaintext, kind, UInt64(number))
      let digest = SHA256.hash(sealed)
      segments.append(
        headIndex: 0, number: UInt32(number), byteCount: UInt32(sealed.count), digest: digest.span)
      pack += sealed
    }
    let end = PackEnd(heads: [key.head], segments: segments).encode()
    pack += end
    let name = PackName(run: run, number: 0)
    _ = try stage.storage.put(try #require(StorageKey(name.path)), pack.span)
    let index = IndexObject(
      repository: stage.id, set: stage.set, run: run, heads: [key.head],
      packs: [
        .init(
          name: name, byteCount: UInt64(pack.count), endByteCount: UInt32(end.count),
          endDigest: Digest(hashing: end), segments: segments)
      ])
    let now = stage.clock.now.unix
    let snapshot = SnapshotObject(
      repository: stage.id, head: key.head,
      need: SnapshotNeeds(
        runs: [.init(run: run, ranges: [.init(first: 0, count: UInt32(blocks.count))])]),
      sealedRoot: try sealedRoot(now))
    let subjects = [
      try put(snapshot.encode()) { .snapshot($0) }, try put(index.encode()) { .index($0) },
    ]
    let taken = Predicate.SnapshotTaken(
      run: run, set: stage.set, night: stage.nightOf(now), readStart: now, readEnd: now, closes: [],
      blocks: blocks.count, byteCount: pack.count)
    try session.append([Draft(.snapshot(taken), subjects: subjects)], by: stage.host.signer)
  }

  private func seal(
    _ plaintext: Plaintext, _ kind: ObjectKind, _ number: UInt64
  ) throws -> [UInt8] {
    let bound = AssociatedData(
      kind, repository: stage.id, set: stage.set, run: key.head.run, number: number)
    return try XAES256GCM.seal(plaintext.bytes, key: key.contentKey, binding: bound.bytes)
  }

  private func sealedRoot(_ now: Int64) throws -> [UInt8] {
    if let rootPlaintext { return try seal(rootPlaintext, .catalogueRoot, 0) }
    let root = CatalogueRoot(
      setName: "business", readStart: now, readEnd: now, sources: [[UInt8]("/".utf8)],
      policyText: [], counters: SnapshotCounters(),
      pages: pages.enumerated().map { number, page in
        CatalogueRoot.Page(
          folder: page.folder, name: page.name,
          address: BlockAddress(run: key.head.run, number: UInt32(data.count + number)),
          entryCount: UInt64(page.entryCount))
      })
    return try SealedObjects.seal(
      root: root, key: key, repository: stage.id, compression: .zstd(level: 3))
  }

  private func put(_ bytes: [UInt8], _ path: (Digest) -> ObjectPath) throws -> Subject {
    let subject = try #require(Subject(path(Digest(hashing: bytes))))
    _ = try stage.storage.put(try #require(StorageKey(subject.path.text)), bytes.span)
    return subject
  }
}
