import BackupFormat
import BackupSystem

/// The pieces of a data set's chunk index in the state directory.
struct ChunkIndexFolder {
  /// The folder, open.
  let directory: Descriptor

  private static let suffix = [UInt8](".idx".utf8)

  /// Opens the pieces; those that are not whole are removed.
  ///
  /// - Parameter checkingRecords: Whether each record is looked at now, and not only when it is used.
  func pieces(checkingRecords: Bool = false) throws(SystemError) -> [ChunkIndexPiece] {
    var pieces: [(name: [UInt8], piece: ChunkIndexPiece)] = []
    for entry in try DirectoryEntries.read(directory)
    where entry.name.suffix(4).elementsEqual(Self.suffix) {
      let file = try Descriptor.openFile(at: directory, entry.name)
      if let piece = ChunkIndexPiece(file), !checkingRecords || piece.isSound {
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

  /// Makes one piece of all, record by record: memory does not grow with them.
  private func merge(
    _ pieces: [(name: [UInt8], piece: ChunkIndexPiece)]
  ) throws(SystemError) -> ChunkIndexPiece {
    let sources = pieces.map(\.piece)
    let lists = Set(sources.flatMap(\.lists)).sorted()
    let runs = Set(sources.flatMap(\.runIDs)).sorted()
    let merged = try writeSorted(lists: lists, runs: runs) { (writer) throws(SystemError) in
      var next = [Int](repeating: 0, count: sources.count)
      func following(_ i: Int) -> (id: ChunkID, place: ChunkPlace)? {
        while next[i] < sources[i].recordCount {
          next[i] += 1
          // A damaged record is left out: its chunk is sent again.
          if let record = sources[i].record(next[i] - 1) { return record }
        }
        return nil
      }
      var heads = sources.indices.map(following)
      while true {
        var least: Int?
        for i in heads.indices {
          guard let head = heads[i] else { continue }
          if let found = least, let other = heads[found], !(head.id < other.id) { continue }
          least = i
        }
        guard let least, let head = heads[least] else { return }
        try writer.append(head.id, head.place)
        heads[least] = following(least)
      }
    }
    for (name, _) in pieces where name != merged.name {
      try FileSystem.removeFile(at: directory, name)
    }
    return merged.piece
  }

  /// Writes a piece and opens it.
  @discardableResult
  func write(
    lists: [Digest], records: consuming [(ChunkID, ChunkPlace)]
  ) throws(SystemError) -> (name: [UInt8], piece: ChunkIndexPiece) {
    var records = records
    records.sort { $0.0 < $1.0 }
    var runs: Set<RunID> = []
    for record in records { runs.insert(record.1.address.run) }
    let sorted = records
    return try writeSorted(lists: lists, runs: runs.sorted()) { (writer) throws(SystemError) in
      for (id, place) in sorted { try writer.append(id, place) }
    }
  }

  /// Writes a piece whose records come in the order of their ids, and opens it.
  ///
  /// - Parameter runs: Every run that a record will name, each once.
  @discardableResult
  func writeSorted(
    lists: [Digest], runs: [RunID],
    _ body: (inout ChunkIndexWriter) throws(SystemError) -> Void
  ) throws(SystemError) -> (name: [UInt8], piece: ChunkIndexPiece) {
    // Named by the first list and by how many there are: a merged piece has a name of its own.
    let name = [UInt8]("\(lists.first?.hex ?? "none")-\(lists.count)".utf8) + Self.suffix
    let temporary = [0x2e] + name
    do { try FileSystem.removeFile(at: directory, temporary) } catch {
      guard error.isNotFound else { throw error }
    }
    let file = try Descriptor.createFile(at: directory, temporary, mode: 0o600)
    var writer = ChunkIndexWriter(file, lists: lists, runs: runs)
    try body(&writer)
    try writer.finish()
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
