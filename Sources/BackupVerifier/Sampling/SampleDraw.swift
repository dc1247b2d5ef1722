internal import BackupCrypto

/// Random numbers that follow from a seed: HMAC-SHA-256(seed, u64 counter), eight bytes at a time.
struct SampleDraw {
  private let seed: [UInt8]
  private var block: [UInt8] = []
  private var used = 0
  private var counter: UInt64 = 0

  init(seed: [UInt8]) { self.seed = seed }

  private mutating func next() -> UInt64 {
    if used == block.count {
      let message = (0..<8).map { UInt8(truncatingIfNeeded: counter >> (8 * UInt64($0))) }
      block = HMACSHA256.authenticate(message.span, key: seed.span)
      counter += 1
      used = 0
    }
    var value: UInt64 = 0
    for i in 0..<8 { value |= UInt64(block[used + i]) << (8 * UInt64(i)) }
    used += 8
    return value
  }

  /// A number below `bound`, each as likely as the others.
  private mutating func number(below bound: UInt64) -> UInt64 {
    let limit = UInt64.max - UInt64.max % bound
    while true {
      let value = next()
      if value < limit { return value % bound }
    }
  }

  /// `count` different numbers below `population`, ascending: Floyd's algorithm, which draws every
  /// set with the same probability.
  mutating func numbers(_ count: Int, below population: Int) -> [Int] {
    if count >= population { return [Int](0..<population) }
    var drawn: Set<Int> = []
    for upper in (population - count)..<population {
      let candidate = Int(number(below: UInt64(upper) + 1))
      if !drawn.insert(candidate).inserted { drawn.insert(upper) }
    }
    return drawn.sorted()
  }
}
