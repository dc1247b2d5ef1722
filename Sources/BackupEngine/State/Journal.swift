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

  /// Reads what a run has noted; a torn record ends it.
  static func read(
    _ file: Descriptor, repository: RepositoryID, set: SetID
  ) throws(SystemError) -> (run: RunID, packs: [FinishedPack])? {
    let bytes = try file.readToEnd(limitByteCount: 1 << 32)
    var reader = ByteReader(bytes)
    var packs: [FinishedPack] = []
    let run: RunID
    do {
      try reader.expect(mark: "NSJRNL1\n")
      let repositoryFound: RepositoryID = try reader.id()
      let setFound: SetID = try reader.id()
      guard repositoryFound == repository, setFound == set else { return nil }
      run = try reader.id()
    } catch {
      return nil
    }
    while !reader.isAtEnd, let pack = record(&reader) { packs.append(pack) }
    return (run, packs)
  }

  private static func record(_ reader: inout ByteReader) -> FinishedPack? {
    do {
      let payload = try reader.raw(Int(try reader.u32()))
      guard try reader.u64() == StateCheck.of(payload.span) else { return nil }
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
