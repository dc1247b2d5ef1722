/// What a draw bears out (`Docs/format.md`, section 11.4).
extension Predicate.VerifiedExtent {
  /// The smallest share of damaged blocks, in parts per million, that a clean draw rules out:
  /// ⌈10^6 · (1 − (1 − confidence)^(1 / drawn))⌉; 0 without a draw.
  ///
  /// With multiplications alone, so that every machine finds the same.
  public static func bound(drawn: Int, confidenceBasisPoints: Int) -> Int {
    guard drawn > 0, confidenceBasisPoints > 0 else { return 0 }
    let doubt = 1 - Double(confidenceBasisPoints) / 10_000
    var low = 0
    var high = 1_000_000
    while low < high {
      let middle = (low + high) / 2
      if missProbability(of: middle, drawn: drawn) <= doubt {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low
  }

  /// How probable it is that so many draws miss a damage of so many parts per million.
  private static func missProbability(of partsPerMillion: Int, drawn: Int) -> Double {
    var factor = 1 - Double(partsPerMillion) / 1_000_000
    var power = 1.0
    var rest = drawn
    while rest > 0 {
      if rest & 1 == 1 { power *= factor }
      factor *= factor
      rest >>= 1
    }
    return power
  }

  /// Whether the draw bears out the bound that is claimed; one in the last place is let be, since it
  /// may have been rounded otherwise.
  public var isBoundBorneOut: Bool {
    boundPartsPerMillion + 1
      >= Self.bound(drawn: drawn, confidenceBasisPoints: confidenceBasisPoints)
  }
}
