import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Testing

@testable import BackupVerifier

@Suite("A sample of blocks")
struct SamplingTests {
  private static func key() throws -> SecretKey {
    let bytes = [UInt8](repeating: 5, count: 32)
    return try SecretKey(copying: bytes.span)
  }

  private func terms(
    confidence: Double = 0.95, share: Double = 0.01, sweep: Int = 30
  ) throws -> SampleTerms {
    try #require(
      SampleTerms(
        confidence: confidence, damageShare: share, sweepNightCount: sweep,
        key: try Self.key()))
  }

  /// The table of `compliance.md`, section 4.3.
  @Test(arguments: [
    (0.05, 0.9, 45), (0.05, 0.95, 59), (0.05, 0.99, 90), (0.01, 0.9, 230), (0.01, 0.95, 299),
    (0.01, 0.99, 459), (0.005, 0.95, 598), (0.001, 0.9, 2_302), (0.001, 0.95, 2_995),
    (0.001, 0.99, 4_603), (0.0001, 0.9, 23_025), (0.0001, 0.95, 29_956), (0.0001, 0.99, 46_050),
  ])
  func drawsAsManyBlocksAsConfidenceAndShareAsk(_ row: (Double, Double, Int)) throws {
    #expect(try terms(confidence: row.1, share: row.0).drawCount == row.2)
  }

  @Test func refusesTermsThatPromiseNothing() throws {
    let key = try Self.key()
    for (confidence, share, sweep) in [
      (0, 0.1, 30), (1, 0.1, 30), (0.9, 0, 30), (0.9, 1, 30), (0.9, 0.1, 0), (0.9, 0.1, 1_025),
    ] {
      #expect(
        SampleTerms(
          confidence: confidence, damageShare: share, sweepNightCount: sweep, key: key) == nil)
    }
  }

  /// Ten thousand nights over some 5,000 needed blocks in 40 packs, of which 1 % are damaged: at least
  /// 95 % of the plans read one of them, and read no more than was drawn.
  @Test func findsDamageAsOftenAsItPromises() throws {
    let terms = try terms(sweep: 90)
    let made = try SyntheticRepository(
      storage: MemoryStorage(), nightCount: 10, packsANight: 4, blocksAPack: 125,
      blockByteCount: 46)
    let state = try Verifier(storage: made.storage, repository: made.id).state()
    var indexes: [Digest: IndexObject] = [:]
    for digest in state.indexes {
      let key = try #require(StorageKey(ObjectPath.index(digest).text))
      indexes[digest] = try IndexObject(
        decoding: made.storage.read(key, limitByteCount: 1 << 20))
    }
    let map = PackMap(state, indexes: indexes, fresh: [])
    let places = map.packs.enumerated().flatMap { pack, described in
      described.needed.joined().map { (pack: pack, place: $0) }
    }
    #expect(places.count == 10 * 4 * 125 - 10)
    // Which blocks are damaged is no matter; here every hundredth.
    var isDamaged = map.packs.map { [Bool](repeating: false, count: $0.blockCount) }
    for i in stride(from: 0, to: places.count, by: 100) {
      isDamaged[places[i].pack][places[i].place] = true
    }
    var readCounts = map.packs.map { [Int](repeating: 0, count: $0.blockCount) }

    // Tonight's slice holds no pack, so that nothing is read but what is drawn.
    let now: Int64 = 1_772_416_800
    let taken = Set(map.packs.map { ReadPlan.slice(of: $0.id, of: terms.sweepNightCount) })
    let free = try #require((0..<terms.sweepNightCount).first { !taken.contains($0) })
    var slices = [Int64](repeating: now - 86_400, count: terms.sweepNightCount)
    slices[free] -= 86_400
    let memory = VerifierMemory(
      repository: made.id, head: state.head, visited: now - 86_400, readSize: state.size,
      readAt: now - 86_400, slices: slices)
    var noticed = 0
    for visit in 0..<10_000 {
      let root = Digest(hashing: [UInt8(visit & 0xff), UInt8(visit >> 8)])
      let plan = ReadPlan(
        of: map, terms, memory: memory, head: LogHead(size: state.size, root: root), now: now)
      var count = 0
      var isNoticed = false
      for (pack, ranges) in plan.places.enumerated() {
        for place in ranges.joined() {
          count += 1
          readCounts[pack][place] += 1
          isNoticed = isNoticed || isDamaged[pack][place]
        }
      }
      guard count == terms.drawCount, plan.sample?.drawnCount == count else {
        Issue.record("\(count) blocks are read, not \(terms.drawCount)")
        return
      }
      if isNoticed { noticed += 1 }
    }
    #expect(noticed >= 9_500)
    // Were it always noticed, the test would not see a draw of more than was promised.
    #expect(noticed < 9_700)
    // Each needed block is read as often, 599 times on average with a deviation of 24; no other is.
    for (pack, described) in map.packs.enumerated() {
      for (place, count) in readCounts[pack].enumerated() {
        #expect(described.isNeeded(place) ? (460...740).contains(count) : count == 0)
      }
    }
  }

  @Test func drawsEveryBlockAsOften() throws {
    var counts = [Int](repeating: 0, count: 50)
    for visit in 0..<4_000 {
      var draw = SampleDraw(seed: Digest(hashing: [UInt8(visit & 0xff), UInt8(visit >> 8)]).bytes)
      let drawn = draw.numbers(10, below: 50)
      #expect(Set(drawn).count == 10)
      #expect(drawn == drawn.sorted())
      for number in drawn { counts[number] += 1 }
    }
    // 800 each on average, with a deviation of 25.
    #expect(counts.allSatisfy { (690...910).contains($0) })
  }

  @Test func isTheWholeOfAPopulationThatIsSmaller() {
    var draw = SampleDraw(seed: [1])
    #expect(draw.numbers(10, below: 10) == [Int](0..<10))
    #expect(draw.numbers(11, below: 10) == [Int](0..<10))
    #expect(draw.numbers(5, below: 0) == [])
  }

  @Test func canBeDrawnAgainFromItsSeed() throws {
    let night = try #require(Night(dayNumber: 20_000))
    let root = Digest(hashing: [1])
    let seed = try terms().seed(root: root, night: night)
    var first = SampleDraw(seed: seed)
    var second = SampleDraw(seed: seed)
    #expect(first.numbers(50, below: 9_999) == second.numbers(50, below: 9_999))
    #expect(try terms().seed(root: Digest(hashing: [2]), night: night) != seed)
  }

  /// 1 − (1 − C)^(1/n): about 3/n at 95 %.
  @Test func boundsTheDamageThatItCanHaveMissed() throws {
    var report = SampleReport(
      confidence: 0.95, damageShare: 0.001, sliceCount: 1, seedDigest: Digest(hashing: []))
    #expect(report.damageShareBound == nil)
    report.drawnCount = 299
    let bound = try #require(report.damageShareBound)
    #expect(bound > 0.0099 && bound <= 0.01)
  }

  /// One visit a night for a year: no slice is ever older than the nights that were promised.
  @Test func sweepsEverySliceInTime() {
    let count = 30
    var slices = [Int64](repeating: 0, count: count)
    var lastRead: Int64 = 0
    var now: Int64 = 1_772_416_800
    var generator = SeededGenerator(seed: 4)
    for visit in 0..<365 {
      let due = ReadPlan.slicesDue(slices, lastRead: lastRead, now: now)
      for slice in due { slices[slice] = now }
      lastRead = now
      if visit == 0 { #expect(due.count == count) }
      if visit > 0 { #expect(due.count < count / 2) }
      #expect(slices.allSatisfy { now - $0 <= Int64(count) * 86_400 })
      // Now and then a visit is missed, or comes some hours early or late.
      now +=
        86_400 * Int64(visit % 11 == 10 ? 2 : 1)
        + Int64.random(in: -3_600...3_600, using: &generator)
    }
  }

  // MARK: In a repository

  @Test func readsWhatIsNewAndCommitsToItsSeedANightAhead() throws {
    let stage = try RepositoryStage()
    try stage.write("a", RepositoryStage.bytes(3_000, seed: 1))
    let terms = try terms(confidence: 0.5, share: 0.5, sweep: 4)
    var memory: VerifierMemory?
    var committed: Digest?
    for night in 0..<6 {
      try stage.write("a\(night)", RepositoryStage.bytes(2_000, seed: UInt64(night)))
      try stage.passNight()
      let report = try Verifier(storage: stage.storage, repository: stage.id).check(
        level: .l1(.sample(terms)), memory: memory, now: stage.clock.now)
      #expect(report.findings == [])
      let sample = try #require(report.reading?.sample)
      #expect(sample.newCount > 0)
      #expect(sample.drawnCount == 1)
      #expect(sample.revealed?.digest == committed)
      #expect((sample.revealed == nil) == (night == 0))
      #expect(sample.sweepAgeDays(at: stage.clock.now.unix).map { $0 <= 4 } == true)
      #expect(report.verdicts[.intact] == (report.reading?.method == .full ? .met : .notMeasured))
      #expect(report.verdicts[.sampled] == .met)
      committed = sample.seedDigest
      memory = try VerifierMemory(decoding: report.memory.encode())
      let clock = stage.clock
      let verifier = Verifier(storage: stage.storage, repository: stage.id)
      _ = try verifier.append(report, by: stage.verifier.signer) { clock.now }
      let said = try #require(
        RepositorySummary(try verifier.state(), now: clock.now).lastVerification)
      #expect(said.what.commitment == committed)
      let extent = try #require(said.what.extent)
      #expect(extent.drawn == 1 && extent.population == report.reading?.population.count)
      #expect(extent.confidenceBasisPoints == 5_000 && extent.boundPartsPerMillion == 500_000)
      #expect(said.isDrawKept == (night == 0 ? nil : true))
    }
    let reads = try #require(memory)
    #expect(reads.slices.count == 4)
  }

  @Test func thatWasNotDrawnAsItWasPromisedIsTold() throws {
    let stage = try RepositoryStage()
    try stage.passNight()
    func say(commitment: Digest?, revealed: Digest?) throws -> Bool? {
      try stage.session().append(
        [
          Draft(
            .verified(
              Predicate.Verified(
                level: .intact, method: .sample, logSize: 1, blocks: 1, byteCount: 1, damaged: 0,
                findings: 0, commitment: commitment, revealed: revealed)))
        ], by: stage.verifier.signer)
      return RepositorySummary(try stage.session().logState, now: stage.clock.now)
        .lastVerification?.isDrawKept
    }
    let seed = Digest(hashing: [1])
    #expect(try say(commitment: Digest(hashing: seed.bytes), revealed: nil) == nil)
    #expect(try say(commitment: nil, revealed: seed) == true)
    #expect(try say(commitment: nil, revealed: Digest(hashing: [2])) == false)
  }

  @Test func isDrawnAnewByWhoHasTheSeed() throws {
    let stage = try RepositoryStage()
    try stage.passNight()
    let terms = try terms()
    let report = try Verifier(storage: stage.storage, repository: stage.id).check(
      level: .l1(.sample(terms)), memory: nil, now: stage.clock.now)
    let seed = try #require(report.memory.seed)
    #expect(seed.root == report.head.root)
    #expect(terms.seed(root: seed.root, night: seed.night) == seed.seed)
    #expect(seed.digest == report.reading?.sample?.seedDigest)
  }
}
