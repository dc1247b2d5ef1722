public import BackupCrypto
public import BackupFormat
internal import BackupLog

internal import Glibc

/// What a sample promises, and the key under which it is drawn.
public struct SampleTerms: Sendable {
  /// With which confidence damage of ``damageShare`` would be found; between 0 and 1, exclusive.
  public let confidence: Double
  /// The smallest share of damaged blocks that is to be found; between 0 and 1, exclusive.
  public let damageShare: Double
  /// Within how many nights every needed byte is to be read again.
  public let sweepNightCount: Int
  /// Makes the draw unpredictable to the store, and repeatable for who has the key.
  public let key: SecretKey

  /// Makes terms; nil outside their ranges.
  public init?(confidence: Double, damageShare: Double, sweepNightCount: Int, key: SecretKey) {
    guard confidence > 0, confidence < 1, damageShare > 0, damageShare < 1,
      (1...VerifierMemory.sliceCountMax).contains(sweepNightCount)
    else { return nil }
    self.confidence = confidence
    self.damageShare = damageShare
    self.sweepNightCount = sweepNightCount
    self.key = key
  }

  /// How many blocks are drawn: ⌈ln(1 − confidence) / ln(1 − damageShare)⌉, enough for every
  /// population (`compliance.md`, section 4.3).
  public var drawCount: Int {
    let count = (log(1 - confidence) / log(1 - damageShare)).rounded(.up)
    return count < 1e9 ? max(1, Int(count)) : 1_000_000_000
  }

  /// The seed of a visit: HMAC(key, root of the log ‖ night as `YYYY-MM-DD`).
  ///
  /// A store that can't compute it can't foresee what will be read.
  func seed(root: Digest, night: Night) -> [UInt8] {
    HMACSHA256.authenticate((root.bytes + [UInt8](night.description.utf8)).span, key: key)
  }
}

/// What a sample was, so that it is never taken for more.
public struct SampleReport: Hashable, Sendable {
  /// The confidence that was asked for.
  public let confidence: Double
  /// The share of damaged blocks that was to be found.
  public let damageShare: Double
  /// Blocks published since the last visit, all read.
  public internal(set) var newCount = 0
  /// Blocks drawn at random out of all.
  public internal(set) var drawnCount = 0
  /// Blocks of tonight's slices of the packs, all read.
  public internal(set) var sweptCount = 0
  /// The slices that were read, and how many there are.
  public internal(set) var slices: [Int] = []
  /// How many slices there are.
  public let sliceCount: Int
  /// When the slice that was read longest ago was read, in seconds since 1970; nil while one was
  /// never read.
  public internal(set) var sweptSince: Int64?
  /// SHA-256 of the seed of the draw, which commits to it: the seed itself is shown at the next
  /// visit, when knowing it helps nobody to foresee what is read.
  public let seedDigest: Digest
  /// The seed of the draw of this verifier's last sample; nil at the first.
  public internal(set) var revealed: VerifierMemory.Seed?

  /// How many days ago the slice that was read longest ago was read; nil while one was never read.
  public func sweepAgeDays(at now: Int64) -> Int? {
    sweptSince.map { Int(max(0, now - $0) / 86_400) }
  }

  /// The largest share of damaged blocks that a clean draw leaves possible with the confidence
  /// asked for: 1 − (1 − confidence)^(1/n); nil if nothing was drawn.
  public var damageShareBound: Double? {
    guard drawnCount > 0 else { return nil }
    return 1 - pow(1 - confidence, 1 / Double(drawnCount))
  }
}
