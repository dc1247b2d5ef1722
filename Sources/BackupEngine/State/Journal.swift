import BackupFormat
import BackupSystem

/// A pack that is whole and on stable storage, as its run remembers it.
struct FinishedPack: Sendable {
  /// Its name in the store.
  var name: PackName
  /// Its size, in bytes.
  var byteCount: UInt64
  /// How many bytes its end has.
  var endByteCount: UInt32
  /// The SHA-256 of its end.
  var endDigest: Digest
  /// Its blocks; the head index is that of the end.
  var segments: Segments
  /// What lies in its blocks.
  var chunks: ChunkList
}

/// What a run has finished so far, so that another can continue it; no path is in it.
///
/// "NSJRNL1\n" ‖ repository ‖ set ‖ run, then records: u32 length ‖ payload ‖ ``StateCheck`` of the
/// payload. The payload is run [16] ‖ u32 number ‖ u64 size ‖ u32 end length ‖ end digest ‖
/// u32 length of segments ‖ segments ‖ chunk list. Private to this program.
struct Journal {
  private let file: Descriptor

  static func header(_ repository: RepositoryID, _ set: SetID, _ run: RunID) -> [UInt8] {
    var writer = ByteWriter(capacity: 72)
    writer.mark("NSJRNL1\n")
    writer.raw(repository.bytes)
    writer.raw(set.bytes)
    writer.raw(run.bytes)
    return writer.bytes
  }

  /// Begins the journal of a run in a new file.
  init(
    at directory: Descriptor, _ name: [UInt8], repository: RepositoryID, set: SetID, run: RunID
  ) throws(SystemError) {
    let temporary = [0x2e] + name
    do { try FileSystem.removeFile(at: directory, temporary) } catch {
      guard error.isNotFound else { throw error }
    }
    file = try Descriptor.createFile(at: directory, temporary, mode: 0o600)
    try file.write(Self.header(repository, set, run).span)
    try file.synchroniseContent()
    try FileSystem.rename(at: directory, temporary, to: directory, name)
    try directory.synchronise()
  }

  /// Notes a finished pack; on stable storage when this returns.
  func append(_ pack: FinishedPack) throws(SystemError) {
    var payload = ByteWriter(capacity: 4096)
    payload.raw(pack.name.run.bytes)
    payload.u32(pack.name.number)
    payload.u64(pack.byteCount)
    payload.u32(pack.endByteCount)
    payload.raw(pack.endDigest.bytes)
    var segments = ByteWriter(capacity: 4096)
    pack.segments.encode(to: &segments)
    payload.u32(UInt32(segments.bytes.count))
    payload.raw(segments.bytes)
    payload.raw(pack.chunks.encode())
    var record = ByteWriter(capacity: payload.bytes.count + 16)
    record.u32(UInt32(payload.bytes.count))
    record.raw(payload.bytes)
    record.u64(StateCheck.of(payload.bytes.span))
    try file.write(record.bytes.span)
    try file.synchroniseContent()
  }
}

/// Reads what a run has noted, one record at a time; a torn or damaged one ends it.
///
/// Memory is one record of at most ``recordByteCountMax`` and what is made of it.
struct JournalReader {
  /// The run that noted it.
  let run: RunID
  private let file: Descriptor
  /// What the file has beyond what was read: no damaged length costs more memory than that.
  private var rest: UInt64

  /// The most bytes of a record: 36 for each chunk of its pack, so enough for files of 10 bytes.
  ///
  /// At a longer one the journal ends, and what it spoke of is sent again.
  static let recordByteCountMax = 128 << 20

  /// Reads the header; nil if it is not that of this data set.
  init?(_ file: Descriptor, repository: RepositoryID, set: SetID) throws(SystemError) {
    self.file = file
    rest = try FileStatus.read(of: file).byteCount
    let header = Journal.header(repository, set, .zero)
    guard let bytes = try Self.bytes(header.count, of: file, &rest) else { return nil }
    let start = header.count - RunID.byteCount
    guard bytes[..<start] == header[..<start], let run = RunID([UInt8](bytes[start...])) else {
      return nil
    }
    self.run = run
  }

  /// The next pack; nil at the end, and from a record on that is not whole.
  mutating func next() throws(SystemError) -> FinishedPack? {
    let pack = try record()
    if pack == nil { rest = 0 }
    return pack
  }

  private static func bytes(
    _ count: Int, of file: Descriptor, _ rest: inout UInt64
  ) throws(SystemError) -> [UInt8]? {
    guard UInt64(count) <= rest else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    guard try file.readFully(into: &span) == count else { return nil }
    rest -= UInt64(count)
    return bytes
  }

  private mutating func record() throws(SystemError) -> FinishedPack? {
    guard let length = try Self.bytes(4, of: file, &rest) else { return nil }
    let count = length.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard count <= Self.recordByteCountMax,
      let payload = try Self.bytes(count, of: file, &rest),
      let check = try Self.bytes(StateCheck.byteCount, of: file, &rest),
      StateCheck.word(in: check.span, at: 0) == StateCheck.of(payload.span)
    else { return nil }
    return Self.pack(payload)
  }

  private static func pack(_ payload: [UInt8]) -> FinishedPack? {
    do {
      var fields = ByteReader(payload)
      let name = PackName(run: try fields.id(), number: try fields.u32())
      let byteCount = try fields.u64()
      let endByteCount = try fields.u32()
      let endDigest: Digest = try fields.id()
      let segmentRange = try fields.skip(Int(try fields.u32()))
      var segmentReader = ByteReader(payload, in: segmentRange)
      let segments = try Segments(from: &segmentReader, headCount: Limits.headCount)
      let chunks = try ChunkList(decoding: [UInt8](payload[fields.offset...]))
      return FinishedPack(
        name: name, byteCount: byteCount, endByteCount: endByteCount, endDigest: endDigest,
        segments: segments, chunks: chunks)
    } catch {
      return nil
    }
  }
}
