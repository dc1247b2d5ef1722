/// Cuts a stream where its content says so: a gear hash over a table that only the data set knows.
///
/// FastCDC's scheme (Xia et al., USENIX ATC 2016): nothing is cut before the least size, a hard mask
/// holds before the average size and an easy one behind it. The table is keyed
/// (`Docs/format.md`, section 2.2), so that cut points tell a stranger little.
struct Chunker: Sendable {
  /// The least, the average and the largest length of a chunk, in bytes.
  struct Sizes: Hashable, Sendable {
    let least: Int
    let average: Int
    let largest: Int

    /// Sizes around an average that is a power of two.
    init(average: Int) {
      precondition(average.nonzeroBitCount == 1 && average >= 1024, "a power of two")
      self.average = average
      least = average / 4
      largest = average * 4
    }
  }

  let sizes: Sizes
  private let table: [UInt64]
  private let hardMask: UInt64
  private let easyMask: UInt64

  /// Makes a chunker over a table of 256 words.
  init(sizes: Sizes, table: [UInt64]) {
    precondition(table.count == 256, "one word for each byte value")
    self.sizes = sizes
    self.table = table
    let bits = UInt64(sizes.average.trailingZeroBitCount)
    // The top bits have seen the most bytes.
    hardMask = ~0 << (64 - (bits + 2))
    easyMask = ~0 << (64 - (bits - 2))
  }

  /// The same for chunks of another average length.
  func with(average: Int) -> Chunker {
    average == sizes.average ? self : Chunker(sizes: Sizes(average: average), table: table)
  }

  /// The length of the first chunk of `bytes`.
  ///
  /// All of `bytes` if no cut is found; a caller in the middle of a stream must offer at least
  /// the largest length.
  func firstCut(_ bytes: Span<UInt8>) -> Int {
    let end = min(bytes.count, sizes.largest)
    guard end > sizes.least else { return end }
    let normal = min(end, sizes.average)
    let least = sizes.least
    let hard = hardMask
    let easy = easyMask
    return unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe table.withUnsafeBufferPointer { table in
        var hash: UInt64 = 0
        // The hash remembers 64 bytes, so it begins that far before the first possible cut.
        var i = least - 64
        while i < least {
          hash = unsafe (hash << 1) &+ table[Int(bytes[i])]
          i += 1
        }
        return unsafe Self.cut(bytes, table, &hash, &i, before: normal, hard)
          ?? Self.cut(bytes, table, &hash, &i, before: end, easy) ?? end
      }
    }
  }

  /// Goes on from byte `i` to `end`, and says behind which byte the mask finds the hash empty.
  ///
  /// Four bytes a step: what they add is summed up before the hash is needed, so that the next step
  /// waits for one shift and one addition and not for four.
  @inline(__always)
  private static func cut(
    _ bytes: UnsafeBufferPointer<UInt8>, _ table: UnsafeBufferPointer<UInt64>,
    _ hash: inout UInt64, _ i: inout Int, before end: Int, _ mask: UInt64
  ) -> Int? {
    while i &+ 4 <= end {
      let first = unsafe table[Int(bytes[i])]
      let second = unsafe (first << 1) &+ table[Int(bytes[i &+ 1])]
      let third = unsafe (second << 1) &+ table[Int(bytes[i &+ 2])]
      let fourth = unsafe (third << 1) &+ table[Int(bytes[i &+ 3])]
      if ((hash << 1) &+ first) & mask == 0 { return i &+ 1 }
      if ((hash << 2) &+ second) & mask == 0 { return i &+ 2 }
      if ((hash << 3) &+ third) & mask == 0 { return i &+ 3 }
      hash = (hash << 4) &+ fourth
      i = i &+ 4
      if hash & mask == 0 { return i }
    }
    while i < end {
      hash = unsafe (hash << 1) &+ table[Int(bytes[i])]
      i = i &+ 1
      if hash & mask == 0 { return i }
    }
    return nil
  }
}

/// Finds zeros.
enum ZeroRun {
  /// How many zero bytes `bytes` begins with.
  static func byteCount(_ bytes: Span<UInt8>) -> Int {
    let count = bytes.count
    return unsafe bytes.withUnsafeBytes { bytes in
      var i = 0
      while i + 8 <= count {
        if unsafe bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self) != 0 { break }
        i += 8
      }
      while i < count, unsafe bytes[i] == 0 { i += 1 }
      return i
    }
  }
}
