import BackupFormat

/// Where a sealed block lies.
struct BlockLocation: Sendable, Hashable {
  var pack: PackName
  var offset: UInt64
  var byteCount: Int
  var digest: Digest
}

/// Finds blocks by address, out of the index objects of one data set.
///
/// Memory: about 40 bytes for each block that the repository holds of the set.
struct BlockLocator: Sendable {
  private struct Span {
    var first: UInt32
    var count: UInt32
    var pack: Int
    var position: Int
  }

  private struct Pack {
    var name: PackName
    var offsets: [UInt32]
    var digests: [UInt8]
  }

  private var packs: [Pack] = []
  private var known: Set<PackName> = []
  private var spans: [RunID: [Span]] = [:]
  private(set) var heads: [RunID: RunHead] = [:]

  init() {}

  /// How many packs are known.
  var packCount: Int { packs.count }

  /// Adds what an index object says; packs that `isGone` are passed over.
  mutating func add(_ index: IndexObject, isGone: (PackName) -> Bool) {
    for head in index.heads { heads[head.run] = head }
    for pack in index.packs where !known.contains(pack.name) && !isGone(pack.name) {
      add(pack.name, pack.segments, runs: index.heads.map(\.run))
    }
    for run in spans.keys { spans[run]?.sort { $0.first < $1.first } }
  }

  /// Adds what stands at the end of a pack, in place of an index object that was lost.
  mutating func add(_ name: PackName, end: PackEnd) {
    for head in end.heads { heads[head.run] = head }
    guard !known.contains(name) else { return }
    add(name, end.segments, runs: end.heads.map(\.run))
    for run in spans.keys { spans[run]?.sort { $0.first < $1.first } }
  }

  private mutating func add(_ name: PackName, _ segments: Segments, runs: [RunID]) {
    known.insert(name)
    var offsets: [UInt32] = []
    offsets.reserveCapacity(segments.blockCount + 1)
    var offset = UInt32(PackEnd.packMarkByteCount)
    for byteCount in segments.byteCounts {
      offsets.append(offset)
      offset += byteCount
    }
    offsets.append(offset)
    var position = 0
    for segment in segments.segments {
      spans[runs[segment.headIndex], default: []].append(
        Span(
          first: segment.first, count: segment.count, pack: packs.count, position: position))
      position += Int(segment.count)
    }
    packs.append(Pack(name: name, offsets: offsets, digests: segments.digests))
  }

  /// Visits every place of every block.
  func forEachPlace(_ body: (BlockAddress, BlockLocation) throws -> Void) rethrows {
    for (run, spans) in spans {
      for span in spans {
        for number in 0..<span.count {
          let address = BlockAddress(run: run, number: span.first + number)
          if let location = location(span, number) { try body(address, location) }
        }
      }
    }
  }

  private func location(_ span: Span, _ number: UInt32) -> BlockLocation? {
    let position = span.position + Int(number)
    let pack = packs[span.pack]
    guard let digest = Digest([UInt8](pack.digests[position * 32..<position * 32 + 32])) else {
      return nil
    }
    return BlockLocation(
      pack: pack.name, offset: UInt64(pack.offsets[position]),
      byteCount: Int(pack.offsets[position + 1] - pack.offsets[position]), digest: digest)
  }

  /// Every place where a block lies; more than one after a compaction.
  func locations(of address: BlockAddress) -> [BlockLocation] {
    guard let spans = spans[address.run] else { return [] }
    var low = 0
    var high = spans.count
    while low < high {
      let middle = (low + high) / 2
      if spans[middle].first <= address.number { low = middle + 1 } else { high = middle }
    }
    var found: [BlockLocation] = []
    var i = low - 1
    // Spans of different packs may overlap; few do, and only by compaction.
    while i >= 0, low - i <= 64 {
      let span = spans[i]
      if address.number - span.first < span.count,
        let location = location(span, address.number - span.first)
      {
        found.append(location)
      }
      i -= 1
    }
    return found
  }
}
