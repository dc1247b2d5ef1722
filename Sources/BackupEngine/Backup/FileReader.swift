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
  private let chunker: Chunker
  private let hasher: HMACHasher
  private var sealer: BlockSealer
  private var newBlocks = BlockStream(lane: .new)
  private var changedBlocks = BlockStream(lane: .changed)
  private var newLarge = BlockStream(lane: .new)
  private var changedLarge = BlockStream(lane: .changed)
  private var output: [UInt8] = []
  private var buffer: [UInt8]

  init(_ run: RunContext) throws {
    let sealer = try BlockSealer(
      key: run.key, repository: run.repository, compression: run.compression)
    self.run = run
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
    try readRegion(
      .stream(output), from: 0, to: nil, isNew: isNew, isLarge: false, chunker, &buffer, &content)
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

  private mutating func readContent(
    _ file: Descriptor, _ status: FileStatus, isNew: Bool, _ buffer: inout [UInt8],
    _ content: inout FileContent
  ) throws {
    let isLarge = status.byteCount >= EngineLimits.largeFileByteCount
    let average = ChunkRule.average(ofFile: status.byteCount, self.chunker.sizes.average)
    let chunker = self.chunker.with(average: average)
    let isSparse =
      status.allocatedBlockCount * 512 < status.byteCount
      && status.byteCount > UInt64(chunker.sizes.least)
    guard isSparse else {
      try readRegion(
        .file(file), from: 0, to: nil, isNew: isNew, isLarge: isLarge, chunker, &buffer, &content)
      return
    }
    var offset: UInt64 = 0
    while offset < status.byteCount {
      guard let data = try file.nextData(from: offset), data < status.byteCount else {
        content.addZeros(status.byteCount - offset)
        return
      }
      if data > offset { content.addZeros(data - offset) }
      let end = min(try file.nextHole(from: data) ?? status.byteCount, status.byteCount)
      let before = content.byteCount
      try readRegion(
        .file(file), from: data, to: end, isNew: isNew, isLarge: isLarge, chunker, &buffer,
        &content)
      // The file became shorter while it was read: what is there, is there.
      guard content.byteCount - before == end - data else { return }
      offset = end
    }
  }

  /// Reads from `start` to `end`, or to the end of the file.
  private mutating func readRegion(
    _ source: ByteSource, from start: UInt64, to end: UInt64?, isNew: Bool, isLarge: Bool,
    _ chunker: Chunker, _ buffer: inout [UInt8], _ content: inout FileContent
  ) throws {
    var offset = start
    var low = 0
    var high = 0
    var isAtEnd = false
    while true {
      if !isAtEnd, high - low < chunker.sizes.largest {
        Bytes.moveToFront(&buffer, from: low, count: high - low)
        high -= low
        low = 0
        let room = min(buffer.count - high, end.map { Int(min($0 - offset, 1 << 40)) } ?? .max)
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
          content.addZeros(UInt64(whole))
          low += whole
          continue
        }
      }
      let isFirst = content.extents.isEmpty
      if isFirst, case .file = source, ChunkRule.isDatabase(buffer.span.extracting(low..<high)) {
        content.databaseChunk = ChunkRule.databaseChunk(ofFile: content.status.byteCount)
      }
      let count =
        content.databaseChunk.map { min(high - low, $0 - Int(content.byteCount % UInt64($0))) }
        ?? chunker.firstCut(buffer.span.extracting(low..<high))
      if isFirst {
        content.isNoise = Noise.isNoise(buffer.span.extracting(low..<low + count))
      }
      let place = try store(
        buffer.span.extracting(low..<low + count), isNew: isNew,
        // How much a program writes is known only afterwards. Pages compress better together.
        alone: (isLarge || content.byteCount >= EngineLimits.largeFileByteCount)
          && content.databaseChunk == nil && count >= chunker.sizes.least,
        isKnown: &content.isKnown)
      content.extents.appendMerging(
        Extent(place.address, offset: place.offset, byteCount: place.byteCount))
      content.byteCount += UInt64(count)
      low += count
    }
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
  mutating func addZeros(_ count: UInt64) {
    guard count > 0 else { return }
    extents.appendMerging(Extent(zeros: count))
    byteCount += count
  }
}

/// Reads extended attributes, POSIX access control lists among them.
enum Attributes {
  /// The attributes of an open file, sorted by name.
  static func read(of file: Descriptor) throws(SystemError) -> [ExtendedAttribute] {
    let names: [[UInt8]]
    do { names = try ExtendedAttributes.names(of: file) } catch {
      if error.isUnsupported { return [] }
      throw error
    }
    guard !names.isEmpty else { return [] }
    return try collect(names) { (name) throws(SystemError) in
      try ExtendedAttributes.value(name, of: file)
    }
  }

  /// The attributes of a name that is not opened, sorted by name.
  static func read(at directory: Descriptor, _ name: [UInt8]) throws(SystemError)
    -> [ExtendedAttribute]
  {
    let names: [[UInt8]]
    do { names = try ExtendedAttributes.names(at: directory, name) } catch {
      if error.isUnsupported { return [] }
      throw error
    }
    guard !names.isEmpty else { return [] }
    return try collect(names) { (attribute) throws(SystemError) in
      try ExtendedAttributes.value(attribute, at: directory, name)
    }
  }

  private static func collect(
    _ names: [[UInt8]], _ value: ([UInt8]) throws(SystemError) -> [UInt8]
  ) throws(SystemError) -> [ExtendedAttribute] {
    var attributes: [ExtendedAttribute] = []
    for name in names {
      do {
        attributes.append(ExtendedAttribute(name: name, value: try value(name)))
      } catch {
        // Removed between list and read, or not for us to read (`trusted.*`).
        guard error.isNoAttribute || error.isPermissionDenied || error.isUnsupported else {
          throw error
        }
      }
    }
    return attributes.sorted { CataloguePath.compareNames($0.name, $1.name) < 0 }
  }
}
