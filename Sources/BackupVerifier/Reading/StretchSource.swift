internal import BackupFormat
internal import BackupStorage

/// A part of a pack that is read at once, and the blocks in it that are wanted.
struct Stretch: Sendable {
  struct Block: Sendable {
    /// The place of the block in its pack.
    let place: Int
    /// Where it begins in what is read.
    let offset: Int
    let byteCount: Int
    /// Whether a live snapshot needs it.
    let isNeeded: Bool
  }

  /// Which pack of the map.
  let pack: Int
  let key: StorageKey
  let offset: UInt64
  var byteCount: Int
  /// Whether the read begins with the pack's mark.
  let beginsPack: Bool
  /// Where the pack's end begins in what is read, if the read goes on to it.
  var endOffset: Int?
  var blocks: [Block] = []
}

/// Cuts what is to be read into stretches, pack after pack, each in one direction.
struct StretchSource: Sendable {
  private let map: PackMap
  private let plan: ReadPlan
  private let forgetsCached: Bool
  private var pack = 0
  /// The places of the present pack that are left, and where its blocks begin.
  private var places: [Int] = []
  private var next = 0
  /// Whether the end of the present pack is still to be read.
  private var isEndLeft = false
  private var offsets: [UInt64] = []
  private var isStopped = false

  init(map: PackMap, plan: ReadPlan, forgetsCached: Bool) {
    self.map = map
    self.plan = plan
    self.forgetsCached = forgetsCached
    pack = -1
  }

  /// Ends the work of all.
  mutating func stop() { isStopped = true }

  /// The next stretch; nil at the end.
  mutating func next(_ storage: any Storage) -> Stretch? {
    if isStopped { return nil }
    while next == places.count && !isEndLeft {
      pack += 1
      guard pack < map.packs.count else {
        isStopped = true
        return nil
      }
      begin(storage)
    }
    let needed = map.packs[pack]
    let lengths = needed.described.segments.byteCounts
    guard next < places.count else { return end(of: needed) }
    let first = places[next]
    // The mark is read along with the first block of the pack.
    let beginsPack = first == 0
    let start = beginsPack ? 0 : offsets[first]
    var stretch = Stretch(
      pack: pack, key: needed.key, offset: start, byteCount: 0, beginsPack: beginsPack)
    while next < places.count {
      let place = places[next]
      let end = Int(offsets[place] - start) + Int(lengths[place])
      if !stretch.blocks.isEmpty {
        guard end <= VerifierLimits.readByteCount,
          Int(offsets[place] - start) - stretch.byteCount <= VerifierLimits.gapByteCount
        else { break }
      }
      stretch.blocks.append(
        Stretch.Block(
          place: place, offset: Int(offsets[place] - start), byteCount: Int(lengths[place]),
          isNeeded: needed.isNeeded(place)))
      stretch.byteCount = end
      next += 1
    }
    let endOffset = Int(needed.endOffset - start)
    if isEndLeft, next == places.count, endOffset == stretch.byteCount,
      endOffset + needed.endByteCount <= VerifierLimits.readByteCount
    {
      stretch.endOffset = endOffset
      stretch.byteCount += needed.endByteCount
      isEndLeft = false
    }
    return stretch
  }

  /// The end alone, where it does not fit behind the last blocks.
  private mutating func end(of needed: NeededPack) -> Stretch {
    isEndLeft = false
    return Stretch(
      pack: pack, key: needed.key, offset: needed.endOffset, byteCount: needed.endByteCount,
      beginsPack: false, endOffset: 0)
  }

  private mutating func begin(_ storage: any Storage) {
    places = plan.places[pack].flatMap { [Int]($0) }
    next = 0
    isEndLeft = plan.isEndRead[pack]
    guard !places.isEmpty || isEndLeft else { return }
    // A store that can't forget has its bytes checked all the same.
    if forgetsCached { try? storage.forgetCached(map.packs[pack].key) }
    var offset = UInt64(PackEnd.packMarkByteCount)
    offsets.removeAll(keepingCapacity: true)
    for byteCount in map.packs[pack].described.segments.byteCounts {
      offsets.append(offset)
      offset += UInt64(byteCount)
    }
  }
}

extension PackMap {
  /// How many bytes of blocks and ends a plan reads.
  func byteCount(of plan: ReadPlan) -> UInt64 {
    var sum: UInt64 = 0
    for (ordinal, pack) in packs.enumerated() {
      for place in plan.places[ordinal].joined() {
        sum += UInt64(pack.described.segments.byteCounts[place])
      }
      if plan.isEndRead[ordinal] { sum += UInt64(pack.endByteCount) }
    }
    return sum
  }
}

/// How far a check is.
public struct VerificationProgress: Hashable, Sendable {
  /// What is being done.
  public enum Phase: String, Hashable, Sendable {
    /// Reading the log and the objects that it names.
    case log
    /// Hashing keys, snapshots, chunk lists and records.
    case objects
    /// Reading the ends of packs.
    case packs
    /// Reading blocks.
    case blocks
  }

  /// What is being done.
  public let phase: Phase
  /// How much of it is done: bytes of blocks, numbers of other things.
  public let done: UInt64
  /// How much there is.
  public let total: UInt64
}
