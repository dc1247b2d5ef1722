internal import BackupFormat
internal import BackupLog

/// How far a check goes.
public enum CheckLevel: Sendable {
  /// What the log requires is there, with the right sizes.
  case l0
  /// Besides, every byte of the selected blocks is as it was signed.
  case l1(ReadSelection)
}

/// Which blocks level L1 reads.
public enum ReadSelection: Sendable {
  /// All that live snapshots need.
  case everything
  /// What is new since the last visit, a random sample, and tonight's slices.
  case sample(SampleTerms)
}

/// The places to be read in each pack.
struct ReadPlan: Sendable {
  /// For each pack of the map the places to be read, ascending.
  private(set) var places: [[Range<Int>]]
  /// For each pack of the map whether its end is read too: of those that are read whole.
  private(set) var isEndRead: [Bool]
  private(set) var sample: SampleReport?
  /// The seed of the draw, to be revealed at the next visit.
  private(set) var seed: VerifierMemory.Seed?
  /// When each slice was last read, tonight's included once they have been.
  private(set) var slices: [Int64]

  /// Everything.
  init(everythingOf map: PackMap, now: Int64) {
    places = map.packs.map { [0..<$0.blockCount] }
    isEndRead = map.packs.map { _ in true }
    slices = [now]
  }

  /// Reads nothing of a pack that is not there.
  mutating func drop(_ pack: Int) {
    places[pack] = []
    isEndRead[pack] = false
  }

  /// A sample.
  init(
    of map: PackMap, _ terms: SampleTerms, memory: VerifierMemory?, head: LogHead, now: Int64
  ) {
    let sliceCount = terms.sweepNightCount
    // Another number of slices cuts the packs differently: then all are as old as the oldest.
    let known = memory?.slices ?? []
    var slices =
      known.count == sliceCount
      ? known : [Int64](repeating: known.min() ?? 0, count: sliceCount)
    let tonight = Self.slicesDue(slices, lastRead: memory?.readAt ?? 0, now: now)

    let night = Night(dayNumber: Int(now / 86_400)) ?? Night(dayNumber: 0)
    guard let night else { preconditionFailure("day 0 is in the calendar") }
    let seed = terms.seed(root: head.root, night: night)
    var report = SampleReport(
      confidence: terms.confidence, damageShare: terms.damageShare, sliceCount: sliceCount,
      seedDigest: Digest(hashing: seed))
    report.revealed = memory?.seed
    self.seed = VerifierMemory.Seed(root: head.root, night: night, seed: seed)

    var places = [[Range<Int>]](repeating: [], count: map.packs.count)
    var isEndRead = [Bool](repeating: false, count: map.packs.count)
    for (ordinal, pack) in map.packs.enumerated() {
      let isSwept = tonight.contains(Self.slice(of: pack.id, of: sliceCount))
      if pack.isNew { report.newCount += pack.neededCount }
      if isSwept { report.sweptCount += pack.neededCount }
      if pack.isNew || isSwept {
        places[ordinal] = [0..<pack.blockCount]
        isEndRead[ordinal] = true
      }
    }

    let population = map.packs.reduce(0) { $0 + $1.neededCount }
    var draw = SampleDraw(seed: seed)
    let drawn = draw.numbers(min(terms.drawCount, population), below: population)
    report.drawnCount = drawn.count
    Self.add(drawn, to: &places, of: map)

    report.slices = tonight.sorted()
    for slice in tonight { slices[slice] = now }
    let oldest = slices.min() ?? 0
    report.sweptSince = oldest == 0 ? nil : oldest
    self.places = places
    self.isEndRead = isEndRead
    self.slices = slices
    sample = report
  }

  /// Which slice a pack belongs to: consecutive packs of a run fall into different ones.
  static func slice(of pack: PackID, of count: Int) -> Int {
    var value: UInt64 = 0
    for byte in pack.run.bytes.prefix(8) { value = value << 8 | UInt64(byte) }
    return Int((value &+ UInt64(pack.number)) % UInt64(count))
  }

  /// The slices to be read at this visit: those read longest ago, as many as the nights since the
  /// last visit ask for, at least one, and all that are due.
  static func slicesDue(_ slices: [Int64], lastRead: Int64, now: Int64) -> Set<Int> {
    let period = Int64(slices.count) * 86_400
    let order = slices.indices.sorted { (slices[$0], $0) < (slices[$1], $1) }
    let nights = max(1, (now - lastRead + 43_200) / 86_400)
    var due = Set(order.prefix(Int(min(nights, Int64(slices.count)))))
    // A visit some hours early must not find a slice one night too old at the next.
    for slice in order where slices[slice] <= now - period + 43_200 { due.insert(slice) }
    return due
  }

  /// Adds needed blocks by their ordinals over all packs, ascending.
  private static func add(_ ordinals: [Int], to places: inout [[Range<Int>]], of map: PackMap) {
    var next = ordinals.startIndex
    var start = 0
    for (pack, described) in map.packs.enumerated() {
      let end = start + described.neededCount
      defer { start = end }
      var extra: [Int] = []
      while next < ordinals.endIndex, ordinals[next] < end {
        extra.append(ordinals[next] - start)
        next += 1
      }
      // A pack that is read whole holds them already.
      if extra.isEmpty || !places[pack].isEmpty { continue }
      var i = extra.startIndex
      var before = 0
      for range in described.needed {
        while i < extra.endIndex, extra[i] < before + range.count {
          let place = range.lowerBound + extra[i] - before
          if let last = places[pack].last, last.upperBound == place {
            places[pack][places[pack].count - 1] = last.lowerBound..<place + 1
          } else {
            places[pack].append(place..<place + 1)
          }
          i += 1
        }
        before += range.count
      }
    }
  }
}
