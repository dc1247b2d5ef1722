import BackupCrypto
import BackupFormat
import BackupObjects
import BackupStorage

/// What a rewriting seals anew, in blocks of its own run.
///
/// For one thread.
final class RewriteRun {
  /// Where a stretch of an old block lies now.
  private struct Moved {
    var old: Range<UInt32>
    var address: BlockAddress
    var offset: UInt32
  }

  let key: RunKey
  let packs: MixedPackWriter
  private let repository: RepositoryID
  private var sealer: BlockSealer
  private let chunkHasher: HMACHasher
  private let pageHasher: HMACHasher
  private var nextNumber: UInt32 = 0
  private var output: [UInt8] = []
  private var buffer: [UInt8]
  private var rawByteCount = 0
  private var ids: [UInt8] = []
  private var byteCounts: [UInt32] = []
  private var moved: [BlockAddress: [Moved]] = [:]
  private var pages: [[UInt8]: BlockAddress] = [:]
  /// What lies in the blocks of this run.
  private(set) var chunks: [ChunkList.Block] = []

  init(
    _ session: RepositorySession, key: RunKey, secret: SetSecret, chunkIDKey: SecretKey,
    compression: CompressionChoice
  ) throws {
    self.key = key
    repository = session.id
    packs = MixedPackWriter(storage: session.storage, run: key.head.run)
    sealer = try BlockSealer(key: key, repository: session.id, compression: compression)
    chunkHasher = HMACHasher(key: chunkIDKey)
    pageHasher = HMACHasher(key: secret.pageIDKey)
    buffer = [UInt8](repeating: 0, count: BlockSealer.frontByteCount)
  }

  // MARK: Data

  /// Stores the stretches of an old block that stay.
  ///
  /// - Parameter boundaries: The lengths of the old block's chunks, if they are known.
  func keep(
    _ ranges: ByteRanges, of old: BlockAddress, raw: [UInt8], boundaries: [UInt32]?
  ) throws {
    for range in ranges.ranges {
      guard Int(range.upperBound) <= raw.count else {
        throw EngineError.object(path: "catalogue", .malformed(.outOfRange(.extent)))
      }
      if rawByteCount > 0, rawByteCount + range.count > EngineLimits.blockByteCountTarget {
        try flush()
      }
      moved[old, default: []].append(
        Moved(
          old: range, address: BlockAddress(run: key.head.run, number: nextNumber),
          offset: UInt32(rawByteCount)))
      for chunk in Self.chunks(of: range, boundaries) {
        let bytes = raw[Int(chunk.lowerBound)..<Int(chunk.upperBound)]
        chunkHasher.update(bytes.span)
        ids += chunkHasher.finish()
        byteCounts.append(UInt32(chunk.count))
      }
      buffer += raw[Int(range.lowerBound)..<Int(range.upperBound)]
      rawByteCount += range.count
    }
  }

  /// The chunks of a stretch, or the stretch as one if the list does not cut it so.
  private static func chunks(
    of range: Range<UInt32>, _ boundaries: [UInt32]?
  ) -> [Range<UInt32>] {
    var chunks: [Range<UInt32>] = []
    var offset: UInt32 = 0
    for byteCount in boundaries ?? [] {
      let chunk = offset..<offset + byteCount
      if chunk.lowerBound >= range.lowerBound, chunk.upperBound <= range.upperBound {
        chunks.append(chunk)
      }
      offset += byteCount
    }
    let isWhole =
      chunks.first?.lowerBound == range.lowerBound && chunks.last?.upperBound == range.upperBound
    return isWhole ? chunks : [range]
  }

  /// Seals what was kept so far.
  func flush() throws {
    guard rawByteCount > 0 else { return }
    var buffer: [UInt8] = []
    swap(&buffer, &self.buffer)
    defer { swap(&buffer, &self.buffer) }
    try seal(&buffer, rawByteCount, .dataBlock, ids: ids, byteCounts: byteCounts)
    buffer.removeLast(buffer.count - BlockSealer.frontByteCount)
    rawByteCount = 0
    ids = []
    byteCounts = []
  }

  private func seal(
    _ buffer: inout [UInt8], _ rawByteCount: Int, _ kind: ObjectKind, ids: [UInt8],
    byteCounts: [UInt32]
  ) throws {
    var output: [UInt8] = []
    swap(&output, &self.output)
    defer { swap(&output, &self.output) }
    let byteCount = try sealer.seal(
      &buffer, rawByteCount: rawByteCount, kind: kind, number: nextNumber, into: &output)
    let digest = sealer.digest
    try packs.append(
      output.span.extracting(0..<byteCount), number: nextNumber, head: key.head,
      digest: digest.span)
    chunks.append(
      ChunkList.Block(
        address: BlockAddress(run: key.head.run, number: nextNumber), kind: kind, ids: ids,
        byteCounts: byteCounts))
    nextNumber += 1
  }

  /// Where the bytes of a file lie now.
  func extents(_ old: [Extent]) throws -> [Extent] {
    var new: [Extent] = []
    for extent in old {
      guard !extent.isZeros, let stretches = moved[extent.address] else {
        new.appendMerging(extent)
        continue
      }
      let end = extent.offset + UInt32(extent.byteCount)
      guard
        let stretch = stretches.first(where: {
          $0.old.lowerBound <= extent.offset && end <= $0.old.upperBound
        })
      else { throw EngineError.object(path: "catalogue", .malformed(.outOfRange(.extent))) }
      new.appendMerging(
        Extent(
          stretch.address, offset: stretch.offset + extent.offset - stretch.old.lowerBound,
          byteCount: UInt32(extent.byteCount)))
    }
    return new
  }

  // MARK: Pages

  /// Stores a page of the catalogue, the same one only once; what was kept is sealed before.
  func store(page: [UInt8]) throws -> BlockAddress {
    try flush()
    guard page.count <= Limits.rawBlockByteCount else {
      throw EngineError.object(path: "catalogue", .malformed(.limitExceeded(.size)))
    }
    pageHasher.update(page.span)
    let id = pageHasher.finish()
    if let known = pages[id] { return known }
    let address = BlockAddress(run: key.head.run, number: nextNumber)
    var buffer = [UInt8](repeating: 0, count: BlockSealer.frontByteCount) + page
    try seal(&buffer, page.count, .cataloguePage, ids: id, byteCounts: [UInt32(page.count)])
    pages[id] = address
    return address
  }
}
