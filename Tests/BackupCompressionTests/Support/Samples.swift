/// A generator that gives the same numbers in each run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}

/// Bytes of the kinds that files are made of.
enum Samples {
  static func noise(byteCount: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<byteCount).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  /// The coded part of a JPEG picture: bits of which a few more are 1 than 0, and a zero after each
  /// byte of ones (ITU-T T.81, section F.1.2.3).
  static func scan(byteCount: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount + 1)
    while bytes.count < byteCount {
      let byte = (0..<8).reduce(0 as UInt8) { byte, _ in
        byte << 1 | (Int.random(in: 0..<100, using: &generator) < 54 ? 1 : 0)
      }
      bytes.append(byte)
      if byte == 0xff { bytes.append(0) }
    }
    return Array(bytes.prefix(byteCount))
  }

  /// Words of a small vocabulary, the frequent ones shorter.
  static func text(byteCount: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    let vocabulary = (0..<400).map { rank in
      (0..<(2 + rank / 50)).map { _ in UInt8.random(in: 0x61...0x7a, using: &generator) }
    }
    var text: [UInt8] = []
    text.reserveCapacity(byteCount + 20)
    while text.count < byteCount {
      let rank = min(
        Int.random(in: 0..<400, using: &generator), Int.random(in: 0..<400, using: &generator))
      text += vocabulary[rank]
      text.append(Int.random(in: 0..<12, using: &generator) == 0 ? 0x0a : 0x20)
    }
    return Array(text.prefix(byteCount))
  }

  /// Pages as a database has them: a header, cell pointers, free space, then rows with a counter,
  /// random identifiers and words.
  static func pages(byteCount: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    let words = text(byteCount: 64_000, seed: seed)
    var bytes: [UInt8] = []
    var row: UInt32 = 1000
    while bytes.count < byteCount {
      var page = [UInt8](repeating: 0, count: 4096)
      page.replaceSubrange(0..<5, with: [0x0d, 0, 0, 0, 40])
      var offset = 4096
      while offset > 700 {
        row += 1
        let start = Int.random(in: 0..<words.count - 60, using: &generator)
        let cell =
          [0x54, UInt8(row >> 16 & 0xff), UInt8(row >> 8 & 0xff), UInt8(row & 0xff), 5, 1, 0x2d]
          + (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
          + words[start..<start + 60]
        offset -= cell.count
        page.replaceSubrange(offset..<offset + cell.count, with: cell)
      }
      bytes += page
    }
    return Array(bytes.prefix(byteCount))
  }
}
