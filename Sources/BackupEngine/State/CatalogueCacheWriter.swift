import BackupFormat
import BackupSystem

/// Writes tonight's catalogue for tomorrow.
struct CatalogueCacheWriter: ~Copyable {
  private let file: Descriptor
  /// Where the file is, for whoever reads of an error.
  private let path: [UInt8]
  private var builder = CataloguePageBuilder()
  private var stamps = ByteWriter(capacity: 1 << 12)
  private var buffer = ByteWriter(capacity: 1 << 20)
  private var folder: [UInt8]?

  /// Begins a file whose header is filled in when the snapshot's digest is known.
  init(_ file: Descriptor, path: [UInt8]) {
    self.file = file
    self.path = path
    buffer.raw([UInt8](repeating: 0, count: CatalogueCache.headerByteCount))
  }

  mutating func append(
    _ entry: CatalogueEntry, in folder: [UInt8], inode: UInt64, changeTime: FileTime,
    isRacy: Bool, isNoise: Bool
  ) throws(EngineError) {
    if let open = self.folder, open != folder { try endFrame() }
    self.folder = folder
    builder.append(entry, in: folder)
    stamps.u64(inode)
    stamps.u64(UInt64(bitPattern: changeTime.seconds))
    stamps.u32(changeTime.nanoseconds)
    stamps.u8((isRacy ? 1 : 0) | (isNoise ? 2 : 0))
  }

  /// Takes over frames of last night, from the first to the last of a page.
  mutating func append(pageOf frames: [CacheFrame]) throws(EngineError) {
    for frame in frames {
      buffer.raw(frame.bytes)
      if buffer.bytes.count >= 1 << 20 { try flush() }
    }
  }

  /// Says that a page of the stored catalogue ends behind the last entry.
  mutating func endPage(_ page: CachedPage) throws(EngineError) {
    try endFrame(page)
    folder = nil
  }

  private mutating func endFrame(_ storedPage: CachedPage? = nil) throws(EngineError) {
    guard builder.entryCount > 0 else { return }
    let page = builder.finish { _, _ in nil }
    let start = buffer.bytes.count
    buffer.u32(UInt32(page.count))
    buffer.raw(page)
    buffer.raw(stamps.bytes)
    buffer.u8(storedPage == nil ? 0 : 1)
    storedPage?.encode(to: &buffer)
    buffer.u64(StateCheck.of(buffer.bytes.span.extracting(start..<buffer.bytes.count)))
    stamps.bytes.removeAll(keepingCapacity: true)
    if buffer.bytes.count >= 1 << 20 { try flush() }
  }

  private mutating func flush() throws(EngineError) {
    do { try file.write(buffer.bytes.span) } catch { throw .state(path: path, error) }
    buffer.bytes.removeAll(keepingCapacity: true)
  }

  /// Ends the file and says of which snapshot it is; the caller then renames it.
  mutating func finish(
    repository: RepositoryID, set: SetID, snapshot: Digest
  ) throws(EngineError) {
    try endFrame()
    try flush()
    let header = CatalogueCache.header(repository, set, snapshot)
    do {
      try file.write(header.span, at: 0)
      try file.synchroniseContent()
    } catch { throw .state(path: path, error) }
  }
}
