/// A quick look at bytes that tells whether compressing them is worth the time.
public enum Entropy {
  /// The length of a sampled window, in bytes.
  static let windowByteCount = 4096
  /// One window is read for each stride of this many bytes, so that the look costs little beside
  /// reading the block once.
  static let strideByteCount = 64 << 10
  /// Below this, counts of bytes say too little and compressing costs too little.
  static let judgedByteCountMin = 1024

  /// Says whether no sampled window of `block` looks compressible.
  ///
  /// What has been compressed or encrypted before (JPEG, zip, zstd, video) does; text, databases
  /// and programs do not, and a block that holds both does not if a window falls on the latter.
  /// Only the frequencies of single bytes are seen: repetitions of noise pass for noise. A wrong
  /// answer costs time or space and nothing else. Short blocks are never refused.
  public static func looksIncompressible(_ block: Span<UInt8>) -> Bool {
    guard block.count >= judgedByteCountMin else { return false }
    let windowCount = max(
      1, min(block.count / windowByteCount, 1 + block.count / strideByteCount))
    let sectionByteCount = block.count / windowCount
    let byteCount = min(windowByteCount, block.count)
    for section in 0..<windowCount {
      // The middle of each section: files begin and end with headers that say little of them.
      let start = section * sectionByteCount + (sectionByteCount - byteCount) / 2
      guard isDense(block.extracting(start..<start + byteCount)) else { return false }
    }
    return true
  }

  /// Says whether the bytes of `window` are spread so evenly that a Huffman code would gain less
  /// than about two per cent.
  ///
  /// With counts c of n bytes, n·H = n·log2 n − Σ c·log2 c bits. Noise of n bytes falls short of
  /// 8·n by 255 / (2·ln 2) = 184 bits (the bias of Miller and Madow), whatever n is.
  private static func isDense(_ window: Span<UInt8>) -> Bool {
    var sum: UInt64 = 0
    guard addWeights(of: window, to: &sum) else { return false }
    let n = window.count
    let bits = log2Weight(n) - sum
    return bits >> fractionBitCount >= UInt64(n * 8 - n * shortfallPerMille / 1000 - 184)
  }

  /// The shortfall from eight bits a byte that still counts as noise: 0.16 bits.
  private static let shortfallPerMille = 160

  /// Counts the bytes of `window` and adds up c·log2 c.
  ///
  /// - Returns: Whether no byte value occurs more than 255 times; where one does, in 4096 bytes,
  ///   that alone makes a code worth while.
  private static func addWeights(of window: Span<UInt8>, to sum: inout UInt64) -> Bool {
    // Four histograms, because equal neighbours would wait for one another's count.
    var counts0 = InlineArray<256, UInt16>(repeating: 0)
    var counts1 = InlineArray<256, UInt16>(repeating: 0)
    var counts2 = InlineArray<256, UInt16>(repeating: 0)
    var counts3 = InlineArray<256, UInt16>(repeating: 0)
    var i = 0
    while i + 4 <= window.count {
      counts0[Int(window[i])] &+= 1
      counts1[Int(window[i &+ 1])] &+= 1
      counts2[Int(window[i &+ 2])] &+= 1
      counts3[Int(window[i &+ 3])] &+= 1
      i &+= 4
    }
    while i < window.count {
      counts0[Int(window[i])] &+= 1
      i &+= 1
    }
    for value in 0..<256 {
      let count = Int(counts0[value] &+ counts1[value] &+ counts2[value] &+ counts3[value])
      guard count < weights.count else { return false }
      sum += UInt64(weights[count])
    }
    return true
  }

  /// The bits after the point in a weight: 255·log2 255 then fits 32 bits.
  private static let fractionBitCount = 16

  private static let weights = InlineArray<256, UInt32> { UInt32(log2Weight($0)) }

  /// x·log2 x, rounded down, with 16 bits after the point; 0 for 0.
  private static func log2Weight(_ x: Int) -> UInt64 {
    guard x > 1 else { return 0 }
    let whole = Int.bitWidth - 1 - x.leadingZeroBitCount
    var log2 = UInt64(whole)
    // x / 2^whole lies in [1, 2), here with 31 bits after the point. Squaring doubles the
    // logarithm, and each time that it passes 2 another bit of the logarithm is 1.
    var mantissa = UInt64(x) << UInt64(31 - whole)
    for _ in 0..<fractionBitCount {
      mantissa = (mantissa * mantissa) >> 31
      log2 <<= 1
      if mantissa >= 1 << 32 {
        mantissa >>= 1
        log2 |= 1
      }
    }
    return UInt64(x) * log2
  }
}
