import BackupFormat
import BackupSystem
import Synchronization

/// Where the bytes of a chunk are.
struct ChunkPlace: Hashable, Sendable {
  var address: BlockAddress
  var offset: UInt32
  var byteCount: UInt32
}

/// The first 24 bytes of a chunk id as three words, cheap to compare and to look up.
///
/// The id is an HMAC: its first word is as good a hash as any, and 192 bits tell chunks apart.
struct ChunkID: Hashable, Sendable {
  static let byteCount = 24
  var words: (UInt64, UInt64, UInt64)

  init(_ bytes: Span<UInt8>) {
    precondition(bytes.count >= Self.byteCount, "a chunk id has 32 bytes, and a record 24 of them")
    func word(_ start: Int) -> UInt64 {
      var value: UInt64 = 0
      for i in 0..<8 { value = value << 8 | UInt64(bytes[start + i]) }
      return value
    }
    words = (word(0), word(8), word(16))
  }

  static func == (a: Self, b: Self) -> Bool {
    a.words.0 == b.words.0 && a.words.1 == b.words.1 && a.words.2 == b.words.2
  }

  func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  static func < (a: Self, b: Self) -> Bool {
    if a.words.0 != b.words.0 { return a.words.0 < b.words.0 }
    if a.words.1 != b.words.1 { return a.words.1 < b.words.1 }
    return a.words.2 < b.words.2
  }
}

/// One sorted file of chunk ids and places, mapped into memory.
///
/// "NSCIDX2\n" ‖ u32 list count ‖ digests of the chunk lists it was made from ‖ u32 run count ‖ run
/// ids ‖ u64 record count ‖ check of all this ‖ records of 48 bytes: front of the id [24], u32 run, u32
/// block, u32 offset, u32 length, check of these 40 bytes (``StateCheck``).
/// Private to this program; it can be made again from `chunks/`.
///
/// A place that is not what was written would be a wrong backup, seen only when it is restored: so the
/// front is checked when a piece is opened, and a record whenever its place is used. A damaged
/// id is not found, and its chunk sent again.
final class ChunkIndexPiece: Sendable {
  /// What a record's check speaks of.
  static let checkedByteCount = ChunkID.byteCount + 16
  static let recordByteCount = checkedByteCount + StateCheck.byteCount
  private let file: MappedFile
  private let recordStart: Int
  let recordCount: Int
  /// The chunk lists whose content this piece holds.
  let lists: [Digest]
  private let runs: [RunID]

  /// Maps a file; nil if it is not whole.
  init?(_ descriptor: Descriptor) {
    guard let file = try? MappedFile(descriptor) else { return nil }  // unreadable is absent
    var lists: [Digest] = []
    var runs: [RunID] = []
    var recordStart = 0
    var recordCount = 0
    let front: [UInt8] = file.withSpan { span in
      var bytes: [UInt8] = []
      let count = min(span.count, 1 << 20)
      bytes.reserveCapacity(count)
      for i in 0..<count { bytes.append(span[i]) }
      return bytes
    }
    do {
      var reader = ByteReader(front)
      try reader.expect(mark: "NSCIDX2\n")
      for _ in 0..<Int(try reader.u32()) { lists.append(try reader.id()) }
      for _ in 0..<Int(try reader.u32()) { runs.append(try reader.id()) }
      let count = try reader.u64()
      let end = reader.offset
      let check = try reader.u64()
      guard check == StateCheck.of(front.span.extracting(0..<end)) else { return nil }
      recordStart = reader.offset
      // A number out of a damaged file must not overflow.
      guard count <= UInt64(file.byteCount / Self.recordByteCount) else { return nil }
      recordCount = Int(count)
    } catch {
      return nil
    }
    guard file.byteCount == recordStart + recordCount * Self.recordByteCount else { return nil }
    self.file = file
    self.lists = lists
    self.runs = runs
    self.recordStart = recordStart
    self.recordCount = recordCount
  }

  /// Finds a chunk: interpolation first, since ids are evenly spread, then a few steps.
  func place(of id: ChunkID) -> ChunkPlace? {
    guard recordCount > 0 else { return nil }
    return file.withSpan { span -> ChunkPlace? in
      var low = 0
      var high = recordCount
      var guess = Int(
        (id.words.0 >> 32).multipliedReportingOverflow(by: UInt64(recordCount))
          .partialValue >> 32)
      var width = 64
      while low < high {
        guess = min(max(guess, low), high - 1)
        let other = self.id(at: guess, span)
        if other == id { return self.place(at: guess, span) }
        if other < id {
          low = guess + 1
          guess = high - low > 2 * width ? guess + width : (low + high) / 2
        } else {
          high = guess
          guess = high - low > 2 * width ? guess - width : (low + high) / 2
        }
        width *= 4
      }
      return nil
    }
  }

  private func id(at index: Int, _ span: Span<UInt8>) -> ChunkID {
    let start = recordStart + index * Self.recordByteCount
    return ChunkID(span.extracting(start..<start + ChunkID.byteCount))
  }

  /// Whether a record is what was written.
  private func isSound(_ index: Int, _ span: Span<UInt8>) -> Bool {
    let start = recordStart + index * Self.recordByteCount
    let end = start + Self.checkedByteCount
    return StateCheck.word(in: span, at: end) == StateCheck.of(span.extracting(start..<end))
  }

  /// Whether every record is what was written.
  var isSound: Bool {
    file.withSpan { span in (0..<recordCount).allSatisfy { isSound($0, span) } }
  }

  private func place(at index: Int, _ span: Span<UInt8>) -> ChunkPlace? {
    guard isSound(index, span) else { return nil }
    let start = recordStart + index * Self.recordByteCount + ChunkID.byteCount
    func word(_ i: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(span[start + 4 * i + $1]) << (8 * UInt32($1)) }
    }
    guard Int(word(0)) < runs.count else { return nil }
    return ChunkPlace(
      address: BlockAddress(run: runs[Int(word(0))], number: word(1)), offset: word(2),
      byteCount: word(3))
  }

  /// Every record, for merging.
  func forEach(_ body: (ChunkID, ChunkPlace) -> Void) {
    file.withSpan { span in
      for index in 0..<recordCount {
        if let place = place(at: index, span) { body(id(at: index, span), place) }
      }
    }
  }

  /// The record of a number, in the order of ids; nil if it is damaged.
  func record(_ index: Int) -> (id: ChunkID, place: ChunkPlace)? {
    file.withSpan { span in place(at: index, span).map { (id(at: index, span), $0) } }
  }

  /// The length of the file, in bytes.
  var byteCount: UInt64 { UInt64(file.byteCount) }

  /// The runs that its records name.
  var runIDs: [RunID] { runs }
}

/// Writes a piece record by record, in the order of ids; memory is one buffer of 256 KiB.
struct ChunkIndexWriter: ~Copyable {
  private static let bufferByteCount = 256 << 10
  private let file: Descriptor
  private let indices: [RunID: UInt32]
  private let front: [UInt8]
  private var count: UInt64 = 0
  private var buffer = ByteWriter(capacity: bufferByteCount + ChunkIndexPiece.recordByteCount)

  /// Begins a piece in an empty file.
  ///
  /// - Parameter runs: Every run that a record will name, each once.
  init(_ file: Descriptor, lists: [Digest], runs: [RunID]) {
    self.file = file
    var indices: [RunID: UInt32] = [:]
    for (i, run) in runs.enumerated() { indices[run] = UInt32(i) }
    self.indices = indices
    buffer.mark("NSCIDX2\n")
    buffer.u32(UInt32(lists.count))
    for list in lists { buffer.raw(list.bytes) }
    buffer.u32(UInt32(runs.count))
    for run in runs { buffer.raw(run.bytes) }
    front = buffer.bytes
    buffer.u64(0)
    buffer.u64(0)
  }

  mutating func append(_ id: ChunkID, _ place: ChunkPlace) throws(SystemError) {
    let start = buffer.bytes.count
    buffer.u64(id.words.0.byteSwapped)
    buffer.u64(id.words.1.byteSwapped)
    buffer.u64(id.words.2.byteSwapped)
    buffer.u32(indices[place.address.run] ?? .max)
    buffer.u32(place.address.number)
    buffer.u32(place.offset)
    buffer.u32(place.byteCount)
    buffer.u64(StateCheck.of(buffer.bytes.span.extracting(start..<buffer.bytes.count)))
    count += 1
    if buffer.bytes.count >= Self.bufferByteCount { try flush() }
  }

  private mutating func flush() throws(SystemError) {
    try file.write(buffer.bytes.span)
    buffer.bytes.removeAll(keepingCapacity: true)
  }

  /// Ends the piece with how many records it has.
  mutating func finish() throws(SystemError) {
    try flush()
    var end = ByteWriter(capacity: front.count + 16)
    end.raw(front)
    end.u64(count)
    end.u64(StateCheck.of(end.bytes.span))
    try file.write(end.bytes.span, at: 0)
  }
}

/// Answers whether a chunk is stored and where, for all workers of a run.
final class ChunkIndex: Sendable {
  private let pieces: [ChunkIndexPiece]
  /// Says whether a block found in a piece may be used: needed by a live snapshot, not damaged.
  let isUsable: @Sendable (BlockAddress) -> Bool
  private let shards: [Shard]

  private final class Shard: Sendable {
    // Guards the chunks that this run has added.
    let places = Mutex<[ChunkID: ChunkPlace]>([:])
  }

  init(pieces: [ChunkIndexPiece], isUsable: @escaping @Sendable (BlockAddress) -> Bool) {
    self.pieces = pieces
    self.isUsable = isUsable
    shards = (0..<64).map { _ in Shard() }
  }

  private func shard(_ id: ChunkID) -> Shard { shards[Int(id.words.2 & 63)] }

  /// Where a chunk is, if it is stored.
  func place(of id: ChunkID) -> ChunkPlace? {
    if let place = shard(id).places.withLock({ $0[id] }) { return place }
    for piece in pieces {
      if let place = piece.place(of: id), isUsable(place.address) { return place }
    }
    return nil
  }

  /// Whether a chunk was stored before this run, even where it may not be used again.
  func wasStored(_ id: ChunkID) -> Bool { pieces.contains { $0.place(of: id) != nil } }

  /// Lets go of what this run added, once nothing more is stored.
  func forgetAdded() {
    for shard in shards { shard.places.withLock { $0 = [:] } }
  }

  /// Notes where a new chunk will be, unless another worker was faster; then returns its place.
  func add(_ id: ChunkID, _ place: ChunkPlace) -> ChunkPlace? {
    shard(id).places.withLock { places in
      if let known = places[id] { return known }
      places[id] = place
      return nil
    }
  }
}
