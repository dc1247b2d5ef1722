import BackupCrypto
import BackupFormat
import Testing

@testable import BackupEngine

@Suite("What was opened is compared with the ids of its chunks")
struct ChunkComparisonTests {
  private let key: SecretKey
  private let raw = [UInt8](repeating: 0x61, count: 100) + [UInt8](repeating: 0x62, count: 50) + [0]

  init() throws { key = try SecretKey.random() }

  private func block(_ byteCounts: [UInt32]) -> ChunkList.Block {
    let hasher = HMACHasher(key: key)
    var ids: [UInt8] = []
    var offset = 0
    for byteCount in byteCounts {
      hasher.update(raw.span.extracting(offset..<offset + Int(byteCount)))
      ids += hasher.finish()
      offset += Int(byteCount)
    }
    return ChunkList.Block(
      address: BlockAddress(run: .zero, number: 3), kind: .dataBlock, ids: ids,
      byteCounts: byteCounts)
  }

  private func matches(_ block: ChunkList.Block, _ raw: [UInt8], _ count: Int) -> Bool {
    ChunkComparison.matches(
      block, raw: raw, rawByteCount: count, hasher: HMACHasher(key: key))
  }

  @Test("Each chunk under its id, and nothing but them, is right")
  func right() {
    let described = block([100, 50, 1])
    #expect(matches(described, raw, 151))
    #expect(matches(described, raw + [7, 7], 151), "a buffer only grows")
  }

  @Test("One wrong byte of any id is found, and one of any chunk")
  func wrong() throws {
    let described = block([100, 50, 1])
    for i in described.ids.indices {
      var other = described
      other.ids[i] ^= 0x80
      #expect(!matches(other, raw, 151), "byte \(i) of the ids")
    }
    for i in raw.indices {
      var other = raw
      other[i] ^= 1
      #expect(!matches(described, other, 151), "byte \(i) of the chunks")
    }
    let stranger = HMACHasher(key: try SecretKey.random())
    #expect(
      !ChunkComparison.matches(described, raw: raw, rawByteCount: 151, hasher: stranger))
  }

  @Test("Chunks that end before the bytes do, or behind them, are found")
  func lengths() {
    #expect(!matches(block([100, 50]), raw, 151))
    #expect(!matches(block([100, 50, 1]), raw, 150))
    #expect(!matches(block([]), raw, 151))
    #expect(matches(block([]), [], 0))
  }
}
