import BackupFormat
import BackupLog

/// Finds the blocks of which every chunk is named by last night's catalogue.
///
/// The chunk lists say which chunks a block holds, the catalogue which of them are still named. Both
/// may be large, so blocks are looked at in windows of at most ``EngineLimits/refreshChunkCount``
/// chunks, the catalogue being read once for each. Besides that, memory is four bytes a block.
struct LiveBlocks {
  /// Blocks in the order of their runs, each with an ordinal.
  private struct Ordinals {
    private var starts: [RunID: [(first: UInt32, end: UInt32, ordinal: Int)]] = [:]
    private(set) var count = 0
    let runs: [RunID]

    init(_ blocks: [RunID: BlockRanges]) {
      runs = blocks.keys.sorted()
      for run in runs {
        for range in blocks[run]?.ranges ?? [] {
          starts[run, default: []].append((range.first, range.end, count))
          count += range.count
        }
      }
    }

    func ordinal(of address: BlockAddress) -> Int? {
      guard let list = starts[address.run] else { return nil }
      var low = 0
      var high = list.count
      while low < high {
        let middle = (low + high) / 2
        if list[middle].end > address.number { high = middle } else { low = middle + 1 }
      }
      guard low < list.count, list[low].first <= address.number else { return nil }
      return list[low].ordinal + Int(address.number - list[low].first)
    }

    /// The blocks that are marked.
    func blocks(marked: [Bool]) -> [RunID: BlockRanges] {
      var found: [RunID: BlockRanges] = [:]
      for run in runs {
        var ranges = BlockRanges()
        for (first, end, ordinal) in starts[run] ?? [] {
          for number in first..<end where marked[ordinal + Int(number - first)] {
            ranges.insert(BlockRange(number))
          }
        }
        if !ranges.isEmpty { found[run] = ranges }
      }
      return found
    }
  }

  /// The chunks of a window, sorted by block and offset.
  private struct Window {
    let ordinals: Range<Int>
    /// Ordinal in the upper half, offset in the lower.
    var places: [UInt64] = []
    var isNamed: [Bool] = []

    static func place(_ ordinal: Int, _ offset: UInt32) -> UInt64 {
      UInt64(ordinal) << 32 | UInt64(offset)
    }

    /// The first chunk at or after a place.
    func index(of place: UInt64) -> Int {
      var low = 0
      var high = places.count
      while low < high {
        let middle = (low + high) / 2
        if places[middle] < place { low = middle + 1 } else { high = middle }
      }
      return low
    }

    mutating func name(_ ordinal: Int, _ extent: Extent) {
      let end = Self.place(ordinal, 0) + UInt64(extent.offset) + extent.byteCount
      var i = index(of: Self.place(ordinal, UInt32(extent.offset)))
      while i < places.count, places[i] < end {
        isNamed[i] = true
        i += 1
      }
    }
  }

  private let pieces: [ChunkIndexPiece]
  private let ordinals: Ordinals
  private let chunkCountMax: Int

  /// - Parameters:
  ///   - blocks: What the newest snapshot needs.
  ///   - pieces: The chunk index; a block of which it knows nothing is not live.
  init(
    _ blocks: [RunID: BlockRanges], pieces: [ChunkIndexPiece],
    chunkCountMax: Int = EngineLimits.refreshChunkCount
  ) {
    self.pieces = pieces
    self.chunkCountMax = chunkCountMax
    ordinals = Ordinals(blocks)
  }

  /// Finds them; without a catalogue only blocks of one chunk are known to be live.
  ///
  /// - Parameter openCatalogue: Opens last night's catalogue at its start.
  func find(openCatalogue: () throws -> CatalogueCacheReader?) throws -> [RunID: BlockRanges] {
    var counts = [UInt32](repeating: 0, count: ordinals.count)
    forEachChunk { ordinal, _ in counts[ordinal] &+= 1 }
    var isLive = [Bool](repeating: false, count: ordinals.count)
    var start = 0
    while start < counts.count {
      var end = start
      var chunkCount = 0
      while end < counts.count, end == start || chunkCount + Int(counts[end]) <= chunkCountMax {
        chunkCount += Int(counts[end])
        end += 1
      }
      var window = makeWindow(start..<end, chunkCount: chunkCount)
      if let catalogue = try openCatalogue() { read(catalogue, &window) }
      judge(window, &isLive)
      start = end
    }
    return ordinals.blocks(marked: isLive)
  }

  private func forEachChunk(_ body: (Int, UInt32) -> Void) {
    for piece in pieces {
      piece.forEach { _, place in
        if let ordinal = ordinals.ordinal(of: place.address) { body(ordinal, place.offset) }
      }
    }
  }

  private func makeWindow(_ range: Range<Int>, chunkCount: Int) -> Window {
    var window = Window(ordinals: range)
    window.places.reserveCapacity(chunkCount)
    forEachChunk { ordinal, offset in
      if range.contains(ordinal) { window.places.append(Window.place(ordinal, offset)) }
    }
    window.places.sort()
    // Two lists may speak of the same block.
    var kept = 0
    for i in window.places.indices where i == 0 || window.places[i] != window.places[i - 1] {
      window.places[kept] = window.places[i]
      kept += 1
    }
    window.places.removeLast(window.places.count - kept)
    window.isNamed = [Bool](repeating: false, count: kept)
    return window
  }

  private func read(_ catalogue: CatalogueCacheReader, _ window: inout Window) {
    catalogue.forEachEntry { cached in
      guard case .file(_, let extents) = cached.entry.content else { return }
      for extent in extents where !extent.isZeros {
        guard let ordinal = ordinals.ordinal(of: extent.address),
          window.ordinals.contains(ordinal)
        else { continue }
        window.name(ordinal, extent)
      }
    }
  }

  /// A block of one chunk is live, since the snapshot needs it; it may be a page, which no extent names.
  private func judge(_ window: Window, _ isLive: inout [Bool]) {
    var i = 0
    while i < window.places.count {
      let ordinal = Int(window.places[i] >> 32)
      var end = i
      var areAllNamed = true
      while end < window.places.count, Int(window.places[end] >> 32) == ordinal {
        areAllNamed = areAllNamed && window.isNamed[end]
        end += 1
      }
      isLive[ordinal] = areAllNamed || end - i == 1
      i = end
    }
  }
}
