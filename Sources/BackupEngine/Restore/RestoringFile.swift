import BackupFormat
import BackupSystem
import Synchronization

/// Buffers that files are put together in, reused, and bounded in number.
final class TilePool: Sendable {
  private struct State {
    var free: [AlignedBuffer] = []
    var usedCount = 0
  }

  // Guards the buffers that nobody uses.
  private let state = Mutex(State())

  /// A buffer of ``EngineLimits/tileByteCount``; nil when as many are in use as may be.
  func take() -> AlignedBuffer? {
    let (known, isAllowed) = state.withLock { state -> (AlignedBuffer?, Bool) in
      guard state.usedCount < EngineLimits.tileCountMax else { return (nil, false) }
      state.usedCount += 1
      return (state.free.popLast(), true)
    }
    if let known { return known }
    return isAllowed ? AlignedBuffer(byteCount: EngineLimits.tileByteCount) : nil
  }

  func give(_ buffer: AlignedBuffer) {
    state.withLock {
      $0.usedCount -= 1
      $0.free.append(buffer)
    }
  }
}

/// A stretch of a large file that is put together in memory and written in one go.
private final class Tile: Sendable {
  let buffer: AlignedBuffer
  /// How many bytes are still to come.
  let missing: Atomic<Int>
  // Guards what is there: a buffer is used again, and what never comes must not be another file's.
  private let arrived = Mutex<[Range<Int>]>([])

  init(_ buffer: AlignedBuffer, byteCount: Int) {
    self.buffer = buffer
    missing = Atomic(byteCount)
  }

  func put(_ bytes: Span<UInt8>, at offset: Int) {
    buffer.copy(bytes, to: offset)
    arrived.withLock { $0.append(offset..<offset + bytes.count) }
  }

  /// Sets to zero what has not come.
  func clearGaps() {
    var end = 0
    for range in arrived.withLock({ $0 }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > end { buffer.clear(end..<range.lowerBound) }
      end = max(end, range.upperBound)
    }
    buffer.clear(end..<buffer.byteCount)
  }
}

/// A file that is being restored.
///
/// A small one is written piece by piece. A large one is put together in tiles and written past the
/// page cache, which halves the cost of a restore; tiles that hold a hole, or for which there is no
/// buffer left, are written piece by piece too.
final class RestoringFile: Sendable {
  /// Its path in the catalogue, for reports.
  let path: [UInt8]
  /// Its path in the target while it is written.
  let workPath: [UInt8]
  /// Whether it will replace a file that is there.
  let replacesName: [UInt8]?
  let folder: [UInt8]
  let entry: CatalogueEntry
  /// How many pieces are still to be written.
  let remaining: Atomic<Int>
  /// Whether a piece could not be written: then the file is not to be had, which is told once.
  let hasFailed = Atomic(false)
  /// Whether a piece was lost to damage; what is lost reads as zeros.
  ///
  /// Such a file does not get the time that it had: a later restore must not take it for the one
  /// that is stored.
  let lacksPieces = Atomic(false)

  private let byteCount: UInt64
  /// Where nothing is written, in order.
  private let holes: [Range<UInt64>]
  private let pool: TilePool

  private struct State {
    var file: Descriptor?
    /// The same file, opened for transfers past the page cache.
    var direct: Descriptor?
    var refusesDirect = false
    var tiles: [UInt64: Tile] = [:]
    /// Tiles that are written piece by piece.
    var loose: Set<UInt64> = []
  }

  // Guards the descriptors, opened by the first piece, and the tiles.
  private let state = Mutex(State())

  init(
    path: [UInt8], folder: [UInt8], workPath: [UInt8], replacesName: [UInt8]?,
    entry: CatalogueEntry, pieceCount: Int, pool: TilePool
  ) {
    self.path = path
    self.folder = folder
    self.workPath = workPath
    self.replacesName = replacesName
    self.entry = entry
    self.pool = pool
    remaining = Atomic(pieceCount)
    var holes: [Range<UInt64>] = []
    var end: UInt64 = 0
    if case .file(let byteCount, let extents) = entry.content {
      self.byteCount = byteCount
      for extent in extents {
        if extent.isZeros { holes.append(end..<end + extent.byteCount) }
        end += extent.byteCount
      }
    } else {
      byteCount = 0
    }
    self.holes = holes
  }

  /// The open file; it is made by whoever asks first.
  func descriptor(_ target: RestoreTarget) throws(SystemError) -> Descriptor {
    try state.withLock { (state) throws(SystemError) -> Descriptor in
      try Self.open(&state, workPath, target)
    }
  }

  private static func open(
    _ state: inout State, _ path: [UInt8], _ target: RestoreTarget
  ) throws(SystemError) -> Descriptor {
    if let file = state.file { return file }
    let file = try target.createFile(path)
    state.file = file
    return file
  }

  /// Writes bytes at an offset, now or when the tile around them is whole.
  func write(
    _ bytes: Span<UInt8>, at offset: UInt64, _ target: RestoreTarget
  ) throws(SystemError) {
    guard byteCount >= EngineLimits.directFileByteCount else {
      return try descriptor(target).write(bytes, at: offset)
    }
    let tileByteCount = UInt64(EngineLimits.tileByteCount)
    var done = 0
    while done < bytes.count {
      let at = offset + UInt64(done)
      let start = at & ~(tileByteCount - 1)
      let count = min(bytes.count - done, Int(start + tileByteCount - at))
      let part = bytes.extracting(done..<done + count)
      if let (tile, direct) = try tile(at: start, target) {
        tile.put(part, at: Int(at - start))
        let (_, left) = tile.missing.subtract(count, ordering: .acquiringAndReleasing)
        if left == 0 { try write(tile, at: start, direct) }
      } else {
        try descriptor(target).write(part, at: at)
      }
      done += count
    }
  }

  /// The tile that begins at `start`; nil if its bytes are written piece by piece.
  private func tile(
    at start: UInt64, _ target: RestoreTarget
  ) throws(SystemError) -> (Tile, Descriptor)? {
    try state.withLock { (state) throws(SystemError) -> (Tile, Descriptor)? in
      _ = try Self.open(&state, workPath, target)
      if state.refusesDirect || state.loose.contains(start) { return nil }
      if state.direct == nil {
        let direct = try target.openFile(workPath)
        guard direct.setDirect(true) else {
          state.refusesDirect = true
          return nil
        }
        state.direct = direct
      }
      guard let direct = state.direct else { return nil }
      if let tile = state.tiles[start] { return (tile, direct) }
      let end = min(start + UInt64(EngineLimits.tileByteCount), byteCount)
      guard !hasHole(start..<end), let buffer = pool.take() else {
        state.loose.insert(start)
        return nil
      }
      let tile = Tile(buffer, byteCount: Int(end - start))
      state.tiles[start] = tile
      return (tile, direct)
    }
  }

  private func hasHole(_ range: Range<UInt64>) -> Bool {
    var low = 0
    var high = holes.count
    while low < high {
      let middle = (low + high) / 2
      if holes[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < holes.count && holes[low].lowerBound < range.upperBound
  }

  private func write(_ tile: Tile, at start: UInt64, _ direct: Descriptor) throws(SystemError) {
    let count = Int(min(UInt64(EngineLimits.tileByteCount), byteCount - start))
    // The last tile is written up to a multiple of the alignment, and the file cut at its end.
    let whole = (count + AlignedBuffer.alignment - 1) & ~(AlignedBuffer.alignment - 1)
    if whole > count { tile.buffer.clear(count..<whole) }
    do throws(SystemError) {
      try tile.buffer.write(first: whole, to: direct, at: start)
    } catch {
      // Some file systems take the flag and refuse the write.
      guard error.isInvalid, let file = state.withLock({ $0.file }) else { throw error }
      try tile.buffer.write(first: count, to: file, at: start)
    }
    state.withLock { _ = $0.tiles.removeValue(forKey: start) }
    pool.give(tile.buffer)
  }

  /// Writes what is left of tiles that lost pieces to damage.
  ///
  /// What is lost in between reads as zeros.
  func settle() throws(SystemError) {
    let (tiles, direct) = state.withLock { ($0.tiles, $0.direct) }
    guard let direct else { return }
    for (start, tile) in tiles {
      tile.clearGaps()
      try write(tile, at: start, direct)
    }
  }

  func close() {
    let tiles = state.withLock { state in
      state.file = nil
      state.direct = nil
      defer { state.tiles = [:] }
      return state.tiles
    }
    for tile in tiles.values { pool.give(tile.buffer) }
  }
}
