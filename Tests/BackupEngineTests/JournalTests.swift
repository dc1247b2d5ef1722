import BackupFormat
import BackupSystem
import BackupTestSupport
import Testing

@testable import BackupEngine

/// What a run notes of its packs, read again a record at a time.
@Suite("The journal of a run")
struct JournalTests {
  let folder: TemporaryDirectory
  let root: Descriptor
  let repository: RepositoryID
  let set: SetID
  let run: RunID

  init() throws {
    folder = try TemporaryDirectory()
    root = try Descriptor.openRootDirectory(folder.path)
    repository = try #require(RepositoryID([UInt8](repeating: 1, count: 32)))
    set = try #require(SetID([UInt8](repeating: 2, count: 16)))
    run = try #require(RunID([UInt8](repeating: 3, count: 16)))
  }

  private func pack(_ number: UInt32) throws -> FinishedPack {
    let block = ChunkList.Block(
      address: BlockAddress(run: run, number: number), kind: .dataBlock,
      ids: [UInt8](repeating: 7, count: 32), byteCounts: [100])
    let digest = try #require(Digest([UInt8](repeating: 9, count: 32)))
    var segments = Segments()
    segments.append(headIndex: 0, number: number, byteCount: 145, digest: digest.bytes.span)
    return FinishedPack(
      name: PackName(run: run, number: number), byteCount: 1_000, endByteCount: 300,
      endDigest: digest, segments: segments, chunks: ChunkList(blocks: [block]))
  }

  /// A journal of three packs, as bytes, and where each record begins.
  private func journal() throws -> (bytes: [UInt8], starts: [Int]) {
    let name = [UInt8]("journal".utf8)
    let journal = try Journal(at: root, name, repository: repository, set: set, run: run)
    var starts = [try count()]
    for number in 0..<3 as Range<UInt32> {
      try journal.append(try pack(number))
      starts.append(try count())
    }
    let bytes = try Descriptor.openFile(at: root, name).readToEnd(limitByteCount: 1 << 20)
    return (bytes, starts)
  }

  private func count() throws -> Int {
    Int(try FileStatus.read(path: folder.path("journal")).byteCount)
  }

  /// The numbers of the packs that are read from some bytes; nil if the header is refused.
  private func numbers(_ bytes: [UInt8]) throws -> [UInt32]? {
    try folder.write("other", bytes)
    let file = try Descriptor.openFile(at: root, [UInt8]("other".utf8))
    guard var reader = try JournalReader(file, repository: repository, set: set) else { return nil }
    #expect(reader.run == run)
    var numbers: [UInt32] = []
    while let pack = try reader.next() { numbers.append(pack.name.number) }
    // What ended it ends it for good.
    #expect(try reader.next() == nil)
    return numbers
  }

  @Test("is read as it was written, up to where it is torn")
  func tornAnywhere() throws {
    let (bytes, starts) = try journal()
    for end in bytes.indices {
      let whole = starts.dropFirst().count { $0 <= end }
      let expected = end < starts[0] ? nil : Array(0..<UInt32(whole))
      #expect(try numbers([UInt8](bytes[..<end])) == expected, "torn at \(end)")
    }
    #expect(try numbers(bytes) == [0, 1, 2])
  }

  @Test("ends before a record of which a bit is another")
  func damagedAnywhere() throws {
    let (bytes, starts) = try journal()
    for place in starts[1]..<starts[2] {
      var other = bytes
      other[place] ^= 0x40
      #expect(try numbers(other) == [0], "at \(place)")
    }
    #expect(try numbers([0] + bytes) == nil)
  }

  @Test("asks for no memory that a damaged length names")
  func damagedLength() throws {
    let (bytes, starts) = try journal()
    let other = try TemporaryDirectory()
    // 4 GiB of holes: as much as a length can name.
    try Self.write(bytes, lengthAt: starts[1], to: other, byteCount: 5 << 30)
    let file = try Descriptor.openFile(
      at: try Descriptor.openRootDirectory(other.path), [UInt8]("large".utf8))
    var reader = try #require(try JournalReader(file, repository: repository, set: set))
    #expect(try reader.next()?.name.number == 0)
    let before = try Self.peakKilobytes()
    #expect(try reader.next() == nil)
    #expect(try Self.peakKilobytes() - before < 256 << 10)
  }

  private static func write(
    _ bytes: [UInt8], lengthAt start: Int, to folder: TemporaryDirectory, byteCount: UInt64
  ) throws {
    var bytes = bytes
    for i in 0..<4 { bytes[start + i] = 0xff }
    try folder.write("large", bytes)
    let file = try Descriptor.open(
      at: try Descriptor.openRootDirectory(folder.path), [UInt8]("large".utf8), [.readWrite])
    try file.truncate(toByteCount: byteCount)
  }

  /// The most memory that this process had at once.
  private static func peakKilobytes() throws -> Int {
    let file = try Descriptor.openFile(at: nil, [UInt8]("/proc/self/status".utf8))
    let text = String(decoding: try file.readToEnd(limitByteCount: 1 << 16), as: UTF8.self)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber)))
  }
}
