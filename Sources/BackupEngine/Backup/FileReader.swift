import BackupCrypto
import BackupFormat
import BackupObjects
import BackupSystem
import Synchronization

/// What reading a file yielded.
struct FileContent {
  var extents: [Extent] = []
  var byteCount: UInt64 = 0
  var status: FileStatus
  var attributes: [ExtendedAttribute] = []
  var changedDuringRead = false
  /// Whether its first chunk looks like noise.
  var isNoise = false
  /// Whether every chunk was stored before tonight.
  var isKnown = true
  /// What it is cut into if it is a database.
  var databaseChunk: Int?
}

/// Reads files, cuts them, and stores what is new: the work of one thread.
struct FileReader: ~Copyable {
  private let run: RunContext
  private let board: WorkBoard
  private let chunker: Chunker
  private let hasher: HMACHasher
  private var sealer: BlockSealer
  private var newBlocks = BlockStream(lane: .new)
  private var changedBlocks = BlockStream(lane: .changed)
  private var newLarge = BlockStream(lane: .new)
  private var changedLarge = BlockStream(lane: .changed)
  private var output: [UInt8] = []
  private var buffer: [UInt8]

  init(_ run: RunContext, _ board: WorkBoard) throws {
    let sealer = try BlockSealer(
      key: run.key, repository: run.repository, compression: run.compression)
    self.run = run
    self.board = board
    self.sealer = sealer
    chunker = Chunker(
      sizes: Chunker.Sizes(average: run.chunkAverageByteCount), table: run.secret.gearTable)
    hasher = HMACHasher(key: run.chunkIDKey)
    buffer = [UInt8](repeating: 0, count: EngineLimits.readBufferByteCount)
  }

  /// Reads a file, again if it changed meanwhile, and stores its new chunks.
  mutating func read(_ file: Descriptor, isNew: Bool) throws -> FileContent {
    var buffer: [UInt8] = []
    swap(&buffer, &self.buffer)
    defer { swap(&buffer, &self.buffer) }
    var attempt = 1
    while true {
      let before = try FileStatus.read(of: file)
      guard before.type == .regular else { throw SystemError("fstat", 2) }
      var content = FileContent(status: before)
      try readContent(file, before, isNew: isNew, &buffer, &content)
      content.attributes = try Attributes.read(of: file)
      let after = try FileStatus.read(of: file)
      let isStable =
        after.modificationTime == before.modificationTime && after.changeTime == before.changeTime
        && after.byteCount == before.byteCount && content.byteCount == before.byteCount
      if isStable { return content }
      if attempt == 2 {
        content.changedDuringRead = true
        return content
      }
      attempt += 1
    }
  }

  /// Reads what a program writes, and stores its new chunks.
  mutating func read(
    _ output: ChildProcess.OutputStream, _ status: FileStatus, isNew: Bool
  ) throws -> FileContent {
    var buffer: [UInt8] = []
    swap(&buffer, &self.buffer)
    defer { swap(&buffer, &self.buffer) }
    var content = FileContent(status: status)
    var cutting = Cutting(chunker, isNew: isNew, isLarge: false)
    try readRegion(.stream(output), from: 0, to: nil, &cutting, &buffer, &content)
    return content
  }

  /// Where the bytes of a region come from.
  private enum ByteSource {
    case file(Descriptor)
    case stream(ChildProcess.OutputStream)

    func fill(_ bytes: inout MutableSpan<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
      switch self {
      case .file(let file): try file.readFully(at: offset, into: &bytes)
      case .stream(let output): try output.read(into: &bytes)
      }
    }
  }

  /// How far a file is cut, and what of it is on its way to others.
  fileprivate struct Cutting {
    let chunker: Chunker
    let isNew: Bool
    /// Whether its chunks are stored in blocks of their own, by whoever is free.
    let isLarge: Bool
    /// What was cut of the buffer and is not stored yet; of a file that is not large, nothing.
    var items: [FilePiece.Item] = []
    /// Where in the buffer the next region goes.
    var position = 0
    /// Pieces whose extents are still to be taken, in the order of the file.
    var pieces: [FilePiece] = []

    init(_ chunker: Chunker, isNew: Bool, isLarge: Bool) {
      self.chunker = chunker
      self.isNew = isNew
      self.isLarge = isLarge
    }
  }

  /// How much is read at once where the end is to be found: what the size promises, and a page more
  /// that tells the end.
  private static func usefulByteCount(_ source: ByteSource, _ status: FileStatus) -> Int {
    guard case .file = source else { return .max }
    return Int(min(max(status.byteCount, 64 << 10), 1 << 40)) + 4096
  }

  private mutating func readContent(
    _ file: Descriptor, _ status: FileStatus, isNew: Bool, _ buffer: inout [UInt8],
    _ content: inout FileContent
  ) throws {
    let average = ChunkRule.average(ofFile: status.byteCount, self.chunker.sizes.average)
    let chunker = self.chunker.with(average: average)
    var cutting = Cutting(
      chunker, isNew: isNew, isLarge: status.byteCount >= EngineLimits.largeFileByteCount)
    if cutting.isLarge { board.openFile() }
    defer { if cutting.isLarge { board.closeFile() } }
    let isSparse =
      status.allocatedBlockCount * 512 < status.byteCount
      && status.byteCount > UInt64(chunker.sizes.least)
    if isSparse {
      try readRegions(file, status, &cutting, &buffer, &content)
    } else {
      try readRegion(.file(file), from: 0, to: nil, &cutting, &buffer, &content)
    }
    try handOver(&cutting, &buffer, rest: 0..<0, &content)
    try collect(&cutting.pieces, &content, untilAll: true)
  }

  /// Reads what lies between holes.
  private mutating func readRegions(
    _ file: Descriptor, _ status: FileStatus, _ cutting: inout Cutting, _ buffer: inout [UInt8],
    _ content: inout FileContent
  ) throws {
    var offset: UInt64 = 0
    while offset < status.byteCount {
      guard let data = try file.nextData(from: offset), data < status.byteCount else {
        return content.addZeros(status.byteCount - offset, &cutting)
      }
      content.addZeros(data - offset, &cutting)
      let end = min(try file.nextHole(from: data) ?? status.byteCount, status.byteCount)
      let before = content.byteCount
      try readRegion(.file(file), from: data, to: end, &cutting, &buffer, &content)
      // The file became shorter while it was read: what is there, is there.
      guard content.byteCount - before == end - data else { return }
      offset = end
    }
  }

  /// Reads from `start` to `end`, or to the end of the file.
  private mutating func readRegion(
    _ source: ByteSource, from start: UInt64, to end: UInt64?, _ cutting: inout Cutting,
    _ buffer: inout [UInt8], _ content: inout FileContent
  ) throws {
    let chunker = cutting.chunker
    var offset = start
    var low = cutting.position
    var high = low
    var isAtEnd = false
    defer { cutting.position = cutting.items.isEmpty ? 0 : low }
    while true {
      if !isAtEnd, high - low < chunker.sizes.largest {
        // No more at once than the file should have: the kernel's own files refuse a buffer of 4 MiB.
        let wanted =
          end.map { Int(min($0 - offset, 1 << 40)) } ?? Self.usefulByteCount(source, content.status)
        if cutting.items.isEmpty {
          Bytes.moveToFront(&buffer, from: low, count: high - low)
          high -= low
          low = 0
        } else if buffer.count - high < min(wanted, chunker.sizes.largest) {
          try handOver(&cutting, &buffer, rest: low..<high, &content)
          high -= low
          low = 0
        }
        let room = min(buffer.count - high, wanted)
        var all = buffer.mutableSpan
        var target = all._mutatingExtracting(high..<high + room)
        let count = room == 0 ? 0 : try source.fill(&target, at: offset)
        high += count
        offset += UInt64(count)
        run.readByteCount.add(UInt64(count), ordering: .relaxed)
        isAtEnd = count < room || offset == end || room == 0
        if Interrupt.isRequested { throw EngineError.interrupted }
      }
      guard low < high else { return }
      if buffer[low] == 0 {
        let zeros = ZeroRun.byteCount(buffer.span.extracting(low..<high))
        // Whole pages only, so that what follows is cut as it would be without the hole.
        let whole = low + zeros == high && isAtEnd ? zeros : zeros & ~4095
        if whole >= chunker.sizes.least || whole == high - low && isAtEnd {
          content.addZeros(UInt64(whole), &cutting)
          low += whole
          continue
        }
      }
      let isFirst = content.byteCount == 0
      if isFirst, case .file = source, ChunkRule.isDatabase(buffer.span.extracting(low..<high)) {
        content.databaseChunk = ChunkRule.databaseChunk(ofFile: content.status.byteCount)
      }
      let count =
        content.databaseChunk.map { min(high - low, $0 - Int(content.byteCount % UInt64($0))) }
        ?? chunker.firstCut(buffer.span.extracting(low..<high))
      if isFirst {
        content.isNoise = Noise.isNoise(buffer.span.extracting(low..<low + count))
      }
      // How much a program writes is known only afterwards. Pages compress better together.
      let alone =
        (cutting.isLarge || content.byteCount >= EngineLimits.largeFileByteCount)
        && content.databaseChunk == nil && count >= chunker.sizes.least
      if cutting.isLarge {
        cutting.items.append(.chunk(low..<low + count, alone: alone))
      } else {
        let place = try store(
          buffer.span.extracting(low..<low + count), isNew: cutting.isNew, alone: alone,
          isKnown: &content.isKnown)
        content.extents.appendMerging(Extent(place))
      }
      content.byteCount += UInt64(count)
      low += count
    }
  }

  /// Leaves what was cut to whoever is free, with the buffer; `rest` of it goes to another.
  private mutating func handOver(
    _ cutting: inout Cutting, _ buffer: inout [UInt8], rest: Range<Int>,
    _ content: inout FileContent
  ) throws {
    guard !cutting.items.isEmpty else { return }
    var next = board.buffer()
    var all = next.mutableSpan
    var front = all._mutatingExtracting(0..<rest.count)
    Bytes.copy(buffer.span.extracting(rest), to: &front)
    swap(&buffer, &next)
    let piece = FilePiece(bytes: next, items: cutting.items, isNew: cutting.isNew)
    cutting.items.removeAll(keepingCapacity: true)
    cutting.position = 0
    cutting.pieces.append(piece)
    if !board.offer(piece) { try store(piece) }
    try collect(&cutting.pieces, &content, untilAll: false)
  }

  /// Takes the extents of pieces that are stored; until all are, helps or waits.
  private mutating func collect(
    _ pieces: inout [FilePiece], _ content: inout FileContent, untilAll: Bool
  ) throws {
    var count = 0
    for piece in pieces {
      if untilAll {
        while let other = try board.helpOrWait(for: piece) { try store(other) }
      } else if !board.isFinished(piece) {
        break
      }
      for extent in piece.extents { content.extents.appendMerging(extent) }
      if !piece.isKnown { content.isKnown = false }
      count += 1
    }
    pieces.removeFirst(count)
  }

  /// Stores the chunks of a piece of a large file.
  mutating func store(_ piece: FilePiece) throws {
    let bytes = piece.takeBytes()
    for item in piece.items {
      switch item {
      case .zeros(let byteCount): piece.extents.appendMerging(Extent(zeros: byteCount))
      case .chunk(let range, let alone):
        let place = try store(
          bytes.span.extracting(range), isNew: piece.isNew, alone: alone, isKnown: &piece.isKnown)
        piece.extents.appendMerging(Extent(place))
      }
    }
    board.finish(piece, giving: bytes)
  }

  /// Stores a chunk, unless it is stored already; `isKnown` becomes false if it never was.
  private mutating func store(
    _ chunk: Span<UInt8>, isNew: Bool, alone: Bool, isKnown: inout Bool
  ) throws -> ChunkPlace {
    var id = [UInt8](repeating: 0, count: 32)
    var idSpan = id.mutableSpan
    hasher.authenticate(chunk, into: &idSpan)
    let key = ChunkID(id.span)
    if let known = run.index.place(of: key), Int(known.byteCount) == chunk.count { return known }
    if isKnown { isKnown = run.index.wasStored(key) }
    return switch (isNew, alone) {
    case (true, false):
      try Self.append(chunk, id, key, &newBlocks, run, &sealer, &output, alone: alone)
    case (false, false):
      try Self.append(chunk, id, key, &changedBlocks, run, &sealer, &output, alone: alone)
    case (true, true):
      try Self.append(chunk, id, key, &newLarge, run, &sealer, &output, alone: alone)
    case (false, true):
      try Self.append(chunk, id, key, &changedLarge, run, &sealer, &output, alone: alone)
    }
  }

  private static func append(
    _ chunk: Span<UInt8>, _ id: [UInt8], _ key: ChunkID, _ stream: inout BlockStream,
    _ run: RunContext, _ sealer: inout BlockSealer, _ output: inout [UInt8], alone: Bool
  ) throws -> ChunkPlace {
    let place = try stream.place(byteCount: chunk.count, run, &sealer, &output)
    if let faster = run.index.add(key, place) { return faster }
    stream.append(chunk, id: id)
    if alone { try stream.flush(run, &sealer, &output) }
    return place
  }

  /// Seals what is left at the end of the run.
  mutating func flush() throws {
    try newBlocks.flush(run, &sealer, &output)
    try changedBlocks.flush(run, &sealer, &output)
    try newLarge.flush(run, &sealer, &output)
    try changedLarge.flush(run, &sealer, &output)
  }
}

extension FileContent {
  /// Adds zeros, behind what was cut before them.
  fileprivate mutating func addZeros(_ count: UInt64, _ cutting: inout FileReader.Cutting) {
    guard count > 0 else { return }
    if cutting.isLarge {
      cutting.items.append(.zeros(count))
    } else {
      extents.appendMerging(Extent(zeros: count))
    }
    byteCount += count
  }
}

extension Extent {
  fileprivate init(_ place: ChunkPlace) {
    self.init(place.address, offset: place.offset, byteCount: place.byteCount)
  }
}
