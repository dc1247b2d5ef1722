import BackupFormat
import BackupTestSupport
import Testing

@Suite("Catalogue roots and snapshot objects")
struct RootTests {
  static let refusals: [String: FormatError] = [
    "version 2": .outOfRange(.version), "a run index is out of range": .outOfRange(.run),
    "pages are not in order": .wrongOrder(.run), "a page stands twice": .wrongOrder(.page),
    "a page of no entries": .outOfRange(.entry), "a name with a slash": .badPath,
    "a folder that leaves the root": .badPath, "an empty set name": .outOfRange(.name),
    "a set name of 65 bytes": .limitExceeded(.name),
  ]

  @Test("Roots follow their vectors", arguments: FormatVector.load("root"))
  func vector(_ vector: FormatVector) throws {
    let bytes = vector.bytes("hex")
    guard vector.isAccepted else {
      if let expected = Self.refusals[vector.why] {
        #expect(throws: expected) { try CatalogueRoot(decoding: bytes) }
      } else {
        #expect(throws: FormatError.self) { try CatalogueRoot(decoding: bytes) }
      }
      return
    }
    let root = try CatalogueRoot(decoding: bytes)
    #expect(root.setName == vector.text("setName"))
    #expect(Int(root.readStart) == vector.number("start"))
    #expect(Int(root.readEnd) == vector.number("end"))
    #expect(root.sources.map(\.hex) == vector.texts("sources"))
    #expect(root.policyText == vector.bytes("policy"))
    let counters = vector.numbers("counters")
    func counter(_ i: Int) -> UInt64 { i < counters.count ? UInt64(counters[i]) : 0 }
    #expect(root.counters.fileCount == counter(0))
    #expect(root.counters.folderCount == counter(1))
    #expect(root.counters.symbolicLinkCount == counter(2))
    #expect(root.counters.otherCount == counter(3))
    #expect(root.counters.byteCount == counter(4))
    #expect(root.counters.unreadableCount == counter(5))
    #expect(root.counters.changedCount == counter(6))
    #expect(root.counters.excludedCount == counter(7))
    #expect(root.counters.socketCount == counter(8))
    #expect(root.counters.readByteCount == counter(9))
    #expect(root.counters.newByteCount == counter(10))
    #expect(root.counters.canaryCount == counter(11))
    let runs = vector.texts("runs")
    let pages = vector.objects("pages")
    #expect(root.pages.map(\.folder) == pages.map { $0.bytes("folder") })
    #expect(root.pages.map(\.name) == pages.map { $0.bytes("name") })
    #expect(root.pages.map(\.address.run.hex) == pages.map { runs[$0.number("run")] })
    #expect(root.pages.map { Int($0.address.number) } == pages.map { $0.number("block") })
    #expect(root.pages.map { Int($0.entryCount) } == pages.map { $0.number("entries") })
    // The counters that this version knows are written, no more and no fewer.
    if counters.count == 12 { #expect(root.encode() == bytes) }
  }

  @Test("Random roots come back", arguments: 110..<120 as Range<UInt64>)
  func roundTrips(_ seed: UInt64) throws {
    var samples = Samples(seed: seed)
    for _ in 0..<10 {
      let root = samples.root()
      #expect(try CatalogueRoot(decoding: root.encode()) == root)
    }
  }

  /// The end of a root from its run table on.
  private static func root(
    source: [UInt8] = [0x2f], runs: [RunID], _ pages: (name: UInt8, run: Int, block: UInt64)...
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.u8(1)
    writer.byteString([0x78])
    writer.svarint(0)
    writer.svarint(0)
    writer.varint(1)
    writer.byteString(source)
    writer.byteString([])
    writer.varint(0)
    writer.varint(runs.count)
    for run in runs { writer.raw(run.bytes) }
    writer.varint(pages.count)
    for page in pages {
      writer.byteString([])
      writer.byteString([page.name])
      writer.varint(page.run)
      writer.varint(page.block)
      writer.varint(1)
    }
    return writer.bytes
  }

  @Test("The runs of a root are each used, once in the table, in the order of first use")
  func runTable() {
    let runs = Samples(seed: 121).runs
    func decode(_ bytes: [UInt8]) throws(FormatError) { _ = try CatalogueRoot(decoding: bytes) }
    let (a, b, c): (UInt8, UInt8, UInt8) = (0x61, 0x62, 0x63)
    let two = [runs[0], runs[1]]
    #expect(throws: Never.self) {
      try decode(Self.root(runs: two, (a, 0, 1), (b, 1, 1), (c, 0, 2)))
    }
    #expect(throws: FormatError.wrongOrder(.run)) {
      try decode(Self.root(runs: two, (a, 1, 1), (b, 0, 1)))
    }
    #expect(throws: FormatError.inconsistent(.run)) { try decode(Self.root(runs: two, (a, 0, 1))) }
    #expect(throws: FormatError.inconsistent(.run)) {
      try decode(Self.root(runs: [runs[0], runs[0]], (a, 0, 1), (b, 1, 1)))
    }
    #expect(throws: FormatError.inconsistent(.run)) { try decode(Self.root(runs: two)) }
    #expect(throws: FormatError.wrongOrder(.page)) {
      try decode(Self.root(runs: two, (b, 0, 1), (a, 1, 1)))
    }
  }

  @Test("A page without a table of runs is refused")
  func pageWithoutRuns() {
    #expect(throws: FormatError.outOfRange(.run)) {
      try CatalogueRoot(decoding: Self.root(runs: [], (0x61, 0, 0)))
    }
  }

  @Test("A page's block is numbered below 2^32 - 1")
  func blockNumber() {
    let runs = [Samples(seed: 122).runs[0]]
    #expect(throws: Never.self) {
      try CatalogueRoot(decoding: Self.root(runs: runs, (0x61, 0, 0xffff_fffe)))
    }
    #expect(throws: FormatError.limitExceeded(.number)) {
      try CatalogueRoot(decoding: Self.root(runs: runs, (0x61, 0, 0xffff_ffff)))
    }
  }

  @Test("A source is a path")
  func sources() {
    for source: [UInt8] in [[], [0x2f, 0x61, 0]] {
      #expect(throws: FormatError.badPath) {
        try CatalogueRoot(decoding: Self.root(source: source, runs: []))
      }
    }
  }

  @Test("A counter beyond 63 bits is written as the largest")
  func counters() throws {
    var root = try CatalogueRoot(decoding: Self.root(runs: []))
    root.counters.byteCount = .max
    #expect(try CatalogueRoot(decoding: root.encode()).counters.byteCount == UInt64(Int64.max))
  }

  @Test("Snapshot objects follow their vectors", arguments: FormatVector.load("snapshot"))
  func snapshot(_ vector: FormatVector) throws {
    let bytes = vector.bytes("hex")
    switch vector.why {
    case "a byte follows", "it ends too early":
      #expect(throws: FormatError.self) { try SnapshotObject(decoding: bytes) }
    case "another magic":
      #expect(throws: FormatError.wrongMark) { try SnapshotObject(decoding: bytes) }
    default:
      // The others are refused by whoever knows repository and keys.
      let object = try SnapshotObject(decoding: bytes)
      #expect(object.encode() == bytes)
      #expect(
        (object.repository.hex == vector.text("repository"))
          == (vector.why != "another repository"))
      guard vector.isAccepted else { return }
      #expect(Structure.encode(object.need) == vector.bytes("needs"))
      #expect(object.head.run.hex == vector.text("run"))
      #expect(object.head.set.hex == vector.text("set"))
    }
  }

  @Test("A sealed root has more than its overhead, and no more than the largest root")
  func sealedLength() {
    var samples = Samples(seed: 123)
    var object = SnapshotObject(
      repository: samples.repository, head: samples.head(samples.runs[0]),
      need: SnapshotNeeds(runs: []), sealedRoot: samples.generator.bytes(45))
    #expect(throws: FormatError.outOfRange(.size)) { try SnapshotObject(decoding: object.encode()) }
    object.sealedRoot.append(0)
    #expect(throws: Never.self) { try SnapshotObject(decoding: object.encode()) }
    var bytes = object.encode()
    let place = bytes.count - 46 - 4
    bytes.replaceSubrange(place..<place + 4, with: [0x2e, 0, 0, 4])
    #expect(throws: FormatError.outOfRange(.size)) { try SnapshotObject(decoding: bytes) }
  }
}
