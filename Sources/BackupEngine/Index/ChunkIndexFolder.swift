import BackupFormat
import BackupSystem

/// The pieces of a data set's chunk index in the state directory.
struct ChunkIndexFolder {
  /// The folder, open.
  let directory: Descriptor

  private static let suffix = [UInt8](".idx".utf8)

  /// Opens the pieces; those that are not whole are removed.
  func pieces() throws(SystemError) -> [ChunkIndexPiece] {
    var pieces: [(name: [UInt8], piece: ChunkIndexPiece)] = []
    for entry in try DirectoryEntries.read(directory)
    where entry.name.suffix(4).elementsEqual(Self.suffix) {
      let file = try Descriptor.openFile(at: directory, entry.name)
      if let piece = ChunkIndexPiece(file) {
        pieces.append((entry.name, piece))
      } else {
        try FileSystem.removeFile(at: directory, entry.name)
      }
    }
    if pieces.count > EngineLimits.indexPieceCount {
      return [try merge(pieces)]
    }
    return pieces.map(\.piece)
  }

  private func merge(
    _ pieces: [(name: [UInt8], piece: ChunkIndexPiece)]
  ) throws(SystemError) -> ChunkIndexPiece {
    var records: [(ChunkID, ChunkPlace)] = []
    records.reserveCapacity(pieces.reduce(0) { $0 + $1.piece.recordCount })
    for (_, piece) in pieces { piece.forEach { records.append(($0, $1)) } }
    let lists = Set(pieces.flatMap(\.piece.lists)).sorted()
    let merged = try write(lists: lists, records: records)
    for (name, _) in pieces where name != merged.name {
      try FileSystem.removeFile(at: directory, name)
    }
    return merged.piece
  }

  /// Writes a piece and opens it.
  @discardableResult
  func write(
    lists: [Digest], records: [(ChunkID, ChunkPlace)]
  ) throws(SystemError) -> (name: [UInt8], piece: ChunkIndexPiece) {
    let bytes = ChunkIndexPiece.encode(lists: lists, records: records)
    // Named by the first list and by how many there are: a merged piece has a name of its own.
    let name = [UInt8]("\(lists.first?.hex ?? "none")-\(lists.count)".utf8) + Self.suffix
    let temporary = [0x2e] + name
    do { try FileSystem.removeFile(at: directory, temporary) } catch {
      guard error.isNotFound else { throw error }
    }
    let file = try Descriptor.createFile(at: directory, temporary, mode: 0o600)
    try file.write(bytes.span)
    try FileSystem.rename(at: directory, temporary, to: directory, name)
    guard let piece = ChunkIndexPiece(file) else { throw SystemError.invalid("mmap") }
    return (name, piece)
  }

  /// Forgets everything.
  func removeAll() throws(SystemError) {
    for entry in try DirectoryEntries.read(directory)
    where entry.name.suffix(4).elementsEqual(Self.suffix) {
      try FileSystem.removeFile(at: directory, entry.name)
    }
  }
}
