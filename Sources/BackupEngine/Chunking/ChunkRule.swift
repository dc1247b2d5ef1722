/// How long the chunks of a file are.
///
/// Small chunks cost memory and catalogue, large ones store much again when little changed. A large
/// file is often an image that a program writes in place, so its chunks are finer, but never so many
/// that the list of them would not fit a page of the catalogue (4 MiB, about 9 bytes a chunk).
enum ChunkRule {
  /// A file of this size or more is cut finer than others: 64 MiB.
  static let largeFileByteCount: UInt64 = 64 << 20
  /// The finest average of such a file: 64 KiB.
  static let fineAverageByteCount = 64 << 10
  /// What a database is cut into at the finest: 16 KiB, four of SQLite's pages.
  static let databaseChunkByteCount = 16 << 10
  /// The longest average, half of what the read buffer allows: 512 KiB.
  static let coarseAverageByteCount = 512 << 10
  /// The chunks that a file should have at most: 131,072.
  static let chunkCountAimed: UInt64 = 1 << 17

  /// The average length of the chunks of a file; `usual` for one that is not large.
  static func average(ofFile byteCount: UInt64, _ usual: Int) -> Int {
    guard byteCount >= largeFileByteCount else { return usual }
    return length(ofFile: byteCount, from: fineAverageByteCount)
  }

  /// The length of a database's chunks, which begin at its multiples: a page stays where it is, so a
  /// cut by content would only make larger what one changed page makes new.
  static func databaseChunk(ofFile byteCount: UInt64) -> Int {
    length(ofFile: byteCount, from: databaseChunkByteCount)
  }

  /// The least power of two from `least` on with which a file has no more chunks than is aimed at.
  private static func length(ofFile byteCount: UInt64, from least: Int) -> Int {
    var length = least
    while length < coarseAverageByteCount, byteCount / UInt64(length) > chunkCountAimed {
      length *= 2
    }
    return length
  }

  private static let sqliteMark = [UInt8]("SQLite format 3\0".utf8)

  /// Whether the first bytes of a file say that it is an SQLite database.
  static func isDatabase(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= sqliteMark.count else { return false }
    return sqliteMark.indices.allSatisfy { bytes[$0] == sqliteMark[$0] }
  }
}
