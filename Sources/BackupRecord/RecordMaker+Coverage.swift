internal import BackupFormat
internal import BackupLog
internal import BackupPolicy

extension RecordMaker {
  mutating func fillCoverage() {
    if !sets.isEmpty {
      set(
        .coverageSetNames, .declared,
        list(sets) { ["set": .hex($0.set), "name": .string($0.name)] })
    }
    let rooted = sets.filter { $0.seenRoots != nil }
    if !rooted.isEmpty {
      let areAllSeen = rooted.allSatisfy { night in
        Set(policy?.dataSet(named: night.name)?.sourcePaths ?? []).isSubset(
          of: night.seenRoots ?? [])
      }
      judge(
        .coverageRoots, areAllSeen,
        list(rooted) { night in
          [
            "name": .string(night.name),
            "declared": .array(
              (policy?.dataSet(named: night.name)?.sourcePaths ?? []).map { .string($0) }),
            "seen": .array((night.seenRoots ?? []).map { .string($0) }),
          ]
        }, at: now)
    }
    fillCounters()
    let compared = sets.compactMap { night in
      night.counters.flatMap { counters in
        night.medianFileCount.map { (set: night.set, files: counters.files, median: $0) }
      }
    }
    // A night with less than half of the usual files is not a night like the others.
    judge(
      .coverageDrop, compared.isEmpty ? nil : compared.allSatisfy { $0.files * 2 >= $0.median },
      list(compared) {
        [
          "set": .hex($0.set), "files": .number($0.files), "medianFiles": .number($0.median),
          "shareBasisPoints": .number($0.median == 0 ? 10_000 : $0.files * 10_000 / $0.median),
        ]
      }, at: now)
    let dumped = sets.compactMap { night in
      night.dumpAgeSeconds.map { (set: night.set, age: $0) }
    }
    // A dump belongs to the night if it was made within the day before it was read.
    judge(
      .coverageFreshness,
      dumped.isEmpty ? nil : dumped.allSatisfy { (0...secondsPerDay).contains($0.age) },
      list(dumped) { ["set": .hex($0.set), "dumpAgeSeconds": .number($0.age)] }, at: now)
    if let free = input.freeByteCount {
      judge(
        .storeFreeSpace, free >= Self.reserveByteCount,
        .object([
          "freeBytes": .number(free), "reserveBytes": .number(Self.reserveByteCount),
        ]), at: now)
    }
  }

  /// No pack is begun when fewer bytes would stay free (`Docs/format.md`, section 10).
  private static var reserveByteCount: Int64 { 268_435_456 }

  private mutating func fillCounters() {
    let counted = sets.compactMap { night in
      night.counters.map { (set: night.set, counters: $0) }
    }
    guard !counted.isEmpty else { return }
    // A set of the night without a snapshot is not covered at all.
    let isWhole = counted.count == sets.count
    judge(
      .coverageFiles, isWhole,
      list(counted) {
        [
          "set": .hex($0.set), "files": .number($0.counters.files),
          "bytes": .number($0.counters.byteCount),
        ]
      }, at: now)
    judge(
      .coverageUnreadable, isWhole && counted.allSatisfy { $0.counters.unreadable == 0 },
      list(counted) { ["set": .hex($0.set), "count": .number($0.counters.unreadable)] }, at: now)
    judge(
      .coverageChangedDuringRead,
      isWhole
        && counted.allSatisfy {
          $0.counters.changedDuringRead <= $0.counters.changedDuringReadLimit
        },
      list(counted) {
        [
          "set": .hex($0.set), "count": .number($0.counters.changedDuringRead),
          "limit": .number($0.counters.changedDuringReadLimit),
        ]
      }, at: now)
    fact(
      .coverageExcluded,
      list(counted) {
        let rules = $0.counters.excludedByRule.sorted { $0.key < $1.key }.prefix(1_000)
        return [
          "set": .hex($0.set),
          "rules": list(rules) { ["rule": .word($0.key), "count": .number($0.value)] },
        ]
      })
    let watched = counted.filter { $0.counters.canariesExpected > 0 }
    if watched.isEmpty {
      fact(.coverageCanaries, .array([]))
    } else {
      judge(
        .coverageCanaries,
        watched.allSatisfy { $0.counters.canariesFound >= $0.counters.canariesExpected },
        list(watched) {
          [
            "set": .hex($0.set), "found": .number($0.counters.canariesFound),
            "expected": .number($0.counters.canariesExpected),
          ]
        }, at: now)
    }
  }

  /// A list of objects.
  func list<Element>(
    _ elements: some Sequence<Element>, _ object: (Element) -> [String: CanonicalJSON]
  ) -> CanonicalJSON {
    .array(elements.map { .object(object($0)) })
  }
}
