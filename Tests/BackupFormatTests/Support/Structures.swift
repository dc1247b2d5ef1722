import BackupFormat
import BackupTestSupport

extension Structure {
  static let page = Structure(
    description: "page", samples: pages(seed: 1, count: 4),
    recode: { (bytes) throws(FormatError) in
      try CataloguePage(decoding: bytes).plainEncoding()
    })

  static let root = Structure(
    description: "root", samples: sample(seed: 2, count: 4) { $0.root().encode() },
    recode: { (bytes) throws(FormatError) in try CatalogueRoot(decoding: bytes).encode() },
    // Counters that this version does not know are read and not kept, so their count may differ.
    isFree: { sample, offset in offset == counterCountOffset(of: sample) })

  static let needList = Structure(
    description: "need list", samples: sample(seed: 3, count: 10) { encode($0.needs()) },
    recode: { (bytes) throws(FormatError) in
      var reader = ByteReader(bytes)
      let needs = try SnapshotNeeds(from: &reader)
      try reader.expectEnd()
      return encode(needs)
    })

  static let packEnd = Structure(
    description: "pack end",
    samples: sample(seed: 4, count: 3) { $0.packEnd(headCount: 2).encode() },
    recode: { (bytes) throws(FormatError) in try PackEnd(decoding: bytes).encode() },
    isOpaque: { _, offset in isEnvelope(offset, headsAt: 2, headCount: 2) })

  static let index = Structure(
    description: "index", samples: sample(seed: 5, count: 2) { $0.index(packCount: 3).encode() },
    recode: { (bytes) throws(FormatError) in try IndexObject(decoding: bytes).encode() },
    isOpaque: { _, offset in isEnvelope(offset, headsAt: 74, headCount: 2) })

  static let chunkList = Structure(
    description: "chunk list", samples: sample(seed: 6, count: 4) { $0.chunkList().encode() },
    recode: { (bytes) throws(FormatError) in try ChunkList(decoding: bytes).encode() })

  static let keyFileBody = Structure(
    description: "key file", samples: sample(seed: 7, count: 20) { $0.keyFileBody().encode() },
    recode: { (bytes) throws(FormatError) in try KeyFileBody(decoding: bytes).encode() })

  static let snapshot = Structure(
    description: "snapshot",
    samples: sample(seed: 8, count: 2) { samples in
      SnapshotObject(
        repository: samples.repository, head: samples.head(samples.runs[0]),
        need: samples.needs(), sealedRoot: samples.generator.bytes(60)
      ).encode()
    },
    recode: { (bytes) throws(FormatError) in try SnapshotObject(decoding: bytes).encode() },
    isOpaque: { _, offset in isEnvelope(offset, headsAt: 40, headCount: 1) })

  static let canonicalJSON = Structure(
    description: "canonical JSON",
    samples: [
      #"{"a":[],"b":{"c":-12,"d":"\u0001\n\"é"},"e":[1,"x",{"y":"z"}]}"#,
      #"["","a\\b",9007199254740991,-1,0]"#,
    ].map { [UInt8]($0.utf8) },
    recode: { (bytes) throws(FormatError) in try CanonicalJSON(decoding: bytes).encode() })

  static let all = [
    page, root, needList, packEnd, index, chunkList, keyFileBody, snapshot, canonicalJSON,
  ]

  // MARK: Samples

  private static func sample(
    seed: UInt64, count: Int, _ make: (inout Samples) -> [UInt8]
  ) -> [[UInt8]] {
    var samples = Samples(seed: seed)
    return (0..<count).map { _ in make(&samples) }
  }

  /// Small pages, so that every bit of them can be flipped.
  private static func pages(seed: UInt64, count: Int) -> [[UInt8]] {
    var samples = Samples(seed: seed)
    var pages: [[UInt8]] = []
    while pages.count < count {
      let page = samples.pageBytes().bytes
      if page.count <= 700 { pages.append(page) }
    }
    return pages
  }

  static func encode(_ needs: SnapshotNeeds) -> [UInt8] {
    var writer = ByteWriter()
    needs.encode(to: &writer)
    return writer.bytes
  }

  private static func isEnvelope(_ offset: Int, headsAt start: Int, headCount: Int) -> Bool {
    let place = offset - start
    guard 0..<headCount * RunHead.byteCount ~= place else { return false }
    return place % RunHead.byteCount >= 32
  }

  private static func counterCountOffset(of root: [UInt8]) -> Int? {
    var reader = ByteReader(root)
    do {
      _ = try reader.u8()
      _ = try reader.byteString(limit: 64, .name)
      _ = try reader.svarint()
      _ = try reader.svarint()
      for _ in 0..<(try reader.varint()) { _ = try reader.byteString(limit: 4096, .source) }
      _ = try reader.byteString(limit: 1 << 20, .policy)
      return reader.offset
    } catch {
      return nil
    }
  }
}

extension Samples {
  /// A page by the builder, and the value that it stands for.
  mutating func pageBytes() -> (page: CataloguePage?, bytes: [UInt8]) {
    var builder = CataloguePageBuilder()
    let sections = sections()
    for (folder, entries) in sections {
      for entry in entries { builder.append(entry, in: folder) }
    }
    let bytes = builder.finish { isGroup, id in
      id % 3 == 0 ? nil : [UInt8]("\(isGroup ? "g" : "u")\(id)".utf8)
    }
    return (try? CataloguePage(decoding: bytes), bytes)
  }
}
