import BackupFormat
import BackupSystem
import BackupTestSupport
import Testing

@testable import BackupEngine

@Suite("Pieces of the chunk index")
struct ChunkIndexFolderTests {
  private let folder: TemporaryDirectory
  private let index: ChunkIndexFolder
  private let run: RunID

  init() throws {
    folder = try TemporaryDirectory()
    index = ChunkIndexFolder(directory: folder.descriptor)
    run = try #require(RunID([UInt8](repeating: 7, count: 16)))
  }

  private func id(_ number: Int) -> ChunkID {
    var generator = SeededGenerator(seed: UInt64(number))
    var bytes: [UInt8] = []
    for _ in 0..<32 { bytes.append(UInt8(truncatingIfNeeded: generator.next())) }
    return ChunkID(bytes.span)
  }

  private func place(_ number: Int) -> ChunkPlace {
    ChunkPlace(
      address: BlockAddress(run: run, number: UInt32(number)), offset: 5, byteCount: 6)
  }

  /// Writes more pieces than are kept, of five chunks each.
  private func writePieces() throws -> Int {
    let count = EngineLimits.indexPieceCount + 1
    for piece in 0..<count {
      let list = try #require(Digest([UInt8](repeating: UInt8(piece), count: 32)))
      let numbers = piece * 5..<piece * 5 + 5
      try index.write(lists: [list], records: numbers.map { (id($0), place($0)) })
    }
    return count
  }

  @Test func areMergedInOrder() throws {
    let count = try writePieces()
    let pieces = try index.pieces()
    let merged = try #require(pieces.first)
    #expect(pieces.count == 1)
    #expect(merged.lists.count == count)
    #expect(merged.recordCount == count * 5)
    var last: ChunkID?
    merged.forEach { id, _ in
      if let last { #expect(last < id) }
      last = id
    }
    for number in 0..<count * 5 { #expect(merged.place(of: id(number)) == place(number)) }
    // And that is what is there from now on.
    #expect(try index.pieces().map(\.recordCount) == [count * 5])
  }

  @Test func noBitOfAPieceLeadsToAnotherPlace() throws {
    let list = try #require(Digest([UInt8](repeating: 1, count: 32)))
    let name = try index.write(lists: [list], records: (0..<4).map { (id($0), place($0)) }).name
    let path = folder.path(String(decoding: name, as: UTF8.self))
    let whole = try SecureFile.readWhole(path, limitByteCount: 1 << 20)
    for bit in 0..<8 * whole.count {
      var bytes = whole
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      try SecureFile.replaceDurably(path, bytes.span)
      let pieces = try index.pieces()
      for number in 0..<4 {
        let found = pieces.first?.place(of: id(number))
        #expect(found == nil || found == place(number), "bit \(bit)")
      }
      // Whoever asks for all of it gets a whole one, or none.
      #expect(try index.pieces(checkingRecords: true).isEmpty, "bit \(bit)")
    }
  }

  @Test func aDamagedRecordIsLeftOutOfAMerge() throws {
    let count = try writePieces()
    let names = try DirectoryEntries.read(folder.descriptor).map {
      String(decoding: $0.name, as: UTF8.self)
    }
    let path = folder.path(try #require(names.min()))
    var bytes = try SecureFile.readWhole(path, limitByteCount: 1 << 20)
    // The number of the run of its second record.
    bytes[bytes.count - 4 * ChunkIndexPiece.recordByteCount + ChunkID.byteCount + 3] = 0xff
    try SecureFile.replaceDurably(path, bytes.span)
    let pieces = try index.pieces()
    #expect(pieces.map(\.recordCount) == [count * 5 - 1])
  }
}
