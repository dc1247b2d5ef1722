import BackupCrypto
@testable import BackupEngine
import BackupFormat
import BackupLog
import BackupSystem
import BackupTestSupport
import BackupVerifier

extension FuzzTarget {
  /// What a machine remembers: private to the programs, and on a disk like any other.
  static let stateTargets: [FuzzTarget] = [
    stable(
      "verifier-memory", read: { try VerifierMemory(decoding: $0) }, write: { $0.encode() }),
    FuzzTarget(description: "log-head") { input in
      let input = checked(input)
      guard let log = RememberedLog(decoding: input) else { return nil }
      return log.encode() == input ? nil : "what was read is written as other bytes"
    },
    FuzzTarget(
      description: "catalogue-cache",
      check: { input in
        let header = CatalogueCache.header(Zeros.repository, .zero, Zeros.digest)
        // With its check, since nearly no other input would be looked at.
        let file = try StateFile.with(header + checked(input))
        guard
          let cache = CatalogueCacheReader(
            file, repository: Zeros.repository, set: .zero, snapshot: Zeros.digest)
        else { return "its header is refused" }
        cache.forEachEntry { _ in }
        return nil
      }),
    FuzzTarget(
      description: "journal",
      check: { input in
        // A record is what follows its length, with its hash: nearly no other input would be looked at.
        var record = ByteWriter()
        record.u32(UInt32(input.count))
        record.raw(input)
        record.u64(StateCheck.of(input.span))
        let header = Journal.header(Zeros.repository, .zero, .zero)
        for bytes in [input, header + input, header + record.bytes + record.bytes] {
          var reader = try JournalReader(
            try StateFile.with(bytes), repository: Zeros.repository, set: .zero)
          while try reader?.next() != nil {}
        }
        return nil
      }),
    FuzzTarget(
      description: "chunk-index",
      check: { input in
        guard let piece = ChunkIndexPiece(try StateFile.with(checkedPiece(input))) else {
          return nil
        }
        var ids: [ChunkID] = []
        piece.forEach { id, _ in ids.append(id) }
        ids.append(ChunkID([UInt8](repeating: 0, count: 32).span))
        ids.append(ChunkID([UInt8](repeating: 0xff, count: 32).span))
        for id in ids { _ = piece.place(of: id) }
        return nil
      }),
  ]
}

/// A piece of the chunk index with the checks that belong into it; the input is one without.
private func checkedPiece(_ input: [UInt8]) -> [UInt8] {
  var reader = ByteReader(input)
  do {
    try reader.expect(mark: "NSCIDX2\n")
    _ = try reader.raw(32 * Int(try reader.u32()))
    _ = try reader.raw(16 * Int(try reader.u32()))
    _ = try reader.u64()
  } catch {
    return input
  }
  var piece = checked([UInt8](input[..<reader.offset]))
  for start in stride(
    from: reader.offset, to: input.count, by: ChunkIndexPiece.checkedByteCount)
  {
    let end = min(start + ChunkIndexPiece.checkedByteCount, input.count)
    piece += checked([UInt8](input[start..<end]))
  }
  return piece
}

/// Bytes with their check behind them.
private func checked(_ bytes: [UInt8]) -> [UInt8] {
  var writer = ByteWriter(capacity: bytes.count + StateCheck.byteCount)
  writer.raw(bytes)
  writer.u64(StateCheck.of(bytes.span))
  return writer.bytes
}

/// A file without a name that is filled again for each input.
private enum StateFile {
  /// One for each thread would do; tests and fuzzers use it one after the other.
  static func with(_ bytes: [UInt8]) throws -> Descriptor {
    let folder = try Descriptor.openRootDirectory(Array("/dev/shm".utf8))
    let file = try Descriptor.createUnnamedFile(at: folder, mode: 0o600)
    try file.write(bytes.span, at: 0)
    return file
  }
}
