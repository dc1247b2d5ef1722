/// Writes a page entry by entry.
public struct CataloguePageBuilder: Sendable {
  private var body = ByteWriter(capacity: 1 << 18)
  private var section = ByteWriter(capacity: 1 << 14)
  private var sectionFolder: [UInt8] = []
  private var sectionEntryCount = 0
  private var runs: [RunID] = []
  private var runIndices: [RunID: Int] = [:]
  private var users: Set<UInt32> = []
  private var groups: Set<UInt32> = []
  private var lastUser: UInt32?
  private var lastGroup: UInt32?
  private var lastRun: (id: RunID, index: Int)?
  /// How many entries the page has so far.
  public private(set) var entryCount = 0
  /// The folder and the name of the first entry.
  public private(set) var first: (folder: [UInt8], name: [UInt8]) = ([], [])

  // A file system may hold any 64 bits for a time; a page holds 63 and takes the nearest.
  private static let secondsMin: Int64 = -(1 << 62)
  private static let secondsMax: Int64 = (1 << 62) - 1

  /// Begins an empty page.
  public init() {}

  /// About how many bytes the page would have now.
  public var byteCount: Int { body.bytes.count + section.bytes.count + runs.count * 16 }

  /// Adds an entry; folders and names come in the order of the catalogue.
  public mutating func append(_ entry: CatalogueEntry, in folder: [UInt8]) {
    if entryCount == 0 { first = (folder, entry.name) }
    if sectionEntryCount > 0, sectionFolder != folder { endSection() }
    if sectionEntryCount == 0 { sectionFolder = folder }
    sectionEntryCount += 1
    entryCount += 1
    encode(entry)
  }

  private mutating func endSection() {
    guard sectionEntryCount > 0 else { return }
    body.byteString(sectionFolder)
    body.varint(sectionEntryCount)
    body.raw(section.bytes)
    section.bytes.removeAll(keepingCapacity: true)
    sectionEntryCount = 0
  }

  private mutating func runIndex(_ run: RunID) -> Int {
    if let lastRun, lastRun.id == run { return lastRun.index }
    let index: Int
    if let known = runIndices[run] {
      index = known
    } else {
      index = runs.count
      runIndices[run] = index
      runs.append(run)
    }
    lastRun = (run, index)
    return index
  }

  private mutating func encode(_ entry: CatalogueEntry) {
    section.byteString(entry.name)
    section.u8(entry.content.type)
    section.u8(
      (entry.changedDuringRead ? 1 : 0) | (entry.isUnreadable ? 2 : 0)
        | (entry.attributes.isEmpty ? 0 : 4))
    section.varint(Int(entry.mode))
    section.varint(UInt64(entry.userID))
    section.varint(UInt64(entry.groupID))
    if lastUser != entry.userID {
      users.insert(entry.userID)
      lastUser = entry.userID
    }
    if lastGroup != entry.groupID {
      groups.insert(entry.groupID)
      lastGroup = entry.groupID
    }
    section.svarint(min(max(entry.modificationSeconds, Self.secondsMin), Self.secondsMax))
    section.varint(UInt64(entry.modificationNanoseconds))
    switch entry.content {
    case .file(let byteCount, let extents):
      section.varint(byteCount)
      section.varint(extents.count)
      for extent in extents {
        if extent.isZeros {
          section.varint(0)
        } else {
          section.varint(runIndex(extent.address.run) + 1)
          section.varint(UInt64(extent.address.number))
          section.varint(UInt64(extent.offset))
        }
        section.varint(extent.byteCount)
      }
    case .folder, .fifo: break
    case .symbolicLink(let target): section.byteString(target)
    case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
      section.varint(UInt64(major))
      section.varint(UInt64(minor))
    case .hardLink(let first): section.byteString(first)
    }
    guard !entry.attributes.isEmpty else { return }
    section.varint(entry.attributes.count)
    for attribute in entry.attributes {
      section.byteString(attribute.name)
      section.byteString(attribute.value)
    }
  }

  /// Ends the page and begins an empty one.
  ///
  /// - Parameter ownerName: The name of a user (false) or a group (true), if it is known.
  public mutating func finish(
    ownerName: (_ isGroup: Bool, _ id: UInt32) -> [UInt8]?
  ) -> [UInt8] {
    endSection()
    var page = ByteWriter(capacity: body.bytes.count + runs.count * 16 + 256)
    page.varint(runs.count)
    for run in runs { page.raw(run.bytes) }
    var owners: [OwnerName] = []
    for (isGroup, ids) in [(false, users), (true, groups)] {
      for id in ids.sorted() {
        guard let name = ownerName(isGroup, id), !name.isEmpty, name.count <= Limits.nameByteCount
        else { continue }
        owners.append(OwnerName(isGroup: isGroup, id: id, name: name))
      }
    }
    page.varint(owners.count)
    for owner in owners {
      page.u8(owner.isGroup ? 1 : 0)
      page.varint(UInt64(owner.id))
      page.byteString(owner.name)
    }
    page.raw(body.bytes)
    body.bytes.removeAll(keepingCapacity: true)
    runs.removeAll(keepingCapacity: true)
    runIndices.removeAll(keepingCapacity: true)
    users.removeAll(keepingCapacity: true)
    groups.removeAll(keepingCapacity: true)
    lastUser = nil
    lastGroup = nil
    lastRun = nil
    entryCount = 0
    return page.bytes
  }
}
