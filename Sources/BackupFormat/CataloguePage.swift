/// The name of a user or a group, as it was on the machine that was backed up.
public struct OwnerName: Hashable, Sendable {
  /// Whether it is a group.
  public var isGroup: Bool
  /// The number.
  public var id: UInt32
  /// The name.
  public var name: [UInt8]
  /// Makes a name.
  public init(isGroup: Bool, id: UInt32, name: [UInt8]) {
    self.isGroup = isGroup
    self.id = id
    self.name = name
  }
}

/// Part of a catalogue: entries of one or more folders (`Docs/format.md`, section 8).
public struct CataloguePage: Hashable, Sendable {
  /// Entries of one folder.
  public struct Section: Hashable, Sendable {
    /// The path of the folder.
    public var folder: [UInt8]
    /// Entries, sorted by name.
    public var entries: [CatalogueEntry]
  }

  /// Names of owners in this page.
  public var owners: [OwnerName]
  /// The folders.
  public var sections: [Section]

  /// Reads a whole page.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    let runCount = try reader.varint(limit: reader.remainingByteCount / 16, .run)
    var runs: [RunID] = []
    var known: Set<RunID> = []
    for _ in 0..<runCount {
      let run: RunID = try reader.id()
      guard known.insert(run).inserted else { throw .inconsistent(.run) }
      runs.append(run)
    }
    owners = try Self.owners(from: &reader)
    var decoder = EntryDecoder(runs: runs)
    sections = []
    while !reader.isAtEnd {
      let folder = try reader.byteString(limit: Limits.pathByteCount, .path)
      guard CataloguePath.isValid(folder) else { throw .badPath }
      if let last = sections.last, CataloguePath.compareFolders(last.folder, folder) >= 0 {
        throw .wrongOrder(.section)
      }
      let count = try reader.varint(limit: reader.remainingByteCount / 8, .entry)
      guard count >= 1 else { throw .outOfRange(.entry) }
      var entries: [CatalogueEntry] = []
      entries.reserveCapacity(count)
      for _ in 0..<count {
        let entry = try decoder.entry(from: &reader, in: folder)
        if let last = entries.last, CataloguePath.compareNames(last.name, entry.name) >= 0 {
          throw .wrongOrder(.entry)
        }
        entries.append(entry)
      }
      sections.append(Section(folder: folder, entries: entries))
    }
    guard !sections.isEmpty else { throw .outOfRange(.section) }
    guard decoder.usedRunCount == runs.count else { throw .inconsistent(.run) }
    for owner in owners {
      guard (owner.isGroup ? decoder.groups : decoder.users).contains(owner.id) else {
        throw .inconsistent(.owner)
      }
    }
  }

  private static func owners(from reader: inout ByteReader) throws(FormatError) -> [OwnerName] {
    let count = try reader.varint(limit: reader.remainingByteCount / 4, .owner)
    var owners: [OwnerName] = []
    for _ in 0..<count {
      let kind = try reader.u8()
      guard kind <= 1 else { throw .outOfRange(.owner) }
      let id = try reader.varint(limit: Int(UInt32.max), .owner)
      let name = try reader.byteString(limit: Limits.nameByteCount, .owner)
      guard !name.isEmpty else { throw .outOfRange(.owner) }
      let owner = OwnerName(isGroup: kind == 1, id: UInt32(id), name: name)
      if let last = owners.last {
        let follows =
          last.isGroup == owner.isGroup ? last.id < owner.id : !last.isGroup && owner.isGroup
        guard follows else { throw .wrongOrder(.owner) }
      }
      owners.append(owner)
    }
    return owners
  }
}

/// Reads entries, checks that runs come in the order of their first use, and notes the owners.
private struct EntryDecoder {
  let runs: [RunID]
  var usedRunCount = 0
  var users: Set<UInt32> = []
  var groups: Set<UInt32> = []
  private var lastUser: UInt32?
  private var lastGroup: UInt32?

  init(runs: [RunID]) { self.runs = runs }

  // Neighbours mostly have one owner: a set is asked only when it changes.
  private mutating func note(user: UInt32, group: UInt32) {
    if lastUser != user {
      users.insert(user)
      lastUser = user
    }
    if lastGroup != group {
      groups.insert(group)
      lastGroup = group
    }
  }

  mutating func entry(
    from reader: inout ByteReader, in folder: [UInt8]
  ) throws(FormatError) -> CatalogueEntry {
    let name = try reader.byteString(limit: Limits.nameByteCount, .name)
    guard CataloguePath.isValid(name, in: folder) else { throw .badPath }
    let type = try reader.u8()
    let flags = try reader.u8()
    guard flags & ~7 == 0 else { throw .outOfRange(.flags) }
    let mode = try reader.varint(limit: 0o7777, .mode)
    let user = try reader.varint(limit: Int(UInt32.max), .owner)
    let group = try reader.varint(limit: Int(UInt32.max), .owner)
    note(user: UInt32(user), group: UInt32(group))
    let seconds = try reader.svarint()
    let nanoseconds = try reader.varint(limit: 999_999_999, .time)
    let isUnreadable = flags & 2 != 0
    // Only files and folders are read.
    guard !isUnreadable || type <= 1 else { throw .outOfRange(.flags) }
    let content: CatalogueEntry.Content
    switch type {
    case 0:
      let byteCount = try reader.varint()
      content = .file(
        byteCount: byteCount,
        extents: try extents(from: &reader, byteCount: byteCount, isUnreadable: isUnreadable))
    case 1: content = .folder
    case 2:
      let target = try reader.byteString(limit: Limits.pathByteCount, .path)
      guard !target.isEmpty, !target.contains(0) else { throw .badPath }
      content = .symbolicLink(target: target)
    case 3: content = .fifo
    case 4, 5:
      let major = UInt32(try reader.varint(limit: Int(UInt32.max), .number))
      let minor = UInt32(try reader.varint(limit: Int(UInt32.max), .number))
      content =
        type == 4
        ? .characterDevice(major: major, minor: minor) : .blockDevice(major: major, minor: minor)
    case 6:
      let first = try reader.byteString(limit: Limits.pathByteCount, .path)
      guard CataloguePath.isValid(first), let place = CataloguePath.split(first) else {
        throw .badPath
      }
      guard CataloguePath.precedes(place, (folder, name)) else { throw .wrongOrder(.entry) }
      content = .hardLink(first: first)
    default: throw .outOfRange(.type)
    }
    return CatalogueEntry(
      name: name, mode: UInt16(mode), userID: UInt32(user), groupID: UInt32(group),
      modificationSeconds: seconds, modificationNanoseconds: UInt32(nanoseconds),
      content: content, attributes: flags & 4 != 0 ? try attributes(from: &reader) : [],
      changedDuringRead: flags & 1 != 0, isUnreadable: isUnreadable)
  }

  private mutating func extents(
    from reader: inout ByteReader, byteCount: UInt64, isUnreadable: Bool
  ) throws(FormatError) -> [Extent] {
    let count = try reader.varint(limit: reader.remainingByteCount / 2, .extent)
    var extents: [Extent] = []
    extents.reserveCapacity(count)
    var total: UInt64 = 0
    for _ in 0..<count {
      let tag = try reader.varint(limit: runs.count, .run)
      let extent: Extent
      if tag == 0 {
        let zeros = try reader.varint()
        guard zeros >= 1 else { throw .outOfRange(.extent) }
        extent = Extent(zeros: zeros)
      } else {
        guard tag <= usedRunCount + 1 else { throw .wrongOrder(.run) }
        usedRunCount = max(usedRunCount, tag)
        let number = try reader.varint(limit: Int(Limits.blockNumberMax), .number)
        let offset = try reader.varint(limit: Limits.rawBlockByteCount, .extent)
        let length = try reader.varint(limit: Limits.rawBlockByteCount, .extent)
        guard length >= 1, offset + length <= Limits.rawBlockByteCount else {
          throw .outOfRange(.extent)
        }
        extent = Extent(
          BlockAddress(run: runs[tag - 1], number: UInt32(number)), offset: UInt32(offset),
          byteCount: UInt32(length))
      }
      if let last = extents.last, last.isContinued(by: extent) { throw .wrongOrder(.extent) }
      let sum = total.addingReportingOverflow(extent.byteCount)
      guard !sum.overflow, sum.partialValue <= byteCount else { throw .inconsistent(.extent) }
      total = sum.partialValue
      extents.append(extent)
    }
    guard isUnreadable ? extents.isEmpty : total == byteCount else { throw .inconsistent(.extent) }
    return extents
  }

  private func attributes(
    from reader: inout ByteReader
  ) throws(FormatError) -> [ExtendedAttribute] {
    let count = try reader.varint(limit: reader.remainingByteCount / 2, .attribute)
    guard count >= 1 else { throw .outOfRange(.attribute) }
    var attributes: [ExtendedAttribute] = []
    for _ in 0..<count {
      let name = try reader.byteString(limit: Limits.nameByteCount, .attribute)
      let value = try reader.byteString(limit: Limits.attributeValueByteCount, .attribute)
      guard !name.isEmpty, !name.contains(0) else { throw .outOfRange(.attribute) }
      if let last = attributes.last, CataloguePath.compareNames(last.name, name) >= 0 {
        throw .wrongOrder(.attribute)
      }
      attributes.append(ExtendedAttribute(name: name, value: value))
    }
    return attributes
  }
}
