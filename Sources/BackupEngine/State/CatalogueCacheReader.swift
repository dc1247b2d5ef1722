import BackupFormat
import BackupSystem

/// Reads last night's catalogue folder by folder, in order.
final class CatalogueCacheReader {
  private static let pieceByteCount = 1 << 18
  private let file: Descriptor
  private var buffer: [UInt8] = []
  private var piece = [UInt8](repeating: 0, count: pieceByteCount)
  private var start = 0
  private var next: CacheFrame?
  /// Where the frame of `next` begins in the file.
  private var nextOffset: UInt64 = 0
  /// Where `buffer` begins in the file.
  private var bufferOffset: UInt64 = 0
  private var frameCount = 0
  private var beginsPage = true
  private var isAtEnd = false
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
      guard let read = readPiece(), read > 0 else { return false }
      buffer.append(contentsOf: piece[0..<read])
    }
    return true
  }

  private func readPiece() -> Int? {
    var taken: [UInt8] = []
    swap(&taken, &piece)
    var span = taken.mutableSpan
    let read = try? file.read(into: &span)  // what can't be read is no cache
    swap(&taken, &piece)
    return read
  }

  private func advance() {
    next = nil
    guard !isAtEnd else { return }
    guard fill(4) else {
      isAtEnd = true
      return
    }
    nextOffset = bufferOffset + UInt64(start)
    let length = word(at: start)
    guard length <= 1 << 30, fill(4 + length) else { return stop() }
    do {
      let (folder, count) = try front(of: start + 4..<start + 4 + length)
      var byteCount = 4 + length + count * CatalogueCache.stampByteCount + 1
      guard fill(byteCount) else { return stop() }
      let endsPage = buffer[start + byteCount - 1] == 1
      let pageStart = byteCount + 4
      if endsPage {
        guard fill(pageStart) else { return stop() }
        byteCount = pageStart + word(at: start + byteCount)
      }
      guard byteCount <= 1 << 30, fill(byteCount + StateCheck.byteCount) else { return stop() }
      let end = start + byteCount
      guard
        StateCheck.word(in: buffer.span, at: end)
          == StateCheck.of(buffer.span.extracting(start..<end))
      else { return stop() }
      let bytes = [UInt8](buffer[start..<end + StateCheck.byteCount])
      var page: CachedPage?
      if endsPage {
        var reader = ByteReader(bytes, in: pageStart..<byteCount)
        page = try CachedPage(from: &reader)
      }
      next = CacheFrame(
        number: frameCount, beginsPage: beginsPage, page: page, bytes: bytes,
        section: 4..<4 + length, folder: folder, entryCount: count)
      start = end + StateCheck.byteCount
      frameCount += 1
      beginsPage = endsPage
    } catch {
      stop()
    }
  }

  private func front(
    of section: Range<Int>
  ) throws(FormatError) -> (folder: [UInt8], entryCount: Int) {
    let cursor = try CatalogueSectionCursor(buffer, in: section)
    return (cursor.folder, cursor.entryCount)
  }

  private func word(at start: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(buffer[start + $1]) << (8 * $1) }
  }

  // A damaged cache is no cache from here on: what it would have saved is read again.
  private func stop() {
    isAtEnd = true
    isDamaged = true
    next = nil
  }

  /// What last night's catalogue says of a folder; folders must be asked for in order.
  ///
  /// - Parameter passOver: Is given each frame before it that nobody asked for.
  func frames(of folder: [UInt8], passOver: (CacheFrame) -> Void = { _ in }) -> [CacheFrame] {
    var frames: [CacheFrame] = []
    while let candidate = next {
      let order = CataloguePath.compareFolders(candidate.folder, folder)
      if order > 0 { break }
      advance()
      if order == 0 { frames.append(candidate) } else { passOver(candidate) }
    }
    return frames
  }

  /// Every entry that was not read yet, in order.
  func forEachEntry(_ body: (CachedEntry) -> Void) {
    while let candidate = next {
      advance()
      for entry in candidate.entries() { body(entry) }
    }
  }

  /// Every frame that was not read yet, in order, with its place in the file.
  func forEachFrame(_ body: (_ offset: UInt64, _ frame: CacheFrame) -> Void) {
    while let candidate = next {
      let offset = nextOffset
      advance()
      body(offset, candidate)
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
    return next?.entries() ?? []
  }
}
