import BackupFormat
import BackupSystem

/// What the nightly scan compares a file with: an entry of last night and its inode's marks.
struct CachedEntry: Sendable {
  var entry: CatalogueEntry
  var inode: UInt64
  var changeTime: FileTime
  /// Whether the file might have changed within the clock's grain after it was read.
  var isRacy: Bool
  /// Whether its content looked like noise.
  var isNoise = false

  /// Whether a file of `status` is the very one that was read last night.
  func isUnchanged(_ status: FileStatus) -> Bool { !isRacy && hasStatus(status) }

  /// Whether nothing that `lstat` says differs from last night.
  func hasStatus(_ status: FileStatus) -> Bool {
    guard !entry.isUnreadable, !entry.changedDuringRead, inode == status.inode,
      changeTime == status.changeTime,
      entry.modificationSeconds == status.modificationTime.seconds,
      entry.modificationNanoseconds == status.modificationTime.nanoseconds
    else { return false }
    if case .file(let byteCount, _) = entry.content { return byteCount == status.byteCount }
    return true
  }
}

/// Last night's catalogue in clear, in the state directory; used only while its snapshot lives.
///
/// The file is "NSCACHE3" ‖ repository ‖ set ‖ snapshot digest, then frames: each a folder, or the part of
/// one that lies on one page of the stored catalogue. A frame is u32 page length ‖ a catalogue page of
/// one section ‖ for each entry u64 inode, i64 change seconds, u32 nanoseconds, u8 flags: 1 racy, 2 noise ‖ u8
/// 1 if a page of the stored catalogue ends here, else 0 ‖ if so ``CachedPage`` ‖ ``StateCheck`` of the
/// frame up to here. It is private to this program and may be deleted at any time.
enum CatalogueCache {
  static let mark: StaticString = "NSCACHE3"
  static let headerByteCount = 8 + 32 + 16 + 32
  static let stampByteCount = 21

  static func header(_ repository: RepositoryID, _ set: SetID, _ snapshot: Digest) -> [UInt8] {
    var writer = ByteWriter(capacity: headerByteCount)
    writer.mark(mark)
    writer.raw(repository.bytes)
    writer.raw(set.bytes)
    writer.raw(snapshot.bytes)
    return writer.bytes
  }
}

/// A page of the stored catalogue, as the cache says at the end of the page's last frame.
///
/// u32 length of what follows ‖ run [16] ‖ u32 number ‖ u32 entries ‖ u32 bytes ‖ for each owner u8 1 for a
/// group, u32 id, u8 length ‖ name; the length is 0 where the id had no name.
struct CachedPage: Hashable, Sendable {
  /// The block that holds the page.
  var address: BlockAddress
  var entryCount: Int
  /// How long it was when it was judged where it ends.
  var byteCount: Int
  /// Everyone who owns something in it.
  var owners: [OwnerName]

  func encode(to writer: inout ByteWriter) {
    var body = ByteWriter(capacity: 64)
    body.raw(address.run.bytes)
    body.u32(address.number)
    body.u32(UInt32(clamping: entryCount))
    body.u32(UInt32(clamping: byteCount))
    for owner in owners {
      body.u8(owner.isGroup ? 1 : 0)
      body.u32(owner.id)
      // A longer name stands in no page either.
      let name = owner.name.count <= Limits.nameByteCount ? owner.name : []
      body.u8(UInt8(name.count))
      body.raw(name)
    }
    writer.u32(UInt32(body.bytes.count))
    writer.raw(body.bytes)
  }

  init(address: BlockAddress, entryCount: Int, byteCount: Int, owners: [OwnerName]) {
    self.address = address
    self.entryCount = entryCount
    self.byteCount = byteCount
    self.owners = owners
  }

  init(from reader: inout ByteReader) throws(FormatError) {
    address = BlockAddress(run: try reader.id(), number: try reader.u32())
    entryCount = Int(try reader.u32())
    byteCount = Int(try reader.u32())
    owners = []
    while !reader.isAtEnd {
      let isGroup = try reader.u8() == 1
      let id = try reader.u32()
      owners.append(
        OwnerName(isGroup: isGroup, id: id, name: try reader.raw(Int(try reader.u8()))))
    }
  }
}

/// A folder of last night's catalogue, or the part of it that lies on one page, as bytes.
struct CacheFrame: Sendable {
  /// Its number in the file: two that follow each other there have numbers that do.
  let number: Int
  /// Whether it is the first of a page.
  let beginsPage: Bool
  /// The page that ends with it, if one does.
  let page: CachedPage?
  /// The frame as it lies in the file.
  let bytes: [UInt8]
  /// Where the page of one section lies in it.
  let section: Range<Int>
  let folder: [UInt8]
  let entryCount: Int

  /// Goes through its entries without making any.
  func cursor() throws(FormatError) -> CatalogueSectionCursor {
    try CatalogueSectionCursor(bytes, in: section)
  }

  /// The stamp of an entry.
  func stamp(_ index: Int) -> CacheStamp {
    CacheStamp(bytes, at: section.upperBound + index * CatalogueCache.stampByteCount)
  }

  /// Its entries; none if the page is none.
  func entries() -> [CachedEntry] {
    guard let page = try? CataloguePage(decoding: [UInt8](bytes[section])),
      page.sections.count == 1, page.sections[0].entries.count == entryCount
    else { return [] }
    return page.sections[0].entries.enumerated().map { index, entry in
      let stamp = stamp(index)
      return CachedEntry(
        entry: entry, inode: stamp.inode, changeTime: stamp.changeTime, isRacy: stamp.isRacy,
        isNoise: stamp.isNoise)
    }
  }
}

/// What the cache says of an entry besides what the catalogue does.
struct CacheStamp {
  let inode: UInt64
  let changeTime: FileTime
  let isRacy: Bool
  let isNoise: Bool

  init(_ bytes: [UInt8], at start: Int) {
    func word(_ start: Int, _ count: Int) -> UInt64 {
      var value: UInt64 = 0
      for i in 0..<count { value |= UInt64(bytes[start + i]) << (8 * UInt64(i)) }
      return value
    }
    inode = word(start, 8)
    changeTime = FileTime(
      seconds: Int64(bitPattern: word(start + 8, 8)),
      nanoseconds: UInt32(truncatingIfNeeded: word(start + 16, 4)))
    isRacy = bytes[start + 20] & 1 != 0
    isNoise = bytes[start + 20] & 2 != 0
  }
}
