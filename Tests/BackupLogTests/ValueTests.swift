import BackupFormat
import Testing

@testable import BackupLog

struct ValueTests {
  /// A small generator with a fixed seed (SplitMix64), so that a failure can be repeated.
  struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  static func ranges(_ random: inout Random) -> [BlockRange] {
    (0..<Int.random(in: 0...6, using: &random)).map { _ in
      .of(Int.random(in: 0...30, using: &random), Int.random(in: 1...6, using: &random))
    }
  }

  static func numbers(_ ranges: [BlockRange]) -> Set<UInt32> {
    Set(ranges.flatMap { $0.first..<$0.end })
  }

  @Test func blockRangesBehaveAsASetOfNumbers() {
    var random = Random(state: 1)
    for _ in 0..<2000 {
      let listA = Self.ranges(&random)
      let listB = Self.ranges(&random)
      let a = BlockRanges(listA)
      let b = BlockRanges(listB)
      let setA = Self.numbers(listA)
      let setB = Self.numbers(listB)
      func check(_ ranges: BlockRanges, _ set: Set<UInt32>) {
        #expect(Self.numbers(ranges.ranges) == set)
        #expect(ranges.count == set.count)
        for (one, next) in zip(ranges.ranges, ranges.ranges.dropFirst()) {
          #expect(one.end < next.first)
        }
      }
      check(a, setA)
      check(a.union(b), setA.union(setB))
      check(a.subtracting(b), setA.subtracting(setB))
      check(a.intersection(b), setA.intersection(setB))
      #expect(a.intersects(b) == !setA.isDisjoint(with: setB))
      #expect(a.contains(b) == setA.isSuperset(of: setB))
      for number in UInt32(0)..<40 { #expect(a.contains(number) == setA.contains(number)) }
      var inserted = BlockRanges()
      for range in listA { inserted.insert(range) }
      #expect(inserted == a)
    }
  }

  @Test func aRangeIsNotEmptyAndEndsBelow2To32() {
    #expect(BlockRange(first: 0, count: 0) == nil)
    #expect(BlockRange(first: -1, count: 2) == nil)
    #expect(BlockRange(first: 1, count: Int(UInt32.max)) == nil)
    #expect(BlockRange(first: Int.max, count: Int.max) == nil)
    #expect(BlockRange(first: 0, count: Int(UInt32.max))?.count == Int(UInt32.max))
  }

  @Test func aNeedListAscends() {
    var needs = NeedList()
    let added = [
      needs.append(.of(0, 2), of: .of(1)), needs.append(.of(2, 1), of: .of(1)),
      needs.append(.of(3, 1), of: .of(1)), needs.append(.of(0, 1), of: .of(3)),
      needs.append(.of(0, 1), of: .of(2)),
    ]
    #expect(added == [true, false, true, true, false])
    #expect([BlockRange](needs.blocks(of: .of(1))) == [.of(0, 2), .of(3, 1)])
    #expect(needs.blocks(of: .of(2)).isEmpty)
    #expect(needs.blockCount == 4)
  }

  @Test func everyDayOfFourHundredYearsIsReadAsItIsWritten() throws {
    var expected = try #require(Night(year: 1900, month: 1, day: 1)).dayNumber
    #expect(Night(year: 1970, month: 1, day: 1)?.dayNumber == 0)
    for year in 1900..<2300 {
      for month in 1...12 {
        for day in 1...31 {
          guard let night = Night(year: year, month: month, day: day) else { continue }
          #expect(night.dayNumber == expected)
          expected += 1
          #expect(Night(night.description) == night)
        }
      }
    }
    #expect(Night(year: 2300, month: 1, day: 1)?.dayNumber == expected)
  }

  @Test(arguments: [
    "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-4-01", "2026-04-1", "",
    "2026/04/01", "0000-01-01", "+026-04-01", "2026-04-01 ",
  ])
  func refusesWhatIsNoDate(_ text: String) {
    #expect(Night(text) == nil)
  }

  @Test func pathsAreReadAsTheyAreWritten() {
    let paths: [ObjectPath] = [
      .format, .log(42), .checkpoint(size: 7, key: .of(1)), .key(set: .of(1), key: .of(2)),
      .pack(.of(.of(1), 99_999_999)), .index(.of(1)), .chunks(.of(1)), .snapshot(.of(1)),
      .record(.of(1)), .erasure(.of(1)),
    ]
    for path in paths { #expect(ObjectPath(path.text) == path) }
    #expect(ObjectPath.log(42).text == "log/0000000000000042")
    let hex = Digest.of(1).hex
    for bad in [
      "", "/", "format", "FORMAT/", "log/42", "log/000000000000004x", "log/0000000000000042/",
      "index/\(hex.uppercased())", "index/\(hex)0", "index//\(hex)", "other/\(hex)",
      "packs/\(RunID.of(1).hex)/0000001", "keys/\(SetID.of(1).hex)", "checkpoints/\(hex)",
    ] {
      #expect(ObjectPath(bad) == nil)
    }
  }
}
