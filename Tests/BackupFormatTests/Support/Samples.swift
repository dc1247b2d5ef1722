import BackupFormat
import BackupTestSupport

/// Random values of the format: all kinds, sizes and corners, the same in every run.
struct Samples {
  var generator: SeededGenerator
  let runs: [RunID]
  let set: SetID
  let repository: RepositoryID

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    runs = (0..<6).map { _ in generator.id() }
    set = generator.id()
    repository = generator.id()
    self.generator = generator
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &generator)
  }

  /// True once in `count` times.
  mutating func once(in count: Int) -> Bool { number(1...count) == 1 }

  /// A number of every size: as many small ones as large ones.
  mutating func wide(bitCountMax: Int) -> UInt64 {
    let bits = number(0...bitCountMax)
    return bits == 0 ? 0 : generator.next() >> UInt64(64 - bits)
  }

  mutating func digest() -> Digest { generator.id() }

  // MARK: Paths

  /// A name out of few bytes, so that names begin alike; some are as long as may be.
  mutating func name() -> [UInt8] {
    let alphabet: [UInt8] = [0x01, 0x20, 0x21, 0x2e, 0x30, 0x61, 0x62, 0xc3, 0xff]
    while true {
      let count = once(in: 40) ? Limits.nameByteCount : number(1...4)
      let name = (0..<count).map { _ in alphabet[number(0...alphabet.count - 1)] }
      if CataloguePath.isValidName(name) { return name }
    }
  }

  /// A path of up to five components.
  mutating func folder() -> [UInt8] {
    [UInt8]((0..<number(0...5)).map { _ in name() }.joined(separator: [0x2f]))
  }

  // MARK: Catalogues

  mutating func extents() -> [Extent] {
    var extents: [Extent] = []
    for _ in 0..<number(0...6) {
      if once(in: 4) {
        extents.appendMerging(Extent(zeros: 1 + wide(bitCountMax: 50)))
      } else {
        let offset = once(in: 8) ? Limits.rawBlockByteCount - 1 : number(0...1000)
        let byteCount = once(in: 8) ? Limits.rawBlockByteCount - offset : 1
        let number = UInt32(min(wide(bitCountMax: 32), UInt64(UInt32.max - 1)))
        extents.appendMerging(
          Extent(
            BlockAddress(run: runs[self.number(0...runs.count - 1)], number: number),
            offset: UInt32(offset), byteCount: UInt32(byteCount)))
      }
    }
    return extents
  }

  mutating func attributes() -> [ExtendedAttribute] {
    let names = Set((0..<number(1...4)).map { _ in name() })
    return names.sorted { CataloguePath.compareNames($0, $1) < 0 }.map { name in
      let byteCount = once(in: 50) ? Limits.attributeValueByteCount : number(0...20)
      return ExtendedAttribute(name: name, value: generator.bytes(byteCount))
    }
  }

  /// An entry of a random kind; a hard link only if there are `earlier` paths.
  mutating func entry(name: [UInt8], earlier: [[UInt8]]) -> CatalogueEntry {
    var entry = CatalogueEntry(
      name: name, mode: UInt16(number(0...0o7777)), userID: UInt32(wide(bitCountMax: 32)),
      groupID: UInt32(wide(bitCountMax: 32)),
      modificationSeconds: Int64(wide(bitCountMax: 62)) * (once(in: 2) ? 1 : -1),
      modificationNanoseconds: UInt32(number(0...999_999_999)), content: .folder,
      changedDuringRead: once(in: 5), isUnreadable: once(in: 5))
    let kind = number(0...6)
    // Only files and folders are read.
    if kind > 1 { entry.isUnreadable = false }
    switch kind {
    case 0:
      let extents = entry.isUnreadable ? [] : extents()
      let byteCount =
        entry.isUnreadable ? wide(bitCountMax: 63) : extents.reduce(0) { $0 + $1.byteCount }
      entry.content = .file(byteCount: byteCount, extents: extents)
    case 1: entry.content = .folder
    case 2:
      let byteCount = once(in: 20) ? Limits.pathByteCount : number(1...20)
      entry.content = .symbolicLink(target: generator.bytes(byteCount).map { max($0, 1) })
    case 3: entry.content = .fifo
    case 4:
      entry.content = .characterDevice(
        major: UInt32(wide(bitCountMax: 32)), minor: UInt32(wide(bitCountMax: 32)))
    case 5:
      entry.content = .blockDevice(
        major: UInt32(wide(bitCountMax: 32)), minor: UInt32(wide(bitCountMax: 32)))
    default:
      entry.content =
        earlier.isEmpty ? .fifo : .hardLink(first: earlier[number(0...earlier.count - 1)])
    }
    if once(in: 3) { entry.attributes = attributes() }
    return entry
  }

  /// The sections of a page, in order.
  mutating func sections() -> [(folder: [UInt8], entries: [CatalogueEntry])] {
    let folders = Set((0..<number(1...5)).map { _ in folder() })
      .sorted { CataloguePath.compareFolders($0, $1) < 0 }
    var earlier: [[UInt8]] = []
    var sections: [(folder: [UInt8], entries: [CatalogueEntry])] = []
    for folder in folders {
      let names = Set((0..<number(1...8)).map { _ in name() })
        .sorted { CataloguePath.compareNames($0, $1) < 0 }
      var entries: [CatalogueEntry] = []
      for name in names {
        entries.append(entry(name: name, earlier: earlier))
        earlier.append(CataloguePath.join(folder, name))
      }
      sections.append((folder, entries))
    }
    return sections
  }

  mutating func root() -> CatalogueRoot {
    var places: [(folder: [UInt8], name: [UInt8])] = []
    for folder in Set((0..<number(0...6)).map({ _ in folder() })) {
      for name in Set((0..<number(1...3)).map({ _ in name() })) { places.append((folder, name)) }
    }
    let pages = places.sorted { CataloguePath.precedes($0, $1) }.map { folder, name in
      CatalogueRoot.Page(
        folder: folder, name: name,
        address: BlockAddress(
          run: runs[number(0...runs.count - 1)], number: UInt32(wide(bitCountMax: 31))),
        entryCount: 1 + wide(bitCountMax: 40))
    }
    var counters = SnapshotCounters()
    counters.fileCount = wide(bitCountMax: 63)
    counters.byteCount = wide(bitCountMax: 63)
    counters.canaryCount = wide(bitCountMax: 7)
    return CatalogueRoot(
      setName: ["a", "documents", "Büro — 1", String(repeating: "x", count: 64)][number(0...3)],
      readStart: Int64(wide(bitCountMax: 40)), readEnd: -Int64(wide(bitCountMax: 40)),
      sources: (0..<number(0...3)).map { _ in [0x2f] + folder() },
      policyText: generator.bytes(number(0...300)), counters: counters, pages: pages)
  }

  // MARK: Needs

  mutating func needs() -> SnapshotNeeds {
    let chosen = runs.filter { _ in once(in: 2) }.sorted()
    return SnapshotNeeds(
      runs: chosen.map { run in
        var ranges: [SnapshotNeeds.Range] = []
        var next: UInt64 = once(in: 2) ? 0 : wide(bitCountMax: 30)
        for _ in 0..<number(1...6) {
          let count = 1 + wide(bitCountMax: 28)
          ranges.append(SnapshotNeeds.Range(first: UInt32(next), count: UInt32(count)))
          next += count + 1 + wide(bitCountMax: 10)
        }
        return SnapshotNeeds.Run(run: run, ranges: ranges)
      })
  }

  // MARK: Packs

  mutating func head(_ run: RunID) -> RunHead {
    RunHead(
      run: run, set: set, envelope: generator.bytes(RunHead.envelopeByteCount),
      commitment: digest())
  }

  /// Blocks of up to `headCount` heads, whose indices first appear in ascending order.
  mutating func segments(headCount: Int) -> Segments {
    var segments = Segments()
    var next = [UInt32](repeating: 0, count: headCount)
    var known = 0
    for _ in 0..<headCount * 3 {
      let head = known < headCount && (known == 0 || once(in: 2)) ? known : number(0...known - 1)
      known = max(known, head + 1)
      if once(in: 2) { next[head] += UInt32(number(1...5)) }
      for _ in 0..<number(1...3) { append(head, &next[head], to: &segments) }
    }
    for head in known..<headCount { append(head, &next[head], to: &segments) }
    return segments
  }

  private mutating func append(_ head: Int, _ next: inout UInt32, to segments: inout Segments) {
    let byteCount = UInt32(once(in: 5) ? 46 : number(46...Limits.sealedBlockByteCount))
    segments.append(
      headIndex: head, number: next, byteCount: byteCount, digest: generator.bytes(32).span)
    next += 1
  }

  mutating func packEnd(headCount: Int) -> PackEnd {
    PackEnd(
      heads: runs.prefix(headCount).map { head($0) }, segments: segments(headCount: headCount))
  }

  mutating func index(packCount: Int) -> IndexObject {
    let heads = runs.prefix(2).map { head($0) }
    let packs = (0..<packCount).map { i in
      let segments = segments(headCount: i == 0 ? 2 : 1)
      let end = PackEnd(heads: i == 0 ? heads : [heads[0]], segments: segments)
      return IndexObject.Pack(
        name: PackName(run: heads[0].run, number: UInt32(i * 7)), byteCount: end.packByteCount,
        endByteCount: UInt32(end.encode().count), endDigest: digest(), segments: segments)
    }
    return IndexObject(
      repository: repository, set: set, run: heads[0].run, heads: heads, packs: packs)
  }

  // MARK: Others

  mutating func chunkList() -> ChunkList {
    var blocks: [ChunkList.Block] = []
    for run in runs.filter({ _ in once(in: 2) }).sorted() {
      var block = UInt32(wide(bitCountMax: 30))
      for _ in 0..<number(1...4) {
        let chunkCount = once(in: 3) ? 1 : number(2...5)
        blocks.append(
          ChunkList.Block(
            address: BlockAddress(run: run, number: block),
            kind: chunkCount == 1 ? .cataloguePage : .dataBlock,
            ids: generator.bytes(32 * chunkCount),
            byteCounts: (0..<chunkCount).map { _ in UInt32(number(1...800_000)) }))
        block += UInt32(number(1...3))
      }
    }
    return ChunkList(blocks: blocks)
  }

  mutating func keyFileBody() -> KeyFileBody {
    let id: KeyID = generator.id()
    guard once(in: 2) else {
      return KeyFileBody(keyID: id, protection: .none(seed: generator.bytes(32)))
    }
    let r = number(1...16)
    let log2N = number(10...min(19, 16 * r - 1))
    return KeyFileBody(
      keyID: id,
      protection: .passphrase(
        log2N: UInt8(log2N), r: UInt8(r), p: UInt8(number(1...16)), salt: generator.bytes(16),
        sealedSeed: generator.bytes(72)))
  }
}

extension SeededGenerator {
  /// A random id.
  mutating func id<ID: Identifier>(_: ID.Type = ID.self) -> ID {
    guard let id = ID(bytes(ID.byteCount)) else { preconditionFailure("an id of its length") }
    return id
  }
}
