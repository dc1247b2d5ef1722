import BackupFormat
import BackupTestSupport
import Testing

@Suite("Need lists")
struct NeedListTests {
  private static func decode(_ bytes: [UInt8]) throws(FormatError) -> SnapshotNeeds {
    var reader = ByteReader(bytes)
    let needs = try SnapshotNeeds(from: &reader)
    try reader.expectEnd()
    return needs
  }

  static let refusals: [String: FormatError] = [
    "runs are not sorted": .wrongOrder(.run), "a run stands twice": .wrongOrder(.run),
    "a byte follows": .trailingBytes(at: 23), "a run without ranges": .limitExceeded(.run),
    "ranges that could be one": .outOfRange(.range), "a range of no blocks": .outOfRange(.range),
    "an overlong varint": .nonCanonicalNumber(at: 21),
    "block numbers reach 2^32": .outOfRange(.range),
    "it ends too early": .limitExceeded(.run),
    "a count larger than the list": .limitExceeded(.run),
    "a range count larger than the list": .limitExceeded(.range),
  ]

  @Test("Need lists follow their vectors", arguments: FormatVector.load("need-list"))
  func vector(_ vector: FormatVector) throws {
    let bytes = vector.bytes("hex")
    guard vector.isAccepted else {
      let expected = try #require(Self.refusals[vector.why])
      #expect(throws: expected) { try Self.decode(bytes) }
      return
    }
    let needs = try Self.decode(bytes)
    #expect(Structure.encode(needs) == bytes)
    let expected = vector.objects("runs")
    #expect(needs.runs.map(\.run.hex) == expected.map { $0.text("run") })
    for (run, expected) in zip(needs.runs, expected) {
      #expect(
        run.ranges.map { [Int($0.first), Int($0.count)] } == expected.numberLists("ranges"))
    }
  }

  @Test("Random lists come back")
  func roundTrips() throws {
    var samples = Samples(seed: 40)
    for _ in 0..<300 {
      let needs = samples.needs()
      let decoded = try Self.decode(Structure.encode(needs))
      #expect(decoded == needs)
      #expect(
        decoded.blockCount
          == needs.runs.flatMap(\.ranges).reduce(0) { $0 + UInt64($1.count) })
    }
  }

  @Test("The last number of a run is 2^32 - 2")
  func lastNumber() throws {
    let run = Samples(seed: 41).runs[0]
    let last = SnapshotNeeds(
      runs: [.init(run: run, ranges: [.init(first: 0, count: UInt32.max)])])
    #expect(try Self.decode(Structure.encode(last)) == last)
    var writer = ByteWriter()
    writer.u32(1)
    writer.raw(run.bytes)
    for value: UInt64 in [1, 1, UInt64(UInt32.max)] { writer.varint(value) }
    #expect(throws: FormatError.outOfRange(.range)) { try Self.decode(writer.bytes) }
  }

  @Test("The collector gives what a plain set gives", arguments: 50..<58 as Range<UInt64>)
  func collector(_ seed: UInt64) throws {
    var samples = Samples(seed: seed)
    var collector = NeedCollector()
    var naive: Set<BlockAddress> = []
    #expect(collector.needList() == SnapshotNeeds(runs: []))
    for _ in 0..<400 {
      let run = samples.runs[samples.number(0...samples.runs.count - 1)]
      let first = UInt32(
        samples.number(0...2) == 0 ? samples.number(0...5000) : samples.number(0...130))
      for number in first..<first + UInt32(samples.number(1...4)) {
        let address = BlockAddress(run: run, number: number)
        collector.insert(address)
        if samples.once(in: 3) { collector.insert(address) }
        naive.insert(address)
      }
    }
    let needs = collector.needList()
    var expected: [SnapshotNeeds.Run] = []
    for address in naive.sorted() {
      if expected.last?.run != address.run { expected.append(.init(run: address.run, ranges: [])) }
      let run = expected.count - 1
      if let last = expected[run].ranges.last, last.first + last.count == address.number {
        expected[run].ranges[expected[run].ranges.count - 1].count += 1
      } else {
        expected[run].ranges.append(.init(first: address.number, count: 1))
      }
    }
    #expect(needs.runs == expected)
    #expect(needs.blockCount == UInt64(naive.count))
    #expect(try Self.decode(Structure.encode(needs)) == needs)
  }

  @Test("A collected number may be the first of another word, or repeat after others")
  func collectorCorners() {
    let runs = Samples(seed: 42).runs.sorted()
    var collector = NeedCollector()
    for number: UInt32 in [63, 64, 0, 127, 128, 63, 100_000] {
      collector.insert(BlockAddress(run: runs[1], number: number))
      collector.insert(BlockAddress(run: runs[0], number: 7))
    }
    #expect(
      collector.needList().runs == [
        .init(run: runs[0], ranges: [.init(first: 7, count: 1)]),
        .init(
          run: runs[1],
          ranges: [
            .init(first: 0, count: 1), .init(first: 63, count: 2), .init(first: 127, count: 2),
            .init(first: 100_000, count: 1),
          ]),
      ])
  }
}
