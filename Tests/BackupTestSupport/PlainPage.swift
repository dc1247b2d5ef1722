public import BackupFormat

extension CataloguePage {
  /// Writes a page as `Docs/format.md`, section 8, says, owners and all, from the value alone.
  ///
  /// It is written a second time here, without the builder that the product uses, so that a
  /// mistake in one of them shows.
  public func plainEncoding() -> [UInt8] {
    var runs: [RunID] = []
    for section in sections {
      for entry in section.entries {
        guard case .file(_, let extents) = entry.content else { continue }
        for extent in extents where !extent.isZeros && !runs.contains(extent.address.run) {
          runs.append(extent.address.run)
        }
      }
    }
    var writer = ByteWriter()
    writer.varint(runs.count)
    for run in runs { writer.raw(run.bytes) }
    writer.varint(owners.count)
    for owner in owners {
      writer.u8(owner.isGroup ? 1 : 0)
      writer.varint(UInt64(owner.id))
      writer.byteString(owner.name)
    }
    for section in sections {
      writer.byteString(section.folder)
      writer.varint(section.entries.count)
      for entry in section.entries { Self.write(entry, runs, to: &writer) }
    }
    return writer.bytes
  }

  private static func write(
    _ entry: CatalogueEntry, _ runs: [RunID], to writer: inout ByteWriter
  ) {
    var flags: UInt8 = entry.changedDuringRead ? 1 : 0
    if entry.isUnreadable { flags += 2 }
    if !entry.attributes.isEmpty { flags += 4 }
    writer.byteString(entry.name)
    let typeOffset = writer.bytes.count
    writer.u8(0)
    writer.u8(flags)
    writer.varint(Int(entry.mode))
    writer.varint(UInt64(entry.userID))
    writer.varint(UInt64(entry.groupID))
    writer.svarint(entry.modificationSeconds)
    writer.varint(UInt64(entry.modificationNanoseconds))
    switch entry.content {
    case .file(let byteCount, let extents):
      writer.varint(byteCount)
      writer.varint(extents.count)
      for extent in extents {
        if let run = extent.isZeros ? nil : runs.firstIndex(of: extent.address.run) {
          writer.varint(run + 1)
          writer.varint(UInt64(extent.address.number))
          writer.varint(UInt64(extent.offset))
        } else {
          writer.varint(0)
        }
        writer.varint(extent.byteCount)
      }
    case .folder: writer.bytes[typeOffset] = 1
    case .symbolicLink(let target):
      writer.bytes[typeOffset] = 2
      writer.byteString(target)
    case .fifo: writer.bytes[typeOffset] = 3
    case .characterDevice(let major, let minor):
      writer.bytes[typeOffset] = 4
      writer.varint(UInt64(major))
      writer.varint(UInt64(minor))
    case .blockDevice(let major, let minor):
      writer.bytes[typeOffset] = 5
      writer.varint(UInt64(major))
      writer.varint(UInt64(minor))
    case .hardLink(let first):
      writer.bytes[typeOffset] = 6
      writer.byteString(first)
    }
    guard !entry.attributes.isEmpty else { return }
    writer.varint(entry.attributes.count)
    for attribute in entry.attributes {
      writer.byteString(attribute.name)
      writer.byteString(attribute.value)
    }
  }
}
