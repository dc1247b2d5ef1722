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
/// The file is "NSCACHE2" ‖ repository ‖ set ‖ snapshot digest, then a frame for each folder: u32
/// page length ‖ a catalogue page of one section ‖ for each entry u64 inode, i64 change seconds,
/// u32 nanoseconds, u8 flags: 1 racy, 2 noise ‖ ``StateCheck`` of the frame up to here. It is private to
/// this program and may be deleted at any time.
enum CatalogueCache {
  static let mark: StaticString = "NSCACHE2"
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
    if let open = self.folder, open != folder { try endFolder() }
    self.folder = folder
    builder.append(entry, in: folder)
    stamps.u64(inode)
    stamps.u64(UInt64(bitPattern: changeTime.seconds))
    stamps.u32(changeTime.nanoseconds)
    stamps.u8((isRacy ? 1 : 0) | (isNoise ? 2 : 0))
  }

  private mutating func endFolder() throws(EngineError) {
    guard builder.entryCount > 0 else { return }
    let page = builder.finish { _, _ in nil }
    let start = buffer.bytes.count
    buffer.u32(UInt32(page.count))
    buffer.raw(page)
    buffer.raw(stamps.bytes)
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
    try endFolder()
    try flush()
    let header = CatalogueCache.header(repository, set, snapshot)
    do {
      try file.write(header.span, at: 0)
      try file.synchroniseContent()
    } catch { throw .state(path: path, error) }
  }
}

/// Reads last night's catalogue folder by folder, in order.
final class CatalogueCacheReader {
  private let file: Descriptor
  private var buffer: [UInt8] = []
  private var start = 0
  private var next: (folder: [UInt8], entries: [CachedEntry])?
  /// Where the frame of `next` begins in the file.
  private var nextOffset: UInt64 = 0
  /// Where `buffer` begins in the file.
  private var bufferOffset: UInt64 = 0
  private var isAtEnd = false
  /// The run ids that were read so far share one copy.
  private(set) var isDamaged = false

  /// Opens a cache if it is of this snapshot; nil if it is not, or can't be read.
  init?(_ file: Descriptor, repository: RepositoryID, set: SetID, snapshot: Digest) {
    self.file = file
    guard fill(CatalogueCache.headerByteCount),
      [UInt8](buffer[0..<CatalogueCache.headerByteCount])
        == CatalogueCache.header(repository, set, snapshot)
    else { return nil }
    start = CatalogueCache.headerByteCount
    advance()
  }

  /// Makes at least `count` bytes from `start` available.
  ///
  /// In pieces, so that a damaged length costs no more memory than the file has bytes.
  private func fill(_ count: Int) -> Bool {
    while buffer.count - start < count {
      if start > 0 {
        bufferOffset += UInt64(start)
        buffer.removeFirst(start)
        start = 0
      }
      var piece = [UInt8](repeating: 0, count: 1 << 18)
      var span = piece.mutableSpan
      let read: Int
      do { read = try file.read(into: &span) } catch { return false }
      guard read > 0 else { return false }
      buffer.append(contentsOf: piece[0..<read])
    }
    return true
  }

  private func advance() {
    next = nil
    guard !isAtEnd else { return }
    guard fill(4) else {
      isAtEnd = true
      return
    }
    nextOffset = bufferOffset + UInt64(start)
    let length = (0..<4).reduce(0) { $0 | Int(buffer[start + $1]) << (8 * $1) }
    guard length <= 1 << 30, fill(4 + length) else { return stop() }
    do {
      let page = try CataloguePage(
        decoding: [UInt8](buffer[(start + 4)..<(start + 4 + length)]))
      guard page.sections.count == 1 else { return stop() }
      let section = page.sections[0]
      let stampCount = section.entries.count * CatalogueCache.stampByteCount
      let frameByteCount = 4 + length + stampCount
      guard fill(frameByteCount + StateCheck.byteCount) else { return stop() }
      let end = start + frameByteCount
      guard
        StateCheck.word(in: buffer.span, at: end)
          == StateCheck.of(buffer.span.extracting(start..<end))
      else { return stop() }
      let stampStart = start + 4 + length
      var reader = ByteReader(buffer, in: stampStart..<(stampStart + stampCount))
      var entries: [CachedEntry] = []
      entries.reserveCapacity(section.entries.count)
      for entry in section.entries {
        let inode = try reader.u64()
        let seconds = Int64(bitPattern: try reader.u64())
        let nanoseconds = try reader.u32()
        let flags = try reader.u8()
        entries.append(
          CachedEntry(
            entry: entry, inode: inode,
            changeTime: FileTime(seconds: seconds, nanoseconds: nanoseconds),
            isRacy: flags & 1 != 0, isNoise: flags & 2 != 0))
      }
      start = end + StateCheck.byteCount
      next = (section.folder, entries)
    } catch {
      stop()
    }
  }

  // A damaged cache is no cache from here on: what it would have saved is read again.
  private func stop() {
    isAtEnd = true
    isDamaged = true
    next = nil
  }

  /// The entries of a folder last night, sorted by name; folders must be asked for in order.
  ///
  /// - Parameter passOver: Is given the entries of each folder before it that nobody asked for.
  func entries(
    of folder: [UInt8], passOver: ([CachedEntry]) -> Void = { _ in }
  ) -> [CachedEntry] {
    while let candidate = next {
      let order = CataloguePath.compareFolders(candidate.folder, folder)
      if order > 0 { return [] }
      advance()
      if order == 0 { return candidate.entries }
      passOver(candidate.entries)
    }
    return []
  }

  /// Every entry that was not read yet, in order.
  func forEachEntry(_ body: (CachedEntry) -> Void) {
    while let candidate = next {
      advance()
      for entry in candidate.entries { body(entry) }
    }
  }

  /// Every folder that was not read yet, in order, with the place of its frame in the file.
  func forEachFrame(_ body: (_ offset: UInt64, _ entries: [CachedEntry]) -> Void) {
    while let candidate = next {
      let offset = nextOffset
      advance()
      body(offset, candidate.entries)
    }
  }

  /// The entries of the frame at a place that ``forEachFrame(_:)`` gave; the next read is behind it.
  func entries(at offset: UInt64) -> [CachedEntry] {
    do { try file.seek(to: offset) } catch { return [] }
    buffer = []
    start = 0
    bufferOffset = offset
    isAtEnd = false
    advance()
    return next?.entries ?? []
  }
}
