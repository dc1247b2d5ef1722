import BackupFormat
import BackupLog
import BackupSystem

/// A chunk index of made-up chunks: how long it takes to open and to ask, and what it needs.
public struct IndexTrial {
  /// Figures of one size.
  public struct Outcome: Sendable {
    /// How many chunks the index has.
    public let chunkCount: Int
    /// The length of its file, in bytes.
    public let byteCount: UInt64
    /// Until the index answers, in nanoseconds.
    public let openNanoseconds: UInt64
    /// One question about a chunk that is stored, with the check of its record, in nanoseconds.
    public let hitNanoseconds: UInt64
    /// One question about a chunk that is not, in nanoseconds.
    public let missNanoseconds: UInt64
  }

  private static let questionCount = 200_000
  private static let blockChunkCount = 4

  /// Makes an index of `chunkCount` chunks in the empty folder `folder`, asks it, and removes it.
  ///
  /// Ids are spread evenly as those of a real index are: the n-th is n steps from zero, with noise in
  /// the lower half.
  public static func run(chunkCount: Int, in folder: [UInt8]) throws -> Outcome {
    let directory = try Descriptor.openDirectory(at: nil, folder)
    let index = ChunkIndexFolder(directory: directory)
    try index.removeAll()
    defer { try? index.removeAll() }  // what is left is a file of a trial
    let step = UInt64.max / UInt64(chunkCount + 1)
    func id(_ number: Int, isStored: Bool) -> ChunkID {
      var bytes: [UInt8] = []
      // What is not stored lies half a step behind what is.
      let first = step * UInt64(number + 1) + (isStored ? 0 : step / 2)
      for word in [first, UInt64(number) &* 0x9e37_79b9_7f4a_7c15, 1] {
        for i in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * i))) }
      }
      return ChunkID(bytes.span)
    }
    let digest = Digest(hashing: [])
    try index.writeSorted(lists: [digest], runs: [.zero]) { writer throws(SystemError) in
      for number in 0..<chunkCount {
        try writer.append(
          id(number, isStored: true),
          ChunkPlace(
            address: BlockAddress(run: .zero, number: UInt32(number / blockChunkCount)), offset: 0,
            byteCount: 1))
      }
    }
    let began = SystemClock.monotonicNanoseconds()
    let pieces = try index.pieces()
    let asked = ChunkIndex(pieces: pieces) { _ in true }
    _ = asked.place(of: id(chunkCount / 2, isStored: true))
    let opened = SystemClock.monotonicNanoseconds()
    var generator = SystemRandomNumberGenerator()
    func ask(isStored: Bool) throws -> UInt64 {
      let ids = (0..<questionCount).map { _ in
        id(Int.random(in: 0..<chunkCount, using: &generator), isStored: isStored)
      }
      let began = SystemClock.monotonicNanoseconds()
      var found = 0
      for id in ids where asked.place(of: id) != nil { found += 1 }
      let time = SystemClock.monotonicNanoseconds() - began
      guard found == (isStored ? questionCount : 0) else { throw EngineError.unavailable }
      return time / UInt64(questionCount)
    }
    let hit = try ask(isStored: true)
    let miss = try ask(isStored: false)
    let byteCount = pieces.reduce(0) { $0 + $1.byteCount }
    return Outcome(
      chunkCount: chunkCount, byteCount: byteCount, openNanoseconds: opened - began,
      hitNanoseconds: hit, missNanoseconds: miss)
  }
}
