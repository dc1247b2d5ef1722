@testable import BackupFormat
import BackupTestSupport
import Testing

@Suite("Catalogue pages")
struct PageTests {
  static let refusals: [String: FormatError] = [
    "a run that is not used": .inconsistent(.run),
    "runs are not in the order of first use": .wrongOrder(.run),
    "a run stands twice": .inconsistent(.run),
    "a run index is out of range": .limitExceeded(.run),
    "owners are not sorted": .wrongOrder(.owner),
    "an owner stands twice": .wrongOrder(.owner), "owner kind 2": .outOfRange(.owner),
    "entries are not sorted": .wrongOrder(.entry), "an entry stands twice": .wrongOrder(.entry),
    "a section of no entries": .outOfRange(.entry), "no section": .outOfRange(.section),
    "sections are not depth first": .wrongOrder(.section),
    "a section after its subfolder's sibling (names compare by component: a/x before a!)":
      .wrongOrder(.section),
    "two sections of one folder in a page": .wrongOrder(.section),
    "a name with a slash": .badPath, "a name ..": .badPath, "a name .": .badPath,
    "an empty name": .badPath, "a name with NUL": .badPath,
    "a name of 256 bytes": .limitExceeded(.name), "a folder with a leading slash": .badPath,
    "a folder with ..": .badPath, "a folder with a trailing slash": .badPath,
    "a path of more than 4,096 bytes": .badPath, "type 7": .outOfRange(.type),
    "flag 8": .outOfRange(.flags), "mode 010000": .limitExceeded(.mode),
    "nanoseconds 10^9": .limitExceeded(.time), "a link without target": .badPath,
    "a target of 4,097 bytes": .limitExceeded(.path),
    "a hard link to a later entry": .wrongOrder(.entry), "a hard link out of the root": .badPath,
    "two extents could be one": .wrongOrder(.extent),
    "two holes could be one": .wrongOrder(.extent),
    "an extent of length 0": .outOfRange(.extent), "a hole of length 0": .outOfRange(.extent),
    "extents are shorter than the size": .inconsistent(.extent),
    "extents are longer than the size": .inconsistent(.extent),
    "an extent leaves the largest block": .outOfRange(.extent),
    "a block number of 2^32 - 1": .limitExceeded(.number),
    "unreadable, with extents": .inconsistent(.extent),
    "flag 4 without attributes": .outOfRange(.attribute),
    "attributes are not sorted": .wrongOrder(.attribute),
    "an attribute of 65,537 bytes": .limitExceeded(.attribute),
    "an attribute without name": .outOfRange(.attribute),
    "an overlong varint": .nonCanonicalNumber(at: 8),
    "an entry count larger than the page": .limitExceeded(.entry),
  ]

  @Test("Pages follow their vectors", arguments: FormatVector.load("page"))
  func vector(_ vector: FormatVector) throws {
    let bytes = vector.bytes("hex")
    guard vector.isAccepted else {
      if let expected = Self.refusals[vector.why] {
        #expect(throws: expected) { try CataloguePage(decoding: bytes) }
      } else {
        #expect(throws: FormatError.self) { try CataloguePage(decoding: bytes) }
      }
      return
    }
    let page = try CataloguePage(decoding: bytes)
    #expect(page.plainEncoding() == bytes)
    let owners = page.owners.map { [$0.isGroup ? "1" : "0", "\($0.id)", $0.name.hex] }
    #expect(owners == vector.textLists("owners"))
    let runs = vector.texts("runs").compactMap { RunID(hex: $0) }
    let sections = vector.objects("sections")
    #expect(page.sections.map(\.folder) == sections.map { $0.bytes("folder") })
    for (section, expected) in zip(page.sections, sections) {
      let entries = expected.objects("entries")
      #expect(section.entries.count == entries.count)
      for (entry, expected) in zip(section.entries, entries) {
        expect(entry, is: expected, runs)
      }
    }
    var builder = CataloguePageBuilder()
    for section in page.sections {
      for entry in section.entries { builder.append(entry, in: section.folder) }
    }
    let built = builder.finish { isGroup, id in
      page.owners.first { $0.isGroup == isGroup && $0.id == id }?.name
    }
    #expect(built == bytes)
  }

  private func expect(_ entry: CatalogueEntry, is vector: FormatVector, _ runs: [RunID]) {
    let flags = vector.number("flags")
    #expect(entry.name == vector.bytes("name"))
    #expect(Int(entry.mode) == vector.number("mode"))
    #expect(Int(entry.userID) == vector.number("uid"))
    #expect(Int(entry.groupID) == vector.number("gid"))
    #expect(Int(entry.modificationSeconds) == vector.number("seconds"))
    #expect(Int(entry.modificationNanoseconds) == vector.number("nanoseconds"))
    #expect(entry.changedDuringRead == (flags & 1 != 0))
    #expect(entry.isUnreadable == (flags & 2 != 0))
    #expect(entry.attributes.isEmpty == (flags & 4 == 0))
    #expect(entry.attributes.map { [$0.name.hex, $0.value.hex] } == vector.textLists("attributes"))
    let target = vector.bytes("target")
    let device = vector.numbers("device").map { UInt32($0) }
    let content: CatalogueEntry.Content =
      switch vector.number("type") {
      case 0:
        .file(
          byteCount: UInt64(vector.number("size")),
          extents: vector.numberLists("extents").map { extent in
            extent[0] == 0
              ? Extent(zeros: UInt64(extent[3]))
              : Extent(
                BlockAddress(run: runs[extent[0] - 1], number: UInt32(extent[1])),
                offset: UInt32(extent[2]), byteCount: UInt32(extent[3]))
          })
      case 1: .folder
      case 2: .symbolicLink(target: target)
      case 3: .fifo
      case 4: .characterDevice(major: device[0], minor: device[1])
      case 5: .blockDevice(major: device[0], minor: device[1])
      default: .hardLink(first: target)
      }
    #expect(entry.content == content)
  }

  @Test("Random entries come back", arguments: 60..<80 as Range<UInt64>)
  func roundTrips(_ seed: UInt64) throws {
    var samples = Samples(seed: seed)
    for _ in 0..<15 {
      let sections = samples.sections()
      var builder = CataloguePageBuilder()
      for (folder, entries) in sections {
        for entry in entries { builder.append(entry, in: folder) }
      }
      #expect(builder.entryCount == sections.reduce(0) { $0 + $1.entries.count })
      #expect(builder.first.folder == sections[0].folder)
      #expect(builder.first.name == sections[0].entries[0].name)
      let bytes = builder.finish { isGroup, id in id % 2 == 0 ? nil : [isGroup ? 1 : 2] }
      let page = try CataloguePage(decoding: bytes)
      #expect(page.sections.map(\.folder) == sections.map(\.folder))
      #expect(page.sections.map(\.entries) == sections.map(\.entries))
      #expect(page.plainEncoding() == bytes)
      let entries = sections.flatMap(\.entries)
      let users = Set(entries.map(\.userID).filter { $0 % 2 == 1 }).sorted()
      let groups = Set(entries.map(\.groupID).filter { $0 % 2 == 1 }).sorted()
      #expect(
        page.owners == users.map { OwnerName(isGroup: false, id: $0, name: [2]) }
          + groups.map { OwnerName(isGroup: true, id: $0, name: [1]) })
      #expect(builder.entryCount == 0 && builder.byteCount == 0)
    }
  }

  private static func bytes(
    in folder: String = "", owners: [OwnerName] = [], _ entries: CatalogueEntry...
  ) -> [UInt8] {
    var page = CataloguePage.empty
    page.owners = owners
    page.sections = [.init(folder: [UInt8](folder.utf8), entries: entries)]
    return page.plainEncoding()
  }

  private static func entry(_ name: String, _ content: CatalogueEntry.Content) -> CatalogueEntry {
    CatalogueEntry(
      name: [UInt8](name.utf8), mode: 0, userID: 5, groupID: 6, modificationSeconds: 0,
      modificationNanoseconds: 0, content: content)
  }

  @Test("NUL in a target or in an attribute's name is refused")
  func nul() {
    let link = Self.entry("a", .symbolicLink(target: [0x61, 0, 0x62]))
    #expect(throws: FormatError.badPath) { try CataloguePage(decoding: Self.bytes(link)) }
    var file = Self.entry("a", .fifo)
    file.attributes = [ExtendedAttribute(name: [0x61, 0], value: [])]
    #expect(throws: FormatError.outOfRange(.attribute)) {
      try CataloguePage(decoding: Self.bytes(file))
    }
    file.attributes = [ExtendedAttribute(name: [0x61], value: [0])]
    #expect(throws: Never.self) { try CataloguePage(decoding: Self.bytes(file)) }
  }

  @Test("An owner has a name, and an entry that it owns")
  func owners() {
    let fifo = Self.entry("a", .fifo)
    func decode(_ owners: OwnerName...) throws(FormatError) -> CataloguePage {
      try CataloguePage(decoding: Self.bytes(owners: owners, fifo))
    }
    let name = [UInt8](repeating: 0x61, count: 255)
    let user = OwnerName(isGroup: false, id: 5, name: name)
    let group = OwnerName(isGroup: true, id: 6, name: [0x61])
    #expect(throws: Never.self) { try decode(user, group) }
    #expect(throws: FormatError.wrongOrder(.owner)) { try decode(group, user) }
    #expect(throws: FormatError.outOfRange(.owner)) {
      try decode(OwnerName(isGroup: false, id: 5, name: []))
    }
    #expect(throws: FormatError.limitExceeded(.owner)) {
      try decode(OwnerName(isGroup: false, id: 5, name: name + [0x61]))
    }
    #expect(throws: FormatError.inconsistent(.owner)) {
      try decode(OwnerName(isGroup: false, id: 6, name: [0x61]))
    }
    #expect(throws: FormatError.inconsistent(.owner)) {
      try decode(OwnerName(isGroup: true, id: 5, name: [0x61]))
    }
  }

  @Test(
    "A hard link names an earlier entry",
    arguments: [
      ("b", "a", true), ("b", "b", false), ("b", "c", false), ("b", "d/x", true),
      ("b", "e/a", true), ("b", "e/b", false), ("b", "e/b/c", false), ("b", "e!/x", false),
      ("b", "f/a", false),
    ])
  func hardLinks(_ name: String, _ first: String, _ isEarlier: Bool) {
    // In the folder `e`; a path without a slash lies in the root, before it.
    let isRoot = !first.contains("/")
    let link = Self.entry(name, .hardLink(first: [UInt8](first.utf8)))
    let bytes = Self.bytes(in: isRoot ? "" : "e", link)
    if isEarlier {
      #expect(throws: Never.self) { try CataloguePage(decoding: bytes) }
    } else {
      #expect(throws: FormatError.wrongOrder(.entry)) { try CataloguePage(decoding: bytes) }
    }
  }

  @Test("An extent ends with the largest block at the latest, and its number below 2^32 - 1")
  func extents() {
    func decode(_ extent: Extent) throws(FormatError) -> CataloguePage {
      let file = Self.entry("a", .file(byteCount: extent.byteCount, extents: [extent]))
      return try CataloguePage(decoding: Self.bytes(file))
    }
    let run = Samples(seed: 81).runs[0]
    let last = BlockAddress(run: run, number: UInt32.max - 1)
    #expect(throws: Never.self) { try decode(Extent(last, offset: 4_194_303, byteCount: 1)) }
    #expect(throws: Never.self) { try decode(Extent(last, offset: 0, byteCount: 4_194_304)) }
    #expect(throws: FormatError.outOfRange(.extent)) {
      try decode(Extent(last, offset: 1, byteCount: 4_194_304))
    }
    let beyond = BlockAddress(run: run, number: UInt32.max)
    #expect(throws: FormatError.limitExceeded(.number)) {
      try decode(Extent(beyond, offset: 0, byteCount: 1))
    }
  }

  @Test("Times that no page can hold become the nearest that it can")
  func times() throws {
    for (seconds, kept): (Int64, Int64) in [
      (.max, (1 << 62) - 1), (.min, -(1 << 62)), (1 << 62, (1 << 62) - 1), (-5, -5),
    ] {
      var builder = CataloguePageBuilder()
      var entry = Self.entry("a", .fifo)
      entry.modificationSeconds = seconds
      builder.append(entry, in: [])
      let page = try CataloguePage(decoding: builder.finish { _, _ in nil })
      #expect(page.sections[0].entries[0].modificationSeconds == kept)
    }
  }

  @Test("Merging joins what continues, and nothing else")
  func merging() {
    let runs = Samples(seed: 82).runs
    let block = BlockAddress(run: runs[0], number: 1)
    var extents: [Extent] = []
    extents.appendMerging(Extent(block, offset: 0, byteCount: 5))
    extents.appendMerging(Extent(block, offset: 5, byteCount: 7))
    extents.appendMerging(Extent(block, offset: 13, byteCount: 1))
    extents.appendMerging(
      Extent(BlockAddress(run: runs[0], number: 2), offset: 14, byteCount: 1))
    extents.appendMerging(
      Extent(BlockAddress(run: runs[1], number: 2), offset: 15, byteCount: 1))
    extents.appendMerging(Extent(zeros: 3))
    extents.appendMerging(Extent(zeros: 4))
    #expect(extents.map(\.byteCount) == [12, 1, 1, 1, 7])
  }
}

extension CataloguePage {
  /// A page without sections, to be filled; as such it would be refused.
  fileprivate static var empty: CataloguePage {
    // A section of the root with a FIFO "a".
    guard var page = try? CataloguePage(decoding: [0, 0, 0, 1, 1, 0x61, 3, 0, 0, 0, 0, 0, 0])
    else { preconditionFailure("a page of one FIFO is a page") }
    page.sections = []
    return page
  }
}
