/// A data set as it was one night, as it stands in the store.
///
/// "NSSNAP1\n" ‖ repository ‖ head ‖ need list ‖ u32 sealed length ‖ sealed root
/// (`Docs/format.md`, section 7).
public struct SnapshotObject: Hashable, Sendable {
  /// The repository.
  public var repository: RepositoryID
  /// The head of the run that made it.
  public var head: RunHead
  /// Every block that the catalogue names.
  public var need: SnapshotNeeds
  /// The catalogue root, sealed with the run's content key.
  public var sealedRoot: [UInt8]

  /// Makes an object.
  public init(repository: RepositoryID, head: RunHead, need: SnapshotNeeds, sealedRoot: [UInt8]) {
    self.repository = repository
    self.head = head
    self.need = need
    self.sealedRoot = sealedRoot
  }

  /// Reads a whole object.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Limits.snapshotByteCount else { throw .limitExceeded(.size) }
    var reader = ByteReader(bytes)
    try reader.expect(mark: "NSSNAP1\n")
    repository = try reader.id()
    head = try RunHead(from: &reader)
    need = try SnapshotNeeds(from: &reader)
    let byteCount = Int(try reader.u32())
    guard byteCount > Limits.blockOverheadByteCount,
      byteCount <= Limits.rawRootByteCount + Limits.blockOverheadByteCount
    else { throw .outOfRange(.size) }
    sealedRoot = try reader.raw(byteCount)
    try reader.expectEnd()
  }

  /// The encoded object.
  public func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: 2048 + sealedRoot.count)
    writer.mark("NSSNAP1\n")
    writer.raw(repository.bytes)
    head.encode(to: &writer)
    need.encode(to: &writer)
    writer.u32(UInt32(sealedRoot.count))
    writer.raw(sealedRoot)
    return writer.bytes
  }
}

/// What a snapshot counts, in the order in which a root holds it.
public struct SnapshotCounters: Hashable, Sendable {
  /// Regular files.
  public var fileCount: UInt64 = 0
  /// Folders.
  public var folderCount: UInt64 = 0
  /// Symbolic links.
  public var symbolicLinkCount: UInt64 = 0
  /// FIFOs, devices and further names of hard links.
  public var otherCount: UInt64 = 0
  /// Bytes in regular files, holes included.
  public var byteCount: UInt64 = 0
  /// Entries that could not be read.
  public var unreadableCount: UInt64 = 0
  /// Files that changed while they were read.
  public var changedCount: UInt64 = 0
  /// Entries left out by a rule.
  public var excludedCount: UInt64 = 0
  /// Sockets, which are never stored.
  public var socketCount: UInt64 = 0
  /// Bytes read from the source this night.
  public var readByteCount: UInt64 = 0
  /// Bytes in chunks that were new, before compression.
  public var newByteCount: UInt64 = 0
  /// Canary files found unaltered.
  public var canaryCount: UInt64 = 0
  /// Regular files whose path the night before did not have.
  public var addedFileCount: UInt64 = 0
  /// Regular files that hold something else than the night before.
  public var alteredFileCount: UInt64 = 0
  /// Regular files of the night before whose path is gone.
  public var goneFileCount: UInt64 = 0
  /// Added files, not empty, whose content was stored already: moved or copied.
  public var movedFileCount: UInt64 = 0
  /// Regular files of the night before, as far as the writer remembers it; 0 if it does not.
  public var formerFileCount: UInt64 = 0
  /// Those of them, of 1 KiB or more, that did not look like noise.
  public var formerCompressibleCount: UInt64 = 0
  /// Altered files that have turned to noise, and added ones of noise in the place of gone ones.
  public var noiseFileCount: UInt64 = 0

  /// All zero.
  public init() {}

  /// The first twelve, then the others up to the last that is not zero.
  var values: [UInt64] {
    var values = [
      fileCount, folderCount, symbolicLinkCount, otherCount, byteCount, unreadableCount,
      changedCount, excludedCount, socketCount, readByteCount, newByteCount, canaryCount,
      addedFileCount, alteredFileCount, goneFileCount, movedFileCount, formerFileCount,
      formerCompressibleCount, noiseFileCount,
    ]
    while values.count > 12, values.last == 0 { values.removeLast() }
    return values
  }

  init(values: [UInt64]) {
    func at(_ i: Int) -> UInt64 { i < values.count ? values[i] : 0 }
    fileCount = at(0)
    folderCount = at(1)
    symbolicLinkCount = at(2)
    otherCount = at(3)
    byteCount = at(4)
    unreadableCount = at(5)
    changedCount = at(6)
    excludedCount = at(7)
    socketCount = at(8)
    readByteCount = at(9)
    newByteCount = at(10)
    canaryCount = at(11)
    addedFileCount = at(12)
    alteredFileCount = at(13)
    goneFileCount = at(14)
    movedFileCount = at(15)
    formerFileCount = at(16)
    formerCompressibleCount = at(17)
    noiseFileCount = at(18)
  }
}

/// The root of a catalogue: where its pages are, and what the night was.
public struct CatalogueRoot: Hashable, Sendable {
  /// A page, by its first entry and the block that holds it.
  public struct Page: Hashable, Sendable {
    /// The folder of its first entry.
    public var folder: [UInt8]
    /// The name of its first entry.
    public var name: [UInt8]
    /// The block that holds it.
    public var address: BlockAddress
    /// How many entries it has.
    public var entryCount: UInt64
    /// Makes a page.
    public init(folder: [UInt8], name: [UInt8], address: BlockAddress, entryCount: UInt64) {
      self.folder = folder
      self.name = name
      self.address = address
      self.entryCount = entryCount
    }
  }

  /// The name of the data set.
  public var setName: String
  /// When reading the source began, seconds since 1970 UTC.
  public var readStart: Int64
  /// When it ended.
  public var readEnd: Int64
  /// The source paths as configured, absolute.
  public var sources: [[UInt8]]
  /// The text of policy.json on that night.
  public var policyText: [UInt8]
  /// What was counted.
  public var counters: SnapshotCounters
  /// The pages, in order.
  public var pages: [Page]

  /// Makes a root.
  public init(
    setName: String, readStart: Int64, readEnd: Int64, sources: [[UInt8]], policyText: [UInt8],
    counters: SnapshotCounters, pages: [Page]
  ) {
    self.setName = setName
    self.readStart = readStart
    self.readEnd = readEnd
    self.sources = sources
    self.policyText = policyText
    self.counters = counters
    self.pages = pages
  }

  /// Reads a whole root.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    guard try reader.u8() == 1 else { throw .outOfRange(.version) }
    let nameBytes = try reader.byteString(limit: Limits.setNameByteCount, .name)
    guard let name = String(validating: nameBytes, as: UTF8.self), !nameBytes.isEmpty else {
      throw .outOfRange(.name)
    }
    setName = name
    readStart = try reader.svarint()
    readEnd = try reader.svarint()
    let sourceCount = try reader.varint(limit: Limits.sourceCount, .source)
    sources = []
    for _ in 0..<sourceCount {
      let source = try reader.byteString(limit: Limits.pathByteCount, .source)
      guard !source.isEmpty, !source.contains(0) else { throw .badPath }
      sources.append(source)
    }
    policyText = try reader.byteString(limit: Limits.policyByteCount, .policy)
    let counterCount = try reader.varint(limit: Limits.counterCount, .counter)
    var values: [UInt64] = []
    for _ in 0..<counterCount { values.append(try reader.varint()) }
    counters = SnapshotCounters(values: values)
    let runCount = try reader.varint(limit: reader.remainingByteCount / 16, .run)
    var runs: [RunID] = []
    var known: Set<RunID> = []
    for _ in 0..<runCount {
      let run: RunID = try reader.id()
      guard known.insert(run).inserted else { throw .inconsistent(.run) }
      runs.append(run)
    }
    let pageCount = try reader.varint(limit: reader.remainingByteCount / 5, .page)
    pages = []
    pages.reserveCapacity(pageCount)
    var used = 0
    for _ in 0..<pageCount {
      let folder = try reader.byteString(limit: Limits.pathByteCount, .path)
      let name = try reader.byteString(limit: Limits.nameByteCount, .name)
      guard CataloguePath.isValid(folder), CataloguePath.isValid(name, in: folder) else {
        throw .badPath
      }
      let runIndex = try reader.varint(limit: runs.count, .run)
      guard runIndex < runs.count else { throw .outOfRange(.run) }
      guard runIndex <= used else { throw .wrongOrder(.run) }
      if runIndex == used { used += 1 }
      let number = try reader.varint(limit: Int(Limits.blockNumberMax), .number)
      let entryCount = try reader.varint()
      guard entryCount >= 1 else { throw .outOfRange(.entry) }
      if let last = pages.last,
        !CataloguePath.precedes((last.folder, last.name), (folder, name))
      {
        throw .wrongOrder(.page)
      }
      pages.append(
        Page(
          folder: folder, name: name,
          address: BlockAddress(run: runs[runIndex], number: UInt32(number)),
          entryCount: entryCount))
    }
    guard used == runs.count else { throw .inconsistent(.run) }
    try reader.expectEnd()
  }

  /// The encoded root.
  public func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: policyText.count + pages.count * 96 + 512)
    writer.u8(1)
    writer.byteString([UInt8](setName.utf8))
    writer.svarint(readStart)
    writer.svarint(readEnd)
    writer.varint(sources.count)
    for source in sources { writer.byteString(source) }
    writer.byteString(policyText)
    let values = counters.values
    writer.varint(values.count)
    // A counter that has outgrown a varint says "at least so many".
    for value in values { writer.varint(min(value, UInt64(Int64.max))) }
    var runs: [RunID] = []
    var indices: [RunID: Int] = [:]
    for page in pages where indices[page.address.run] == nil {
      indices[page.address.run] = runs.count
      runs.append(page.address.run)
    }
    writer.varint(runs.count)
    for run in runs { writer.raw(run.bytes) }
    writer.varint(pages.count)
    for page in pages {
      writer.byteString(page.folder)
      writer.byteString(page.name)
      writer.varint(indices[page.address.run] ?? 0)
      writer.varint(UInt64(page.address.number))
      writer.varint(page.entryCount)
    }
    return writer.bytes
  }
}
