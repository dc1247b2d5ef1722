import BackupFormat
import BackupObjects
import BackupSystem
import Synchronization

/// A block that one worker fills with new chunks and seals when it is full.
struct BlockStream: ~Copyable {
  private let lane: PackWriter.Lane
  private let kind: ObjectKind
  private var buffer: [UInt8]
  private var rawByteCount = 0
  private var address: BlockAddress?
  private var ids: [UInt8] = []
  private var byteCounts: [UInt32] = []

  init(lane: PackWriter.Lane, kind: ObjectKind = .dataBlock) {
    self.lane = lane
    self.kind = kind
    buffer = [UInt8](repeating: 0, count: BlockSealer.frontByteCount)
  }

  /// Where a chunk of `byteCount` would be stored; seals the block first when it would not fit.
  mutating func place(
    byteCount: Int, _ run: RunContext, _ sealer: inout BlockSealer, _ output: inout [UInt8]
  ) throws -> ChunkPlace {
    if rawByteCount > 0, rawByteCount + byteCount > run.blockByteCount {
      try flush(run, &sealer, &output)
    }
    let address = self.address ?? run.nextAddress()
    self.address = address
    return ChunkPlace(
      address: address, offset: UInt32(rawByteCount), byteCount: UInt32(byteCount))
  }

  /// Stores a chunk at the place that was asked for just before.
  mutating func append(_ chunk: Span<UInt8>, id: [UInt8]) {
    let start = BlockSealer.frontByteCount + rawByteCount
    if buffer.count < start + chunk.count {
      // In a few steps to the length of a block, which many a lane never sees.
      let whole = BlockSealer.frontByteCount + EngineLimits.blockByteCountTarget
      let count = max(start + chunk.count, min(4 * buffer.count, whole))
      buffer.append(contentsOf: [UInt8](repeating: 0, count: count - buffer.count))
    }
    var all = buffer.mutableSpan
    var target = all._mutatingExtracting(start..<start + chunk.count)
    Bytes.copy(chunk, to: &target)
    rawByteCount += chunk.count
    ids.append(contentsOf: id)
    byteCounts.append(UInt32(chunk.count))
  }

  /// Compresses, seals and hands over what there is.
  mutating func flush(
    _ run: RunContext, _ sealer: inout BlockSealer, _ output: inout [UInt8]
  ) throws {
    guard rawByteCount > 0, let address else { return }
    let byteCount = try sealer.seal(
      &buffer, rawByteCount: rawByteCount, kind: kind, number: address.number, into: &output)
    try run.packs.append(
      &output, byteCount: byteCount, digest: sealer.digest,
      // These are kept until the run ends, and must not keep the room of the fullest block.
      block: ChunkList.Block(
        address: address, kind: kind, ids: ids.copyOfItsSize, byteCounts: byteCounts.copyOfItsSize),
      lane: lane)
    run.newByteCount.add(UInt64(rawByteCount), ordering: .relaxed)
    run.blockCount.add(1, ordering: .relaxed)
    rawByteCount = 0
    self.address = nil
    ids.removeAll(keepingCapacity: true)
    byteCounts.removeAll(keepingCapacity: true)
  }
}

extension Array {
  /// The same elements in memory of their own, without room for more.
  fileprivate var copyOfItsSize: [Element] {
    var copy: [Element] = []
    copy.reserveCapacity(count)
    copy.append(contentsOf: self)
    return copy
  }
}
