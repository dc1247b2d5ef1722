internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// A pack that is not deleted, with what an index object says of it and what of it is needed.
struct NeededPack: Sendable {
  let id: PackID
  let key: StorageKey
  /// The index object that names it, and the runs of that object's heads.
  let index: Digest
  let runs: [RunID]
  let heads: [RunHead]
  let described: IndexObject.Pack
  /// Whether every index object that names it was published since the verifier's last visit.
  var isNew: Bool
  /// The blocks that live snapshots need, by their places in the pack, ascending.
  let needed: [Range<Int>]
  let neededCount: Int
  let neededByteCount: UInt64

  var path: ObjectPath { .pack(id) }

  /// Where the end begins.
  var endOffset: UInt64 { described.byteCount - UInt64(described.endByteCount) }

  /// How many bytes the end has.
  var endByteCount: Int { Int(described.endByteCount) }

  /// How many blocks lie in it.
  var blockCount: Int { described.segments.blockCount }

  /// The address of the block at a place.
  func address(at place: Int) -> BlockAddress {
    var rest = place
    for segment in described.segments.segments {
      if rest < Int(segment.count) {
        return BlockAddress(
          run: runs[segment.headIndex], number: segment.first + UInt32(rest))
      }
      rest -= Int(segment.count)
    }
    preconditionFailure("a place is below the number of blocks")
  }

  /// Where the block at a place lies.
  func place(of place: Int) -> BlockPlace {
    var offset = UInt64(PackEnd.packMarkByteCount)
    for i in 0..<place { offset += UInt64(described.segments.byteCounts[i]) }
    return BlockPlace(
      address: address(at: place), pack: id, offset: offset,
      byteCount: Int(described.segments.byteCounts[place]))
  }

  /// Whether a live snapshot needs the block at a place.
  func isNeeded(_ place: Int) -> Bool {
    var low = 0
    var high = needed.count
    while low < high {
      let middle = (low + high) / 2
      if needed[middle].upperBound <= place { low = middle + 1 } else { high = middle }
    }
    return low < needed.count && needed[low].contains(place)
  }
}

/// All packs that are not deleted, by id, and what index objects disagree about.
///
/// Those that nothing needs are among them: a rotation may still be undone. Memory: 36 bytes for
/// each block.
struct PackMap: Sendable {
  /// By id: the order in which they are read.
  private(set) var packs: [NeededPack] = []
  /// Index objects, each with one that says something else about the same pack or block.
  private(set) var conflicts: [(index: Digest, other: Digest)] = []

  /// Makes the map of what `state` knows.
  ///
  /// - Parameters:
  ///   - indexes: The index objects that could be read.
  ///   - fresh: Those that were published since the verifier's last visit.
  init(_ state: LogState, indexes: [Digest: IndexObject], fresh: Set<Digest>) {
    var required: Set<PackID> = []
    for object in state.requiredObjects() {
      if case .pack(let id) = object.path { required.insert(id) }
    }
    let needed = state.neededBlocks
    var places: [PackID: Int] = [:]
    var descriptions: [Description] = []
    for digest in state.indexes {
      guard let index = indexes[digest] else { continue }
      let runs = index.heads.map(\.run)
      for described in index.packs {
        descriptions.append(
          Description(index: digest, runs: runs, segments: described.segments))
        guard let id = PackID(run: described.name.run, number: described.name.number),
          !state.isDeleted(id)
        else { continue }
        if let place = places[id] {
          packs[place].isNew = packs[place].isNew && fresh.contains(digest)
          if !packs[place].agrees(with: described, of: index) {
            conflicts.append((packs[place].index, digest))
          }
        } else {
          places[id] = packs.count
          packs.append(
            NeededPack(
              id, described, of: index, digest: digest,
              // What is condemned lies elsewhere too, or nothing needs it.
              needed: required.contains(id) ? needed : [:], isNew: fresh.contains(digest)))
        }
      }
    }
    packs.sort { $0.id < $1.id }
    findContradictions(descriptions)
  }

  /// Compares the digests of blocks that more than one index object or pack names.
  ///
  /// A compaction copies blocks byte for byte, and the writer's index object stays for as long as it
  /// lists a needed block, also when its packs are gone: who altered a block in passing has signed
  /// another digest than the writer did.
  private mutating func findContradictions(_ descriptions: [Description]) {
    struct Stretch {
      let first: UInt32
      let end: UInt32
      let description: Int
      let place: Int
    }
    var stretches: [RunID: [Stretch]] = [:]
    for (ordinal, description) in descriptions.enumerated() {
      var place = 0
      for segment in description.segments.segments {
        stretches[description.runs[segment.headIndex], default: []].append(
          Stretch(
            first: segment.first, end: segment.first + segment.count, description: ordinal,
            place: place))
        place += Int(segment.count)
      }
    }
    var pairs = Set(conflicts.map { [$0.index, $0.other].sorted() })
    for list in stretches.values where list.count > 1 {
      let sorted = list.sorted { ($0.first, $0.description) < ($1.first, $1.description) }
      var open: [Stretch] = []
      for stretch in sorted {
        open.removeAll { $0.end <= stretch.first }
        for other in open {
          let end = min(other.end, stretch.end)
          let mine = descriptions[stretch.description]
          let theirs = descriptions[other.description]
          for number in stretch.first..<end {
            let a = stretch.place + Int(number - stretch.first)
            let b = other.place + Int(number - other.first)
            if mine.segments.digest(at: a) == theirs.segments.digest(at: b) { continue }
            let pair = [mine.index, theirs.index].sorted()
            if pairs.insert(pair).inserted { conflicts.append((pair[0], pair[1])) }
            break
          }
        }
        open.append(stretch)
      }
    }
  }

  /// A pack as an index object describes it, whether the pack is still there or not.
  private struct Description {
    let index: Digest
    let runs: [RunID]
    let segments: Segments
  }
}

extension PackMap {
  /// The most bytes that are read at once: never more than a pack has.
  var largestReadByteCount: Int {
    let largest = packs.reduce(0) { max($0, $1.described.byteCount) }
    return Int(min(largest, UInt64(VerifierLimits.readByteCount)))
  }
}

extension NeededPack {
  fileprivate init(
    _ id: PackID, _ described: IndexObject.Pack, of index: IndexObject, digest: Digest,
    needed: [RunID: BlockRanges], isNew: Bool
  ) {
    guard let key = StorageKey(ObjectPath.pack(id).text) else {
      preconditionFailure("a pack's path is a key")
    }
    self.id = id
    self.key = key
    self.index = digest
    self.described = described
    self.isNew = isNew
    heads = index.heads
    runs = index.heads.map(\.run)
    var places: [Range<Int>] = []
    var start = 0
    for segment in described.segments.segments {
      let first = Int(segment.first)
      let end = first + Int(segment.count)
      for range in (needed[runs[segment.headIndex]] ?? BlockRanges()).overlapping(first..<end) {
        let lower = start + max(Int(range.first), first) - first
        let upper = start + min(Int(range.end), end) - first
        if let last = places.last, last.upperBound == lower {
          places[places.count - 1] = last.lowerBound..<upper
        } else {
          places.append(lower..<upper)
        }
      }
      start += Int(segment.count)
    }
    self.needed = places
    neededCount = places.reduce(0) { $0 + $1.count }
    neededByteCount = places.joined().reduce(0) {
      $0 + UInt64(described.segments.byteCounts[$1])
    }
  }

  /// Whether another index object says the same of this pack.
  fileprivate func agrees(with other: IndexObject.Pack, of index: IndexObject) -> Bool {
    described.byteCount == other.byteCount && described.endByteCount == other.endByteCount
      && described.endDigest == other.endDigest
      && described.segments.byteCounts == other.segments.byteCounts
      && described.segments.digests == other.segments.digests
  }
}

extension BlockRanges {
  /// The ranges that share a number with `numbers`, found by bisection.
  fileprivate func overlapping(_ numbers: Range<Int>) -> ArraySlice<BlockRange> {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if Int(ranges[middle].end) <= numbers.lowerBound { low = middle + 1 } else { high = middle }
    }
    var end = low
    while end < ranges.count, Int(ranges[end].first) < numbers.upperBound { end += 1 }
    return ranges[low..<end]
  }
}
