import BackupFormat
import BackupLog

extension Predicate.Removal {
  /// Whether nothing is named.
  var isEmpty: Bool { objects.isEmpty && packs.isEmpty }

  /// How many objects and packs are named.
  var count: Int { objects.count + packs.reduce(0) { $0 + $1.numbers.count } }

  /// The same in parts that fit an entry of the log: ``EngineLimits/removalNameCount`` objects and
  /// ranges of packs each.
  var parts: [Predicate.Removal] {
    var parts: [Predicate.Removal] = []
    var part = Predicate.Removal(objects: [], packs: [])
    var room = EngineLimits.removalNameCount
    func flush() {
      if !part.isEmpty { parts.append(part) }
      part = Predicate.Removal(objects: [], packs: [])
      room = EngineLimits.removalNameCount
    }
    for object in objects {
      if room == 0 { flush() }
      part.objects.append(object)
      room -= 1
    }
    for pack in packs {
      var rest = pack.numbers.ranges[...]
      while !rest.isEmpty {
        if room == 0 { flush() }
        let ranges = rest.prefix(room)
        rest.removeFirst(ranges.count)
        room -= ranges.count
        part.packs.append(PackRanges(run: pack.run, numbers: BlockRanges(Array(ranges))))
      }
    }
    flush()
    return parts
  }

  /// The same without what belongs to some data sets.
  func leavingOut(_ sets: Set<SetID>, _ state: LogState) -> Predicate.Removal {
    guard !sets.isEmpty else { return self }
    return Predicate.Removal(
      objects: objects.filter { !(state.set(of: $0).map(sets.contains) ?? false) },
      packs: packs.filter { !(state.runs[$0.run].map { sets.contains($0.set) } ?? false) })
  }
}
